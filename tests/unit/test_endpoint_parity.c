#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"

/** A fleet after one edit, judged. */
static struct fleet *judged(enum fleet_file file, const char *before, const char *old,
			    const char *new)
{
	struct fleet *fleet = fleet_new();

	fleet_edit(fleet, file, before, old, new);
	(void)fleet_run(fleet, "endpoint_parity");
	return fleet;
}

/** One endpoint that must fail, after one edit of the endpoints. */
static void expect_mismatch(const char *before, const char *old, const char *new,
			    const char *subject)
{
	struct fleet *fleet = judged(ENDPOINTS, before, old, new);

	fleet_expect(fleet, VERDICT_FAIL, REASON_ENDPOINT_HOST_MISMATCH, subject,
		     fleet_place(fleet, ENDPOINTS, before, new));
	fleet_expect_counts(fleet, 1, 0, 0);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_FAIL);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 4);
	fleet_free(fleet);
}

/** After that edit of the endpoints, all four still pass. */
static void expect_pass(const char *before, const char *old, const char *new)
{
	struct fleet *fleet = judged(ENDPOINTS, before, old, new);

	fleet_expect_pass(fleet, 4);
	assert_int_equal(fixture_result(fleet->fixture)->findings.len, 0);
	fleet_free(fleet);
}

static void endpoints_that_lead_to_their_targets_pass(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)fleet_run(fleet, "endpoint_parity");
	fleet_expect_pass(fleet, 4);
	assert_int_equal(fixture_result(fleet->fixture)->findings.len, 0);
	fleet_free(fleet);
}

static void an_endpoint_of_no_target_fails_at_its_host(void **state)
{
	struct fleet *fleet = judged(ENDPOINTS, "id: web", "host: alder", "host: acorn");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:web",
		     fleet_place(fleet, ENDPOINTS, "id: web", "acorn"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_endpoint_that_is_not_enabled_is_judged_too(void **state)
{
	struct fleet *fleet = judged(ENDPOINTS, "id: old-web", "host: birch", "host: burned");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:old-web",
		     fleet_place(fleet, ENDPOINTS, "id: old-web", "burned"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_alias_of_a_target_is_not_its_name(void **state)
{
	/* "names a known target": targets are known by their ids. */
	struct fleet *fleet =
		judged(ENDPOINTS, "id: web", "host: alder\n    url: http://10.7.0.11:8080/health",
		       "host: elm-node\n    url: http://10.7.0.14/");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:web",
		     fleet_place(fleet, ENDPOINTS, "id: web", "elm-node"));
	fleet_free(fleet);
}

static void an_address_that_is_another_targets_fails_at_the_url(void **state)
{
	struct fleet *fleet =
		judged(ENDPOINTS, "id: web", "http://10.7.0.11:8080/health", "http://10.7.0.12/");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_ENDPOINT_HOST_MISMATCH, "endpoint:web",
			       fleet_place(fleet, ENDPOINTS, "id: web", "http://10.7.0.12/"));
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, TARGETS, "id: alder", "10.7.0.11")));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_tailnet_address_of_the_same_target_fails(void **state)
{
	(void)state;
	expect_mismatch("id: web", "http://10.7.0.11:8080/health", "http://100.70.1.11/",
			"endpoint:web");
}

static void an_address_off_by_one_fails(void **state)
{
	(void)state;
	/* The predecessor replaced text, so that 10.7.0.11 also hit 10.7.0.110. */
	expect_mismatch("id: web", "http://10.7.0.11:8080/health", "http://10.7.0.110:8080/health",
			"endpoint:web");
}

static void an_address_in_the_path_is_not_the_host(void **state)
{
	(void)state;
	expect_mismatch("id: web", "http://10.7.0.11:8080/health",
			"http://10.7.0.99/?back=http://10.7.0.11:8080/", "endpoint:web");
}

static void a_name_of_the_node_that_serves_it_passes(void **state)
{
	(void)state;
	expect_pass("id: photos", "https://cedar-box.grove.ts.net/",
		    "https://phone.grove.ts.net/\n    tls: {node: phone}");
	expect_mismatch("id: photos", "https://cedar-box.grove.ts.net/",
			"https://phone.grove.ts.net/", "endpoint:photos");
	/* A node does not make any name right, only its own. */
	expect_mismatch("id: photos", "https://cedar-box.grove.ts.net/",
			"https://other.grove.ts.net/\n    tls: {node: phone}", "endpoint:photos");
}

static void every_form_of_a_url_to_the_host_passes(void **state)
{
	static const char *const urls[] = {
		"http://10.7.0.11",
		"https://10.7.0.11",
		"HTTP://10.7.0.11/",
		"http://10.7.0.11:1",
		"http://10.7.0.11:65535/a/b?c=d",
		"http://10.7.0.11?c",
		"\"http://[::ffff:10.7.0.11]:8080/\"",
		"\"http://[::ffff:a07:b]/\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		expect_pass("id: web", "http://10.7.0.11:8080/health", urls[i]);
	}
}

static void every_spelling_of_an_ipv6_host_passes(void **state)
{
	static const char *const urls[] = {
		"http://[fd00:7::18]/",
		"http://[fd00:7:0:0:0:0:0:18]/",
		"https://[FD00:0007::0:18]:8443/x",
		"http://[fd00:7::0.0.0.24]/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		expect_pass("id: files", "http://[FD00:7:0::18]:9000/", urls[i]);
	}
	expect_mismatch("id: files", "http://[FD00:7:0::18]:9000/", "http://[fd00:7::19]:9000/",
			"endpoint:files");
}

/* ---- names */

static void the_name_of_the_device_passes_in_any_case(void **state)
{
	(void)state;
	expect_pass("id: photos", "https://cedar-box.grove.ts.net/",
		    "https://Cedar-Box.GROVE.ts.net:8443/x");
}

static void the_name_of_another_device_fails(void **state)
{
	(void)state;
	expect_mismatch("id: photos", "https://cedar-box.grove.ts.net/",
			"https://alder.grove.ts.net/", "endpoint:photos");
}

static void the_short_name_of_the_device_fails(void **state)
{
	(void)state;
	expect_mismatch("id: photos", "https://cedar-box.grove.ts.net/", "https://cedar-box/",
			"endpoint:photos");
}

static void a_name_that_begins_like_the_devices_fails(void **state)
{
	(void)state;
	expect_mismatch("id: photos", "https://cedar-box.grove.ts.net/",
			"https://cedar-box.grove.ts.net.evil.example/", "endpoint:photos");
}

static void a_name_that_is_the_targets_host_passes(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "10.7.0.11", "alder.lan.example");
	fleet_edit(fleet, ENDPOINTS, "id: web", "10.7.0.11", "ALDER.lan.example");
	(void)fleet_run(fleet, "endpoint_parity");
	fleet_expect_pass(fleet, 4);
	fleet_free(fleet);
}

static void an_address_is_not_a_host_that_is_a_name(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: alder", "10.7.0.11", "alder.lan.example");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_ENDPOINT_HOST_MISMATCH, "endpoint:web",
		     fleet_place(fleet, ENDPOINTS, "id: web", "http://10.7.0.11:8080/health"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void names_are_unknown_without_a_snapshot(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct finding *finding = NULL;

	(void)state;
	fleet_replace(fleet, DEVICES, "");
	(void)fleet_run(fleet, "endpoint_parity");
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_ABSENT, "endpoint:photos",
			       fleet_place(fleet, ENDPOINTS, "id: photos", "https://cedar-box"));
	assert_non_null(finding->caused_by);
	fleet_expect_counts(fleet, 0, 1, 0);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	fleet_free(fleet);
}

static void a_snapshot_is_not_needed_for_addresses(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, DEVICES, "");
	fleet_edit(fleet, ENDPOINTS, "id: photos", "https://cedar-box.grove.ts.net/",
		   "https://10.7.0.13/");
	(void)fleet_run(fleet, "endpoint_parity");
	fleet_expect_pass(fleet, 4);
	fleet_free(fleet);
}

static void a_name_fails_when_there_is_declared_to_be_no_snapshot(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fixture_file(fleet->fixture, "gaterun.yaml",
		     "version: 1\nbindings: {tailnet_snapshot: none}\n");
	(void)fleet_run(fleet, "endpoint_parity");
	fleet_expect(fleet, VERDICT_FAIL, REASON_ENDPOINT_HOST_MISMATCH, "endpoint:photos",
		     fleet_place(fleet, ENDPOINTS, "id: photos", "https://cedar-box"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_name_is_unknown_when_the_snapshot_gives_no_rows(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, DEVICES, "version: 1\ndevices: none\n");
	(void)fleet_run(fleet, "endpoint_parity");
	fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "endpoint:photos",
		     fleet_place(fleet, ENDPOINTS, "id: photos", "https://cedar-box"));
	fleet_expect_counts(fleet, 0, 1, 0);
	fleet_free(fleet);
}

static void a_name_is_unknown_when_the_row_of_the_device_is_wrong(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: cedar-box", "access_policy: lan_first", "access_policy: lan");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "endpoint:photos",
			       fleet_place(fleet, ENDPOINTS, "id: photos", "https://cedar-box"));
	assert_string_equal(finding->caused_by,
			    "device:cedar-box bindings/tailscale.tailnet.snapshot.yaml:19");
	fleet_expect_counts(fleet, 0, 1, 0);
	fleet_free(fleet);
}

static void an_address_is_judged_when_the_row_of_the_device_is_wrong(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: alder", "access_policy: lan_first", "access_policy: lan");

	(void)state;
	fleet_expect_pass(fleet, 4);
	fleet_free(fleet);
}

/* ---- rows that are wrong in themselves */

static void an_endpoint_of_a_broken_target_is_unknown(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: alder", "100.70.1.11", "100.70.1");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "endpoint:web",
			       fleet_place(fleet, ENDPOINTS, "id: web", "alder"));
	assert_string_equal(finding->caused_by, "target:alder bindings/ssh.targets.yaml:8");
	fleet_expect_counts(fleet, 0, 1, 0);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 3);
	fleet_free(fleet);
}

static void an_endpoint_without_a_usable_url_is_unknown(void **state)
{
	static const char *const urls[] = {
		"10.7.0.11",
		"ftp://10.7.0.11/",
		"http://",
		"http:///health",
		"http://10.7.0.300/",
		"http://10.7.0.11:99999/",
		"http://10.7.0.11:/",
		"http://u:p@10.7.0.11",
		"http://[10.7.0.11]/",
		"http://fd00:7::18/",
		"\"\"",
		"\"http://10.7.0.11/ x\"",
		"[http://10.7.0.11]",
		"http://[fd00:7::18/",
		"http://10.7.0.11:+80/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct fleet *fleet =
			judged(ENDPOINTS, "id: web", "http://10.7.0.11:8080/health", urls[i]);
		const struct finding *finding =
			fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "endpoint:web",
				     fleet_place(fleet, ENDPOINTS, "id: web", "id: web"));

		assert_string_equal(finding->caused_by,
				    "endpoint:web bindings/services.health.yaml:5");
		fleet_expect_counts(fleet, 0, 1, 0);
		fleet_free(fleet);
	}
}

static void no_endpoints_are_nothing_to_check(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, ENDPOINTS, "endpoints: []\n");
	(void)fleet_run(fleet, "endpoint_parity");
	assert_int_equal(fixture_count(fleet->fixture, REASON_NOTHING_TO_CHECK), 1);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_that_lead_to_their_targets_pass),
		cmocka_unit_test(an_endpoint_of_no_target_fails_at_its_host),
		cmocka_unit_test(an_endpoint_that_is_not_enabled_is_judged_too),
		cmocka_unit_test(an_alias_of_a_target_is_not_its_name),
		cmocka_unit_test(an_address_that_is_another_targets_fails_at_the_url),
		cmocka_unit_test(a_tailnet_address_of_the_same_target_fails),
		cmocka_unit_test(an_address_off_by_one_fails),
		cmocka_unit_test(an_address_in_the_path_is_not_the_host),
		cmocka_unit_test(a_name_of_the_node_that_serves_it_passes),
		cmocka_unit_test(every_form_of_a_url_to_the_host_passes),
		cmocka_unit_test(every_spelling_of_an_ipv6_host_passes),
		cmocka_unit_test(the_name_of_the_device_passes_in_any_case),
		cmocka_unit_test(the_name_of_another_device_fails),
		cmocka_unit_test(the_short_name_of_the_device_fails),
		cmocka_unit_test(a_name_that_begins_like_the_devices_fails),
		cmocka_unit_test(a_name_that_is_the_targets_host_passes),
		cmocka_unit_test(an_address_is_not_a_host_that_is_a_name),
		cmocka_unit_test(names_are_unknown_without_a_snapshot),
		cmocka_unit_test(a_snapshot_is_not_needed_for_addresses),
		cmocka_unit_test(a_name_fails_when_there_is_declared_to_be_no_snapshot),
		cmocka_unit_test(a_name_is_unknown_when_the_snapshot_gives_no_rows),
		cmocka_unit_test(a_name_is_unknown_when_the_row_of_the_device_is_wrong),
		cmocka_unit_test(an_address_is_judged_when_the_row_of_the_device_is_wrong),
		cmocka_unit_test(an_endpoint_of_a_broken_target_is_unknown),
		cmocka_unit_test(an_endpoint_without_a_usable_url_is_unknown),
		cmocka_unit_test(no_endpoints_are_nothing_to_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
