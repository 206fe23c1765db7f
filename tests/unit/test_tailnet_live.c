#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/tailnet/tailnet_live.h"
#include "tailnet.h"

#define BIRCH "birch.grove.ts.net"

static void judge_captured(struct check *check, struct tailnet *tailnet)
{
	struct live_devices live = {0};
	struct err err = {0};

	if (live_devices_from_status(check->context->arena, &tailnet->status, &live, &err)) {
		fail_msg("%s", err.text);
	}
	judge_live(check, &live);
	live_devices_release(&live);
}

static struct tailnet *tailnet_as_it_is(void)
{
	return tailnet_new("tailnet_live", "");
}

static void judge_now(struct tailnet *tailnet)
{
	tailnet_judge(tailnet, judge_captured);
}

/** The live tailnet after one edit, judged. */
static struct tailnet *judged(const char *old, const char *new)
{
	struct tailnet *tailnet = tailnet_as_it_is();

	tailnet_edit(tailnet, old, new);
	judge_now(tailnet);
	return tailnet;
}

static void three_that_agree_pass(void **state)
{
	struct tailnet *tailnet = tailnet_as_it_is();

	(void)state;
	judge_now(tailnet);
	fleet_expect_pass(tailnet->fleet, 8);
	assert_int_equal(fixture_result(tailnet->fleet->fixture)->findings.len, 0);
	tailnet_free(tailnet);
}

/* ---- who is missing where */

static const char birch_live[] =
	"\"nodekey:b1\":{\"ID\":\"nBIRCH\",\"HostName\":\"birch\",\n"
	"\"DNSName\":\"birch.grove.ts.net.\",\"OS\":\"linux\",\"TailscaleIPs\":[\"100.70.1.12\"],\n"
	"\"Online\":true,\"CurAddr\":\"10.7.0.12:41641\",\"Relay\":\"fra\",\"Active\":true},\n";

static void a_device_that_is_not_live_fails_at_its_row(void **state)
{
	struct tailnet *tailnet = judged(birch_live, "");
	const struct finding *finding =
		fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_GONE, "device:birch",
			     fleet_place(tailnet->fleet, DEVICES, "- id: birch", "birch"));

	(void)state;
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  fleet_place(tailnet->fleet, TARGETS, "- id: birch", "birch")));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	assert_int_equal(fixture_result(tailnet->fleet->fixture)->checked, 7);
	tailnet_free(tailnet);
}

static void a_client_that_is_not_live_is_a_remark(void **state)
{
	struct tailnet *tailnet = judged(
		"\"DNSName\":\"phone.grove.ts.net.\",\"OS\":\"iOS\",\"TailscaleIPs\":[\"100.70.1.99\"]",
		"\"DNSName\":\"phone.mullvad.ts.net.\",\"TailscaleIPs\":[\"100.70.9.9\"]");

	(void)state;
	(void)tailnet_expect(tailnet, VERDICT_PASS, REASON_TAILNET_GONE, "device:phone");
	fleet_expect_counts(tailnet->fleet, 0, 0, 0);
	tailnet_free(tailnet);
}

static void a_live_device_that_nobody_declared_fails(void **state)
{
	static const char intruder[] =
		"\"Peer\":{\n\"nodekey:e1\":{\"ID\":\"nX\",\"HostName\":\"oak\","
		"\"DNSName\":\"oak.grove.ts.net.\",\"TailscaleIPs\":[\"100.70.1.50\"],"
		"\"Online\":true},";
	struct tailnet *tailnet = judged("\"Peer\":{", intruder);

	(void)state;
	(void)tailnet_expect(tailnet, VERDICT_FAIL, REASON_TAILNET_UNDECLARED,
			     "device:oak.grove.ts.net");
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
	tailnet = tailnet_new("tailnet_live", "with: {ignore: [\"oa*\"]}\n");
	tailnet_edit(tailnet, "\"Peer\":{", intruder);
	judge_now(tailnet);
	fleet_expect_pass(tailnet->fleet, 8);
	tailnet_free(tailnet);
}

static void a_target_that_only_the_snapshot_lacks_fails_at_the_target(void **state)
{
	struct tailnet *tailnet = tailnet_as_it_is();

	(void)state;
	fleet_edit(tailnet->fleet, DEVICES, "",
		   "  - id: birch\n"
		   "    tailscale_ip: 100.70.1.12\n"
		   "    lan_ip: 10.7.0.12\n"
		   "    fqdn: birch.grove.ts.net\n"
		   "    access_policy: lan_first\n",
		   "");
	judge_now(tailnet);
	fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_NOT_IN_SNAPSHOT, "target:birch",
		     fleet_place(tailnet->fleet, TARGETS, "- id: birch", "birch"));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void a_target_that_both_others_lack_fails_at_its_address(void **state)
{
	struct tailnet *tailnet = tailnet_as_it_is();

	(void)state;
	fleet_append(tailnet->fleet, TARGETS,
		     "    - id: oak\n      host: 10.7.0.50\n      tailscale_ip: 100.70.1.50\n");
	judge_now(tailnet);
	fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_GONE, "target:oak",
		     fleet_place(tailnet->fleet, TARGETS, "- id: oak", "100.70.1.50"));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

/* ---- addresses */

static void an_address_that_both_files_have_wrong_fails_once(void **state)
{
	struct tailnet *tailnet =
		judged("\"TailscaleIPs\":[\"100.70.1.12\"]", "\"TailscaleIPs\":[\"100.70.1.62\"]");
	const struct finding *finding =
		fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_ADDRESS, "device:birch",
			     fleet_place(tailnet->fleet, DEVICES, "- id: birch", "100.70.1.12"));

	(void)state;
	assert_string_equal(finding->message, "the tailnet address is 100.70.1.62 live, "
					      "100.70.1.12 in the snapshot and 100.70.1.12 in "
					      "ssh.targets");
	assert_true(is_same_place(finding->related[0], fleet_place(tailnet->fleet, TARGETS,
								   "- id: birch", "100.70.1.12")));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void an_address_that_only_the_target_has_wrong_fails_there(void **state)
{
	struct tailnet *tailnet = tailnet_as_it_is();
	const struct finding *finding = NULL;

	(void)state;
	fleet_edit(tailnet->fleet, TARGETS, "- id: birch", "100.70.1.12", "100.70.1.62");
	judge_now(tailnet);
	finding = fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_ADDRESS, "device:birch",
			       fleet_place(tailnet->fleet, TARGETS, "- id: birch", "100.70.1.62"));
	assert_true(is_same_place(finding->related[0], fleet_place(tailnet->fleet, DEVICES,
								   "- id: birch", "100.70.1.12")));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void another_address_of_the_same_device_is_right(void **state)
{
	struct tailnet *tailnet = judged("\"TailscaleIPs\":[\"100.70.1.12\"]",
					 "\"TailscaleIPs\":[\"100.70.1.62\",\"100.70.1.12\"]");

	(void)state;
	fleet_expect_pass(tailnet->fleet, 8);
	tailnet_free(tailnet);
}

/* ---- names */

static void another_name_fails_at_the_row(void **state)
{
	struct tailnet *tailnet =
		judged("\"DNSName\":\"" BIRCH ".\"", "\"DNSName\":\"oak.grove.ts.net.\"");

	(void)state;
	fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_FQDN, "device:birch",
		     fleet_place(tailnet->fleet, DEVICES, "- id: birch", BIRCH));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void a_number_on_the_name_is_drift(void **state)
{
	struct tailnet *tailnet =
		judged("\"DNSName\":\"" BIRCH ".\"", "\"DNSName\":\"birch-1.grove.ts.net.\"");
	const struct finding *finding = fleet_expect(
		tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_NAMING_DRIFT, "device:birch",
		fleet_place(tailnet->fleet, DEVICES, "- id: birch", BIRCH));

	(void)state;
	assert_string_equal(finding->message, "is birch-1.grove.ts.net in the live tailnet: "
					      "another node holds, or held, 'birch'");
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void drift_that_the_snapshot_knows_is_a_remark(void **state)
{
	struct tailnet *tailnet = tailnet_as_it_is();

	(void)state;
	tailnet_edit(tailnet, "\"DNSName\":\"" BIRCH ".\"",
		     "\"DNSName\":\"birch-1.grove.ts.net.\"");
	fleet_edit(tailnet->fleet, DEVICES, "- id: birch", BIRCH, "birch-1.grove.ts.net");
	judge_now(tailnet);
	(void)tailnet_expect(tailnet, VERDICT_PASS, REASON_TAILNET_NAMING_DRIFT, "device:birch");
	fleet_expect_counts(tailnet->fleet, 0, 0, 0);
	tailnet_free(tailnet);
}

static void a_second_node_of_a_name_is_drift_too(void **state)
{
	struct tailnet *tailnet =
		judged("\"Peer\":{",
		       "\"Peer\":{\n\"nodekey:e1\":{\"ID\":\"nX\",\"HostName\":\"birch\","
		       "\"DNSName\":\"birch-1.grove.ts.net.\",\"TailscaleIPs\":[\"100.70.1.50\"],"
		       "\"Online\":true},");

	(void)state;
	(void)tailnet_expect(tailnet, VERDICT_FAIL, REASON_TAILNET_NAMING_DRIFT,
			     "device:birch-1.grove.ts.net");
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void names_that_end_with_a_number_are_told_apart(void **state)
{
	(void)state;
	assert_true(name_is_drifted(text_of("immich-1"), "immich"));
	assert_true(name_is_drifted(text_of("Immich-12"), "immich"));
	assert_false(name_is_drifted(text_of("immich"), "immich"));
	assert_false(name_is_drifted(text_of("immich-"), "immich"));
	assert_false(name_is_drifted(text_of("immich-1a"), "immich"));
	assert_false(name_is_drifted(text_of("immich1"), "immich"));
	assert_false(name_is_drifted(text_of("mich-1"), "immich"));
	assert_false(name_is_drifted(text_of("-1"), ""));
}

static void the_case_of_a_name_does_not_matter(void **state)
{
	struct tailnet *tailnet =
		judged("\"DNSName\":\"" BIRCH ".\"", "\"DNSName\":\"Birch.Grove.ts.net.\"");

	(void)state;
	fleet_expect_pass(tailnet->fleet, 8);
	tailnet_free(tailnet);
}

/* ---- what a row says further */

/** A line of birch's row against what is live there. */
static void expect_row(const char *line, const char *live, enum reason reason)
{
	struct tailnet *tailnet = tailnet_as_it_is();
	AUTO(auto_str) struct str row = {0};
	size_t fails = reason == REASON_NONE ? 0 : 1;

	str_printf(&row, "- id: birch\n    %s\n", line);
	fleet_edit(tailnet->fleet, DEVICES, "", "- id: birch\n", str_text(&row));
	if (live) {
		tailnet_edit(tailnet, "\"ID\":\"nBIRCH\",", live);
	}
	judge_now(tailnet);
	if (fails > 0) {
		(void)tailnet_expect(tailnet, VERDICT_FAIL, reason, "device:birch");
	}
	fleet_expect_counts(tailnet->fleet, fails, 0, 0);
	tailnet_free(tailnet);
}

static void tags_that_the_row_has_are_compared_as_a_set(void **state)
{
	(void)state;
	expect_row("tags: [\"tag:b\", \"tag:a\"]",
		   "\"ID\":\"nBIRCH\",\"Tags\":[\"tag:a\",\"tag:b\"],", REASON_NONE);
	expect_row("tags: [\"tag:b\"]", "\"ID\":\"nBIRCH\",\"Tags\":[\"tag:a\",\"tag:b\"],",
		   REASON_TAILNET_TAGS);
	expect_row("tags: [\"tag:a\", \"tag:b\"]", "\"ID\":\"nBIRCH\",\"Tags\":[\"tag:a\"],",
		   REASON_TAILNET_TAGS);
	expect_row("os: linux", "\"ID\":\"nBIRCH\",\"Tags\":[\"tag:a\"],", REASON_NONE);
}

static void a_node_that_registered_anew_fails(void **state)
{
	(void)state;
	expect_row("node_id: nBIRCH", NULL, REASON_NONE);
	expect_row("node_id: nOLD", NULL, REASON_TAILNET_REKEYED);
}

static void key_expiry_is_as_the_row_says(void **state)
{
	static const char expires[] = "\"ID\":\"nBIRCH\",\"KeyExpiry\":\"2027-01-01T00:00:00Z\",";

	(void)state;
	expect_row("key_expiry_disabled: true", NULL, REASON_NONE);
	expect_row("key_expiry_disabled: true", expires, REASON_TAILNET_KEY_EXPIRY);
	expect_row("key_expiry_disabled: false", expires, REASON_NONE);
	expect_row("key_expiry_disabled: false", NULL, REASON_TAILNET_KEY_EXPIRY);
}

static void a_device_that_is_offline_is_a_remark_unless_it_is_a_client(void **state)
{
	struct tailnet *tailnet = judged("\"TailscaleIPs\":[\"100.70.1.13\"],\"Online\":true",
					 "\"TailscaleIPs\":[\"100.70.1.13\"],\"Online\":false");

	(void)state;
	(void)tailnet_expect(tailnet, VERDICT_PASS, REASON_TAILNET_OFFLINE, "device:cedar-box");
	fleet_expect_pass(tailnet->fleet, 8);
	tailnet_free(tailnet);
	tailnet = judged("\"TailscaleIPs\":[\"100.70.1.99\"],\"Online\":true",
			 "\"TailscaleIPs\":[\"100.70.1.99\"],\"Online\":false");
	assert_int_equal(fixture_result(tailnet->fleet->fixture)->findings.len, 0);
	tailnet_free(tailnet);
}

/* ---- what cannot be compared */

/** One more live device, of that name; judged. */
static struct tailnet *judged_beside(const char *name, const char *gone)
{
	struct tailnet *tailnet = tailnet_as_it_is();
	AUTO(auto_str) struct str peers = {0};

	str_printf(&peers,
		   "\"Peer\":{\n\"nodekey:d1\":{\"ID\":\"nGUEST\",\"HostName\":\"guest\","
		   "\"DNSName\":\"%s\",\"TailscaleIPs\":[\"100.70.9.7\"],\"Online\":true},",
		   name);
	tailnet_edit(tailnet, gone, "");
	tailnet_edit(tailnet, "\"Peer\":{", str_text(&peers));
	judge_now(tailnet);
	return tailnet;
}

static void a_guest_from_another_tailnet_is_nobodys_business(void **state)
{
	static const char *const names[] = {"nas.oak.ts.net.", "birch.oak.ts.net.",
					    "birch-1.oak.ts.net.", "oakgrove.ts.net."};
	struct tailnet *tailnet = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tailnet = judged_beside(names[i], "");
		fleet_expect_counts(tailnet->fleet, 0, 0, 0);
		tailnet_free(tailnet);
	}
	tailnet = judged_beside("nas.Grove.ts.net.", "");
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void a_guest_does_not_stand_for_a_device_that_is_gone(void **state)
{
	struct tailnet *tailnet = judged_beside("birch.oak.ts.net.", birch_live);

	(void)state;
	(void)fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_GONE, "device:birch",
			   fleet_place(tailnet->fleet, DEVICES, "- id: birch", "birch"));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void expect_no_list(struct check *check, struct tailnet *tailnet)
{
	struct live_devices live = {0};
	struct err err = {0};

	assert_int_equal(
		live_devices_from_status(check->context->arena, &tailnet->status, &live, &err), -1);
	assert_non_null(strstr(err.text, "control server"));
}

static void what_a_daemon_without_its_control_server_knows_may_be_old(void **state)
{
	struct tailnet *tailnet = tailnet_as_it_is();

	(void)state;
	tailnet_edit(tailnet, "\"Online\":true", "\"Online\":false");
	tailnet_judge(tailnet, expect_no_list);
	tailnet_free(tailnet);
}

static void another_tailnet_is_one_finding(void **state)
{
	struct tailnet *tailnet = judged("\"MagicDNSSuffix\":\"grove.ts.net\",\"MagicDNSEnabled\"",
					 "\"MagicDNSSuffix\":\"moor.ts.net\",\"MagicDNSEnabled\"");

	(void)state;
	fleet_expect(tailnet->fleet, VERDICT_FAIL, REASON_TAILNET_OTHER, "daemon:local",
		     fleet_place(tailnet->fleet, DEVICES, "tailnet:", "grove.ts.net"));
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

static void a_broken_row_is_unknown_with_its_cause(void **state)
{
	struct tailnet *tailnet = tailnet_as_it_is();
	const struct finding *finding = NULL;

	(void)state;
	fleet_edit(tailnet->fleet, DEVICES, "- id: birch", "access_policy: lan_first",
		   "access_policy: lan_furst");
	judge_now(tailnet);
	finding = tailnet_expect(tailnet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "device:birch");
	assert_non_null(finding->caused_by);
	fleet_expect_counts(tailnet->fleet, 0, 1, 0);
	tailnet_free(tailnet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_that_agree_pass),
		cmocka_unit_test(a_device_that_is_not_live_fails_at_its_row),
		cmocka_unit_test(a_client_that_is_not_live_is_a_remark),
		cmocka_unit_test(a_live_device_that_nobody_declared_fails),
		cmocka_unit_test(a_target_that_only_the_snapshot_lacks_fails_at_the_target),
		cmocka_unit_test(a_target_that_both_others_lack_fails_at_its_address),
		cmocka_unit_test(an_address_that_both_files_have_wrong_fails_once),
		cmocka_unit_test(an_address_that_only_the_target_has_wrong_fails_there),
		cmocka_unit_test(another_address_of_the_same_device_is_right),
		cmocka_unit_test(another_name_fails_at_the_row),
		cmocka_unit_test(a_number_on_the_name_is_drift),
		cmocka_unit_test(drift_that_the_snapshot_knows_is_a_remark),
		cmocka_unit_test(a_second_node_of_a_name_is_drift_too),
		cmocka_unit_test(names_that_end_with_a_number_are_told_apart),
		cmocka_unit_test(the_case_of_a_name_does_not_matter),
		cmocka_unit_test(tags_that_the_row_has_are_compared_as_a_set),
		cmocka_unit_test(a_node_that_registered_anew_fails),
		cmocka_unit_test(key_expiry_is_as_the_row_says),
		cmocka_unit_test(a_device_that_is_offline_is_a_remark_unless_it_is_a_client),
		cmocka_unit_test(a_guest_from_another_tailnet_is_nobodys_business),
		cmocka_unit_test(a_guest_does_not_stand_for_a_device_that_is_gone),
		cmocka_unit_test(what_a_daemon_without_its_control_server_knows_may_be_old),
		cmocka_unit_test(another_tailnet_is_one_finding),
		cmocka_unit_test(a_broken_row_is_unknown_with_its_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
