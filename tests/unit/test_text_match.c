#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "check/text/text_match.h"
#include "data/yaml.h"
#include "fixture.h"
#include "tool.h"

/* The search in one text. */

static const struct {
	const char *pattern; /**< YAML of one pattern, without its name */
	bool ignore_comments;
	const char *text;
	const char *expected; /**< what was found: "start-end start-end" */
} searches[] = {
	{"regex: b", false, "abcb", "1-2 3-4"},
	{"regex: b", false, "", ""},
	{"regex: ^b$", false, "b\nab\nb\r\nb", "0-1 5-6 8-9"},
	{"regex: x*", false, "axxb", "0-0 1-3 3-3 4-4"},
	{"regex: '[^a]'", false, "a\xff\xfe\n", "1-2 2-3 3-4"},
	{"regex: 'a.b'", false, "a\nb", ""},
	{"regex: 'x\\Ky'", false, "xyxy", "1-2 3-4"},
	/* what is found may be empty, and is found once */
	{"regex: ^$", false, "a\n\nb\n", "2-2"},
	{"regex: ^$", false, "a\r\n\r\nb\r\n", "3-3"},
	{"regex: ^$", false, "", ""},
	{"regex: '(?=b)'", false, "abcb", "1-1 3-3"},
	{"{regex: b, lines_with: ^}", false, "b\nab", "0-1 3-4"},
	{"{regex: b, unless: '(?=c)'}", false, "b c\nb\n", "4-5"},
	{"{regex: '(?=c)', lines_with: b}", false, "c\nbc\\\nc\n", "3-3 6-6"},
	{"regex: '(?=(?&x))(?(DEFINE)(?<x>ab\\K))'", false, "abab", "0-0 2-2"},
	{"regex: '(?<=(?&x))b(?(DEFINE)(?<x>a\\K))'", false, "abab", "1-2 3-4"},
	/* comments */
	{"regex: b", true, "# b\n  // b\n\t; b\n<!-- b -->\nb # b\n", "27-28 31-32"},
	{"regex: b", false, "# b\n", "2-3"},
	{"regex: 'b$'", true, "a\n#b\nab\n", "6-7"},
	/* unless, over the lines that the match touches and those that continue them */
	{"{regex: b, unless: good}", false, "b\nb good\nb\n", "0-1 9-10"},
	{"{regex: b, unless: good}", false, "b \\\n good\nb \\\r\n good\ngood \\\nb\nb\n", "30-31"},
	{"{regex: 'b\\n.*c', unless: good}", false, "b\nc good\nb\nc\n", "9-12"},
	{"{regex: b, unless: good}", true, "# good \\\nb\n", "9-10"},
	/* only lines with */
	{"{regex: b, lines_with: k}", false, "b\nk b b\nb\nbk\n", "4-5 6-7 10-11"},
	{"{regex: b$, lines_with: k}", false, "k b\nb\nb k\n", "2-3"},
	{"{regex: ^b, lines_with: k}", false, "a\nb k\n", "2-3"},
	{"{regex: 'b c', lines_with: k}", false, "k b \\\n\tc\n", ""},
	{"{regex: 'b\\s+c', lines_with: k}", false, "k b \\\n\tc\nb c\n", "2-8"},
	{"{regex: 'b\\h+c', lines_with: k}", false, "b \\\r\n\tc \\\n k\n", "0-7"},
	{"{regex: b, lines_with: k, unless: good}", false, "k b \\\n good\nk b\n", "14-15"},
	{"{regex: b, lines_with: k}", true, "# k b \\\nk b\n", "10-11"},
	{"{regex: b, lines_with: b}", true, "  # b\n", ""},
	/* between two lines, each of which is no part of it */
	{"{regex: b, between: {from: ^BEGIN, to: ^END}}", false,
	 "b\nBEGIN b\nb\nb\nEND b\nb\nBEGIN\nb", "10-11 12-13 28-29"},
	{"{regex: b, between: {from: ^BEGIN, to: ^END}}", false, "BEGIN\nEND\nb\n", ""},
	{"{regex: b, between: {from: x}}", false, "b\nx b\nb\nx\nb\n", "6-7 10-11"},
	{"{regex: b, between: {from: x, to: x}}", false, "x\nb\nx\nb\nx\nb\n", "2-3 6-7 10-11"},
	{"{regex: b, between: {from: nowhere}}", false, "b\n", ""},
	{"{regex: ^b, lines_with: b, between: {from: x, to: y}}", false, "b\nx\nb\ny\nb\n", "4-5"},
	{"{regex: b, unless: good, between: {from: x}}", false, "b\nx\nb good\nb\n", "11-12"},
	/* what may stand there */
	{"{regex: '\\w+', allow: [b, abc]}", false, "b ab abc abcd", "2-4 9-13"},
	{"{regex: b, allow: B}", false, "b", "0-1"},
};

static struct text_pattern decode_pattern(struct arena *arena, struct problems *problems,
					  const char *row)
{
	struct decode decode = {.arena = arena, .problems = problems, .what = "a pattern"};
	struct text_pattern pattern = {0};
	struct node *root = NULL;
	struct str yaml = {0};

	str_printf(&yaml, "{name: p, %s", row[0] == '{' ? row + 1 : row);
	str_add(&yaml, row[0] == '{' ? "\n" : "}\n");
	assert_int_equal(yaml_load(arena, "p", str_view(&yaml), OWN_FILE, problems, NULL, &root),
			 0);
	assert_int_equal(decode_fields(&decode, root, root->where, text_must_not_fields, &pattern),
			 0);
	text_pattern_check(&decode, &pattern);
	assert_int_equal(problems->list.len, 0);
	str_release(&yaml);
	return pattern;
}

static void assert_search(size_t row, bool is_fast)
{
	struct arena arena = {0};
	struct problems problems = {0};
	struct text_pattern pattern = decode_pattern(&arena, &problems, searches[row].pattern);
	struct text_searcher searcher = {.matcher = matcher_new()};
	struct str said = {0};

	if (is_fast) {
		text_pattern_prepare(&pattern);
	}
	assert_true(text_pattern_search(&pattern, &searcher, text_of(searches[row].text),
					searches[row].ignore_comments ? &comments_usual : NULL, 0));
	for (size_t i = 0; i < searcher.spans.len; i++) {
		str_printf(&said, "%s%zu-%zu", i ? " " : "", searcher.spans.at[i].start,
			   searcher.spans.at[i].end);
	}
	if (strcmp(str_text(&said), searches[row].expected) != 0) {
		fail_msg("row %zu, %s: found '%s', expected '%s'", row, searches[row].pattern,
			 str_text(&said), searches[row].expected);
	}
	str_release(&said);
	str_release(&searcher.line);
	VEC_RELEASE(&searcher.spans);
	matcher_free(searcher.matcher);
	text_pattern_release(&pattern);
	problems_release(&problems);
	arena_release(&arena);
}

static void matches_are_found_where_they_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		assert_search(i, false);
		assert_search(i, true);
	}
}

static void a_pattern_that_explodes_is_given_up(void **state)
{
	static const char *const patterns[] = {"regex: '(a+)+$b'", "regex: '(a|a)*b'",
					       "regex: '(?:a?){40}a{40}b'"};
	struct str text = {0};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		str_add_char(&text, 'a');
	}
	str_add(&text, "!b");
	for (size_t i = 0; i < 2 * sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct arena arena = {0};
		struct problems problems = {0};
		struct text_pattern pattern = decode_pattern(&arena, &problems, patterns[i / 2]);
		struct text_searcher searcher = {.matcher = matcher_new()};
		int64_t started_ms = clock_monotonic_ms();

		if (i % 2) {
			text_pattern_prepare(&pattern);
		}
		assert_false(text_pattern_search(&pattern, &searcher, str_view(&text), NULL, 0));
		assert_true(clock_monotonic_ms() - started_ms < (int64_t)10 * PATTERN_BUDGET_MS);
		VEC_RELEASE(&searcher.spans);
		matcher_free(searcher.matcher);
		text_pattern_release(&pattern);
		problems_release(&problems);
		arena_release(&arena);
	}
	str_release(&text);
}

static void when_the_time_is_over_the_search_is_given_up(void **state)
{
	struct arena arena = {0};
	struct problems problems = {0};
	struct text_pattern pattern = decode_pattern(&arena, &problems, "regex: b");
	struct text_searcher searcher = {.matcher = matcher_new()};

	(void)state;
	assert_false(text_pattern_search(&pattern, &searcher, text_of("b"), NULL,
					 clock_monotonic_ms() - 1));
	VEC_RELEASE(&searcher.spans);
	matcher_free(searcher.matcher);
	text_pattern_release(&pattern);
	problems_release(&problems);
	arena_release(&arena);
}

/* The kind as a whole, over a git repo. */

static void track_all(struct fixture *f)
{
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "init", "-q"), 0);
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "add", "-A"), 0);
}

/** The path of a file of the repo; good until the next call. */
static const char *path_in(const struct fixture *f, const char *name)
{
	static char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", f->root, name);
	return path;
}

static struct fixture *run_gate(struct fixture *f, const char *with)
{
	fixture_gate(f, "T1", "text_match", with);
	track_all(f);
	fixture_run(f, "T1", MODE_STATIC);
	return f;
}

static struct fixture *three_files(void)
{
	struct fixture *f = fixture_new();

	fixture_file(f, "bin/a.sh", "echo one\nforbidden here\n");
	fixture_file(f, "bin/b.sh", "echo two\n");
	fixture_file(f, "notes.md", "forbidden in prose\n");
	return f;
}

static void a_forbidden_pattern_fails_at_its_place(void **state)
{
	struct fixture *f =
		run_gate(three_files(), "with:\n"
					"  paths: ['*.sh']\n"
					"  must_not:\n"
					"    - {name: word, regex: forbid+en, hint: go}\n");
	const struct finding *finding = fixture_finding(f, REASON_TEXT_FORBIDDEN);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_int_equal(fixture_result(f)->checked, 2);
	assert_int_equal(fixture_count(f, REASON_TEXT_FORBIDDEN), 1);
	assert_string_equal(finding->subject, "file:bin/a.sh");
	assert_string_equal(finding->message, "word: 'forbidden'");
	assert_string_equal(finding->detail, "word");
	assert_string_equal(finding->hint, "go");
	assert_string_equal(finding->where.file, "bin/a.sh");
	assert_int_equal(finding->where.line, 2);
	assert_int_equal(finding->where.column, 1);
	fixture_free(f);
}

static void files_without_it_pass(void **state)
{
	struct fixture *f =
		run_gate(three_files(), "with:\n"
					"  except: ['bin/a*', notes.md]\n"
					"  must_not: [{name: word, regex: forbidden}]\n");

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, 1);
	assert_int_equal(fixture_result(f)->findings.len, 0);
	fixture_free(f);
}

static void a_secret_is_neither_shown_nor_stored(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, "a", "key=hunter2\n");
	fixture_file(f, "b", "key=hunter2 # gaterun:allow T1 hunter2 is for tests\n");
	run_gate(f, "with:\n"
		    "  secret: true\n"
		    "  must_not: [{name: password, regex: 'hunt[e]r[0-9]'}]\n");
	assert_int_equal(fixture_result(f)->findings.len, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct finding *finding = &fixture_result(f)->findings.at[i];

		assert_null(strstr(finding->message, "hunter2"));
		assert_null(strstr(finding->subject, "hunter2"));
		assert_true(!finding->detail || !strstr(finding->detail, "hunter2"));
	}
	assert_string_equal(fixture_finding(f, REASON_TEXT_FORBIDDEN)->message,
			    "password (the text is not shown)");
	assert_int_equal(fixture_count(f, REASON_TEXT_ALLOWED), 1);
	fixture_free(f);
}

static void permitted_hits_are_a_remark_with_their_count(void **state)
{
	struct fixture *f = fixture_new();
	const struct finding *finding = NULL;

	(void)state;
	fixture_file(f, "a",
		     "word word # gaterun:allow T1 because\nfine\nword // gaterun:allow T1 too\n");
	run_gate(f, "with: {must_not: [{name: word, regex: ^word|word}], except: ['*.yaml']}\n");
	finding = fixture_finding(f, REASON_TEXT_ALLOWED);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->findings.len, 1);
	assert_int_equal(finding->verdict, VERDICT_PASS);
	assert_string_equal(finding->message, "3 hits are permitted by gaterun:allow: because");
	assert_string_equal(finding->subject, "file:a");
	assert_int_equal(finding->where.line, 1);
	fixture_free(f);
}

static void a_permission_for_another_gate_permits_nothing(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, "a", "word # gaterun:allow T2 because\n");
	run_gate(f, "with: {must_not: [{name: word, regex: word}], paths: [a]}\n");
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	fixture_free(f);
}

static void a_pattern_that_must_stand_in_each_file_fails_where_it_does_not(void **state)
{
	struct fixture *f =
		run_gate(three_files(), "with:\n"
					"  paths: ['*.sh']\n"
					"  must: [{name: said, regex: two, in_each: true}]\n");
	const struct finding *finding = fixture_finding(f, REASON_TEXT_MISSING);

	(void)state;
	assert_int_equal(fixture_count(f, REASON_TEXT_MISSING), 1);
	assert_string_equal(finding->subject, "file:bin/a.sh");
	assert_string_equal(finding->message, "said is missing here");
	fixture_free(f);
}

static void a_pattern_that_must_stand_somewhere_is_counted_over_all_files(void **state)
{
	struct fixture *enough = run_gate(
		three_files(), "with: {paths: ['*.sh'], must: [{name: e, regex: echo, min: 2}]}\n");
	struct fixture *few = run_gate(
		three_files(), "with: {paths: ['*.sh'], must: [{name: e, regex: echo, min: 3}]}\n");
	struct fixture *many = run_gate(
		three_files(), "with: {paths: ['*.sh'], must: [{name: e, regex: echo, max: 1}]}\n");

	(void)state;
	assert_int_equal(fixture_result(enough)->verdict, VERDICT_PASS);
	assert_string_equal(fixture_finding(few, REASON_TEXT_MISSING)->subject, "pattern:e");
	assert_string_equal(fixture_finding(few, REASON_TEXT_MISSING)->where.file, "gates/T1.yaml");
	assert_string_equal(fixture_finding(many, REASON_TEXT_FORBIDDEN)->message,
			    "it stands 2 times in the files, expected at most 1");
	fixture_free(enough);
	fixture_free(few);
	fixture_free(many);
}

static void scripts_are_known_by_their_first_bytes(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, "tools/run", "#!/bin/sh\nword\n");
	fixture_file(f, "tools/data", "word\n");
	fixture_file(f, "x.sh", "word\n");
	run_gate(f, "with: {paths: ['*.sh'], scripts: true, must_not: [{name: w, regex: word}]}\n");
	assert_int_equal(fixture_result(f)->checked, 2);
	assert_int_equal(fixture_count(f, REASON_TEXT_FORBIDDEN), 2);
	fixture_free(f);
}

static void no_file_to_look_at_is_unknown(void **state)
{
	struct fixture *f = run_gate(three_files(),
				     "with: {paths: ['*.py'], must: [{name: w, regex: word}]}\n");

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_NOTHING_TO_CHECK));
	fixture_free(f);
}

static void an_unreadable_file_is_unknown(void **state)
{
	struct fixture *f = three_files();

	(void)state;
	fixture_gate(f, "T1", "text_match", "with: {must_not: [{name: w, regex: nowhere}]}\n");
	track_all(f);
	/* Tracked as a file, and now a pipe: not even root can read it. */
	assert_int_equal(TOOL_RUN(NULL, "rm", path_in(f, "bin/a.sh")), 0);
	assert_int_equal(TOOL_RUN(NULL, "mkfifo", path_in(f, "bin/a.sh")), 0);
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_string_equal(fixture_finding(f, REASON_FILE_UNREADABLE)->subject, "file:bin/a.sh");
	fixture_free(f);
}

static void a_file_that_is_not_checked_out_is_unknown(void **state)
{
	struct fixture *f = three_files();

	(void)state;
	fixture_gate(f, "T1", "text_match", "with: {must_not: [{name: w, regex: nowhere}]}\n");
	track_all(f);
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", path_in(f, "."), "update-index",
				  "--skip-worktree", "bin/a.sh"),
			 0);
	assert_int_equal(TOOL_RUN(NULL, "rm", path_in(f, "bin/a.sh")), 0);
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_string_equal(fixture_finding(f, REASON_FILE_NOT_CHECKED_OUT)->message,
			    "1 tracked file is not checked out, so nobody looked into it");
	fixture_free(f);
}

static void without_git_the_gate_is_unknown(void **state)
{
	struct fixture *f = three_files();

	(void)state;
	fixture_gate(f, "T1", "text_match", "with: {must_not: [{name: w, regex: nowhere}]}\n");
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_VCS_NONE));
	fixture_free(f);
}

static void what_is_excepted_and_what_is_binary_are_remarks(void **state)
{
	struct fixture *f = three_files();

	(void)state;
	fixture_file(f, "gaterun.yaml", "version: 1\nexcept: {T1: ['bin/**', notes.md]}\n");
	fixture_file(f, "data.bin", "x");
	assert_int_equal(TOOL_RUN(NULL, "truncate", "-s", "10", path_in(f, "data.bin")), 0);
	run_gate(f, "with: {must_not: [{name: w, regex: forbidden}]}\n");
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_string_equal(fixture_finding(f, REASON_TEXT_EXCEPT)->message,
			    "not looked at: bin/**, notes.md");
	assert_string_equal(fixture_finding(f, REASON_TEXT_EXCEPT)->where.file, "gaterun.yaml");
	assert_string_equal(fixture_finding(f, REASON_TEXT_BINARY)->message,
			    "not looked at: 1 binary file");
	fixture_free(f);
}

static void its_own_gate_file_and_receipts_are_not_looked_at(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, "receipts/old.json", "word\n");
	run_gate(f, "with: {must_not: [{name: w, regex: word}]}\nallow_empty: true\n");
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, 0);
	fixture_free(f);
}

static void mistakes_in_the_settings_are_problems_with_their_place(void **state)
{
	static const struct {
		const char *with;
		int column;
		const char *message;
	} rows[] = {
		{"with: {paths: [x]}\n", 7, "a text_match gate needs 'must_not' or 'must'"},
		{"with: {must_not: [{name: a, regex: 'x(y'}]}\n", 40,
		 "'regex' is not a pattern: missing closing parenthesis, at its byte 4"},
		{"with: {must_not: [{name: a, regex: b, unless: '*'}]}\n", 48,
		 "'unless' is not a pattern: quantifier does not follow a repeatable item, at its byte 1"},
		{"with: {must: [{name: a, regex: b, min: 3, max: 2}]}\n", 48,
		 "'max' 2 is below 'min' 3"},
		{"with: {must_not: [{name: a, regex: b, min: 3}]}\n", 39,
		 "unknown key 'min' in an entry of 'must_not'"},
		{"with: {paths: ['a[']}\n", 16, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f = fixture_new();

		fixture_gate(f, "T1", "text_match", rows[i].with);
		assert_int_equal(fixture_load(f), -1);
		if (rows[i].message) {
			assert_string_equal(f->problems.list.at[0].message, rows[i].message);
		}
		assert_int_equal(f->problems.list.at[0].where.line, 9);
		assert_int_equal(f->problems.list.at[0].where.column, rows[i].column);
		fixture_free(f);
	}
}

static void comments_start_as_the_name_of_the_file_says(void **state)
{
	static const struct {
		const char *path;
		const char *line;
		bool is_comment;
	} lines[] = {
		{"bin/x.py", "# b", true},        {"bin/x.py", "// b", false},
		{"src/x.c", "  // b", true},      {"src/x.c", "#define b", false},
		{"db/x.SQL", "-- b", true},       {"db/x.sql", "# b", false},
		{"docs/x.md", "# b", false},      {"docs/x.md", "<!-- b", true},
		{"units/x.service", "; b", true}, {"units/x.yaml", "; b", false},
		{"Makefile", "# b", true},        {"Makefile", "; b", false},
		{"x.json", "// b", false},        {"x.hujson", "// b", true},
		{"bin/whatever", "// b", true},   {"bin/whatever", "; b", true},
		{"a.sql/x", "-- b", false},       {"x.", "# b", true},
		{"x.tex", "\t% b", true},         {".vimrc", "\" b", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (comments_start(comments_by_name(lines[i].path), text_of(lines[i].line), 0) !=
		    lines[i].is_comment) {
			fail_msg("%s: '%s'", lines[i].path, lines[i].line);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_start_as_the_name_of_the_file_says),
		cmocka_unit_test(matches_are_found_where_they_count),
		cmocka_unit_test(a_pattern_that_explodes_is_given_up),
		cmocka_unit_test(when_the_time_is_over_the_search_is_given_up),
		cmocka_unit_test(a_forbidden_pattern_fails_at_its_place),
		cmocka_unit_test(files_without_it_pass),
		cmocka_unit_test(a_secret_is_neither_shown_nor_stored),
		cmocka_unit_test(permitted_hits_are_a_remark_with_their_count),
		cmocka_unit_test(a_permission_for_another_gate_permits_nothing),
		cmocka_unit_test(a_pattern_that_must_stand_in_each_file_fails_where_it_does_not),
		cmocka_unit_test(a_pattern_that_must_stand_somewhere_is_counted_over_all_files),
		cmocka_unit_test(scripts_are_known_by_their_first_bytes),
		cmocka_unit_test(no_file_to_look_at_is_unknown),
		cmocka_unit_test(an_unreadable_file_is_unknown),
		cmocka_unit_test(a_file_that_is_not_checked_out_is_unknown),
		cmocka_unit_test(without_git_the_gate_is_unknown),
		cmocka_unit_test(what_is_excepted_and_what_is_binary_are_remarks),
		cmocka_unit_test(its_own_gate_file_and_receipts_are_not_looked_at),
		cmocka_unit_test(mistakes_in_the_settings_are_problems_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
