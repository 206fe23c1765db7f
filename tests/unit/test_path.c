#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/reach/path.h"
#include "fleet.h"

static enum verdict judge(struct path_facts facts, enum reason reason)
{
	struct login_opinion why = {0};
	enum verdict verdict = judge_path(&facts, &why);

	assert_string_equal(reason_code(why.reason), reason_code(reason));
	assert_true((why.message == NULL) == (verdict == VERDICT_PASS));
	return verdict;
}

static void reached_at_home_is_a_pass(void **state)
{
	(void)state;
	assert_int_equal(judge((struct path_facts){.is_verified = true}, REASON_NONE),
			 VERDICT_PASS);
}

static void a_silent_fallback_fails(void **state)
{
	struct path_facts facts = {.is_verified = true, .is_fallback = true};

	(void)state;
	assert_int_equal(judge(facts, REASON_PATH_FALLBACK), VERDICT_FAIL);
}

static void a_stranger_at_the_lan_address_fails_by_its_name(void **state)
{
	struct path_facts facts = {.is_verified = true, .is_fallback = true, .is_stranger = true};

	(void)state;
	assert_int_equal(judge(facts, REASON_NET_LAN_FOREIGN), VERDICT_FAIL);
}

static void a_stranger_at_one_of_two_lan_addresses_does_no_harm(void **state)
{
	struct path_facts facts = {.is_verified = true, .is_stranger = true};

	(void)state;
	assert_int_equal(judge(facts, REASON_NONE), VERDICT_PASS);
}

static void away_from_home_nothing_is_known(void **state)
{
	struct path_facts facts = {
		.is_verified = true, .is_fallback = true, .home = HOME_NO_NETWORK};

	(void)state;
	assert_int_equal(judge(facts, REASON_NET_NOT_HOME), VERDICT_UNKNOWN);
	facts.home = HOME_FOREIGN;
	assert_int_equal(judge(facts, REASON_NET_NOT_HOME), VERDICT_UNKNOWN);
	facts.is_stranger = true;
	assert_int_equal(judge(facts, REASON_NET_NOT_HOME), VERDICT_UNKNOWN);
	/* Whoever proved its key at the LAN address is at home, whatever the others did. */
	facts.is_fallback = false;
	assert_int_equal(judge(facts, REASON_NONE), VERDICT_PASS);
}

static void what_was_not_reached_is_unknown_and_says_why(void **state)
{
	struct path_facts facts = {.login.outcome = SSH_UNREACHABLE_TIMEOUT};

	(void)state;
	assert_int_equal(judge(facts, REASON_NET_TIMEOUT), VERDICT_UNKNOWN);
	facts.is_optional = true;
	assert_int_equal(judge(facts, REASON_TARGET_OPTIONAL), VERDICT_SKIP);
	facts.login.outcome = SSH_HOST_KEY_CHANGED;
	assert_int_equal(judge(facts, REASON_SSH_HOST_KEY_CHANGED), VERDICT_UNKNOWN);
}

static void facts_that_are_zero_are_no_pass(void **state)
{
	(void)state;
	assert_int_equal(judge((struct path_facts){0}, REASON_RUN_TIMEOUT), VERDICT_UNKNOWN);
}

/* ---- at home or not */

static struct route route_of(const char *text, enum path path, enum reason reason)
{
	struct route route = {.text = text, .path = path, .reason = reason};

	route.is_permitted = reason == REASON_NONE;
	assert_true(address_parse(text_of(text), &route.address));
	return route;
}

static void expect_home(enum access_policy policy, struct routes routes, unsigned strikes,
			enum home expected)
{
	const struct target target = {.policy = (int)policy};
	struct lans lans = {0};
	struct network network = {0};
	const struct lan *lan = NULL;

	assert_true(network_parse(text_of("10.7.0.0/24"), &network));
	lans_add(&lans, &network, "eth0");
	lans.at[0].strikes = strikes;
	assert_int_equal(routes_home(&target, &routes, &lans, &lan), expected);
	assert_true((lan == &lans.at[0]) == (expected == HOME_FOREIGN));
	lans_release(&lans);
}

static void home_is_doubted_only_with_a_reason(void **state)
{
	struct routes here = {.at = {route_of("10.7.0.11", PATH_LAN, REASON_NONE)}, .len = 1};
	struct routes away = {.at = {route_of("10.8.0.11", PATH_LAN, REASON_NET_NOT_HOME)},
			      .len = 1};
	struct routes routed = {.at = {route_of("10.8.0.11", PATH_LAN, REASON_NONE)}, .len = 1};
	const struct target target = {.policy = POLICY_LAN_FIRST};
	const struct lan *lan = NULL;
	struct routes tailnet = {.at = {route_of("100.70.1.11", PATH_TAILNET, REASON_NONE)},
				 .len = 1};

	(void)state;
	expect_home(POLICY_LAN_FIRST, here, 0, HOME_POSSIBLE);
	expect_home(POLICY_LAN_FIRST, here, LAN_STRIKES, HOME_FOREIGN);
	expect_home(POLICY_LAN_ONLY, here, LAN_STRIKES, HOME_FOREIGN);
	expect_home(POLICY_LAN_FIRST, away, 0, HOME_NO_NETWORK);
	expect_home(POLICY_LAN_FIRST, routed, 0, HOME_NO_NETWORK);
	expect_home(POLICY_LAN_ONLY, routed, LAN_STRIKES, HOME_POSSIBLE);
	expect_home(POLICY_LAN_FIRST, tailnet, LAN_STRIKES, HOME_POSSIBLE);
	assert_int_equal(routes_home(&target, &away, NULL, &lan), HOME_POSSIBLE);
}

/* ---- in words */

static void what_was_tried_is_told_in_words(void **state)
{
	struct arena arena = {0};
	struct context context = {.arena = &arena};
	struct check check = {.context = &context};
	struct reached reached = {
		.routes = {.at = {{.text = "nas.test",
				   .reason = REASON_NET_NAME,
				   .why = "the name could not be resolved: gone"},
				  route_of("10.7.0.11", PATH_LAN, REASON_NONE),
				  route_of("10.7.0.12", PATH_LAN, REASON_NONE),
				  route_of("100.70.1.11", PATH_TAILNET, REASON_MODE_PASSIVE)},
			   .len = 4},
		.attempts = {[1] = {.end = ATTEMPT_FAILED,
				    .outcome = SSH_UNREACHABLE_REFUSED,
				    .took_ms = 3},
			     [2] = {.end = ATTEMPT_DROPPED, .is_connected = true, .took_ms = 280}},
	};

	(void)state;
	reached.routes.at[3].why = "a passive run does not";
	assert_string_equal(attempts_text(&check, &reached, NULL),
			    "nas.test (a name): not tried, the name could not be resolved: gone; "
			    "10.7.0.11 (lan): nothing listens there, after 3 ms; "
			    "10.7.0.12 (lan): had not proved its key, after 280 ms; "
			    "100.70.1.11 (tailnet): not tried, a passive run does not");
	/* Where it was found, only what kept it from being found at home. */
	reached.is_verified = true;
	assert_string_equal(attempts_text(&check, &reached, &reached.routes.at[1]),
			    "nas.test (a name): not tried, the name could not be resolved: gone; "
			    "10.7.0.12 (lan): had not proved its key, after 280 ms");
	arena_release(&arena);
}

/* ---- the gate */

static void a_rule_against_logging_in_holds_for_the_way_too(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fixture_file(fleet->fixture, "bindings/probe.policy.yaml",
		     "version: 1\nnever:\n"
		     "  - {target: alder, kinds: [ssh_auth], reason: legacy crypto}\n"
		     "  - {target: gum, kinds: [tcp_open], reason: not about this}\n");
	fleet_write(fleet);
	fixture_gate(fleet->fixture, "G012", "path", "targets: {ids: [alder, gum]}\n");
	fixture_run(fleet->fixture, "G012", MODE_PASSIVE);
	fleet_expect(fleet, VERDICT_SKIP, REASON_POLICY_NEVER, "target:alder",
		     fleet_place(fleet, TARGETS, "id: alder", "alder"));
	/* There is no key, so nothing is dialled. */
	fleet_expect(fleet, VERDICT_UNKNOWN, REASON_AUTH_NO_IDENTITY, "target:gum",
		     fleet_place(fleet, TARGETS, "id: gum", "gum"));
	fleet_expect_counts(fleet, 0, 1, 1);
	fleet_free(fleet);
}

static void a_static_run_skips_the_gate(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_write(fleet);
	fixture_gate(fleet->fixture, "G012", "path", "");
	fixture_run(fleet->fixture, "G012", MODE_STATIC);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_SKIP);
	assert_int_equal(fixture_result(fleet->fixture)->reason, REASON_MODE_STATIC);
	fleet_free(fleet);
}

static void what_the_mode_leaves_out_is_a_skip(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_write(fleet);
	fixture_gate(fleet->fixture, "G012", "path", "targets: {ids: [fir]}\n");
	fixture_run(fleet->fixture, "G012", MODE_PASSIVE);
	fleet_expect(fleet, VERDICT_SKIP, REASON_MODE_PASSIVE, "target:fir",
		     fleet_place(fleet, TARGETS, "id: fir", "100.70.1.15"));
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reached_at_home_is_a_pass),
		cmocka_unit_test(a_silent_fallback_fails),
		cmocka_unit_test(a_stranger_at_the_lan_address_fails_by_its_name),
		cmocka_unit_test(a_stranger_at_one_of_two_lan_addresses_does_no_harm),
		cmocka_unit_test(away_from_home_nothing_is_known),
		cmocka_unit_test(what_was_not_reached_is_unknown_and_says_why),
		cmocka_unit_test(facts_that_are_zero_are_no_pass),
		cmocka_unit_test(home_is_doubted_only_with_a_reason),
		cmocka_unit_test(what_was_tried_is_told_in_words),
		cmocka_unit_test(a_rule_against_logging_in_holds_for_the_way_too),
		cmocka_unit_test(a_static_run_skips_the_gate),
		cmocka_unit_test(what_the_mode_leaves_out_is_a_skip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
