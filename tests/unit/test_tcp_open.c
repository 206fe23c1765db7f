#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "fake_names.h"
#include "fixture.h"

/* ---- knocking on loopback */

/** A port of 127.0.0.1: one that listens, or one that nobody has. */
static int take_port(bool listens, uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_true(!listens || listen(fd, 8) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/** A repo with one target, "box", and one endpoint, "site"; both with the port. */
static struct fixture *repo_with(uint16_t port, const char *host, const char *policy)
{
	struct fixture *f = fixture_new();
	AUTO(auto_str) struct str targets = {0};
	AUTO(auto_str) struct str endpoints = {0};

	str_printf(&targets,
		   "ssh:\n  targets:\n    - {id: box, host: %s, port: %u, access_policy: %s}\n",
		   host, (unsigned)port, policy);
	str_printf(&endpoints,
		   "endpoints:\n  - {id: site, host: box, url: 'http://127.0.0.1:%u/'}\n"
		   "  - {id: stray, host: nobody, url: 'http://127.0.0.1:1/'}\n",
		   (unsigned)port);
	fixture_file(f, "bindings/ssh.targets.yaml", str_text(&targets));
	fixture_file(f, "bindings/services.health.yaml", str_text(&endpoints));
	return f;
}

static const struct result *knock(struct fixture *f, const char *more, enum mode mode)
{
	fixture_gate(f, "X001", "tcp_open", more);
	fixture_run(f, "X001", mode);
	return fixture_result(f);
}

static void a_port_that_accepts_passes(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int fd = take_port(true, &port);
	struct fixture *f = repo_with(port, "127.0.0.1", "lan_first");

	(void)state;
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, 1);
	fixture_free(f);
}

static void a_port_that_refuses_fails(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int fd = take_port(false, &port);
	struct fixture *f = repo_with(port, "127.0.0.1", "lan_first");
	const struct finding *finding = NULL;

	(void)state;
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_FAIL);
	finding = fixture_finding(f, REASON_NET_REFUSED);
	assert_non_null(finding);
	assert_string_equal(finding->subject, "target:box");
	assert_int_equal(finding->path, PATH_LOOPBACK);
	fixture_free(f);
}

static void the_port_of_the_gate_comes_before_that_of_the_target(void **state)
{
	uint16_t open = 0;
	uint16_t closed = 0;
	AUTO(auto_close) int listener = take_port(true, &open);
	AUTO(auto_close) int other = take_port(false, &closed);
	struct fixture *f = repo_with(closed, "127.0.0.1", "lan_only");
	AUTO(auto_str) struct str more = {0};

	(void)state;
	str_printf(&more, "with: {port: %u}\n", (unsigned)open);
	assert_int_equal(knock(f, str_text(&more), MODE_PASSIVE)->verdict, VERDICT_PASS);
	fixture_free(f);
}

static void the_port_of_an_endpoint_is_that_of_its_url(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int fd = take_port(false, &port);
	struct fixture *f = repo_with(port, "127.0.0.1", "lan_first");

	(void)state;
	(void)knock(f, "with: {endpoints: [site, stray, ghost]}\n", MODE_PASSIVE);
	assert_string_equal(fixture_finding(f, REASON_NET_REFUSED)->subject, "endpoint:site");
	assert_string_equal(fixture_finding(f, REASON_ENDPOINT_UNKNOWN_TARGET)->subject,
			    "endpoint:stray");
	assert_string_equal(fixture_finding(f, REASON_ENDPOINT_ABSENT)->subject, "endpoint:ghost");
	assert_int_equal(fixture_result(f)->findings.len, 3);
	fixture_free(f);
}

static void an_endpoint_that_is_named_but_not_enabled_is_a_skip(void **state)
{
	struct fixture *f = repo_with(22, "127.0.0.1", "lan_first");

	(void)state;
	fixture_file(f, "bindings/services.health.yaml",
		     "endpoints:\n"
		     "  - {id: off, host: box, url: 'http://127.0.0.1:1/', enabled: false}\n");
	assert_int_equal(knock(f, "with: {endpoints: [off]}\n", MODE_PASSIVE)->verdict,
			 VERDICT_SKIP);
	assert_string_equal(fixture_finding(f, REASON_ENDPOINT_DISABLED)->subject, "endpoint:off");
	fixture_free(f);
}

static void endpoints_on_a_target_that_is_decided_say_so_once(void **state)
{
	struct fixture *f = repo_with(22, "127.0.0.1", "lan_first");

	(void)state;
	fixture_file(f, "bindings/services.health.yaml",
		     "endpoints:\n  - {id: one, host: box, url: 'http://127.0.0.1:1/'}\n"
		     "  - {id: two, host: box, url: 'http://127.0.0.1:2/'}\n");
	fixture_file(f, "bindings/probe.policy.yaml",
		     "version: 1\nnever:\n  - {target: box, kinds: [tcp_open], reason: fragile}\n");
	(void)knock(f, "with: {endpoints: [one, two]}\n", MODE_PASSIVE);
	assert_int_equal(fixture_result(f)->findings.len, 1);
	assert_non_null(fixture_finding(f, REASON_POLICY_NEVER));
	fixture_free(f);
}

static void a_host_that_is_a_name_is_looked_up(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int fd = take_port(true, &port);
	struct fixture *f = repo_with(port, "here.test", "lan_first");

	(void)state;
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, 1);
	fixture_free(f);
}

static void a_name_is_judged_by_its_address(void **state)
{
	struct fixture *f = repo_with(22, "tailnet.test", "lan_first");

	(void)state;
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_SKIP);
	assert_non_null(strstr(fixture_finding(f, REASON_MODE_PASSIVE)->message,
			       "tailnet.test (100.70.1.16)"));
	fixture_free(f);
}

static void a_name_without_an_address_says_what_the_resolver_says(void **state)
{
	struct fixture *f = repo_with(22, "nothing.test", "lan_first");

	(void)state;
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_UNKNOWN);
	assert_non_null(
		strstr(fixture_finding(f, REASON_NET_NAME)->message, gai_strerror(EAI_NONAME)));
	fixture_free(f);
}

static void a_run_ends_though_the_resolver_hangs(void **state)
{
	struct fixture *f = repo_with(22, "hangs.test, connect_timeout_sec: 1", "lan_first");

	(void)state;
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_UNKNOWN);
	assert_non_null(strstr(fixture_finding(f, REASON_NET_NAME)->message, "no answer in time"));
	fake_names_release();
	fixture_free(f);
}

static void a_passive_run_knocks_at_no_tailnet_address(void **state)
{
	struct fixture *f = repo_with(22, "100.70.1.11", "tailscale_required");

	(void)state;
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_SKIP);
	assert_non_null(fixture_finding(f, REASON_MODE_PASSIVE));
	fixture_free(f);
}

static void a_static_run_knocks_nowhere(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int fd = take_port(true, &port);
	struct fixture *f = repo_with(port, "127.0.0.1", "lan_first");

	(void)state;
	assert_int_equal(knock(f, "", MODE_STATIC)->verdict, VERDICT_SKIP);
	assert_int_equal(fixture_result(f)->reason, REASON_MODE_STATIC);
	fixture_free(f);
}

static void a_rule_of_the_policy_skips_a_target(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int fd = take_port(false, &port);
	struct fixture *f = repo_with(port, "127.0.0.1", "lan_first");

	(void)state;
	fixture_file(f, "bindings/probe.policy.yaml",
		     "version: 1\nnever:\n  - {target: box, kinds: [tcp_open], reason: fragile}\n");
	assert_int_equal(knock(f, "", MODE_PASSIVE)->verdict, VERDICT_SKIP);
	assert_non_null(fixture_finding(f, REASON_POLICY_NEVER));
	fixture_free(f);
}

static void a_port_and_endpoints_together_are_a_mistake(void **state)
{
	struct fixture *f = repo_with(22, "127.0.0.1", "lan_first");

	(void)state;
	fixture_gate(f, "X001", "tcp_open", "with: {port: 80, endpoints: [site]}\n");
	fixture_load_badly(f, 1);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_that_accepts_passes),
		cmocka_unit_test(a_port_that_refuses_fails),
		cmocka_unit_test(the_port_of_the_gate_comes_before_that_of_the_target),
		cmocka_unit_test(the_port_of_an_endpoint_is_that_of_its_url),
		cmocka_unit_test(an_endpoint_that_is_named_but_not_enabled_is_a_skip),
		cmocka_unit_test(endpoints_on_a_target_that_is_decided_say_so_once),
		cmocka_unit_test(a_host_that_is_a_name_is_looked_up),
		cmocka_unit_test(a_name_is_judged_by_its_address),
		cmocka_unit_test(a_name_without_an_address_says_what_the_resolver_says),
		cmocka_unit_test(a_run_ends_though_the_resolver_hangs),
		cmocka_unit_test(a_passive_run_knocks_at_no_tailnet_address),
		cmocka_unit_test(a_static_run_knocks_nowhere),
		cmocka_unit_test(a_rule_of_the_policy_skips_a_target),
		cmocka_unit_test(a_port_and_endpoints_together_are_a_mistake),
	};

	if (fake_names_open()) {
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
