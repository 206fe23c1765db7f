#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "check/tailnet/tailnet_node.h"
#include "tailnet.h"

/** The run is on this day. */
#define TODAY "2026-11-01T12:00:00.000Z"

static void judge_captured(struct check *check, struct tailnet *tailnet)
{
	struct node_facts facts = {
		.owner = &this_machine, .status = &tailnet->status, .prefs = &tailnet->prefs};
	struct err err = {0};

	assert_int_equal(clock_parse_rfc3339(text_of(TODAY), &facts.now_utc_ms, &err), 0);
	judge_node(check, &facts);
}

/** The daemon's answer after one edit, judged under these settings. */
static struct tailnet *judged(const char *settings, const char *old, const char *new)
{
	struct tailnet *tailnet = tailnet_new("tailnet_node", settings);

	if (old) {
		tailnet_edit(tailnet, old, new);
	}
	tailnet_judge(tailnet, judge_captured);
	return tailnet;
}

/** One edit gives this one finding that is not a remark, about the daemon. */
static void expect_one(const char *settings, const char *old, const char *new, enum verdict verdict,
		       enum reason reason)
{
	struct tailnet *tailnet = judged(settings, old, new);

	(void)tailnet_expect(tailnet, verdict, reason, "daemon:local");
	fleet_expect_counts(tailnet->fleet, verdict == VERDICT_FAIL, verdict == VERDICT_UNKNOWN, 0);
	tailnet_free(tailnet);
}

/** One edit gives a remark and nothing else. */
static void expect_remark(const char *settings, const char *old, const char *new,
			  enum reason reason, const char *subject)
{
	struct tailnet *tailnet = judged(settings, old, new);

	(void)tailnet_expect(tailnet, VERDICT_PASS, reason, subject);
	fleet_expect_counts(tailnet->fleet, 0, 0, 0);
	assert_int_equal(fixture_result(tailnet->fleet->fixture)->findings.len, 1);
	tailnet_free(tailnet);
}

/** Nothing is found at all. */
static void expect_nothing(const char *settings, const char *old, const char *new)
{
	struct tailnet *tailnet = judged(settings, old, new);

	fleet_expect_pass(tailnet->fleet, 2);
	assert_int_equal(fixture_result(tailnet->fleet->fixture)->findings.len, 0);
	tailnet_free(tailnet);
}

static void a_node_that_is_well_passes(void **state)
{
	(void)state;
	expect_nothing("", NULL, NULL);
}

/* ---- what wants a human */

static void a_login_that_is_needed_fails(void **state)
{
	(void)state;
	expect_one("", "\"Running\"", "\"NeedsLogin\"", VERDICT_FAIL,
		   REASON_AUTH_BLOCKED_NEEDS_LOGIN);
	expect_one("", "\"Running\",\n\"AuthURL\":\"\"",
		   "\"Starting\",\n\"AuthURL\":\"https://login.tailscale.com/a/1\"", VERDICT_FAIL,
		   REASON_AUTH_BLOCKED_NEEDS_LOGIN);
}

static void a_login_page_beside_a_running_node_is_a_remark(void **state)
{
	(void)state;
	expect_remark("", "\"AuthURL\":\"\"", "\"AuthURL\":\"https://login.tailscale.com/a/1\"",
		      REASON_AUTH_BLOCKED_NEEDS_LOGIN, "daemon:local");
}

static void an_approval_that_is_needed_fails(void **state)
{
	(void)state;
	expect_one("", "\"Running\"", "\"NeedsMachineAuth\"", VERDICT_FAIL,
		   REASON_AUTH_BLOCKED_NEEDS_APPROVAL);
}

static void the_login_page_is_never_shown(void **state)
{
	struct tailnet *tailnet =
		judged("", "\"Running\",\n\"AuthURL\":\"\"",
		       "\"NeedsLogin\",\n\"AuthURL\":\"https://login.tailscale.com/a/1f2e\"");
	const struct finding *finding = tailnet_expect(
		tailnet, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_LOGIN, "daemon:local");

	(void)state;
	assert_null(strstr(finding->message, "1f2e"));
	assert_non_null(strstr(finding->message, "a login page waits"));
	tailnet_free(tailnet);
}

/* ---- states */

static void a_stopped_node_fails_and_one_that_starts_is_unknown(void **state)
{
	(void)state;
	expect_one("", "\"Running\"", "\"Stopped\"", VERDICT_FAIL, REASON_NODE_NOT_RUNNING);
	expect_one("", "\"Running\"", "\"Starting\"", VERDICT_UNKNOWN, REASON_NODE_NOT_RUNNING);
	expect_one("", "\"Running\"", "\"NoState\"", VERDICT_UNKNOWN, REASON_NODE_NOT_RUNNING);
	expect_one("", "\"Running\"", "\"SomethingNew\"", VERDICT_UNKNOWN, REASON_NODE_NOT_RUNNING);
}

static void a_node_without_control_fails(void **state)
{
	(void)state;
	expect_one("", "\"Online\":true},\n\"Health\"", "\"Online\":false},\n\"Health\"",
		   VERDICT_FAIL, REASON_NODE_OFFLINE);
}

/* ---- the key */

static void a_key_that_lasts_to_the_day_passes(void **state)
{
	(void)state;
	expect_nothing("with: {key_days: 29}\n", NULL, NULL);
	expect_one("with: {key_days: 30}\n", NULL, NULL, VERDICT_FAIL, REASON_NODE_KEY_EXPIRES);
}

static void a_key_that_expires_in_a_fortnight_fails(void **state)
{
	(void)state;
	expect_one("", "2026-12-01T00:00:00Z", "2026-11-15T11:59:59Z", VERDICT_FAIL,
		   REASON_NODE_KEY_EXPIRES);
	expect_nothing("", "2026-12-01T00:00:00Z", "2026-11-15T12:00:00Z");
}

static void a_key_that_has_expired_fails(void **state)
{
	(void)state;
	expect_one("", "2026-12-01T00:00:00Z", "2026-11-01T12:00:00Z", VERDICT_FAIL,
		   REASON_NODE_KEY_EXPIRED);
	expect_one("", "\"Relay\":\"fra\"", "\"Expired\":true,\"Relay\":\"fra\"", VERDICT_FAIL,
		   REASON_NODE_KEY_EXPIRED);
}

static void a_key_that_does_not_expire_passes(void **state)
{
	(void)state;
	expect_nothing("with: {key_days: 3650}\n", "\"KeyExpiry\":\"2026-12-01T00:00:00Z\",", "");
}

/* ---- tags */

static void tags_are_there_or_fail(void **state)
{
	(void)state;
	expect_nothing("with: {tags: [\"tag:rack\", \"tag:ops\"]}\n", NULL, NULL);
	expect_one("with: {tags: [\"tag:ops\", \"tag:ci\"]}\n", NULL, NULL, VERDICT_FAIL,
		   REASON_NODE_TAGS);
	expect_one("with: {tags: [\"tag:ops\"]}\n", "[\"tag:ops\",\"tag:rack\"]", "null",
		   VERDICT_FAIL, REASON_NODE_TAGS);
}

/* ---- health */

static void a_message_about_health_fails(void **state)
{
	(void)state;
	expect_one("", "\"Health\":[]",
		   "\"Health\":[\"Tailscale could not connect to any relay server.\"]",
		   VERDICT_FAIL, REASON_NODE_HEALTH);
}

static void a_message_that_does_not_matter_is_a_remark(void **state)
{
	static const char relays[] =
		"\"Health\":[\"Tailscale could not connect to any relay server.\"]";

	(void)state;
	expect_remark("", "\"Health\":[]",
		      "\"Health\":[\"An update from version 1.98.9 to 1.102.3 is available.\"]",
		      REASON_NODE_HEALTH, "daemon:local");
	expect_remark("with: {ignore_health: [\"tailscale could not\"]}\n", "\"Health\":[]", relays,
		      REASON_NODE_HEALTH, "daemon:local");
	expect_one("with: {ignore_health: [\"could not\"]}\n", "\"Health\":[]", relays,
		   VERDICT_FAIL, REASON_NODE_HEALTH);
}

static void hostile_messages_are_printable(void **state)
{
	struct tailnet *tailnet =
		judged("", "\"Health\":[]", "\"Health\":[\"\\u001b]0;owned\\u0007\"]");
	const struct finding *finding =
		tailnet_expect(tailnet, VERDICT_FAIL, REASON_NODE_HEALTH, "daemon:local");

	(void)state;
	assert_null(strchr(finding->message, '\033'));
	assert_null(strchr(finding->detail, '\033'));
	tailnet_free(tailnet);
}

/* ---- routes */

static void expect_route(const char *advertised, const char *allowed, const char *primary,
			 size_t fails)
{
	struct tailnet *tailnet = tailnet_new("tailnet_node", "");

	tailnet_replace(&tailnet->prefs_text, "\"AdvertiseRoutes\":null", advertised);
	tailnet_edit(tailnet, "\"AllowedIPs\":[\"100.70.1.11/32\"]", allowed);
	tailnet_edit(tailnet, "\"Relay\":\"fra\",\"CapMap\"", primary);
	tailnet_judge(tailnet, judge_captured);
	assert_int_equal(fixture_count(tailnet->fleet->fixture, REASON_NODE_ROUTES), fails);
	fleet_expect_counts(tailnet->fleet, fails, 0, 0);
	tailnet_free(tailnet);
}

static void routes_are_both_advertised_and_enabled(void **state)
{
	(void)state;
	expect_route("\"AdvertiseRoutes\":[\"10.7.0.0/24\",\"0.0.0.0/0\",\"::/0\"]",
		     "\"AllowedIPs\":[\"100.70.1.11/32\",\"10.7.0.0/24\",\"0.0.0.0/0\",\"::/0\"]",
		     "\"PrimaryRoutes\":[\"10.7.0.0/24\"],\"CapMap\"", 0);
	expect_route("\"AdvertiseRoutes\":[\"10.7.0.0/24\",\"10.8.0.0/24\"]",
		     "\"AllowedIPs\":[\"100.70.1.11/32\"]",
		     "\"PrimaryRoutes\":[\"10.7.0.0/24\"],\"CapMap\"", 1);
	expect_route("\"AdvertiseRoutes\":[\"10.7.0.0/24\",\"0.0.0.0/0\"]",
		     "\"AllowedIPs\":[\"100.70.1.11/32\"]", "\"CapMap\"", 2);
	expect_route("\"AdvertiseRoutes\":null", "\"AllowedIPs\":[\"10.7.0.0/24\"]",
		     "\"PrimaryRoutes\":[\"10.7.0.0/24\",\"100.70.200.1/32\"],\"CapMap\"", 1);
}

/** Routes under a control server of somebody's own, which may tell a node nothing of its routes. */
static void expect_route_at(const char *control, const char *allowed, size_t fails, size_t unknown)
{
	struct tailnet *tailnet = tailnet_new("tailnet_node", "");

	tailnet_replace(&tailnet->prefs_text, "\"https://controlplane.tailscale.com\"", control);
	tailnet_replace(&tailnet->prefs_text, "\"AdvertiseRoutes\":null",
			"\"AdvertiseRoutes\":[\"10.7.0.0/24\",\"10.8.0.0/24\",\"0.0.0.0/0\"]");
	tailnet_edit(tailnet, "\"AllowedIPs\":[\"100.70.1.11/32\"]", allowed);
	tailnet_judge(tailnet, judge_captured);
	assert_int_equal(fixture_count(tailnet->fleet->fixture, REASON_NODE_ROUTES),
			 fails + unknown);
	fleet_expect_counts(tailnet->fleet, fails, unknown, 0);
	tailnet_free(tailnet);
}

static void a_control_server_that_tells_no_routes_leaves_them_unknown_once(void **state)
{
	static const char own[] = "\"AllowedIPs\":[\"100.70.1.11/32\",\"fd7a:115c:a1e0::b/128\"]";
	static const char one[] = "\"AllowedIPs\":[\"100.70.1.11/32\",\"10.7.0.0/24\"]";

	(void)state;
	expect_route_at("\"https://headscale.example.org\"", own, 0, 1);
	expect_route_at("\"https://headscale.example.org\"", "\"AllowedIPs\":null", 0, 1);
	expect_route_at("\"https://controlplane.tailscale.com.example.org\"", own, 0, 1);
	expect_route_at("\"https://tailscale.com@example.org/\"", own, 0, 1);
	/* It tells of one: what it does not tell of is not enabled. */
	expect_route_at("\"https://headscale.example.org\"", one, 2, 0);
	/* Tailscale's own tells all. */
	expect_route_at("\"https://controlplane.tailscale.com\"", own, 3, 0);
	expect_route_at("\"https://controlplane.tailscale.com/\"", own, 3, 0);
	expect_route_at("\"https://login.tailscale.com\"", own, 3, 0);
	expect_route_at("\"\"", own, 3, 0);
}

/* ---- how it is set up */

static void an_exit_node_fails_unless_allowed(void **state)
{
	static const char before[] = "\"Health\":[]";
	static const char after[] =
		"\"Health\":[],\"ExitNodeStatus\":{\"ID\":\"nX\",\"Online\":true}";

	(void)state;
	expect_one("", before, after, VERDICT_FAIL, REASON_NODE_EXIT_NODE);
	expect_nothing("with: {allow_exit_node: true}\n", before, after);
}

static void a_tailnet_without_magic_dns_fails_unless_allowed(void **state)
{
	static const char before[] = "\"MagicDNSEnabled\":true";
	static const char after[] = "\"MagicDNSEnabled\":false";

	(void)state;
	expect_one("", before, after, VERDICT_FAIL, REASON_NODE_MAGIC_DNS);
	expect_nothing("with: {require_magic_dns: false}\n", before, after);
}

static void a_machine_that_does_not_use_the_names_is_a_remark(void **state)
{
	struct tailnet *tailnet = tailnet_new("tailnet_node", "");

	(void)state;
	tailnet_replace(&tailnet->prefs_text, "\"CorpDNS\":true", "\"CorpDNS\":false");
	tailnet_judge(tailnet, judge_captured);
	(void)tailnet_expect(tailnet, VERDICT_PASS, REASON_NODE_MAGIC_DNS, "daemon:local");
	fleet_expect_counts(tailnet->fleet, 0, 0, 0);
	tailnet_free(tailnet);
}

static void a_newer_version_is_a_remark_unless_it_matters(void **state)
{
	static const char before[] = "{\"RunningLatest\":true}";
	static const char newer[] = "{\"LatestVersion\":\"1.102.3\"}";
	static const char urgent[] =
		"{\"LatestVersion\":\"1.102.3\",\"UrgentSecurityUpdate\":true}";

	(void)state;
	expect_remark("", before, newer, REASON_NODE_OUTDATED, "daemon:local");
	expect_one("with: {require_latest: true}\n", before, newer, VERDICT_FAIL,
		   REASON_NODE_OUTDATED);
	expect_one("", before, urgent, VERDICT_FAIL, REASON_NODE_OUTDATED);
}

/* ---- paths */

static void a_relayed_target_is_a_remark_unless_direct_is_demanded(void **state)
{
	static const char before[] = "\"CurAddr\":\"10.7.0.12:41641\",";
	struct tailnet *tailnet = NULL;

	(void)state;
	expect_remark("", before, "\"CurAddr\":\"\",", REASON_NODE_RELAYED, "target:birch");
	expect_remark("", before, "\"PeerRelay\":\"10.1.1.1:7:vni:3\",", REASON_NODE_RELAYED,
		      "target:birch");
	tailnet = judged("with: {require_direct: true}\n", before, "\"CurAddr\":\"\",");
	(void)tailnet_expect(tailnet, VERDICT_FAIL, REASON_NODE_RELAYED, "target:birch");
	fleet_expect_counts(tailnet->fleet, 1, 0, 0);
	tailnet_free(tailnet);
}

/* ---- the node of a target */

static void judge_there(struct check *check, struct tailnet *tailnet)
{
	const struct daemon_owner cedar = {
		.subject = "target:cedar",
		.machine = "the machine",
		.target = targets_find(&check->context->repo->targets, "cedar"),
	};
	struct node_facts facts = {
		.owner = &cedar, .status = &tailnet->status, .prefs = &tailnet->prefs};
	struct err err = {0};

	assert_int_equal(clock_parse_rfc3339(text_of(TODAY), &facts.now_utc_ms, &err), 0);
	judge_node(check, &facts);
}

/** One edit of what the daemon of cedar says gives this one finding, about cedar. */
static void expect_there(const char *old, const char *new, enum verdict verdict, enum reason reason,
			 const char *words)
{
	struct tailnet *tailnet =
		tailnet_new("tailnet_node", "with: {nodes: targets, require_direct: true}\n");
	const struct finding *finding = NULL;

	tailnet_edit(tailnet, old, new);
	tailnet_judge(tailnet, judge_there);
	finding = tailnet_expect(tailnet, verdict, reason, "target:cedar");
	assert_non_null(strstr(finding->message, words));
	assert_null(strstr(finding->message, "this machine"));
	assert_int_equal(fixture_result(tailnet->fleet->fixture)->findings.len, 1);
	assert_int_equal(fixture_result(tailnet->fleet->fixture)->checked, 1);
	tailnet_free(tailnet);
}

static void what_is_wrong_with_the_node_of_a_target_is_told_of_the_target(void **state)
{
	(void)state;
	expect_there("\"Running\"", "\"NeedsLogin\"", VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_LOGIN,
		     "the machine is logged out");
	expect_there("\"Running\"", "\"NeedsMachineAuth\"", VERDICT_FAIL,
		     REASON_AUTH_BLOCKED_NEEDS_APPROVAL, "has not approved the machine");
	expect_there("\"Running\"", "\"Stopped\"", VERDICT_FAIL, REASON_NODE_NOT_RUNNING,
		     "Stopped");
	expect_there("\"User\":null", "\"User\":null,\"ExitNodeStatus\":{\"ID\":\"nX\"}",
		     VERDICT_FAIL, REASON_NODE_EXIT_NODE, "all traffic of the machine");
	expect_there("\"CurAddr\":\"10.7.0.12:41641\",", "\"CurAddr\":\"\",", VERDICT_FAIL,
		     REASON_NODE_RELAYED, "traffic to target:birch goes through a DERP relay, fra");
}

static void a_path_that_is_idle_is_not_judged(void **state)
{
	struct tailnet *tailnet = judged("with: {require_direct: true}\n",
					 "\"CurAddr\":\"10.7.0.12:41641\",\"Relay\":\"fra\","
					 "\"Active\":true",
					 "\"CurAddr\":\"\",\"Relay\":\"fra\",\"Active\":false");

	(void)state;
	fleet_expect_pass(tailnet->fleet, 1);
	tailnet_free(tailnet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_node_that_is_well_passes),
		cmocka_unit_test(a_login_that_is_needed_fails),
		cmocka_unit_test(a_login_page_beside_a_running_node_is_a_remark),
		cmocka_unit_test(an_approval_that_is_needed_fails),
		cmocka_unit_test(the_login_page_is_never_shown),
		cmocka_unit_test(a_stopped_node_fails_and_one_that_starts_is_unknown),
		cmocka_unit_test(a_node_without_control_fails),
		cmocka_unit_test(a_key_that_lasts_to_the_day_passes),
		cmocka_unit_test(a_key_that_expires_in_a_fortnight_fails),
		cmocka_unit_test(a_key_that_has_expired_fails),
		cmocka_unit_test(a_key_that_does_not_expire_passes),
		cmocka_unit_test(tags_are_there_or_fail),
		cmocka_unit_test(a_message_about_health_fails),
		cmocka_unit_test(a_message_that_does_not_matter_is_a_remark),
		cmocka_unit_test(hostile_messages_are_printable),
		cmocka_unit_test(routes_are_both_advertised_and_enabled),
		cmocka_unit_test(a_control_server_that_tells_no_routes_leaves_them_unknown_once),
		cmocka_unit_test(an_exit_node_fails_unless_allowed),
		cmocka_unit_test(a_tailnet_without_magic_dns_fails_unless_allowed),
		cmocka_unit_test(a_machine_that_does_not_use_the_names_is_a_remark),
		cmocka_unit_test(a_newer_version_is_a_remark_unless_it_matters),
		cmocka_unit_test(a_relayed_target_is_a_remark_unless_direct_is_demanded),
		cmocka_unit_test(what_is_wrong_with_the_node_of_a_target_is_told_of_the_target),
		cmocka_unit_test(a_path_that_is_idle_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
