#include "closure/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define FILE_NAME "loops/LOOP-A.scope.md"
#define RUN_KEY "RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3"

/** A scope with nothing wrong in it, and what is to come in its text. */
#define GOOD "---\nloop_id: LOOP-A\nstatus: active\n---\n"

static struct scope read_text(const char *text)
{
	struct scope scope = {0};

	scope_read(FILE_NAME, text_of(text), &scope);
	return scope;
}

static void assert_problem(const char *text, int line, int column, const char *words)
{
	AUTO(auto_scope) struct scope scope = read_text(text);

	if (scope.problems.list.len != 1 || scope.problems.list.at[0].where.line != line ||
	    scope.problems.list.at[0].where.column != column ||
	    !strstr(scope.problems.list.at[0].message, words)) {
		for (size_t i = 0; i < scope.problems.list.len; i++) {
			print_message("%d:%d: %s\n", scope.problems.list.at[i].where.line,
				      scope.problems.list.at[i].where.column,
				      scope.problems.list.at[i].message);
		}
		fail_msg("expected one problem at %d:%d: %s", line, column, words);
	}
	assert_string_equal(scope.problems.list.at[0].where.file, FILE_NAME);
}

/* ---- front matter */

static void the_keys_of_a_scope_are_read(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text("---\nloop_id: LOOP-A-20260301\ncreated: 2026-03-01\n"
				       "status: closed\nclosed_at: \"2026-03-02\"\nowner: '@ops'\n"
				       "priority: high\nobjective: Do it\nscope: x\n---\n# Loop\n");

	(void)state;
	assert_int_equal(scope.problems.list.len, 0);
	assert_string_equal(scope.id, "LOOP-A-20260301");
	assert_int_equal(scope.state, SCOPE_CLOSED);
	assert_string_equal(scope.owner, "@ops");
	assert_string_equal(scope.priority, "high");
	assert_string_equal(scope.title, "Do it");
	assert_string_equal(scope.opened.key, "created");
	assert_int_equal(scope.opened.utc_ms, 1772323200000);
	assert_string_equal(scope.closed.key, "closed_at");
	assert_int_equal(scope.closed.utc_ms, 1772409600000);
	assert_int_equal(scope.status_where.line, 4);
	assert_int_equal(scope.status_where.column, 9);
	assert_null(scope.reopened.key);
}

static void other_spellings_mean_the_same(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text("---\nid: A\nopened: '2026-03-01 10:00'\nstatus: Done\n"
				       "closed: 2026-03-02T10:00:00Z\nassignee: [ann, bob]\n"
				       "severity: low\nreopened_at: 2026-03-03T00:00+01:00\n---\n"
				       "# A title\n");

	(void)state;
	assert_int_equal(scope.problems.list.len, 0);
	assert_string_equal(scope.id, "A");
	assert_string_equal(scope.id_key, "id");
	assert_int_equal(scope.state, SCOPE_CLOSED);
	assert_int_equal(scope.opened.utc_ms, 1772323200000 + 36000000);
	assert_int_equal(scope.closed.utc_ms, 1772409600000 + 36000000);
	assert_int_equal(scope.reopened.utc_ms, 1772492400000);
	assert_string_equal(scope.owner, "ann");
	assert_string_equal(scope.priority, "low");
	assert_string_equal(scope.title, "A title");
}

static void words_of_a_status_mean_open_or_closed(void **state)
{
	(void)state;
	assert_int_equal(scope_state_of("active"), SCOPE_OPEN);
	assert_int_equal(scope_state_of("To Do"), SCOPE_OPEN);
	assert_int_equal(scope_state_of("planned"), SCOPE_OPEN);
	assert_int_equal(scope_state_of("complete"), SCOPE_CLOSED);
	assert_int_equal(scope_state_of("Done"), SCOPE_CLOSED);
	assert_int_equal(scope_state_of("clsoed"), SCOPE_UNKNOWN);
}

static void what_is_broken_is_a_problem_at_its_place(void **state)
{
	(void)state;
	assert_problem("# Loop\n", 1, 1, "no front matter");
	assert_problem("---\nloop_id: A\nstatus: active\n", 1, 1, "never ended");
	assert_problem("---\nloop_id: A\n  status: active\n---\n", 3, 9, "");
	assert_problem("---\nloop_id: A\n---\n", 2, 1, "no status");
	assert_problem("---\nstatus: active\n---\n", 2, 1, "no id");
	assert_problem("---\nloop_id: A\nstatus: clsoed\n---\n", 3, 9, "'clsoed' is no status");
	assert_problem("---\nloop_id: A\nstatus: [a]\n---\n", 3, 9, "no status");
	assert_problem("---\nloop_id: ../A\nstatus: active\n---\n", 2, 10, "no id");
	assert_problem("---\nloop_id: A\nstatus: active\ncreated: soon\n---\n", 4, 10, "no time");
	assert_problem("---\nloop_id: A\nstatus: active\ncreated: 2026-13-01\n---\n", 4, 10,
		       "no time");
	assert_problem("---\nloop_id: A\nstatus: active\nloop_id: B\n---\n", 4, 1, "second time");
}

static void the_text_of_a_broken_scope_is_read_all_the_same(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text("no front matter\n## Success Criteria\n- it works\n");

	(void)state;
	assert_int_equal(scope.criteria.len, 1);
	assert_int_equal(scope.criteria.at[0].where.line, 3);
	assert_int_equal(scope.criteria.at[0].where.column, 3);
}

static void a_scope_says_since_when_it_is_open(void **state)
{
	AUTO(auto_scope) struct scope said = read_text(GOOD);
	AUTO(auto_scope)
	struct scope named = read_text("---\nloop_id: LOOP-A-20260301\nstatus: active\n---\n");
	AUTO(auto_scope)
	struct scope wrong = read_text("---\nloop_id: LOOP-A-20261301\nstatus: active\n---\n");

	(void)state;
	assert_int_equal(scope_opened_utc_ms(&said), 0);
	assert_int_equal(scope_opened_utc_ms(&named), 1772323200000);
	assert_int_equal(scope_opened_utc_ms(&wrong), 0);
}

/* ---- which files */

static void assert_is_one(const char *file, const char *text, bool expected)
{
	struct scope scope = {0};

	scope_read(file, text_of(text), &scope);
	assert_int_equal(scope_is_one(&scope), expected);
	scope_release(&scope);
}

static void notes_beside_loops_are_no_loops(void **state)
{
	(void)state;
	assert_is_one("a.scope.md", "anything", true);
	assert_is_one("task-1.md", "---\nid: task-1\nstatus: To Do\n---\n", true);
	assert_is_one("task-1.md", "---\nid: [\nstatus: To Do\n---\n", true);
	assert_is_one("README.md", "# Loops\n", false);
	assert_is_one("post.md", "---\ntitle: news\n---\n", false);
}

/* ---- criteria */

static void criteria_have_names_texts_and_places(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text(GOOD "## Success Criteria\n"
					    "- first\n"
					    "* [ ] second\n"
					    "  goes on\n"
					    "1. [x] third\n"
					    "   - nested\n"
					    "\n"
					    "## Notes\n"
					    "- nothing\n"
					    "### Definition of Done (short)\n"
					    "- done\n");

	(void)state;
	assert_int_equal(scope.problems.list.len, 0);
	assert_int_equal(scope.criteria.len, 4);
	assert_string_equal(scope.criteria.at[0].name, "1");
	assert_string_equal(scope.criteria.at[0].text, "first");
	assert_string_equal(scope.criteria.at[0].section, "Success Criteria");
	assert_int_equal(scope.criteria.at[0].tick, TICK_NONE);
	assert_int_equal(scope.criteria.at[0].where.line, 6);
	assert_int_equal(scope.criteria.at[0].where.column, 3);
	assert_string_equal(scope.criteria.at[1].text, "second goes on");
	assert_int_equal(scope.criteria.at[1].tick, TICK_OPEN);
	assert_int_equal(scope.bytes.at[scope.criteria.at[1].box], ' ');
	assert_string_equal(scope.criteria.at[2].text, "third - nested");
	assert_int_equal(scope.criteria.at[2].tick, TICK_DONE);
	assert_int_equal(scope.bytes.at[scope.criteria.at[2].box], 'x');
	assert_string_equal(scope.criteria.at[3].name, "done-1");
}

static void criteria_name_the_gates_that_prove_them(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text(GOOD "## Success Criteria\n"
					    "- no prompts <!-- gates: G010,G011 -->\n"
					    "- healthy\n"
					    "  <!-- gates: G050 -->\n"
					    "<!-- gates: G001 -->\n"
					    "- said by people <!-- ask ann -->\n");

	(void)state;
	assert_int_equal(scope.problems.list.len, 0);
	assert_int_equal(scope.criteria.len, 3);
	assert_string_equal(scope.criteria.at[0].text, "no prompts");
	assert_int_equal(scope.criteria.at[0].gates.len, 2);
	assert_string_equal(scope.criteria.at[0].gates.at[1], "G011");
	assert_int_equal(scope.criteria.at[1].gates.len, 1);
	assert_string_equal(scope.criteria.at[1].text, "healthy");
	assert_int_equal(scope.criteria.at[2].gates.len, 0);
	assert_problem(GOOD "## Success Criteria\n- a <!-- gates: -->\n", 6, 5, "no gate");
}

static void what_is_commented_out_or_code_is_no_criterion(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text(GOOD "## Success Criteria\n"
					    "<!--\n- not this\n-->\n"
					    "```\n- nor this\n## Notes\n```\n"
					    "~~~~\n```\n- nor that\n~~~~\n"
					    "- this\n");

	(void)state;
	assert_int_equal(scope.criteria.len, 1);
	assert_string_equal(scope.criteria.at[0].text, "this");
}

/* ---- guard commands */

static void assert_guard(const char *item, const char *label, const char *packs, const char *gates)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str found = {0};
	AUTO(auto_str) struct str named = {0};
	AUTO(auto_scope) struct scope scope = {0};

	str_printf(&text, GOOD "## Guard Commands\n%s\n", item);
	scope_read(FILE_NAME, str_view(&text), &scope);
	assert_int_equal(scope.guards.len, 1);
	for (size_t i = 0; i < scope.guards.at[0].packs.len; i++) {
		str_printf(&found, "%s ", scope.guards.at[0].packs.at[i]);
	}
	for (size_t i = 0; i < scope.guards.at[0].gates.len; i++) {
		str_printf(&named, "%s ", scope.guards.at[0].gates.at[i]);
	}
	assert_string_equal(scope.guards.at[0].label, label);
	assert_string_equal(str_text(&found), packs);
	assert_string_equal(str_text(&named), gates);
	assert_int_equal(scope.guards.at[0].is_verify, *packs || *gates);
}

static void guard_commands_say_what_they_verify(void **state)
{
	(void)state;
	assert_guard("- **Verify**: `./bin/ops cap run verify.run -- fast`", "Verify", "fast ", "");
	assert_guard("- **Verify**: `gaterun verify fast core -o json`", "Verify", "fast core ",
		     "");
	assert_guard("- `gaterun verify --gate G010 --gate=G011`", "", "", "G010 G011 ");
	assert_guard("- Verify: `bin/gaterun verify --context ci infra && rm x`", "Verify",
		     "infra ", "");
	assert_guard("- `ops cap run verify.pack.run infra`", "", "infra ", "");
	assert_guard("- `ops cap run verify.core.run`", "", "core ", "");
	assert_guard("- `ops cap run verify.run -- domain infra`", "", "infra ", "");
	assert_guard("```\n$ gaterun verify 'fast'\n```", "", "fast ", "");
	assert_guard("- **Handoff**: `ops session.handoff --summary \"verify.run -- fast\"`",
		     "Handoff", "", "");
	assert_guard("- `gaterun verify -o json`", "", "", "");
	assert_guard("- `verify..run`", "", "", "");
}

static void nothing_that_a_guard_verifies_is_overlooked(void **state)
{
	(void)state;
	assert_guard("- `gaterun verify fast && gaterun verify core`", "", "fast core ", "");
	assert_guard("- `gaterun verify fast; gaterun verify core>log 2>&1`", "", "fast core ", "");
	assert_guard("- `verify.run -- fast; verify.run -- core`", "", "fast core ", "");
	assert_guard("- `gaterun verify > log fast 2>&1 core <x`", "", "fast core ", "");
	assert_guard("- `(gaterun verify core)`", "", "core ", "");
	assert_guard("- `gaterun --root . -o json verify core`", "", "core ", "");
	assert_guard("- `bash -lc 'cd x && gaterun verify core'`", "", "core ", "");
	assert_guard("- V: `gaterun verify fast`, then ``gaterun verify core``.", "V", "fast core ",
		     "");
	assert_guard("- `gaterun verify fast` and `unended", "", "fast ", "");
	assert_guard("- `make && gaterun gates`", "", "", "");
}

static void a_guard_without_a_command_is_none(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text(GOOD "## Guard Commands\n- run verify\n- `unended\n- ``\n");

	(void)state;
	assert_int_equal(scope.guards.len, 0);
}

static void the_words_of_a_guard_are_split_as_a_shell_would(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text(GOOD "## Guard Commands\n- `a \"b c\" 'd  e' f\\ g \"\"`\n");
	const struct texts *argv = &scope.guards.at[0].argv;

	(void)state;
	assert_int_equal(argv->len, 5);
	assert_string_equal(argv->at[1], "b c");
	assert_string_equal(argv->at[2], "d  e");
	assert_string_equal(argv->at[3], "f g");
	assert_string_equal(argv->at[4], "");
}

/* ---- citations */

static void run_keys_are_evidence_where_evidence_is_meant(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text(GOOD "## Notes\n- " RUN_KEY "\n"
					    "## Closure Evidence\n### Phase 1\n- text\n"
					    "### Verification\n"
					    "- verify fast: 9/9 PASS (run key " RUN_KEY ").\n"
					    "- CAP-20260301-214813__verify.run__R4x7q\n"
					    "- RUN-20260301T214813Z__verify.fast__Rshort\n");

	(void)state;
	assert_int_equal(scope.citations.len, 2);
	assert_string_equal(scope.citations.at[0].run_key, RUN_KEY);
	assert_int_equal(scope.citations.at[0].form, RUN_KEY_OURS);
	assert_int_equal(scope.citations.at[0].where.line, 11);
	assert_int_equal(scope.citations.at[1].form, RUN_KEY_OLDER);
}

/* ---- tasks */

#define TASK "---\nid: task-1\nstatus: To Do\n---\n## Acceptance Criteria\n<!-- AC:BEGIN -->\n"

static void acceptance_criteria_of_a_task_are_numbered(void **state)
{
	AUTO(auto_scope)
	struct scope scope = read_text(TASK "- [ ] #1 TLS works <!-- gates: G040 -->\n"
					    "- [x] #3 documented\n"
					    "<!-- AC:END -->\n- [ ] #4 no\n");

	(void)state;
	assert_int_equal(scope.problems.list.len, 0);
	assert_int_equal(scope.form, SCOPE_TASK);
	assert_int_equal(scope.criteria.len, 2);
	assert_string_equal(scope.criteria.at[0].name, "1");
	assert_string_equal(scope.criteria.at[0].text, "TLS works");
	assert_int_equal(scope.criteria.at[0].gates.len, 1);
	assert_string_equal(scope.criteria.at[1].name, "3");
	assert_int_equal(scope.criteria.at[1].tick, TICK_DONE);
}

static void broken_acceptance_criteria_are_problems(void **state)
{
	(void)state;
	assert_problem(TASK "- [ ] TLS works\n<!-- AC:END -->\n", 7, 7, "without a number");
	assert_problem(TASK "- [ ] #1 a\n- [ ] #1 b\n<!-- AC:END -->\n", 8, 7, "second");
	assert_problem(TASK "- [ ] #1 a\n", 6, 1, "never ended");
}

/* ---- bytes */

static void line_ends_tabs_and_unicode_do_not_move_places(void **state)
{
	AUTO(auto_scope)
	struct scope scope =
		read_text("\xef\xbb\xbf---\r\nloop_id: A\r\nstatus: active\r\n---\r\n"
			  "## Success Criteria \r\n\r\n-\t[ ] gr\xc3\xbcn \xe2\x9c\x85\r\n");

	(void)state;
	assert_int_equal(scope.problems.list.len, 0);
	assert_int_equal(scope.criteria.len, 1);
	assert_string_equal(scope.criteria.at[0].text, "gr\xc3\xbcn \xe2\x9c\x85");
	assert_int_equal(scope.criteria.at[0].where.line, 7);
	assert_int_equal(scope.bytes.at[scope.criteria.at[0].box - 1], '[');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_of_a_scope_are_read),
		cmocka_unit_test(other_spellings_mean_the_same),
		cmocka_unit_test(words_of_a_status_mean_open_or_closed),
		cmocka_unit_test(what_is_broken_is_a_problem_at_its_place),
		cmocka_unit_test(the_text_of_a_broken_scope_is_read_all_the_same),
		cmocka_unit_test(a_scope_says_since_when_it_is_open),
		cmocka_unit_test(notes_beside_loops_are_no_loops),
		cmocka_unit_test(criteria_have_names_texts_and_places),
		cmocka_unit_test(criteria_name_the_gates_that_prove_them),
		cmocka_unit_test(what_is_commented_out_or_code_is_no_criterion),
		cmocka_unit_test(guard_commands_say_what_they_verify),
		cmocka_unit_test(nothing_that_a_guard_verifies_is_overlooked),
		cmocka_unit_test(a_guard_without_a_command_is_none),
		cmocka_unit_test(the_words_of_a_guard_are_split_as_a_shell_would),
		cmocka_unit_test(run_keys_are_evidence_where_evidence_is_meant),
		cmocka_unit_test(acceptance_criteria_of_a_task_are_numbered),
		cmocka_unit_test(broken_acceptance_criteria_are_problems),
		cmocka_unit_test(line_ends_tabs_and_unicode_do_not_move_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
