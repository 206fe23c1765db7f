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

/* ---- rows without a partner */

static void a_device_that_is_dropped_leaves_its_target_alone(void **state)
{
	struct fleet *fleet = judged(DEVICES, "  - id: holly",
				     "  - id: holly\n"
				     "    tailscale_ip: 100.70.1.17\n"
				     "    lan_ip: 10.7.0.17\n"
				     "    fqdn: holly.grove.ts.net\n"
				     "    access_policy: lan_only\n",
				     "");

	(void)state;
	/* holly is lan_only and has no tailnet address, so only the count says so. */
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DEVICE_COUNT,
		     "file:bindings/tailscale.tailnet.snapshot.yaml",
		     fleet_place(fleet, DEVICES, "device_count: 8", "8"));
	fleet_expect_counts(fleet, 1, 0, 0);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 6);
	fleet_free(fleet);
}

static void a_target_of_the_tailnet_without_a_device_fails(void **state)
{
	struct fleet *fleet = judged(DEVICES, "  - id: birch",
				     "  - id: birch\n"
				     "    tailscale_ip: 100.70.1.12\n"
				     "    lan_ip: 10.7.0.12\n"
				     "    fqdn: birch.grove.ts.net\n"
				     "    access_policy: lan_first\n",
				     "");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_DEVICE, "target:birch",
		     fleet_place(fleet, TARGETS, "id: birch", "birch"));
	fleet_expect_counts(fleet, 2, 0, 0);
	fleet_free(fleet);
}

static void a_lan_only_target_with_a_tailnet_address_needs_a_device(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: gum", "access_policy: lan_only",
				     "access_policy: lan_only\n      tailscale_ip: 100.70.1.16");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_DEVICE, "target:gum",
		     fleet_place(fleet, TARGETS, "id: gum", "gum"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_tailscale_required_target_without_a_device_fails(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: gum", "access_policy: lan_only",
				     "access_policy: tailscale_required");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_DEVICE, "target:gum",
		     fleet_place(fleet, TARGETS, "id: gum", "gum"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_device_without_a_target_fails(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: phone", "access_policy: client", "access_policy: lan_first");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_TARGET, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "phone"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_device_whose_id_changed_is_missed_on_both_sides(void **state)
{
	struct fleet *fleet = judged(DEVICES, "- id: fir", "fir", "spruce");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_TARGET, "device:spruce",
		     fleet_place(fleet, DEVICES, "id: spruce", "spruce"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_DEVICE, "target:fir",
		     fleet_place(fleet, TARGETS, "id: fir", "fir"));
	fleet_expect_counts(fleet, 2, 0, 0);
	fleet_free(fleet);
}

/* ---- ids and aliases */

static void an_alias_of_a_device_that_is_removed_breaks_the_pair(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: cedar-box", "    legacy_aliases: [cedar]\n", "");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_TARGET, "device:cedar-box",
		     fleet_place(fleet, DEVICES, "id: cedar-box", "cedar-box"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_DEVICE, "target:cedar",
		     fleet_place(fleet, TARGETS, "id: cedar", "cedar"));
	fleet_expect_counts(fleet, 2, 0, 0);
	fleet_free(fleet);
}

static void an_alias_of_a_target_that_is_removed_breaks_the_pair(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: elm", "      aliases: [elm-node]\n", "");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_TARGET, "device:elm-node",
		     fleet_place(fleet, DEVICES, "id: elm-node", "elm-node"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_NO_DEVICE, "target:elm",
		     fleet_place(fleet, TARGETS, "id: elm", "elm"));
	fleet_expect_counts(fleet, 2, 0, 0);
	fleet_free(fleet);
}

static void an_id_joins_before_an_alias_does(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	/* alder's former name is the id of another target, which has a device of its own. */
	fleet_edit(fleet, DEVICES, "id: alder", "    access_policy: lan_first\n",
		   "    access_policy: lan_first\n    legacy_aliases: [gum]\n");
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void two_targets_with_one_id_fail(void **state)
{
	struct fleet *fleet = judged(TARGETS, "- id: gum", "gum", "birch");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DUPLICATE_ID, "target:birch",
			       fleet_place(fleet, TARGETS, "tailscale_required\n", "birch"));
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, TARGETS, "id: birch", "birch")));
	assert_int_equal(fixture_count(fleet->fixture, REASON_PARITY_DUPLICATE_ID), 1);
	fleet_free(fleet);
}

static void two_devices_with_one_id_fail(void **state)
{
	struct fleet *fleet = judged(DEVICES, "- id: phone", "phone", "alder");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DUPLICATE_ID, "device:alder",
			       fleet_place(fleet, DEVICES, "iris.grove.ts.net\n", "alder"));
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, DEVICES, "id: alder", "alder")));
	assert_int_equal(fixture_count(fleet->fixture, REASON_PARITY_DUPLICATE_ID), 1);
	fleet_free(fleet);
}

static void an_id_that_stands_three_times_is_reported_twice(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, DEVICES, "- id: phone", "phone", "alder");
	fleet_edit(fleet, DEVICES, "- id: iris", "iris", "alder");
	(void)fleet_run(fleet, "snapshot_parity");
	assert_int_equal(fixture_count(fleet->fixture, REASON_PARITY_DUPLICATE_ID), 2);
	fleet_free(fleet);
}

static void an_alias_that_is_the_id_of_another_device_fails(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: cedar-box", "legacy_aliases: [cedar]",
				     "legacy_aliases: [cedar, holly]");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ALIAS, "device:cedar-box",
			       fleet_place(fleet, DEVICES, "legacy_aliases", "holly"));
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, DEVICES, "id: holly", "holly")));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_alias_that_is_the_id_of_another_target_fails(void **state)
{
	struct fleet *fleet =
		judged(TARGETS, "id: elm", "aliases: [elm-node]", "aliases: [elm-node, gum]");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ALIAS, "target:elm",
		     fleet_place(fleet, TARGETS, "aliases", "gum"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_alias_of_two_devices_fails_at_the_later(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: iris", "    access_policy: lan_first\n",
				     "    access_policy: lan_first\n    legacy_aliases: [cedar]\n");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ALIAS, "device:iris",
		     fleet_place(fleet, DEVICES, "id: iris", "cedar"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_alias_of_two_targets_fails_at_the_later(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: gum", "      probe_via: alder\n",
				     "      probe_via: alder\n      aliases: [elm-node]\n");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ALIAS, "target:gum",
		     fleet_place(fleet, TARGETS, "id: gum", "elm-node"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_alias_that_is_its_own_rows_id_is_nothing(void **state)
{
	struct fleet *fleet =
		judged(TARGETS, "id: elm", "aliases: [elm-node]", "aliases: [elm-node, elm]");

	(void)state;
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void an_alias_of_a_target_may_be_the_id_of_its_device(void **state)
{
	/* That is what aliases are for: another row of the *same* file is what counts. */
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)fleet_run(fleet, "snapshot_parity");
	assert_int_equal(fixture_count(fleet->fixture, REASON_PARITY_ALIAS), 0);
	fleet_free(fleet);
}

static void two_devices_that_join_one_target_fail(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, DEVICES, "id: phone", "    access_policy: client\n",
		   "    access_policy: client\n    legacy_aliases: [birch]\n");
	/* An alias of a device that is the id of a target is not the id of another device; */
	/* birch has one, though, so the alias itself is wrong as well. */
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_TWO_DEVICES, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "phone"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_ALIAS, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "birch"));
	fleet_free(fleet);
}

static void two_devices_that_join_one_target_by_its_aliases_fail(void **state)
{
	struct fleet *fleet =
		judged(TARGETS, "id: elm", "aliases: [elm-node]", "aliases: [elm-node, phone]");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_TWO_DEVICES, "device:phone",
			       fleet_place(fleet, DEVICES, "id: phone", "phone"));
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, DEVICES, "id: elm-node", "elm-node")));
	fleet_free(fleet);
}

/* ---- addresses that stand twice */

static void two_targets_with_one_tailnet_address_fail(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: gum", "      probe_via: alder\n",
				     "      tailscale_ip: 100.70.1.11\n");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DUPLICATE_ADDRESS, "target:gum",
			       fleet_place(fleet, TARGETS, "id: gum", "100.70.1.11"));
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, TARGETS, "id: alder", "100.70.1.11")));
	fleet_free(fleet);
}

static void two_targets_with_one_host_fail(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: gum", "10.7.0.16", "10.7.0.17");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DUPLICATE_ADDRESS, "target:holly",
		     fleet_place(fleet, TARGETS, "id: holly", "10.7.0.17"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void two_targets_with_one_host_and_two_ports_pass(void **state)
{
	struct fleet *fleet =
		judged(TARGETS, "id: gum", "10.7.0.16", "10.7.0.17\n      port: 2222");

	(void)state;
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void two_devices_with_one_tailnet_address_fail(void **state)
{
	struct fleet *fleet = judged(DEVICES, "id: phone", "100.70.1.99", "100.70.1.17");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DUPLICATE_ADDRESS, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "100.70.1.17"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void two_devices_with_one_lan_address_fail(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: phone", "100.70.1.99", "100.70.1.99\n    lan_ip: 10.7.0.17");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DUPLICATE_ADDRESS, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "10.7.0.17"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void one_address_in_two_spellings_stands_twice(void **state)
{
	struct fleet *fleet =
		judged(DEVICES, "id: phone", "100.70.1.99", "fd7a:115c:a1e0:0:0:0:0:18");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DUPLICATE_ADDRESS, "device:phone",
		     fleet_place(fleet, DEVICES, "id: phone", "fd7a"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

/* ---- the count */

static void a_wrong_count_fails_where_it_stands(void **state)
{
	struct fleet *fleet = judged(DEVICES, "", "device_count: 8", "device_count: 9");

	(void)state;
	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DEVICE_COUNT,
		     "file:bindings/tailscale.tailnet.snapshot.yaml",
		     fleet_place(fleet, DEVICES, "device_count", "9"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_count_that_is_no_number_is_not_the_number_of_rows(void **state)
{
	static const char *const counts[] = {"eight", "-1", "8.0", "[8]", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct fleet *fleet = fleet_new();

		fleet_edit(fleet, DEVICES, "device_count", "8", counts[i]);
		(void)fleet_run(fleet, "snapshot_parity");
		fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_DEVICE_COUNT,
			     "file:bindings/tailscale.tailnet.snapshot.yaml",
			     fleet_place(fleet, DEVICES, "device_count: ", counts[i]));
		fleet_expect_counts(fleet, 1, 0, 0);
		fleet_free(fleet);
	}
}

static void no_count_is_no_wrong_count(void **state)
{
	struct fleet *fleet = judged(DEVICES, "", "device_count: 8\n", "");

	(void)state;
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void the_summary_is_not_judged(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_append(fleet, DEVICES, "access_policy_summary: {lan_first: 99}\n");
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect_pass(fleet, 7);
	fleet_free(fleet);
}

static void thousands_of_rows_are_joined_and_compared(void **state)
{
	struct fleet *fleet = fleet_new();
	struct str *targets = &fleet->files[TARGETS];
	struct str *devices = &fleet->files[DEVICES];

	(void)state;
	/* As many as a file may have; every device is joined by an alias. */
	fleet_replace(fleet, TARGETS, "ssh:\n targets:\n");
	fleet_replace(fleet, DEVICES, "devices:\n");
	for (int i = 0; i < 8000; i++) {
		str_printf(targets, " - {id: t%d, host: 10.0.%d.%d, tailscale_ip: 100.64.%d.%d}\n",
			   i, i / 200, i % 200, i / 200, i % 200);
		str_printf(devices,
			   "- {id: d%d, lan_ip: 10.0.%d.%d, tailscale_ip: 100.64.%d.%d, "
			   "fqdn: d.x, access_policy: lan_first, legacy_aliases: t%d}\n",
			   i, i / 200, i % 200, i / 200, i % 200, i);
	}
	(void)fleet_run(fleet, "snapshot_parity");
	fleet_expect_pass(fleet, 8000);
	fleet_free(fleet);
}

static void a_value_that_thousands_of_rows_have_is_reported_once_for_each(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, DEVICES, "devices:\n");
	for (int i = 0; i < 8000; i++) {
		str_add(&fleet->files[DEVICES],
			"- {id: d, tailscale_ip: 100.64.0.1, fqdn: d.x, access_policy: client}\n");
	}
	(void)fleet_run(fleet, "snapshot_parity");
	assert_int_equal(fixture_count(fleet->fixture, REASON_PARITY_DUPLICATE_ID), 7999);
	assert_int_equal(fixture_count(fleet->fixture, REASON_PARITY_DUPLICATE_ADDRESS), 7999);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_that_is_dropped_leaves_its_target_alone),
		cmocka_unit_test(a_target_of_the_tailnet_without_a_device_fails),
		cmocka_unit_test(a_lan_only_target_with_a_tailnet_address_needs_a_device),
		cmocka_unit_test(a_tailscale_required_target_without_a_device_fails),
		cmocka_unit_test(a_device_without_a_target_fails),
		cmocka_unit_test(a_device_whose_id_changed_is_missed_on_both_sides),
		cmocka_unit_test(an_alias_of_a_device_that_is_removed_breaks_the_pair),
		cmocka_unit_test(an_alias_of_a_target_that_is_removed_breaks_the_pair),
		cmocka_unit_test(an_id_joins_before_an_alias_does),
		cmocka_unit_test(two_targets_with_one_id_fail),
		cmocka_unit_test(two_devices_with_one_id_fail),
		cmocka_unit_test(an_id_that_stands_three_times_is_reported_twice),
		cmocka_unit_test(an_alias_that_is_the_id_of_another_device_fails),
		cmocka_unit_test(an_alias_that_is_the_id_of_another_target_fails),
		cmocka_unit_test(an_alias_of_two_devices_fails_at_the_later),
		cmocka_unit_test(an_alias_of_two_targets_fails_at_the_later),
		cmocka_unit_test(an_alias_that_is_its_own_rows_id_is_nothing),
		cmocka_unit_test(an_alias_of_a_target_may_be_the_id_of_its_device),
		cmocka_unit_test(two_devices_that_join_one_target_fail),
		cmocka_unit_test(two_devices_that_join_one_target_by_its_aliases_fail),
		cmocka_unit_test(two_targets_with_one_tailnet_address_fail),
		cmocka_unit_test(two_targets_with_one_host_fail),
		cmocka_unit_test(two_targets_with_one_host_and_two_ports_pass),
		cmocka_unit_test(two_devices_with_one_tailnet_address_fail),
		cmocka_unit_test(two_devices_with_one_lan_address_fail),
		cmocka_unit_test(one_address_in_two_spellings_stands_twice),
		cmocka_unit_test(a_wrong_count_fails_where_it_stands),
		cmocka_unit_test(a_count_that_is_no_number_is_not_the_number_of_rows),
		cmocka_unit_test(no_count_is_no_wrong_count),
		cmocka_unit_test(the_summary_is_not_judged),
		cmocka_unit_test(thousands_of_rows_are_joined_and_compared),
		cmocka_unit_test(a_value_that_thousands_of_rows_have_is_reported_once_for_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
