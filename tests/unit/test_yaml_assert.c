#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "check/rows/yaml_assert.h"
#include "data/yaml.h"
#include "fixture.h"
#include "tool.h"

/* The judge of one value: a value, an assertion about it, what is to come out. */

static const struct {
	const char *value;     /**< YAML of `v` */
	const char *assertion; /**< YAML of one assertion, without its path */
	enum reason reason;
	const char *why;
} values[] = {
	{"80", "required: true", REASON_NONE, ""},
	{"", "required: true", REASON_ASSERT_MISSING, "is not there"},
	{"~", "equals: x", REASON_ASSERT_MISSING, "is not there"},
	{"", "required: false, equals: x", REASON_NONE, ""},
	{"\"\"", "required: true", REASON_NONE, ""},
	{"x", "forbid: true", REASON_ASSERT_VALUE, "must not be there"},
	{"", "forbid: true", REASON_NONE, ""},
	{"https", "equals: https", REASON_NONE, ""},
	{"http", "equals: https", REASON_ASSERT_VALUE, "is 'http', expected 'https'"},
	{"https ", "equals: https", REASON_NONE, ""},
	{"[https]", "equals: https", REASON_ASSERT_VALUE, "is a list, expected 'https'"},
	{"200", "in: [200, 302]", REASON_NONE, ""},
	{"\"302\"", "in: [200, 302]", REASON_NONE, ""},
	{"404", "in: [200, 302]", REASON_ASSERT_VALUE, "is '404', expected one of '200', '302'"},
	{"LATER", "not_in: [LATER, PENDING]", REASON_ASSERT_VALUE,
	 "is 'LATER', expected none of 'LATER', 'PENDING'"},
	{"done", "not_in: [LATER, PENDING]", REASON_NONE, ""},
	{"{a: b}", "not_in: [LATER]", REASON_ASSERT_VALUE, "is a map, expected none of 'LATER'"},
	{"web-1", "matches: '^[a-z]+-[0-9]+$'", REASON_NONE, ""},
	{"web-1\\n", "matches: '-1$'", REASON_ASSERT_VALUE, NULL},
	{"web", "matches: '^[a-z]+-[0-9]+$'", REASON_ASSERT_VALUE,
	 "is 'web', which does not match '^[a-z]+-[0-9]+$'"},
	{"[a]", "matches: a", REASON_ASSERT_VALUE, "is a list, which does not match 'a'"},
	{"80", "type: number", REASON_NONE, ""},
	{"-0.5e3", "type: number", REASON_NONE, ""},
	{"\"80\"", "type: number", REASON_ASSERT_VALUE,
	 "is '80', written as text, expected number"},
	{"1.2.3", "type: number", REASON_ASSERT_VALUE, NULL},
	{"1e", "type: number", REASON_ASSERT_VALUE, NULL},
	{".", "type: number", REASON_ASSERT_VALUE, NULL},
	{"80", "type: text", REASON_ASSERT_VALUE, "is '80', written as number, expected text"},
	{"true", "type: bool", REASON_NONE, ""},
	{"\"true\"", "type: bool", REASON_ASSERT_VALUE, NULL},
	{"yes", "type: bool", REASON_ASSERT_VALUE, NULL},
	{"[]", "type: list", REASON_NONE, ""},
	{"{}", "type: list", REASON_ASSERT_VALUE, "is a map, written as map, expected list"},
	{"1024", "min: 1024, max: 65535", REASON_NONE, ""},
	{"1023", "min: 1024", REASON_ASSERT_VALUE, "is 1023, expected at least 1024"},
	{"65536", "max: 65535", REASON_ASSERT_VALUE, "is 65536, expected at most 65535"},
	{"many", "max: 65535", REASON_ASSERT_VALUE, "is 'many', expected a whole number"},
	{"[a, b]", "min: 3", REASON_ASSERT_COUNT, "has 2 members, expected at least 3"},
	{"{a: 1}", "max: 0", REASON_ASSERT_COUNT, "has 1 members, expected at most 0"},
	{"[a, b]", "count: 2", REASON_NONE, ""},
	{"[a, b]", "count: 3", REASON_ASSERT_COUNT, "has 2 members, expected exactly 3"},
	{"2", "count: 2", REASON_ASSERT_VALUE, "is '2', expected a list or a map"},
};

static void assert_row(size_t row)
{
	struct arena arena = {0};
	struct problems problems = {0};
	struct decode decode = {.arena = &arena, .problems = &problems, .what = "an assertion"};
	struct assertion assertion = {0};
	struct matcher *matcher = matcher_new();
	struct node *root = NULL;
	struct node *rules = NULL;
	struct str text = {0};
	struct str why = {0};
	enum reason reason = REASON_NONE;

	str_printf(&text, strstr(values[row].value, "\\n") ? "v: \"%s\"\n" : "v: %s\n",
		   values[row].value);
	assert_int_equal(
		yaml_load(&arena, "f", str_view(&text), LOOKED_INTO, &problems, NULL, &root), 0);
	str_clear(&text);
	str_printf(&text, "{path: v, %s}\n", values[row].assertion);
	assert_int_equal(yaml_load(&arena, "g", str_view(&text), OWN_FILE, &problems, NULL, &rules),
			 0);
	assert_int_equal(decode_fields(&decode, rules, rules->where, assertion_fields, &assertion),
			 0);
	if (assertion.matches) {
		assertion.pattern =
			pattern_decode(&decode, node_get(rules, "matches"), PATTERN_VALUE);
		assert_non_null(assertion.pattern);
	}
	reason = judge_value(&assertion, node_get(root, "v"), matcher, &why);
	if (reason != values[row].reason) {
		fail_msg("%s with %s gave '%s' (%s)", values[row].value, values[row].assertion,
			 reason_code(reason), str_text(&why));
	}
	if (values[row].why) {
		assert_string_equal(str_text(&why), values[row].why);
	}
	pattern_free(assertion.pattern);
	matcher_free(matcher);
	str_release(&why);
	str_release(&text);
	problems_release(&problems);
	arena_release(&arena);
}

static void each_value_is_judged_by_its_assertion(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_row(i);
	}
}

static void a_long_value_is_quoted_in_part(void **state)
{
	struct node value = {.kind = NODE_SCALAR};
	struct assertion assertion = {.equals = "x"};
	struct str why = {0};
	char text[101] = "";

	(void)state;
	memset(text, 'a', 100);
	value.text = text_of(text);
	assert_int_equal(judge_value(&assertion, &value, NULL, &why), REASON_ASSERT_VALUE);
	assert_true(why.len < 100);
	assert_non_null(strstr(why.at, "…"));
	str_release(&why);
}

/* The kind as a whole. */

static const char services[] = "services:\n"
			       "  - id: web\n"
			       "    url: https://web.example\n"
			       "    port: 443\n"
			       "  - id: old\n"
			       "    url: http://old.example\n"
			       "    port: 80\n"
			       "    enabled: false\n"
			       "  - id: api\n"
			       "    url: http://api.example\n"
			       "    port: 443\n";

/** Run one gate with these settings over one file. */
static struct fixture *run_gate(const char *with, const char *path, const char *text)
{
	struct fixture *f = fixture_new();

	if (path) {
		fixture_file(f, path, text);
	}
	fixture_gate(f, "T1", "yaml_assert", with);
	fixture_run(f, "T1", MODE_STATIC);
	return f;
}

static void members_that_hold_pass_and_are_counted(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: services.yaml\n"
				     "  each: services\n"
				     "  asserts:\n"
				     "    - {path: id, unique: true}\n"
				     "    - {path: port, type: number, min: 1, max: 65535}\n",
				     "services.yaml", services);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, 3);
	assert_int_equal(fixture_result(f)->findings.len, 0);
	fixture_free(f);
}

static void a_wrong_value_fails_at_its_place(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: services.yaml\n"
				     "  each: services\n"
				     "  unless: {enabled: false}\n"
				     "  asserts:\n"
				     "    - {path: url, matches: '^https://', hint: use TLS}\n",
				     "services.yaml", services);
	const struct finding *finding = fixture_finding(f, REASON_ASSERT_VALUE);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_int_equal(fixture_result(f)->checked, 2);
	assert_int_equal(fixture_count(f, REASON_ASSERT_VALUE), 1);
	assert_string_equal(finding->subject, "row:services.yaml:services[api]");
	assert_string_equal(finding->where.file, "services.yaml");
	assert_int_equal(finding->where.line, 10);
	assert_int_equal(finding->where.column, 10);
	assert_string_equal(finding->hint, "use TLS");
	assert_string_equal(finding->detail, finding->message);
	fixture_free(f);
}

static void where_chooses_members_by_one_of_several_values(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: services.yaml\n"
				     "  each: services\n"
				     "  where: {id: [web, old], port: 443}\n"
				     "  asserts: [{path: url, matches: ^https}]\n",
				     "services.yaml", services);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, 1);
	fixture_free(f);
}

static void a_value_that_stands_twice_names_both_places(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: services.yaml\n"
				     "  each: services\n"
				     "  asserts: [{path: port, unique: true}]\n",
				     "services.yaml", services);
	const struct finding *finding = fixture_finding(f, REASON_ASSERT_UNIQUE);

	(void)state;
	assert_int_equal(fixture_count(f, REASON_ASSERT_UNIQUE), 1);
	assert_string_equal(finding->subject, "row:services.yaml:services[api]");
	assert_int_equal(finding->where.line, 11);
	assert_int_equal(finding->related[0].line, 4);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	fixture_free(f);
}

static void the_number_of_members_is_judged(void **state)
{
	struct fixture *few = run_gate("with:\n"
				       "  file: services.yaml\n"
				       "  each: services\n"
				       "  members: {min: 4}\n",
				       "services.yaml", services);
	struct fixture *none = run_gate("with:\n"
					"  file: services.yaml\n"
					"  each: services\n"
					"  where: {port: 22}\n"
					"  members: {max: 0}\n",
					"services.yaml", services);

	(void)state;
	assert_int_equal(fixture_count(few, REASON_ASSERT_COUNT), 1);
	assert_int_equal(fixture_result(none)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(none)->checked, 1);
	fixture_free(few);
	fixture_free(none);
}

static void no_member_to_judge_is_unknown(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: services.yaml\n"
				     "  each: services\n"
				     "  where: {id: gone}\n"
				     "  asserts: [{path: url}]\n",
				     "services.yaml", services);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_NOTHING_TO_CHECK));
	fixture_free(f);
}

static void a_missing_list_fails(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: services.yaml\n"
				     "  each: servers\n"
				     "  asserts: [{path: url}]\n",
				     "services.yaml", services);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_string_equal(fixture_finding(f, REASON_ASSERT_MISSING)->subject,
			    "file:services.yaml");
	fixture_free(f);
}

static void an_absent_file_fails_where_the_gate_names_it(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: gone.yaml\n"
				     "  asserts: [{path: url}]\n",
				     NULL, NULL);
	const struct finding *finding = fixture_finding(f, REASON_FILE_ABSENT);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_string_equal(finding->subject, "file:gone.yaml");
	assert_string_equal(finding->where.file, "gates/T1.yaml");
	assert_int_equal(finding->where.line, 10);
	fixture_free(f);
}

static void a_directory_instead_of_a_file_is_unknown(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: folder\n"
				     "  asserts: [{path: url}]\n",
				     "folder/x", "x");

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_FILE_UNREADABLE));
	fixture_free(f);
}

static void a_broken_file_fails_at_the_mistake(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: broken.yaml\n"
				     "  asserts: [{path: url}]\n",
				     "broken.yaml", "a: 1\nb: [\n");

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_true(fixture_finding(f, REASON_FILE_NOT_PARSED)->where.line > 1);
	fixture_free(f);
}

static void a_repeated_key_fails_beside_what_else_is_found(void **state)
{
	struct fixture *f = run_gate("with:\n"
				     "  file: twice.yaml\n"
				     "  asserts: [{path: a, equals: 2}]\n",
				     "twice.yaml", "a: 1\nb: 2\na: 2\n");
	const struct finding *finding = fixture_finding(f, REASON_ASSERT_REPEATED_KEY);

	(void)state;
	assert_int_equal(finding->where.line, 3);
	assert_int_equal(finding->related[0].line, 1);
	assert_int_equal(fixture_result(f)->checked, 1);
	assert_int_equal(fixture_result(f)->findings.len, 1);
	fixture_free(f);
}

static void every_document_is_judged(void **state)
{
	struct fixture *f =
		run_gate("with:\n"
			 "  file: many.yaml\n"
			 "  where: {kind: [Deployment]}\n"
			 "  asserts: [{path: spec.replicas, min: 2}]\n",
			 "many.yaml",
			 "kind: Deployment\nspec: {replicas: 2}\n---\nkind: Service\n---\n"
			 "kind: Deployment\nspec: {replicas: 1}\n");

	(void)state;
	assert_int_equal(fixture_result(f)->checked, 2);
	assert_int_equal(fixture_count(f, REASON_ASSERT_VALUE), 1);
	assert_int_equal(fixture_finding(f, REASON_ASSERT_VALUE)->where.line, 7);
	fixture_free(f);
}

static void json_is_read_as_json(void **state)
{
	struct fixture *f = run_gate(
		"with:\n"
		"  file: hosts.json\n"
		"  each: hosts\n"
		"  asserts: [{path: port, type: number}]\n",
		"hosts.json",
		"{\"hosts\": {\n\t\"a\": {\"port\": 22},\n\t\"b\": {\"port\": \"22\"}}}\n");
	const struct finding *finding = fixture_finding(f, REASON_ASSERT_VALUE);

	(void)state;
	assert_string_equal(finding->subject, "row:hosts.json:hosts[b]");
	assert_int_equal(finding->where.line, 3);
	fixture_free(f);
}

static void hujson_is_read_with_its_comments(void **state)
{
	struct fixture *f =
		run_gate("with:\n"
			 "  file: acl.hujson\n"
			 "  asserts: [{path: randomizeClientPort, type: number}]\n",
			 "acl.hujson", "{ // why\n\t\"randomizeClientPort\": false,\n}\n");
	const struct finding *finding = fixture_finding(f, REASON_ASSERT_VALUE);

	(void)state;
	assert_int_equal(fixture_count(f, REASON_FILE_NOT_PARSED), 0);
	assert_int_equal(finding->where.line, 2);
	assert_int_equal(finding->where.column, 25);
	fixture_free(f);
}

static void all_tracked_files_that_match_are_judged_together(void **state)
{
	static const char with[] = "with:\n"
				   "  files: ['hosts/*.yaml']\n"
				   "  asserts: [{path: id, unique: true}]\n";
	struct fixture *f = fixture_new();
	const struct finding *finding = NULL;

	(void)state;
	fixture_file(f, "hosts/a.yaml", "id: one\n");
	fixture_file(f, "hosts/b.yaml", "id: two\n");
	fixture_file(f, "hosts/c.yaml", "id: one\n");
	fixture_file(f, "hosts/deep/d.yaml", "id: one\n");
	fixture_gate(f, "T1", "yaml_assert", with);
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "init", "-q"), 0);
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "add", "-A"), 0);
	fixture_file(f, "hosts/untracked.yaml", "id: one\n");
	fixture_run(f, "T1", MODE_STATIC);
	finding = fixture_finding(f, REASON_ASSERT_UNIQUE);
	assert_int_equal(fixture_result(f)->checked, 3);
	assert_int_equal(fixture_result(f)->findings.len, 1);
	assert_string_equal(finding->subject, "file:hosts/c.yaml");
	assert_string_equal(finding->related[0].file, "hosts/a.yaml");
	fixture_free(f);
}

static void globs_that_match_no_tracked_file_are_unknown(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_gate(f, "T1", "yaml_assert",
		     "with: {files: ['hosts/*.yaml'], asserts: [{path: id}]}\n");
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "init", "-q"), 0);
	fixture_file(f, "hosts/untracked.yaml", "id: one\n");
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_NOTHING_TO_CHECK));
	fixture_free(f);
}

static void globs_without_git_are_unknown(void **state)
{
	struct fixture *f = run_gate("with: {files: ['*.yaml'], asserts: [{path: id}]}\n", "a.yaml",
				     "id: one\n");

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_VCS_NONE));
	fixture_free(f);
}

static void a_file_that_is_too_large_is_unknown(void **state)
{
	struct fixture *f = fixture_new();
	struct str path = {0};

	(void)state;
	fixture_file(f, "big.yaml", "id: one\n");
	str_printf(&path, "%s/big.yaml", f->root);
	assert_int_equal(truncate(path.at, (off_t)LOOKED_INTO_BYTES + 1), 0);
	fixture_gate(f, "T1", "yaml_assert", "with: {file: big.yaml, asserts: [{path: id}]}\n");
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_FILE_TOO_LARGE));
	str_release(&path);
	fixture_free(f);
}

static void mistakes_in_the_settings_are_problems_with_their_place(void **state)
{
	static const struct {
		const char *with;
		int line;
		const char *message;
	} rows[] = {
		{"with:\n  files: ['a[']\n  asserts: [{path: x}]\n", 10, NULL},
		{"with:\n  asserts: [{path: x}]\n", 10,
		 "a yaml_assert gate needs either 'file' or 'files'"},
		{"with:\n  file: x\n", 10, "a yaml_assert gate needs 'asserts' or 'members'"},
		{"with:\n  file: x\n  asserts: [{path: 'a..b'}]\n", 11,
		 "'a..b' is not a path: expected a key before '.b'"},
		{"with:\n  file: x\n  each: 'a['\n  asserts: [{path: x}]\n", 11,
		 "'a[' is not a path: '[' without ']'"},
		{"with:\n  file: x\n  asserts: [{path: x, matches: 'a(b'}]\n", 11,
		 "'matches' is not a pattern: missing closing parenthesis, at its byte 4"},
		{"with:\n  file: x\n  asserts: [{path: x, min: 3, max: 2}]\n", 11,
		 "'min' 3 is above 'max' 2"},
		{"with:\n  file: x\n  asserts: [{path: x, min: few}]\n", 11,
		 "expected a whole number for 'min', found 'few'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f = fixture_new();

		fixture_gate(f, "T1", "yaml_assert", rows[i].with);
		assert_int_equal(fixture_load(f), -1);
		if (rows[i].message) {
			assert_string_equal(f->problems.list.at[0].message, rows[i].message);
		}
		assert_int_equal(f->problems.list.at[0].where.line, rows[i].line);
		fixture_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_is_judged_by_its_assertion),
		cmocka_unit_test(a_long_value_is_quoted_in_part),
		cmocka_unit_test(members_that_hold_pass_and_are_counted),
		cmocka_unit_test(a_wrong_value_fails_at_its_place),
		cmocka_unit_test(where_chooses_members_by_one_of_several_values),
		cmocka_unit_test(a_value_that_stands_twice_names_both_places),
		cmocka_unit_test(the_number_of_members_is_judged),
		cmocka_unit_test(no_member_to_judge_is_unknown),
		cmocka_unit_test(a_missing_list_fails),
		cmocka_unit_test(an_absent_file_fails_where_the_gate_names_it),
		cmocka_unit_test(a_directory_instead_of_a_file_is_unknown),
		cmocka_unit_test(a_broken_file_fails_at_the_mistake),
		cmocka_unit_test(a_repeated_key_fails_beside_what_else_is_found),
		cmocka_unit_test(every_document_is_judged),
		cmocka_unit_test(json_is_read_as_json),
		cmocka_unit_test(hujson_is_read_with_its_comments),
		cmocka_unit_test(all_tracked_files_that_match_are_judged_together),
		cmocka_unit_test(globs_that_match_no_tracked_file_are_unknown),
		cmocka_unit_test(globs_without_git_are_unknown),
		cmocka_unit_test(a_file_that_is_too_large_is_unknown),
		cmocka_unit_test(mistakes_in_the_settings_are_problems_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
