#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/tailnet/tailnet_policy.h"
#include "fixture.h"

#define POLICY "bindings/tailscale.acl.policy.hujson"

/** A policy that breaks no rule and gives no remark, up to its end. */
#define SOUND                                                                           \
	"{\"grants\":[{\"src\":[\"tag:ci\"],\"dst\":[\"tag:srv\"],\"ip\":[\"22\"]}],\n" \
	"\"tagOwners\":{\"tag:ci\":[],\"tag:srv\":[\"a@x.org\"]},\n"                    \
	"\"tests\":[{\"src\":\"tag:ci\",\"accept\":[\"tag:srv:22\"],\"deny\":[\"tag:srv:23\"]}],\n"

/** The policy, judged for these identities by a gate with these settings. */
static struct fixture *judged(const char *policy, const char *identities, const char *with)
{
	AUTO(auto_str) struct str probe = {0};
	struct fixture *f = fixture_new();

	str_printf(&probe, "version: 1\nautomation_identities: [%s]\n", identities);
	fixture_file(f, "bindings/probe.policy.yaml", str_text(&probe));
	fixture_file(f, POLICY, policy);
	fixture_gate(f, "T1", "tailnet_policy", with);
	fixture_run(f, "T1", MODE_STATIC);
	return f;
}

/** All findings, a line each: verdict, reason, line:column. */
static void add_findings(const struct fixture *f, bool has_message, struct str *out)
{
	const struct findings *findings = &fixture_result(f)->findings;

	for (size_t i = 0; i < findings->len; i++) {
		const struct finding *finding = &findings->at[i];

		str_printf(out, "%s %s %d:%d%s%s\n", verdict_word(finding->verdict),
			   reason_code(finding->reason), finding->where.line, finding->where.column,
			   has_message ? " " : "", has_message ? finding->message : "");
	}
}

static void expect_with(const char *policy, const char *identities, const char *with,
			const char *expected)
{
	AUTO(auto_str) struct str found = {0};
	struct fixture *f = judged(policy, identities, with);

	add_findings(f, false, &found);
	assert_string_equal(str_text(&found), expected);
	fixture_free(f);
}

/** What is found in a policy while nobody acts without a human. */
static void expect(const char *policy, const char *expected)
{
	expect_with(policy, "", "", expected);
}

/** What is found in a sound policy that goes on with `more`; nobody acts without a human. */
static void expect_more(const char *more, const char *expected)
{
	AUTO(auto_str) struct str policy = {0};

	str_printf(&policy, SOUND "%s}\n", more);
	expect(str_text(&policy), expected);
}

/** Does a check rule with that src cover the identity: "fail", "unknown" or ""? */
static void expect_cover(const char *src, const char *identity, const char *expected)
{
	AUTO(auto_str) struct str policy = {0};
	struct fixture *f = NULL;
	const struct finding *finding = NULL;

	str_printf(&policy,
		   SOUND
		   "\"groups\":{\"group:a\":[\"a@x.org\",\"Ops@X.org\"],\"group:b\":[\"b@x.org\"],"
		   "\"group:empty\":[],\"group:nested\":[\"group:a\"]},\n"
		   "\"hosts\":{\"box\":\"10.0.0.1\"},\n"
		   "\"ssh\":[{\"action\":\"check\",\"src\":[%s],\"dst\":[\"tag:srv\"]}]}\n",
		   src);
	f = judged(str_text(&policy), identity, "");
	finding = fixture_finding(f, REASON_TAILNET_POLICY_CHECK);
	if (!finding) {
		finding = fixture_finding(f, REASON_TAILNET_POLICY_CHECK_UNDECIDED);
	}
	assert_string_equal(finding ? verdict_word(finding->verdict) : "", expected);
	fixture_free(f);
}

/* ---- the file */

static void a_sound_policy_passes_without_a_word(void **state)
{
	struct fixture *f =
		judged(SOUND "}", "\"tag:ci\"", "with: {required: [acls|grants, tests]}\n");

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->findings.len, 0);
	assert_int_equal(fixture_result(f)->checked, 1);
	fixture_free(f);
}

static void mistakes_of_the_syntax_fail_with_their_place(void **state)
{
	struct fixture *f = judged("{ // x\n  \"acls\": [,],\n}\n", "", "");
	const struct finding *finding = fixture_finding(f, REASON_FILE_NOT_PARSED);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_int_equal(fixture_result(f)->findings.len, 1);
	assert_string_equal(finding->message, "expected a value");
	assert_string_equal(finding->subject, "file:" POLICY);
	assert_int_equal(finding->where.line, 2);
	assert_int_equal(finding->where.column, 12);
	assert_non_null(finding->hint);
	fixture_free(f);
	expect("", "fail file.not_parsed 0:0\n");
	expect("// nothing\n", "fail file.not_parsed 0:0\n");
}

static void keys_that_stand_twice_fail(void **state)
{
	(void)state;
	expect_more("\"hosts\":{},\n\"hosts\":{}", "fail assert.repeated_key 5:1\n");
	expect_more("\"hosts\":{},\n\"Hosts\":{}", "fail assert.repeated_key 5:1\n");
	expect_more("\"acls\":[{\"action\":\"accept\",\"src\":[],\"SRC\":[],\"dst\":[]}]",
		    "fail assert.repeated_key 4:37\n");
}

static void keys_are_found_in_any_case(void **state)
{
	(void)state;
	expect_with(
		"\xef\xbb\xbf{\"ACLs\":[{\"Action\":\"accept\",\"Users\":[\"tag:ci\"],\r\n"
		"\"Ports\":[\"tag:ci:22\",\"tag:no:1\"]}],\r\n\"TAGOWNERS\":{\"tag:ci\":[]},\r\n"
		"\"Tests\":[{\"User\":\"tag:ci\",\"Allow\":[\"tag:ci:22\"],\"Deny\":[\"tag:ci:1\"]}]}",
		"", "with: {required: [acls, tagowners, Tests]}\n",
		"fail tailnet_policy.undefined 2:22\n");
}

static void sections_that_are_required_must_be_there(void **state)
{
	static const char with[] = "with: {required: [acls|grants, tagOwners, tests]}\n";

	(void)state;
	expect_with("{\"acls\": []}", "", with,
		    "fail tailnet_policy.section 1:1\nfail tailnet_policy.section 1:1\n");
	expect_with("{\"acls\": [], \"tagOwners\": {}, \"tests\": []}", "", with,
		    "pass tailnet_policy.no_tests 1:40\n");
	expect_with("{\"acls\": null, \"tagOwners\": {}, \"tests\": []}", "", with,
		    "pass tailnet_policy.allow_all 1:1\nfail tailnet_policy.section 1:1\n"
		    "pass tailnet_policy.no_tests 1:42\n");
}

static void what_tailscale_could_not_read_fails(void **state)
{
	(void)state;
	expect("[]", "fail tailnet_policy.malformed 1:1\n");
	expect_more("\"ssh\":{}", "fail tailnet_policy.malformed 4:7\n");
	expect_more("\"ssh\":[\n1]", "fail tailnet_policy.malformed 5:1\n");
	expect_more("\"ssh\":[{\"action\":\"Check\",\"src\":[]}]",
		    "fail tailnet_policy.malformed 4:18\n");
	expect_more("\"ssh\":[{\"action\":[],\"src\":[]}]", "fail tailnet_policy.malformed 4:18\n");
	expect_more("\"ssh\":[{\"action\":\"accept\"}]", "fail tailnet_policy.malformed 4:8\n");
	expect_more("\"ssh\":[{\"action\":\"accept\",\"src\":null}]",
		    "fail tailnet_policy.malformed 4:8\n");
	expect_more("\"ssh\":[{\"Action\":\"check\",\"action\":\"accept\",\"src\":[]}]",
		    "fail assert.repeated_key 4:26\n");
	expect_more("\"ssh\":[{\"src\":[]}]", "fail tailnet_policy.malformed 4:8\n");
	expect_more("\"acls\":[{\"src\":\"*\",\"dst\":[1]}]",
		    "fail tailnet_policy.malformed 4:16\nfail tailnet_policy.malformed 4:27\n");
	expect_more("\"groups\":{\"group:a\":{}}", "fail tailnet_policy.malformed 4:21\n");
	expect_more("\"autoApprovers\":{\"routes\":[]}", "fail tailnet_policy.malformed 4:27\n");
	expect_more("\"tests\":[{\"src\":[]}]", "fail assert.repeated_key 4:1\n"
						"pass tailnet_policy.no_deny_tests 4:9\n"
						"fail tailnet_policy.malformed 4:17\n");
}

/* ---- names */

static void names_without_a_definition_fail_once(void **state)
{
	struct fixture *f = NULL;
	const struct finding *finding = NULL;

	(void)state;
	f = judged(SOUND "\"acls\":[{\"src\":[\"tag:cl\"],\n\"dst\":[\"tag:cl:22\"]}]}", "", "");
	finding = fixture_finding(f, REASON_TAILNET_POLICY_UNDEFINED);
	assert_int_equal(fixture_count(f, REASON_TAILNET_POLICY_UNDEFINED), 1);
	assert_string_equal(finding->message,
			    "'tag:cl' is not defined in 'tagOwners'; did you mean 'tag:ci'?");
	assert_int_equal(finding->related_count, 1);
	assert_int_equal(finding->related[0].line, 5);
	fixture_free(f);
	expect_more("\"acls\":[{\"src\":[\"group:x\"],\"dst\":[\"box:*\",\"ipset:y:1\"]}]",
		    "fail tailnet_policy.undefined 4:17\nfail tailnet_policy.undefined 4:35\n"
		    "fail tailnet_policy.undefined 4:43\n");
	expect_more("\"ssh\":[{\"action\":\"accept\",\"src\":[\"group:x\"],\"dst\":[\"tag:y\"]}]",
		    "fail tailnet_policy.undefined 4:34\nfail tailnet_policy.undefined 4:52\n");
	expect_more(
		"\"nodeAttrs\":[{\"target\":[\"tag:y\"],\"attr\":[\"funnel\"]}],\n"
		"\"autoApprovers\":{\"routes\":{\"10.0.0.0/8\":[\"tag:r\"]},\"exitNode\":[\"group:e\"]},\n"
		"\"defaultSrcPosture\":[\"posture:p\"]",
		"fail tailnet_policy.undefined 4:25\nfail tailnet_policy.undefined 5:42\n"
		"fail tailnet_policy.undefined 5:64\nfail tailnet_policy.undefined 6:22\n");
}

static void names_that_need_no_definition_pass(void **state)
{
	(void)state;
	expect_more(
		"\"hosts\":{\"box\":\"10.0.0.1\"},\"groups\":{\"group:a\":[\"a@x.org\"]},\n"
		"\"ipsets\":{\"ipset:i\":[\"host:box\",\"add 10.0.0.0/8\"]},\n"
		"\"postures\":{\"posture:p\":[\"node:os == 'linux'\"]},\n"
		"\"acls\":[{\"src\":[\"box\",\"host:box\",\"group:a\",\"ipset:i\",\"a@x.org\",\n"
		"\"user:*@x.org\",\"group:it@x.org\",\"10.0.0.0/8\",\"10.0.0.1-10.0.0.9\",\"fd7a::1\",\n"
		"\"autogroup:member\"],\"srcPosture\":[\"posture:p\"],\"dst\":[\"box:22,80-90\",\n"
		"\"tag:srv:*\",\"10.0.0.1:22\",\"[fd7a::1]:22\",\"fd7a::1:22\",\"svc:web:443\",\n"
		"\"autogroup:internet:*\",\"10.0.0.0/8:1\"]}]",
		"");
}

/* ---- checks that wait for a human */

static void a_check_rule_names_rule_identity_and_why(void **state)
{
	struct fixture *f = judged(
		SOUND
		"\"groups\":{\"group:all\":[\"ops@x.org\"]},\n\"ssh\":[\n"
		"{\"action\":\"accept\",\"src\":[\"group:all\"],\"dst\":[\"tag:srv\"]},\n"
		"{\"action\":\"check\",\"src\":[\"b@x.org\",\"group:all\"],\"dst\":[\"tag:srv\"]}]}",
		"tag:ci, ops@x.org", "");
	const struct finding *finding = fixture_finding(f, REASON_TAILNET_POLICY_CHECK);

	(void)state;
	assert_int_equal(fixture_count(f, REASON_TAILNET_POLICY_CHECK), 1);
	assert_string_equal(finding->subject, "identity:ops@x.org");
	assert_string_equal(finding->message,
			    "ssh rule 2 (action check) covers ops@x.org: its src 'group:all' "
			    "holds ops@x.org");
	assert_int_equal(finding->where.line, 7);
	assert_int_equal(finding->where.column, 36);
	assert_string_equal(finding->related[0].file, "bindings/probe.policy.yaml");
	assert_int_equal(finding->related[0].column, 33);
	fixture_free(f);
}

static void users_are_covered_as_tailscale_covers_them(void **state)
{
	(void)state;
	expect_cover("\"ops@x.org\"", "ops@x.org", "fail");
	expect_cover("\"OPS@x.org\"", "ops@x.org", "fail");
	expect_cover("\"user:*@x.org\"", "ops@x.org", "fail");
	expect_cover("\"user:*@y.org\"", "ops@x.org", "");
	expect_cover("\"group:a\"", "ops@x.org", "fail");
	expect_cover("\"group:b\"", "ops@x.org", "");
	expect_cover("\"group:empty\"", "ops@x.org", "");
	expect_cover("\"group:nested\"", "ops@x.org", "fail");
	expect_cover("\"autogroup:member\"", "ops@x.org", "fail");
	expect_cover("\"autogroup:members\"", "ops@x.org", "fail");
	expect_cover("\"autogroup:danger-all\"", "ops@x.org", "fail");
	expect_cover("\"*\"", "ops@x.org", "fail");
	expect_cover("\"tag:ci\"", "ops@x.org", "");
	expect_cover("\"autogroup:tagged\"", "ops@x.org", "");
	expect_cover("\"b@x.org\"", "ops@x.org", "");
	expect_cover("", "ops@x.org", "");
}

static void tags_are_covered_as_tailscale_covers_them(void **state)
{
	(void)state;
	expect_cover("\"tag:ci\"", "\"tag:ci\"", "fail");
	expect_cover("\"tag:srv\"", "\"tag:ci\"", "");
	expect_cover("\"autogroup:tagged\"", "\"tag:ci\"", "fail");
	expect_cover("\"autogroup:danger-all\"", "\"tag:ci\"", "fail");
	expect_cover("\"*\"", "\"tag:ci\"", "fail");
	expect_cover("\"autogroup:member\"", "\"tag:ci\"", "");
	expect_cover("\"autogroup:admin\"", "\"tag:ci\"", "");
	expect_cover("\"group:a\",\"a@x.org\"", "\"tag:ci\"", "");
}

static void groups_are_covered_by_what_holds_a_member(void **state)
{
	(void)state;
	expect_cover("\"group:a\"", "\"group:a\"", "fail");
	expect_cover("\"a@x.org\"", "\"group:a\"", "fail");
	expect_cover("\"b@x.org\"", "\"group:a\"", "");
	expect_cover("\"group:b\"", "\"group:a\"", "");
	expect_cover("\"autogroup:member\"", "\"group:b\"", "fail");
	expect_cover("\"tag:ci\"", "\"group:a\"", "");
}

static void what_the_file_does_not_say_is_unknown(void **state)
{
	(void)state;
	expect_cover("\"autogroup:admin\"", "ops@x.org", "unknown");
	expect_cover("\"autogroup:shared\"", "ops@x.org", "unknown");
	expect_cover("\"group:it@x.org\"", "ops@x.org", "unknown");
	expect_cover("\"group:it@x.org\"", "\"group:a\"", "unknown");
	expect_cover("\"box\"", "\"tag:ci\"", "unknown");
	expect_cover("\"100.64.0.9\"", "ops@x.org", "unknown");
	expect_cover("\"autogroup:admin\",\"ops@x.org\"", "ops@x.org", "fail");
	/* Misspelt, or younger than this program. */
	expect_cover("\"autogroup:Member\"", "ops@x.org", "unknown");
	expect_cover("\"autogroup:robots\"", "\"tag:ci\"", "unknown");
	expect_cover("\"tag:ci\"", "\"autogroup:robots\"", "unknown");
}

static void an_identity_that_is_a_pattern_is_covered_with_any_of_its_users(void **state)
{
	(void)state;
	expect_cover("\"ops@x.org\"", "\"*@X.org\"", "fail");
	expect_cover("\"user:*@x.org\"", "\"*@x.org\"", "fail");
	expect_cover("\"group:a\"", "\"user:*@x.org\"", "fail");
	expect_cover("\"ops@x.org\"", "\"*@y.org\"", "");
	expect_cover("\"tag:ci\"", "\"*@x.org\"", "");
	expect_cover("\"tag:ci\"", "\"*\"", "fail");
	expect_cover("\"ops@x.org\"", "\"*\"", "fail");
}

static void groups_too_large_for_all_rules_are_undecided_and_soon(void **state)
{
	AUTO(auto_str) struct str policy = {0};
	AUTO(auto_str) struct str identities = {0};
	struct fixture *f = NULL;

	(void)state;
	str_add(&policy, SOUND "\"groups\":{\"group:a\":[");
	for (int i = 0; i < 10000; i++) {
		str_printf(&policy, "%s\"u%d@x.org\"", i ? "," : "", i);
	}
	str_add(&policy, "]},\"ssh\":[");
	for (int i = 0; i < 500; i++) {
		str_printf(&policy, "%s{\"action\":\"check\",\"src\":[\"group:a\"]}", i ? "," : "");
	}
	str_add(&policy, "]}");
	for (int i = 0; i < 20; i++) {
		str_printf(&identities, "%sj%d@x.org", i ? ", " : "", i);
	}
	f = judged(str_text(&policy), str_text(&identities), "");
	assert_non_null(fixture_finding(f, REASON_TAILNET_POLICY_CHECK_UNDECIDED));
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	fixture_free(f);
}

static void an_identity_that_no_policy_could_name_is_unknown(void **state)
{
	(void)state;
	expect_cover("\"tag:ci\"", "\"Tag:ci\"", "unknown");
	expect_cover("\"tag:ci\"", "ci", "unknown");
	expect_cover("\"ops@x.org\"", "ops", "unknown");
	expect_cover("\"ops@x.org\"", "\"\"", "unknown");
	expect_cover("\"*\"", "ci", "fail");
}

static void a_check_to_own_devices_covers_no_tag(void **state)
{
	static const char rule[] = SOUND "\"ssh\":[{\"action\":\"check\",\"src\":[\"*\"],"
					 "\"dst\":[\"autogroup:self\"]}]}";

	(void)state;
	expect_with(rule, "\"tag:ci\"", "", "");
	expect_with(rule, "ops@x.org", "", "fail tailnet_policy.check 4:33\n");
}

static void a_check_rule_is_unknown_while_nobody_is_named(void **state)
{
	(void)state;
	expect_more("\"ssh\":[{\"action\":\"check\",\"src\":[\"a@x.org\"],\"dst\":[\"tag:srv\"]},\n"
		    "{\"action\":\"check\",\"src\":[\"a@x.org\"],\"dst\":[\"tag:srv\"]}]",
		    "unknown tailnet_policy.no_identities 4:8\n");
	expect_more("\"ssh\":[{\"action\":\"accept\",\"src\":[\"a@x.org\"],\"dst\":[\"tag:srv\"]}]",
		    "");
}

/* ---- habits */

static void each_habit_is_a_remark_where_it_stands(void **state)
{
	static const struct {
		const char *more;
		const char *expected;
	} cases[] = {
		{"\"acls\":[{\"src\":[\"*\"],\"dst\":[\"*:*\"]}]",
		 "pass tailnet_policy.allow_all 4:29\n"},
		{"\"acls\":[{\"src\":[\"a@x.org\"],\"dst\":[\"*:22\"]}]",
		 "pass tailnet_policy.wildcard 4:35\n"},
		{"\"acls\":[{\"src\":[\"autogroup:danger-all\"],\"dst\":[\"tag:srv:1\"]}]",
		 "pass tailnet_policy.danger_all 4:17\n"},
		{"\"autoApprovers\":{\"routes\":{\"10.0.0.0/8\":[\"tag:ci\"],\"0.0.0.0/0\":[\"*\"]},"
		 "\"exitNode\":[\"autogroup:member\"]}",
		 "pass tailnet_policy.auto_approvers 4:65\npass tailnet_policy.auto_approvers 4:83\n"},
		{"\"nodeAttrs\":[{\"target\":[\"tag:ci\"],\"attr\":[\"funnel\"]},"
		 "{\"target\":[\"autogroup:member\"],\"attr\":[\"nextdns:x\"]},\n"
		 "{\"target\":[\"autogroup:member\"],\"attr\":[\"funnel\"]}]",
		 "pass tailnet_policy.funnel 5:12\n"},
		{"\"ssh\":[{\"action\":\"accept\",\"src\":[\"a@x.org\"],"
		 "\"dst\":[\"tag:srv\",\"tag:ci\"],\"users\":[\"autogroup:nonroot\"]}]",
		 "pass tailnet_policy.nonroot_to_tags 4:52\n"},
		{"\"ssh\":[{\"action\":\"accept\",\"src\":[\"a@x.org\"],"
		 "\"dst\":[\"autogroup:self\"],\"users\":[\"autogroup:nonroot\"]}]",
		 ""},
		{"\"nodeattr\":[],\"ACLS\":[]", "pass tailnet_policy.unknown_section 4:1\n"},
		{"\"acls\":[{\"src\":[\"autogroup:membr\"],\"dst\":[\"tag:srv:1\"]}]",
		 "pass tailnet_policy.unknown_autogroup 4:17\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_more(cases[i].more, cases[i].expected);
	}
}

static void a_policy_without_rules_lets_everybody_in(void **state)
{
	(void)state;
	expect_with("{}", "", "",
		    "pass tailnet_policy.allow_all 1:1\npass tailnet_policy.no_tests 1:1\n"
		    "fail tailnet_policy.section 1:1\n");
	expect_with("{\"acls\":[]}", "", "", "pass tailnet_policy.no_tests 1:1\n");
	expect_with("{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}]}", "", "",
		    "pass tailnet_policy.no_tests 1:1\npass tailnet_policy.allow_all 1:32\n");
}

static void tags_of_too_many_or_of_no_rule_are_remarked_on(void **state)
{
	(void)state;
	expect_with("{\"acls\":[],\"tagOwners\":{\"tag:a\":[\"autogroup:member\"],\n"
		    "\"tag:b\":[\"tag:a\"]},\n"
		    "\"tests\":[{\"src\":\"tag:b\",\"accept\":[\"tag:b:1\"]}]}",
		    "", "",
		    "pass tailnet_policy.tag_owners 1:34\npass tailnet_policy.unused_tag 2:1\n"
		    "pass tailnet_policy.no_deny_tests 3:9\n");
}

static void a_tag_is_used_wherever_it_stands(void **state)
{
	(void)state;
	expect_with(
		"{\"acls\":[{\"src\":[\"tag:b\"],\"dst\":[\"tag:a:22\"]}],\"tagOwners\":{\n"
		"\"tag:a\":[],\"tag:b\":[\"tag:o\"],\"tag:c\":[],\"tag:r\":[],\"tag:o\":[]},\n"
		"\"nodeAttrs\":[{\"target\":[\"*\"],\"app\":{\"x\":[{\"connectors\":[\"tag:c\"]}]}}],\n"
		"\"ssh\":[{\"action\":\"accept\",\"src\":[\"a@x.org\"],\"dst\":[\"tag:a\"],"
		"\"recorder\":[\"tag:r\"]}],\n"
		"\"tests\":[{\"src\":\"tag:b\",\"deny\":[\"tag:a:1\"]}]}",
		"", "", "");
}

static void identities_are_remarked_on_if_nothing_knows_them(void **state)
{
	(void)state;
	expect_with(
		SOUND
		"\"ssh\":[{\"action\":\"accept\",\"src\":[\"tag:ci\"],\"dst\":[\"tag:srv\"]}]}",
		"\"tag:ci\", \"tag:no\"", "",
		"pass tailnet_policy.unknown_identity 2:35\npass tailnet_policy.uncovered 4:7\n");
}

static void what_the_gate_forbids_fails(void **state)
{
	static const char policy[] =
		SOUND "\"acls\":[{\"src\":[\"a@x.org\"],\"dst\":[\"*:22\"]}],\"nodeattr\":[]}";

	(void)state;
	expect_with(
		policy, "", "with: {forbid: [wildcard_grants]}\n",
		"fail tailnet_policy.wildcard 4:35\npass tailnet_policy.unknown_section 4:45\n");
}

static void settings_that_name_nothing_are_refused(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, POLICY, "{}");
	fixture_gate(f, "T1", "tailnet_policy",
		     "with:\n  required: [acls|grant]\n  forbid: [unused_tag, nonsense]\n");
	fixture_load_badly(f, 3);
	(void)fixture_problem(f, "gates/T1.yaml", 10, 14, "'grant'");
	(void)fixture_problem(f, "gates/T1.yaml", 11, 12, "did you mean 'unused_tags'");
	(void)fixture_problem(f, "gates/T1.yaml", 11, 24, "'nonsense' cannot be forbidden");
	fixture_free(f);
}

static void every_habit_is_in_the_doc_of_forbid(void **state)
{
	const struct kind *kind = kind_find(kinds_table, "tailnet_policy");

	(void)state;
	for (const char *const *word = acl_habit_words(); *word; word++) {
		assert_non_null(strstr(kind->fields[1].doc, *word));
	}
}

static void without_the_file_the_gate_is_unknown_or_skipped(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_gate(f, "T1", "tailnet_policy", "");
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_int_equal(fixture_result(f)->reason, REASON_BINDING_ABSENT);
	fixture_free(f);
	f = fixture_new();
	fixture_file(f, "gaterun.yaml", "version: 1\nbindings: {tailnet_policy: none}\n");
	fixture_gate(f, "T1", "tailnet_policy", "");
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_SKIP);
	assert_int_equal(fixture_result(f)->reason, REASON_BINDING_NONE);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_policy_passes_without_a_word),
		cmocka_unit_test(mistakes_of_the_syntax_fail_with_their_place),
		cmocka_unit_test(keys_that_stand_twice_fail),
		cmocka_unit_test(keys_are_found_in_any_case),
		cmocka_unit_test(sections_that_are_required_must_be_there),
		cmocka_unit_test(what_tailscale_could_not_read_fails),
		cmocka_unit_test(names_without_a_definition_fail_once),
		cmocka_unit_test(names_that_need_no_definition_pass),
		cmocka_unit_test(a_check_rule_names_rule_identity_and_why),
		cmocka_unit_test(users_are_covered_as_tailscale_covers_them),
		cmocka_unit_test(tags_are_covered_as_tailscale_covers_them),
		cmocka_unit_test(an_identity_that_is_a_pattern_is_covered_with_any_of_its_users),
		cmocka_unit_test(an_identity_that_no_policy_could_name_is_unknown),
		cmocka_unit_test(groups_too_large_for_all_rules_are_undecided_and_soon),
		cmocka_unit_test(groups_are_covered_by_what_holds_a_member),
		cmocka_unit_test(what_the_file_does_not_say_is_unknown),
		cmocka_unit_test(a_check_to_own_devices_covers_no_tag),
		cmocka_unit_test(a_check_rule_is_unknown_while_nobody_is_named),
		cmocka_unit_test(each_habit_is_a_remark_where_it_stands),
		cmocka_unit_test(a_policy_without_rules_lets_everybody_in),
		cmocka_unit_test(tags_of_too_many_or_of_no_rule_are_remarked_on),
		cmocka_unit_test(a_tag_is_used_wherever_it_stands),
		cmocka_unit_test(identities_are_remarked_on_if_nothing_knows_them),
		cmocka_unit_test(what_the_gate_forbids_fails),
		cmocka_unit_test(settings_that_name_nothing_are_refused),
		cmocka_unit_test(every_habit_is_in_the_doc_of_forbid),
		cmocka_unit_test(without_the_file_the_gate_is_unknown_or_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
