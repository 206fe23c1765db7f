#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/ladder/climb.h"
#include "check/reach/tls_names.h"
#include "fixture.h"

static struct fixture *repo_with(const char *endpoints)
{
	struct fixture *f = fixture_new();

	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh:\n  targets:\n"
		     "    - {id: nas, host: 127.0.0.1, user: ops, access_policy: lan_only}\n"
		     "    - {id: edge, host: 127.0.0.2, user: ops, access_policy: lan_only}\n");
	fixture_file(f, "bindings/tailscale.tailnet.snapshot.yaml",
		     "devices:\n"
		     "  - {id: photos, fqdn: photos.grove.ts.net, tailscale_ip: 100.70.1.9, "
		     "access_policy: tailscale_required}\n");
	fixture_file(f, "bindings/services.health.yaml", endpoints);
	fixture_gate(f, "G001", "bindings_valid", "");
	assert_int_equal(fixture_load(f), 0);
	return f;
}

/** The TLS name of the only endpoint. */
static bool place_of(struct fixture *f, struct tls_place *place)
{
	assert_int_equal(f->repo.endpoints.len, 1);
	assert_false(f->repo.endpoints.at[0].row.is_broken);
	return tls_place_of(&f->repo.arena, &f->repo, &f->repo.endpoints.at[0], place);
}

#define ROW "endpoints:\n  - {id: a, host: nas, "

static void the_host_of_an_https_url_is_a_tls_name(void **state)
{
	struct fixture *f = repo_with(ROW "url: 'https://Photos.Example:8443/x'}\n");
	struct tls_place place = {0};

	(void)state;
	assert_true(place_of(f, &place));
	assert_string_equal(place.name, "photos.example");
	assert_null(place.address);
	assert_int_equal(place.port, 8443);
	assert_string_equal(place.target->id, "nas");
	assert_null(place.node_target);
	assert_null(place.node_device);
	assert_false(tls_place_is_lost(&place));
	fixture_free(f);
}

static void an_address_is_no_name(void **state)
{
	struct fixture *f = repo_with(ROW "url: 'https://127.0.0.1/'}\n");
	struct tls_place place = {0};

	(void)state;
	assert_true(place_of(f, &place));
	assert_null(place.name);
	assert_string_equal(place.address, "127.0.0.1");
	assert_int_equal(place.port, 443);
	fixture_free(f);
}

static void plain_http_has_no_tls_name(void **state)
{
	struct fixture *f = repo_with(ROW "url: 'http://photos.example/'}\n");
	struct tls_place place = {0};

	(void)state;
	assert_false(place_of(f, &place));
	fixture_free(f);
}

static void a_name_that_is_written_wins(void **state)
{
	struct fixture *f =
		repo_with(ROW "url: 'http://127.0.0.1:8080/', tls: {name: Photos.example}}\n");
	struct tls_place place = {0};

	(void)state;
	assert_true(place_of(f, &place));
	assert_string_equal(place.name, "photos.example");
	assert_int_equal(place.port, TLS_PORT); /* 8080 is that of plain HTTP */
	fixture_free(f);
}

static void a_node_may_be_a_device_or_a_target(void **state)
{
	static const struct {
		const char *node;
		bool is_target;
		bool is_device;
	} rows[] = {{"photos", false, true}, {"edge", true, false}, {"nobody", false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(auto_str) struct str text = {0};
		struct tls_place place = {0};
		struct fixture *f = NULL;

		str_printf(&text, ROW "url: 'https://photos.grove.ts.net/', tls: {node: %s}}\n",
			   rows[i].node);
		f = repo_with(text.at);
		assert_true(place_of(f, &place));
		assert_string_equal(place.name, "photos.grove.ts.net");
		assert_int_equal(place.node_target != NULL, rows[i].is_target);
		assert_int_equal(place.node_device != NULL, rows[i].is_device);
		assert_int_equal(tls_place_is_lost(&place),
				 !rows[i].is_target && !rows[i].is_device);
		assert_string_equal(place.target->id, "nas");
		fixture_free(f);
	}
}

static void a_ladder_is_climbed_at_the_node_and_not_at_the_host(void **state)
{
	static const struct {
		const char *row;
		const char *target; /**< NULL: none */
		const char *device;
	} rows[] = {
		{ROW "url: 'https://photos.example/', tls: {node: photos}}\n", NULL, "photos"},
		{ROW "url: 'https://photos.example/', tls: {node: edge}}\n", "edge", NULL},
		{ROW "url: 'https://photos.example/'}\n", "nas", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f = repo_with(rows[i].row);
		struct tls_place place = {0};
		struct climb_spec spec = {0};

		assert_true(place_of(f, &place));
		climb_spec_of(&f->repo, &place, &spec);
		assert_true(same_string(spec.target ? spec.target->id : NULL, rows[i].target));
		assert_true(same_string(spec.device ? spec.device->id : NULL, rows[i].device));
		fixture_free(f);
	}
}

static void an_endpoint_of_no_target_has_a_name_all_the_same(void **state)
{
	struct fixture *f =
		repo_with("endpoints:\n  - {id: a, host: gone, url: 'https://photos.example/'}\n");
	struct tls_place place = {0};

	(void)state;
	assert_true(place_of(f, &place));
	assert_null(place.target);
	fixture_free(f);
}

/** What `tls` needs from the URL is a rule of the row. */
static void a_tls_map_without_a_name_to_ask_for_is_a_mistake(void **state)
{
	static const char *const wrong[] = {
		ROW "url: 'https://photos.example/', tls: {}}\n",
		ROW "url: 'https://127.0.0.1/', tls: {node: edge}}\n",
		ROW "url: 'http://photos.example/', tls: {node: edge}}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct fixture *f = repo_with(wrong[i]);

		assert_true(f->repo.endpoints.at[0].row.is_broken);
		assert_int_equal(f->repo.endpoints.binding.problems.list.len, 1);
		fixture_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_of_an_https_url_is_a_tls_name),
		cmocka_unit_test(an_address_is_no_name),
		cmocka_unit_test(plain_http_has_no_tls_name),
		cmocka_unit_test(a_name_that_is_written_wins),
		cmocka_unit_test(a_node_may_be_a_device_or_a_target),
		cmocka_unit_test(a_ladder_is_climbed_at_the_node_and_not_at_the_host),
		cmocka_unit_test(an_endpoint_of_no_target_has_a_name_all_the_same),
		cmocka_unit_test(a_tls_map_without_a_name_to_ask_for_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
