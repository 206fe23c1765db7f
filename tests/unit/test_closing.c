#include "closure/closing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define FILE_NAME "loops/LOOP-A.scope.md"
#define RUN_KEY "RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3"
#define SUMMARY "receipts/evidence/loops/LOOP-A/20260302T101112Z.json"

/** 2026-03-02T10:11:12.345Z */
#define NOW 1772446272345

static const char *fast[] = {"fast"};
static struct proof proof;

/** One run that proves the pack, and the first criterion by a gate. */
static void prepare(const struct scope *scope, struct coverage *coverage)
{
	static const char *gates[] = {"G010"};

	proof = (struct proof){.run_key = RUN_KEY};
	proof.found.statement.inputs.selection.packs = (struct texts){fast, NULL, 1};
	proof.found.statement.totals = (struct statement_totals){.planned = 10, .pass = 10};
	*coverage = (struct coverage){.scope = scope, .is_proven = true};
	*VEC_ADD(&coverage->exhibits) = (struct exhibit){.proof = &proof};
	for (size_t i = 0; i < scope->criteria.len; i++) {
		const struct criterion *criterion = &scope->criteria.at[i];
		struct claim *claim = VEC_ADD(&coverage->claims);

		*claim = (struct claim){.sort = i == 0 ? CLAIM_CRITERION : CLAIM_HUMAN,
					.name = criterion->name,
					.criterion = criterion};
		if (i == 0) {
			claim->gates = (struct texts){gates, NULL, 1};
			claim->proof = &proof;
		}
	}
}

static int close_text(const char *before, struct str *after, struct err *err)
{
	AUTO(auto_scope) struct scope scope = {0};
	AUTO(auto_coverage) struct coverage coverage = {0};
	struct closing closing = {.coverage = &coverage, .now_utc_ms = NOW, .summary = SUMMARY};

	scope_read(FILE_NAME, text_of(before), &scope);
	prepare(&scope, &coverage);
	return closing_write(&closing, after, err);
}

static void assert_closed(const char *before, const char *expected)
{
	AUTO(auto_str) struct str after = {0};
	struct err err = {0};

	if (close_text(before, &after, &err)) {
		fail_msg("%s", err.text);
	}
	assert_string_equal(str_text(&after), expected);
}

static void assert_refused(const char *before, const char *words)
{
	AUTO(auto_str) struct str after = {0};
	struct err err = {0};

	assert_int_equal(close_text(before, &after, &err), -1);
	assert_int_equal(after.len, 0);
	if (!strstr(err.text, words)) {
		fail_msg("'%s' is not in '%s'", words, err.text);
	}
}

#define FRONT "---\nloop_id: LOOP-A\nstatus: active\n---\n"
#define CLOSED "---\nloop_id: LOOP-A\nstatus: closed\nclosed_at: \"2026-03-02T10:11:12Z\"\n---\n"
#define LINES                                               \
	"- verify fast: 10/10 PASS (run key " RUN_KEY ")\n" \
	"- summary: `" SUMMARY "`\n"

static void a_section_is_appended(void **state)
{
	(void)state;
	assert_closed(FRONT "# Loop\n", CLOSED "# Loop\n\n## Verification\n" LINES);
	assert_closed(FRONT "# Loop\n\n", CLOSED "# Loop\n\n## Verification\n" LINES);
}

static void closure_evidence_gets_a_part(void **state)
{
	(void)state;
	assert_closed(FRONT "## Closure Evidence\n\n### Commits\n- `1` fix\n",
		      CLOSED "## Closure Evidence\n\n### Commits\n- `1` fix\n"
			     "\n### Verification\n" LINES);
	assert_closed(FRONT "## Closure Evidence\n- x\n## Notes\n",
		      CLOSED "## Closure Evidence\n- x\n## Notes\n\n## Verification\n" LINES);
}

static void a_verification_at_the_end_goes_on(void **state)
{
	(void)state;
	assert_closed(FRONT "## Closure Evidence\n### Verification\n- core: 15/15 PASS\n",
		      CLOSED "## Closure Evidence\n### Verification\n- core: 15/15 PASS\n" LINES);
	assert_closed(FRONT "## Verification\n- x\n## Notes\n- y\n",
		      CLOSED "## Verification\n- x\n## Notes\n- y\n\n## Verification\n" LINES);
}

static void keys_change_in_their_place(void **state)
{
	(void)state;
	assert_closed("---\n# first\nstatus:   'active'  # yet\nloop_id: LOOP-A\n\n"
		      "closed: 2026-03-01 # once\ntags: [ a,  b ]\n---\nText \xe2\x9c\x85\n",
		      "---\n# first\nstatus:   'closed'  # yet\nloop_id: LOOP-A\n\n"
		      "closed: \"2026-03-02T10:11:12Z\" # once\ntags: [ a,  b ]\n---\n"
		      "Text \xe2\x9c\x85\n\n## Verification\n" LINES);
}

static void line_ends_of_others_are_kept(void **state)
{
	(void)state;
	assert_closed("---\r\nloop_id: LOOP-A\r\nstatus: active\r\n---\r\n# L\r\n\t- tab\r\n",
		      "---\r\nloop_id: LOOP-A\r\nstatus: closed\r\n"
		      "closed_at: \"2026-03-02T10:11:12Z\"\r\n---\r\n# L\r\n\t- tab\r\n"
		      "\r\n## Verification\r\n"
		      "- verify fast: 10/10 PASS (run key " RUN_KEY ")\r\n"
		      "- summary: `" SUMMARY "`\r\n");
}

static void a_last_line_without_an_end_gets_none(void **state)
{
	(void)state;
	assert_closed(FRONT "# Loop\n- x", CLOSED "# Loop\n- x\n\n## Verification\n"
						  "- verify fast: 10/10 PASS (run key " RUN_KEY
						  ")\n- summary: `" SUMMARY "`");
}

static void a_byte_order_mark_is_kept(void **state)
{
	(void)state;
	assert_closed("\xef\xbb\xbf" FRONT "x\n",
		      "\xef\xbb\xbf" CLOSED "x\n\n## Verification\n" LINES);
}

static void boxes_of_what_is_proven_are_ticked(void **state)
{
	(void)state;
	assert_closed(FRONT "## Success Criteria\n- [ ] one\n- [ ] two\n",
		      CLOSED "## Success Criteria\n- [x] one\n- [ ] two\n\n## Verification\n"
			     "- verify fast: 10/10 PASS (run key " RUN_KEY ")\n"
			     "- criterion 1: G010 PASS (run key " RUN_KEY ")\n"
			     "- criterion 2: stated by people, no gate proves it\n"
			     "- summary: `" SUMMARY "`\n");
}

static void a_task_is_done(void **state)
{
	(void)state;
	assert_closed("---\nid: task-1\nstatus: To Do\n---\n<!-- AC:BEGIN -->\n- [ ] #1 a\n"
		      "<!-- AC:END -->\n",
		      "---\nid: task-1\nstatus: Done\nclosed_at: \"2026-03-02T10:11:12Z\"\n---\n"
		      "<!-- AC:BEGIN -->\n- [x] #1 a\n<!-- AC:END -->\n\n## Verification\n"
		      "- verify fast: 10/10 PASS (run key " RUN_KEY ")\n"
		      "- criterion #1: G010 PASS (run key " RUN_KEY ")\n"
		      "- summary: `" SUMMARY "`\n");
}

static void what_cannot_be_changed_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_refused("# Loop\n", FILE_NAME ":1:1");
	assert_refused("---\nloop_id: LOOP-A\nstatus: &a active\n---\n", FILE_NAME ":3:9");
	assert_refused("---\nloop_id: LOOP-A\nstatus: >\n  active\n---\n", FILE_NAME ":3:9");
	assert_refused("---\nloop_id: LOOP-A\nstatus: active\nstatus: open\n---\n",
		       FILE_NAME ":4:1");
	assert_refused(FRONT "<!-- open\n", "comment");
	assert_refused(FRONT "```\ncode\n", "code");
}

static void assert_line(struct statement_totals totals, const char *expected)
{
	AUTO(auto_str) struct str line = {0};

	proof = (struct proof){.run_key = "RUN"};
	proof.found.statement.inputs.selection.packs = (struct texts){fast, NULL, 1};
	proof.found.statement.totals = totals;
	if (totals.fail > 1) {
		static const char *excused[] = {"G020"};

		proof.excused = (struct texts){excused, NULL, 1};
	}
	closing_line(&proof, &line);
	assert_string_equal(str_text(&line), expected);
}

static void what_did_not_pass_is_named(void **state)
{
	(void)state;
	assert_line((struct statement_totals){.planned = 2, .pass = 2},
		    "verify fast: 2/2 PASS (run key RUN)");
	assert_line((struct statement_totals){.planned = 3, .pass = 2, .skip = 1},
		    "verify fast: 2/3 PASS (run key RUN; 1 skip)");
	assert_line((struct statement_totals){.planned = 4, .pass = 1, .fail = 2, .unknown = 1},
		    "verify fast: 1/4 PASS (run key RUN; 1 unknown, not enforced, 1 fail, not "
		    "enforced, 1 pre-existing failure: G020)");
}

static void reopening_is_recorded(void **state)
{
	AUTO(auto_scope) struct scope scope = {0};
	AUTO(auto_str) struct str after = {0};
	struct err err = {0};

	(void)state;
	scope_read(FILE_NAME, text_of(CLOSED "## Verification\n- x\n"), &scope);
	assert_int_equal(reopening_write(&scope, NOW, "it is \x1b[1mback", &after, &err), 0);
	assert_string_equal(str_text(&after),
			    "---\nloop_id: LOOP-A\nstatus: active\n"
			    "reopened_at: \"2026-03-02T10:11:12Z\"\n"
			    "closed_at: \"2026-03-02T10:11:12Z\"\n---\n## Verification\n- x\n"
			    "- reopened 2026-03-02T10:11:12Z: it is \\x1b[1mback\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_is_appended),
		cmocka_unit_test(closure_evidence_gets_a_part),
		cmocka_unit_test(a_verification_at_the_end_goes_on),
		cmocka_unit_test(keys_change_in_their_place),
		cmocka_unit_test(line_ends_of_others_are_kept),
		cmocka_unit_test(a_last_line_without_an_end_gets_none),
		cmocka_unit_test(a_byte_order_mark_is_kept),
		cmocka_unit_test(boxes_of_what_is_proven_are_ticked),
		cmocka_unit_test(a_task_is_done),
		cmocka_unit_test(what_cannot_be_changed_is_refused_with_its_place),
		cmocka_unit_test(what_did_not_pass_is_named),
		cmocka_unit_test(reopening_is_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
