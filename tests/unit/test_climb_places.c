/* Whose name it is, and what stands behind serve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/ladder/climb.h"

#define SUFFIX "bat-boa.ts.net"

static struct arena arena;
static const char *domains[] = {"storage." SUFFIX};
static struct tailnet_node peers[] = {{.dns_name = "grafana." SUFFIX, .online = true}};

static struct tailnet_status running(void)
{
	return (struct tailnet_status){.state = BACKEND_RUNNING,
				       .magic_dns_suffix = SUFFIX,
				       .cert_domains = {domains, 1},
				       .self = {.dns_name = "storage." SUFFIX},
				       .peers = peers,
				       .peer_count = 1};
}

static struct owner_evidence owner_of(const char *name, const char *known_as,
				      const struct device *device,
				      const struct tailnet_status *status)
{
	const struct climb_spec spec = {.name = name, .known_as = known_as, .device = device};
	struct owner_evidence owner = {0};

	find_owner(&spec, status, &owner);
	return owner;
}

static void a_name_belongs_to_the_node_that_has_it(void **state)
{
	struct tailnet_status status = running();

	(void)state;
	assert_int_equal(owner_of("storage." SUFFIX, NULL, NULL, &status).owner, OWNER_LOCAL);
	assert_int_equal(owner_of("grafana." SUFFIX, NULL, NULL, &status).owner, OWNER_PEER);
	assert_ptr_equal(owner_of("grafana." SUFFIX, NULL, NULL, &status).node, peers);
}

static void a_name_that_the_repo_has_and_the_tailnet_has_not_is_absent(void **state)
{
	struct tailnet_status status = running();

	(void)state;
	assert_int_equal(owner_of("loki." SUFFIX, "endpoint:loki", NULL, &status).owner,
			 OWNER_ABSENT);
	assert_int_equal(owner_of("loki." SUFFIX, NULL, NULL, &status).owner, OWNER_NOBODY);
	status.state = BACKEND_NEEDS_LOGIN;
	assert_int_equal(owner_of("loki." SUFFIX, "endpoint:loki", NULL, &status).owner,
			 OWNER_BINDING);
}

static void a_name_elsewhere_is_no_business_of_the_tailnet(void **state)
{
	struct tailnet_status status = running();
	struct owner_evidence owner = owner_of("nas.example", "endpoint:nas", NULL, &status);

	(void)state;
	assert_int_equal(owner.owner, OWNER_BINDING);
	assert_false(owner.is_tailnet);
	assert_true(owner_of("x.other.ts.net", NULL, NULL, NULL).is_tailnet);
	assert_false(owner_of("ts.net", NULL, NULL, NULL).is_tailnet);
}

static void a_node_that_is_said_to_have_the_name_of_another_is_noted(void **state)
{
	struct tailnet_status status = running();
	const struct device storage = {.fqdn = "storage." SUFFIX};
	const struct device grafana = {.fqdn = "Grafana." SUFFIX};

	(void)state;
	assert_string_equal(owner_of("grafana." SUFFIX, "x", &storage, &status).claimed,
			    "storage." SUFFIX);
	assert_null(owner_of("grafana." SUFFIX, "x", &grafana, &status).claimed);
}

/* ---- behind serve */

static struct backend_place backend_of(const char *proxy, const char *forward)
{
	static struct serve_mount mount;
	static struct serve_port port;
	static struct serve_site site;
	const struct serve_config config = {
		.ports = &port, .port_count = 1, .sites = &site, .site_count = proxy ? 1 : 0};
	struct backend_place place = {0};

	mount = (struct serve_mount){"/", SERVE_PROXY, proxy};
	port = (struct serve_port){.port = 443, .is_https = !forward, .forward = forward};
	site = (struct serve_site){
		.host = "storage." SUFFIX, .port = 443, .mounts = &mount, .mount_count = 1};
	find_backend(&config, "storage." SUFFIX, 443, &arena, &place);
	return place;
}

static void a_backend_is_read_from_all_that_serve_takes(void **state)
{
	struct backend_place place = backend_of("http://127.0.0.1:18080", NULL);

	(void)state;
	assert_string_equal(place.host, "127.0.0.1");
	assert_int_equal(place.port, 18080);
	assert_true(place.is_http);
	place = backend_of("http://localhost:3000/path", NULL);
	assert_string_equal(place.host, "127.0.0.1");
	assert_int_equal(place.port, 3000);
	place = backend_of("https+insecure://[::1]:8443", NULL);
	assert_string_equal(place.host, "::1");
	assert_int_equal(place.port, 8443);
	assert_false(place.is_http);
	place = backend_of(NULL, "127.0.0.1:5432");
	assert_int_equal(place.port, 5432);
	assert_false(place.is_http);
}

static void what_cannot_be_dialled_is_no_backend(void **state)
{
	static const char *const hopeless[] = {"unix:/run/x.sock", "http://backend.example:80",
					       "http://", "", "http://127.0.0.1:99999"};

	(void)state;
	for (size_t i = 0; i < sizeof(hopeless) / sizeof(hopeless[0]); i++) {
		assert_null(backend_of(hopeless[i], NULL).text);
	}
	assert_null(backend_of(NULL, NULL).text);
}

static int forget(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_belongs_to_the_node_that_has_it),
		cmocka_unit_test(a_name_that_the_repo_has_and_the_tailnet_has_not_is_absent),
		cmocka_unit_test(a_name_elsewhere_is_no_business_of_the_tailnet),
		cmocka_unit_test(a_node_that_is_said_to_have_the_name_of_another_is_noted),
		cmocka_unit_test(a_backend_is_read_from_all_that_serve_takes),
		cmocka_unit_test(what_cannot_be_dialled_is_no_backend),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
