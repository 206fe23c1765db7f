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
	(void)fleet_run(fleet, "snapshot_parity");
	return fleet;
}

static void files_that_agree_pass(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect_pass(fleet, 7);
	assert_int_equal(fixture_result(fleet->fixture)->findings.len, 1);
	fleet_free(fleet);
}

static void a_client_without_a_target_is_a_remark(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect(fleet, VERDICT_PASS, REASON_PARITY_NO_TARGET, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "phone"));
	fleet_free(fleet);
}

/* ---- policies */

static void another_policy_in_the_snapshot_fails(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: holly", "access_policy: lan_only", "access_policy: lan_first");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ACCESS_POLICY, "target:holly",
			       fleet_place(fleet, TARGETS, "id: holly", "lan_only"));
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, DEVICES, "id: holly", "lan_first")));
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_FAIL);
	fleet_free(fleet);
}

static void another_policy_of_the_target_fails(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: alder", "access_policy: lan_first",
				     "access_policy: tailscale_required");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ACCESS_POLICY, "target:alder",
		     fleet_place(fleet, TARGETS, "id: alder", "tailscale_required"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_target_without_a_policy_is_lan_first(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: birch", "      access_policy: lan_first\n", "");

	(void)state;
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void a_client_that_is_a_target_is_compared(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: alder", "access_policy: lan_first", "access_policy: client");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ACCESS_POLICY, "target:alder",
		     fleet_place(fleet, TARGETS, "id: alder", "lan_first"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

/* ---- tailnet addresses */

static void swapped_tailnet_addresses_fail_on_both_pairs(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct finding *finding = NULL;

	(void)state;
	fleet_edit(fleet, DEVICES, "id: alder", "100.70.1.11", "100.70.1.12");
	fleet_edit(fleet, DEVICES, "id: birch", "100.70.1.12", "100.70.1.11");
	(void)fleet_run(fleet, "snapshot_parity");
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_TAILSCALE_IP, "target:alder",
			       fleet_place(fleet, TARGETS, "id: alder", "100.70.1.11"));
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, DEVICES, "id: alder", "100.70.1.12")));
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_TAILSCALE_IP, "target:birch",
		     fleet_place(fleet, TARGETS, "id: birch", "100.70.1.12"));
	fleet_expect_counts(fleet, 2, 0, 0);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 7);
	fleet_free(fleet);
}

static void a_tailnet_address_that_the_target_lacks_fails(void **state)
{
	struct fleet *fleet =
		judged(TARGETS, "id: cedar", "tailscale_ip: 100.70.1.13", "tailscale_ip: null");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_TAILSCALE_IP, "target:cedar",
		     fleet_place(fleet, TARGETS, "id: cedar", "null"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_tailnet_address_that_the_snapshot_lacks_fails(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: fir", "    tailscale_ip: 100.70.1.15\n", "");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(
		fleet, VERDICT_FAIL, REASON_PARITY_TAILSCALE_IP, "target:fir",
		fleet_place(fleet, TARGETS, "tailscale_ip: 100.70.1.15", "100.70.1.15"));
	assert_int_equal(finding->related_count, 1);
	assert_int_equal(finding->related[0].line,
			 fleet_place(fleet, DEVICES, "id: fir", "fir").line);
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_tailnet_address_that_both_lack_fails(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: birch", "      tailscale_ip: 100.70.1.12\n", "");
	fleet_edit(fleet, DEVICES, "id: birch", "    tailscale_ip: 100.70.1.12\n", "");
	(void)fleet_run(fleet, "snapshot_parity");
	assert_int_equal(fixture_count(fleet->fixture, REASON_PARITY_TAILSCALE_IP), 1);
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_lan_only_pair_needs_no_tailnet_address(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: holly", "    tailscale_ip: 100.70.1.17\n", "");

	(void)state;
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void a_lan_only_pair_with_two_tailnet_addresses_fails(void **state)
{
	struct fleet *fleet =
		judged(TARGETS, "id: holly", "tailscale_ip: null", "tailscale_ip: 100.70.1.18");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_TAILSCALE_IP, "target:holly",
		     fleet_place(fleet, TARGETS, "id: holly", "100.70.1.18"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

/* ---- LAN addresses */

static void a_lan_address_off_by_one_fails(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: birch", "lan_ip: 10.7.0.12", "lan_ip: 10.7.0.22");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_LAN_IP, "target:birch",
			       fleet_place(fleet, TARGETS, "id: birch", "10.7.0.12"));
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, DEVICES, "id: birch", "10.7.0.22")));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_lan_address_that_is_null_fails_where_it_stands(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: alder", "lan_ip: 10.7.0.11", "lan_ip: null");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_LAN_IP, "target:alder",
		     fleet_place(fleet, DEVICES, "id: alder", "null"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_lan_address_that_is_left_out_fails_at_its_row(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: holly", "    lan_ip: 10.7.0.17\n", "");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_LAN_IP, "target:holly",
		     fleet_place(fleet, DEVICES, "id: holly", "id: holly"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_lan_address_of_a_tailscale_required_pair_is_not_compared(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: fir", "lan_ip: null", "lan_ip: 10.7.0.99");

	(void)state;
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void a_lan_address_beside_a_host_that_is_a_name_fails(void **state)
{
	struct fleet *fleet =
		judged(TARGETS, "id: birch", "host: 10.7.0.12", "host: birch.lan.example");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_LAN_IP, "target:birch",
		     fleet_place(fleet, TARGETS, "id: birch", "birch.lan.example"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

/* ---- addresses are values */

static void an_ipv4_address_written_as_ipv6_is_the_same(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: birch", "lan_ip: 10.7.0.12", "lan_ip: \"::ffff:10.7.0.12\"");

	(void)state;
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void every_spelling_of_an_ipv6_address_is_the_same(void **state)
{
	static const char *const spellings[] = {
		"fd7a:115c:a1e0::18",           "FD7A:115C:A1E0::18",
		"fd7a:115c:a1e0:0:0:0:0:18",    "fd7a:115c:a1e0:0000:0000:0000:0000:0018",
		"\"fd7a:115c:a1e0::0.0.0.24\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct fleet *fleet =
			judged(DEVICES, "id: iris", "FD7A:115C:A1E0:0000::0018", spellings[i]);

		fleet_expect_pass(fleet, 7);
		fleet_free(fleet);
	}
}

static void ipv6_addresses_that_differ_in_one_bit_fail(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: iris", "FD7A:115C:A1E0:0000::0018",
				     "FD7A:115C:A1E0:0000::0019");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_TAILSCALE_IP, "target:iris",
		     fleet_place(fleet, TARGETS, "id: iris", "fd7a"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_fingerprint_survives_another_spelling(void **state)
{
	static const struct {
		const char *old;
		const char *spellings[2];
		enum reason reason;
	} cases[] = {
		{"FD7A:115C:A1E0:0000::0018",
		 {"FD7A:115C:A1E0::99", "fd7a:115c:a1e0:0:0:0:0:99"},
		 REASON_PARITY_TAILSCALE_IP},
		{"fd00:0007:0:0:0:0:0:18", {"fd00:7::99", "FD00:07::0099"}, REASON_PARITY_LAN_IP},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char fingerprints[2][SHA256_HEX_BYTES];

		for (size_t k = 0; k < 2; k++) {
			struct fleet *fleet =
				judged(DEVICES, "id: iris", cases[i].old, cases[i].spellings[k]);

			(void)memcpy(fingerprints[k],
				     fixture_finding(fleet->fixture, cases[i].reason)->fingerprint,
				     SHA256_HEX_BYTES);
			fleet_free(fleet);
		}
		assert_string_equal(fingerprints[0], fingerprints[1]);
	}
}

/* ---- rows that are wrong in themselves */

static void a_misspelt_policy_leaves_the_pair_unknown(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: alder", "access_policy: lan_first",
				     "access_policy: lan_frist");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:alder",
			       fleet_place(fleet, TARGETS, "id: alder", "alder"));
	assert_string_equal(finding->caused_by, "target:alder bindings/ssh.targets.yaml:9");
	fleet_expect_counts(fleet, 0, 1, 0);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 6);
	fleet_free(fleet);
}

static void a_malformed_address_in_the_snapshot_leaves_the_pair_unknown(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: birch", "100.70.1.12", "100.70.1.012");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:birch",
			       fleet_place(fleet, TARGETS, "id: birch", "birch"));
	assert_string_equal(finding->caused_by,
			    "device:birch bindings/tailscale.tailnet.snapshot.yaml:11");
	fleet_expect_counts(fleet, 0, 1, 0);
	fleet_free(fleet);
}

static void a_broken_row_without_a_partner_is_unknown(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, DEVICES, "id: phone", "access_policy: client", "access_policy: cleint");
	fleet_edit(fleet, TARGETS, "id: gum", "access_policy: lan_only", "access_policy: lan-only");
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "id: phone"));
	fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:gum",
		     fleet_place(fleet, TARGETS, "id: gum", "id: gum"));
	fleet_expect_counts(fleet, 0, 2, 0);
	fleet_free(fleet);
}

static void a_row_without_an_id_is_unknown(void **state)
{
	struct fleet *fleet = judged(DEVICES, "  - id: phone", "id: phone\n    ", "");

	(void)state;
	fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "row:tailnet_snapshot[8]",
		     fleet_place(fleet, DEVICES, "iris.grove.ts.net", "tailscale_ip: 100.70.1.99"));
	fleet_expect_counts(fleet, 0, 1, 0);
	fleet_free(fleet);
}

/* ---- files */

static void an_absent_snapshot_is_unknown(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, DEVICES, "");
	(void)fleet_run(fleet, "snapshot_parity");
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_ABSENT), 1);
	fleet_free(fleet);
}

static void a_snapshot_that_is_declared_as_none_is_skipped(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fixture_file(fleet->fixture, "gaterun.yaml",
		     "version: 1\nbindings:\n  tailnet_snapshot: none\n");
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect(fleet, VERDICT_SKIP, REASON_BINDING_NONE, "gate:G001",
		     (struct place){"gaterun.yaml", 3, 21});
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_SKIP);
	fleet_free(fleet);
}

static void a_snapshot_without_devices_is_unknown(void **state)
{
	static const char *const texts[] = {
		"version: 1\n",  "devices:\n",  "devices: {alder: 1}\n",
		"- id: alder\n", "just text\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fleet *fleet = fleet_new();

		fleet_replace(fleet, DEVICES, texts[i]);
		(void)fleet_run(fleet, "snapshot_parity");
		assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
		assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_BROKEN), 1);
		fleet_free(fleet);
	}
}

static void two_empty_lists_are_nothing_to_check(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, TARGETS, "ssh: {targets: []}\n");
	fleet_replace(fleet, DEVICES, "devices: []\ndevice_count: 0\n");
	(void)fleet_run(fleet, "snapshot_parity");
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	assert_int_equal(fixture_count(fleet->fixture, REASON_NOTHING_TO_CHECK), 1);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_agree_pass),
		cmocka_unit_test(a_client_without_a_target_is_a_remark),
		cmocka_unit_test(another_policy_in_the_snapshot_fails),
		cmocka_unit_test(another_policy_of_the_target_fails),
		cmocka_unit_test(a_target_without_a_policy_is_lan_first),
		cmocka_unit_test(a_client_that_is_a_target_is_compared),
		cmocka_unit_test(swapped_tailnet_addresses_fail_on_both_pairs),
		cmocka_unit_test(a_tailnet_address_that_the_target_lacks_fails),
		cmocka_unit_test(a_tailnet_address_that_the_snapshot_lacks_fails),
		cmocka_unit_test(a_tailnet_address_that_both_lack_fails),
		cmocka_unit_test(a_lan_only_pair_needs_no_tailnet_address),
		cmocka_unit_test(a_lan_only_pair_with_two_tailnet_addresses_fails),
		cmocka_unit_test(a_lan_address_off_by_one_fails),
		cmocka_unit_test(a_lan_address_that_is_null_fails_where_it_stands),
		cmocka_unit_test(a_lan_address_that_is_left_out_fails_at_its_row),
		cmocka_unit_test(a_lan_address_of_a_tailscale_required_pair_is_not_compared),
		cmocka_unit_test(a_lan_address_beside_a_host_that_is_a_name_fails),
		cmocka_unit_test(an_ipv4_address_written_as_ipv6_is_the_same),
		cmocka_unit_test(every_spelling_of_an_ipv6_address_is_the_same),
		cmocka_unit_test(ipv6_addresses_that_differ_in_one_bit_fail),
		cmocka_unit_test(a_fingerprint_survives_another_spelling),
		cmocka_unit_test(a_misspelt_policy_leaves_the_pair_unknown),
		cmocka_unit_test(a_malformed_address_in_the_snapshot_leaves_the_pair_unknown),
		cmocka_unit_test(a_broken_row_without_a_partner_is_unknown),
		cmocka_unit_test(a_row_without_an_id_is_unknown),
		cmocka_unit_test(an_absent_snapshot_is_unknown),
		cmocka_unit_test(a_snapshot_that_is_declared_as_none_is_skipped),
		cmocka_unit_test(a_snapshot_without_devices_is_unknown),
		cmocka_unit_test(two_empty_lists_are_nothing_to_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
