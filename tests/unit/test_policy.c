#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#define POLICY "bindings/probe.policy.yaml"
#define WAIVERS "bindings/waivers.yaml"

/** A repo with two targets, a gate, and this text as its policy (NULL: none) or waivers. */
static struct fixture *repo_with(const char *policy, const char *waivers)
{
	struct fixture *f = fixture_new();

	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh: {targets: [{id: nas, host: 10.0.0.1}, {id: pve, host: 10.0.0.2}]}\n");
	fixture_gate(f, "G001", "bindings_valid", "aliases: [D1]\n");
	if (policy) {
		fixture_file(f, POLICY, policy);
	}
	if (waivers) {
		fixture_file(f, WAIVERS, waivers);
	}
	return f;
}

static void expect_context(const struct fixture *f, const char *name, enum mode mode)
{
	const struct policy_context *context = policy_context_find(&f->repo.policy, name);

	assert_non_null(context);
	assert_string_equal(context->name, name);
	assert_int_equal(context->mode, mode);
}

/** The policy must give exactly one problem, there. */
static void expect_problem(const char *policy, int line, int column, const char *words)
{
	struct fixture *f = repo_with(policy, NULL);

	fixture_load_badly(f, 1);
	(void)fixture_problem(f, POLICY, line, column, words);
	fixture_free(f);
}

/* ---- contexts */

static void without_a_file_nothing_is_active(void **state)
{
	struct fixture *f = repo_with(NULL, NULL);

	(void)state;
	fixture_load_badly(f, 0);
	expect_context(f, "local", MODE_PASSIVE);
	expect_context(f, "scheduled", MODE_PASSIVE);
	expect_context(f, "pre-commit", MODE_STATIC);
	expect_context(f, "ci", MODE_STATIC);
	assert_int_equal(f->repo.policy.context_count, 4);
	assert_int_equal(f->repo.policy.tailscale_ssh, TAILSCALE_SSH_REFUSE);
	assert_null(f->repo.policy.path);
	assert_string_equal(f->repo.policy.sha256, "");
	fixture_free(f);
}

static void there_is_no_context_that_nobody_named(void **state)
{
	struct fixture *f = repo_with("version: 1\n", NULL);

	(void)state;
	fixture_load_badly(f, 0);
	assert_null(policy_context_find(&f->repo.policy, "nightly"));
	assert_null(policy_context_find(&f->repo.policy, ""));
	assert_null(policy_context_find(&f->repo.policy, "Local"));
	fixture_free(f);
}

static void a_file_grants_what_it_says_and_leaves_the_rest(void **state)
{
	struct fixture *f = repo_with("version: 1\n"
				      "contexts:\n"
				      "  scheduled: {mode: active}\n"
				      "  local: {mode: static}\n"
				      "  nightly: {mode: passive}\n"
				      "tailscale_ssh: probe\n"
				      "automation_identities: [ops@control, \"tag:ci\"]\n",
				      NULL);

	(void)state;
	fixture_load_badly(f, 0);
	expect_context(f, "scheduled", MODE_ACTIVE);
	expect_context(f, "local", MODE_STATIC);
	expect_context(f, "nightly", MODE_PASSIVE);
	expect_context(f, "pre-commit", MODE_STATIC);
	expect_context(f, "ci", MODE_STATIC);
	assert_int_equal(f->repo.policy.context_count, 5);
	assert_int_equal(f->repo.policy.tailscale_ssh, TAILSCALE_SSH_PROBE);
	assert_int_equal(f->repo.policy.automation_identities.len, 2);
	assert_string_equal(f->repo.policy.path, POLICY);
	assert_int_equal(strlen(f->repo.policy.sha256), 64);
	fixture_free(f);
}

static void a_policy_that_says_none_is_the_default(void **state)
{
	struct fixture *f = repo_with("version: 1\ncontexts: {local: {mode: active}}\n", NULL);

	(void)state;
	fixture_file(f, "gaterun.yaml", "version: 1\nbindings: {probe_policy: none}\n");
	fixture_load_badly(f, 0);
	expect_context(f, "local", MODE_PASSIVE);
	fixture_free(f);
}

static void a_wrong_context_is_a_problem(void **state)
{
	(void)state;
	expect_problem("version: 1\ncontexts: {local: {mode: pasive}}\n", 2, 26, "'passive'");
	expect_problem("version: 1\ncontexts: {local: {}}\n", 2, 19, "mode");
	expect_problem("version: 1\ncontexts: {local: active}\n", 2, 19, "map");
	expect_problem("version: 1\ncontexts: {local: {mode: active, modes: x}}\n", 2, 34, "modes");
	expect_problem("version: 1\ncontexts: [local]\n", 2, 11, "map");
}

static void a_context_that_is_nearly_a_built_in_one_is_a_problem(void **state)
{
	(void)state;
	expect_problem("version: 1\ncontexts: {locl: {mode: static}}\n", 2, 12, "'local'");
	expect_problem("version: 1\ncontexts: {ci: {mode: static}, sheduled: {mode: active}}\n", 2,
		       32, "'scheduled'");
	expect_problem("version: 1\ncontexts: {precommit: {mode: static}}\n", 2, 12,
		       "'pre-commit'");
}

static void a_context_of_ones_own_may_be_near_one_that_is_written_too(void **state)
{
	struct fixture *f = repo_with(
		"version: 1\ncontexts: {cd: {mode: passive}, ci: {mode: static}}\n", NULL);

	(void)state;
	fixture_load_badly(f, 0);
	expect_context(f, "cd", MODE_PASSIVE);
	expect_context(f, "ci", MODE_STATIC);
	fixture_free(f);
}

static void a_wrong_head_is_a_problem(void **state)
{
	(void)state;
	expect_problem("contexts: {}\n", 1, 1, "version");
	expect_problem("version: 2\n", 1, 10, "2");
	expect_problem("version: 1\ntailscale_ssh: proobe\n", 2, 16, "'probe'");
	expect_problem("version: 1\nnevr: []\n", 2, 1, "'never'");
	expect_problem("[version]\n", 1, 1, "map");
	expect_problem("version: 1\nautomation_identities: {a: b}\n", 2, 24, "list");
}

/* ---- never */

static void a_never_rule_forbids_its_kinds_on_its_target_alone(void **state)
{
	struct fixture *f = repo_with("version: 1\n"
				      "never:\n"
				      "  - target: nas\n"
				      "    kinds: [ssh_auth, host_keys_pinned]\n"
				      "    reason: legacy crypto\n",
				      NULL);
	const struct policy *policy = &f->repo.policy;

	(void)state;
	fixture_load_badly(f, 0);
	assert_non_null(policy_forbids(policy, "nas", "ssh_auth"));
	assert_non_null(policy_forbids(policy, "nas", "host_keys_pinned"));
	assert_null(policy_forbids(policy, "nas", "bindings_valid"));
	assert_null(policy_forbids(policy, "pve", "ssh_auth"));
	assert_null(policy_forbids(policy, "na", "ssh_auth"));
	assert_null(policy_forbids(policy, "nas", "ssh"));
	assert_null(policy_forbids(policy, NULL, "ssh_auth"));
	assert_string_equal(policy_forbids(policy, "nas", "ssh_auth")->reason, "legacy crypto");
	assert_int_equal(policy_forbids(policy, "nas", "ssh_auth")->node->where.line, 3);
	fixture_free(f);
}

static void a_never_rule_that_protects_nobody_is_a_problem(void **state)
{
	(void)state;
	expect_problem("version: 1\nnever: [{target: nsa, kinds: [ssh_auth], reason: x}]\n", 2, 18,
		       "'nsa'");
	expect_problem("version: 1\nnever: [{target: nas, kinds: [ssh_atuh], reason: x}]\n", 2, 31,
		       "'ssh_atuh'");
	expect_problem("version: 1\nnever: [{target: nas, kinds: [], reason: x}]\n", 2, 30,
		       "kinds");
	expect_problem("version: 1\nnever: [{target: nas, reason: x}]\n", 2, 9, "kinds");
	expect_problem("version: 1\nnever: [{kinds: [ssh_auth], reason: x}]\n", 2, 9, "target");
	expect_problem("version: 1\nnever: [{target: nas, kinds: [ssh_auth]}]\n", 2, 9, "reason");
	expect_problem("version: 1\nnever: [nas]\n", 2, 9, "map");
	expect_problem("version: 1\nnever: {target: nas}\n", 2, 8, "list");
}

static void a_never_rule_may_name_a_kind_of_a_newer_program(void **state)
{
	struct fixture *f = repo_with(
		"version: 1\nnever: [{target: nas, kinds: [ssh_auth, tcp_open], reason: x}]\n",
		NULL);

	(void)state;
	assert_int_equal(fixture_load(f), 0);
	fixture_free(f);
}

static void a_never_rule_may_name_one_kind_without_a_list(void **state)
{
	struct fixture *f =
		repo_with("version: 1\nnever: [{target: nas, kinds: ssh_auth, reason: x}]\n", NULL);

	(void)state;
	fixture_load_badly(f, 0);
	assert_non_null(policy_forbids(&f->repo.policy, "nas", "ssh_auth"));
	fixture_free(f);
}

static void rules_about_targets_are_not_judged_where_no_targets_could_be_read(void **state)
{
	struct fixture *f = repo_with(
		"version: 1\nnever: [{target: nas, kinds: [ssh_auth], reason: x}]\n", NULL);

	(void)state;
	fixture_file(f, "bindings/ssh.targets.yaml", "ssh: {targets: [}\n");
	fixture_load_badly(f, 1);
	assert_string_equal(f->problems.list.at[0].where.file, "bindings/ssh.targets.yaml");
	fixture_free(f);
}

/* ---- waivers */

/** Everything a waiver needs but what it is about. */
#define REST "reason: r, owner: o, expires_on: 2026-12-01, ticket: T-1"

#define FINGERPRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void waivers_are_read(void **state)
{
	struct fixture *f =
		repo_with(NULL, "version: 1\n"
				"waivers:\n"
				"  - {gate: G001, subject: \"target:nas\", " REST "}\n"
				"  - {gate: D1, fingerprint: " FINGERPRINT ", reason: r,\n"
				"     owner: o, expires_on: 1970-01-02, ticket: T-2,\n"
				"     allow_unknown: true}\n");
	const struct waiver *waivers = NULL;

	(void)state;
	fixture_load_badly(f, 0);
	waivers = f->repo.waivers.rows.at;
	assert_int_equal(f->repo.waivers.rows.len, 2);
	assert_string_equal(waivers[0].subject, "target:nas");
	assert_null(waivers[0].fingerprint);
	assert_int_equal(waivers[0].node->where.line, 3);
	assert_false(waivers[0].allow_unknown);
	assert_string_equal(waivers[1].fingerprint, FINGERPRINT);
	assert_true(waivers[1].allow_unknown);
	assert_null(waivers[1].subject);
	assert_int_equal(waivers[1].expires_on_utc_ms, 86400000);
	fixture_free(f);
}

static void no_waivers_are_fine(void **state)
{
	struct fixture *f = repo_with(NULL, "version: 1\nwaivers: []\n");

	(void)state;
	fixture_load_badly(f, 0);
	assert_int_equal(f->repo.waivers.rows.len, 0);
	fixture_free(f);
}

static void expect_bad_waiver(const char *waiver, int column, const char *words)
{
	AUTO(auto_str) struct str text = {0};
	struct fixture *f = NULL;

	str_printf(&text, "version: 1\nwaivers:\n  - %s\n", waiver);
	f = repo_with(NULL, text.at);
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, WAIVERS, 3, column, words);
	fixture_free(f);
}

static void a_waiver_is_about_a_subject_or_a_fingerprint(void **state)
{
	(void)state;
	expect_bad_waiver("{gate: G001, " REST "}", 5, "subject");
	expect_bad_waiver("{gate: G001, subject: a, fingerprint: " FINGERPRINT ", " REST "}", 5,
			  "subject");
}

static void a_waiver_has_no_wildcards(void **state)
{
	(void)state;
	expect_bad_waiver("{gate: G001, subject: \"target:*\", " REST "}", 27, "wildcard");
	expect_bad_waiver("{gate: G001, subject: \"*\", " REST "}", 27, "wildcard");
	expect_bad_waiver("{gate: G001, subject: \"target:na?\", " REST "}", 27, "wildcard");
	expect_bad_waiver("{gate: \"*\", subject: \"target:nas\", " REST "}", 12, "'*'");
	expect_bad_waiver("{gate: G00?, subject: \"target:nas\", " REST "}", 12, "'G00?'");
}

static void a_bracket_in_a_subject_is_no_wildcard(void **state)
{
	struct fixture *f =
		repo_with(NULL, "version: 1\nwaivers:\n"
				"  - {gate: G001, subject: \"row:a.yaml:s[db]\", " REST "}\n");

	(void)state;
	fixture_load_badly(f, 0);
	fixture_free(f);
}

static void a_fingerprint_is_one_as_it_is_printed(void **state)
{
	(void)state;
	expect_bad_waiver("{gate: G001, fingerprint: abc, " REST "}", 31, "64");
	expect_bad_waiver("{gate: G001, fingerprint: " FINGERPRINT "0, " REST "}", 31, "64");
	expect_bad_waiver("{gate: G001, fingerprint: "
			  "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef, " REST
			  "}",
			  31, "64");
}

static void a_waiver_says_something(void **state)
{
	(void)state;
	expect_bad_waiver("{gate: G001, subject: a, owner: \"\", reason: r, ticket: t, "
			  "expires_on: 2026-12-01}",
			  37, "'owner'");
	expect_bad_waiver("{gate: G001, subject: \"\", " REST "}", 27, "'subject'");
}

static void days_left_are_days_of_utc(void **state)
{
	/* 2026-12-01T00:00:00Z */
	const int64_t end_utc_ms = 1796083200000;
	const int64_t day_ms = 86400000;
	const struct waiver waiver = {.expires_on_utc_ms = end_utc_ms};

	(void)state;
	assert_int_equal(waiver_days_left(&waiver, end_utc_ms - 1), 1);
	assert_int_equal(waiver_days_left(&waiver, end_utc_ms - day_ms), 1);
	assert_int_equal(waiver_days_left(&waiver, end_utc_ms - day_ms - 1), 2);
	assert_int_equal(waiver_days_left(&waiver, end_utc_ms), 0);
	assert_int_equal(waiver_days_left(&waiver, end_utc_ms + day_ms - 1), 0);
	assert_int_equal(waiver_days_left(&waiver, end_utc_ms + day_ms), -1);
}

static void a_waiver_needs_everything(void **state)
{
	static const char *const waivers[] = {
		"{subject: s, " REST "}",
		"{gate: G001, subject: s, owner: o, expires_on: 2026-12-01, ticket: t}",
		"{gate: G001, subject: s, reason: r, expires_on: 2026-12-01, ticket: t}",
		"{gate: G001, subject: s, reason: r, owner: o, ticket: t}",
		"{gate: G001, subject: s, reason: r, owner: o, expires_on: 2026-12-01}",
	};
	static const char *const missing[] = {"gate", "reason", "owner", "expires_on", "ticket"};

	(void)state;
	for (size_t i = 0; i < sizeof(waivers) / sizeof(waivers[0]); i++) {
		expect_bad_waiver(waivers[i], 5, missing[i]);
	}
}

static void a_waiver_ends_on_a_day_of_the_calendar(void **state)
{
	static const char *const dates[] = {
		"2026-02-30", "2026-13-01", "01.02.2026", "soon",
		"2026-2-3",   "\"\"",       "[2026]",     "2026-02-03T00:00:00Z"};

	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		AUTO(auto_str) struct str waiver = {0};

		str_printf(&waiver,
			   "{gate: G001, subject: s, reason: r, owner: o, ticket: t, "
			   "expires_on: %s}",
			   dates[i]);
		expect_bad_waiver(waiver.at, 74, "expires_on");
	}
}

static void a_waiver_names_a_gate_that_there_is(void **state)
{
	(void)state;
	expect_bad_waiver("{gate: G002, subject: s, " REST "}", 12, "'G002'");
}

static void a_waiver_has_no_unknown_keys(void **state)
{
	(void)state;
	expect_bad_waiver("{gate: G001, subject: s, expires: x, " REST "}", 30, "expires");
}

static void a_file_of_waivers_needs_its_list(void **state)
{
	struct fixture *f = repo_with(NULL, "version: 1\n");

	(void)state;
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, WAIVERS, 1, 1, "the file of waivers needs");
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_nothing_is_active),
		cmocka_unit_test(there_is_no_context_that_nobody_named),
		cmocka_unit_test(a_file_grants_what_it_says_and_leaves_the_rest),
		cmocka_unit_test(a_policy_that_says_none_is_the_default),
		cmocka_unit_test(a_wrong_context_is_a_problem),
		cmocka_unit_test(a_context_that_is_nearly_a_built_in_one_is_a_problem),
		cmocka_unit_test(a_context_of_ones_own_may_be_near_one_that_is_written_too),
		cmocka_unit_test(a_wrong_head_is_a_problem),
		cmocka_unit_test(a_never_rule_forbids_its_kinds_on_its_target_alone),
		cmocka_unit_test(a_never_rule_that_protects_nobody_is_a_problem),
		cmocka_unit_test(a_never_rule_may_name_a_kind_of_a_newer_program),
		cmocka_unit_test(a_never_rule_may_name_one_kind_without_a_list),
		cmocka_unit_test(rules_about_targets_are_not_judged_where_no_targets_could_be_read),
		cmocka_unit_test(waivers_are_read),
		cmocka_unit_test(no_waivers_are_fine),
		cmocka_unit_test(a_waiver_is_about_a_subject_or_a_fingerprint),
		cmocka_unit_test(a_waiver_has_no_wildcards),
		cmocka_unit_test(a_bracket_in_a_subject_is_no_wildcard),
		cmocka_unit_test(a_fingerprint_is_one_as_it_is_printed),
		cmocka_unit_test(a_waiver_says_something),
		cmocka_unit_test(days_left_are_days_of_utc),
		cmocka_unit_test(a_waiver_needs_everything),
		cmocka_unit_test(a_waiver_ends_on_a_day_of_the_calendar),
		cmocka_unit_test(a_waiver_names_a_gate_that_there_is),
		cmocka_unit_test(a_waiver_has_no_unknown_keys),
		cmocka_unit_test(a_file_of_waivers_needs_its_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
