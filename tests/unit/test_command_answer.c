#include "check/command/command_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"

/** Captured ends of commands, and what each means: "checked: verdict reason said, …". */
static const struct {
	enum answer_form form;
	int status;
	const char *out;
	const char *err;
	const char *expected;
} rows[] = {
	/* The exit status alone, where nothing is said. */
	{ANSWER_WORDS, 0, "", "", "1:"},
	{ANSWER_WORDS, 1, "", "", "1: fail command.failed -"},
	{ANSWER_WORDS, 2, "", "", "0: unknown command.unknown -"},
	{ANSWER_WORDS, 77, "SKIP\n", "", "0: unknown command.unknown SKIP"},
	/* Words that agree. */
	{ANSWER_WORDS, 0, "D45 PASS: 3 hosts\n", "", "1:"},
	{ANSWER_WORDS, 1, "D45 FAIL: nas\nD45: FAIL web\n", "",
	 "1: fail command.failed D45 FAIL: nas, fail command.failed D45: FAIL web"},
	{ANSWER_WORDS, 1, "looking\n", "ERROR: no such host\n",
	 "1: fail command.failed ERROR: no such host"},
	{ANSWER_WORDS, 1, "one\n\n  the last one \n\n", "", "1: fail command.failed the last one"},
	{ANSWER_WORDS, 1, "PASS: web\nFAIL: nas\n", "", "1: fail command.failed FAIL: nas"},
	{ANSWER_WORDS, 1, "not ok 3 - nas\n", "", "1: fail command.failed not ok 3 - nas"},
	/* A skip is none of the others. */
	{ANSWER_WORDS, 0, "SKIP: off the LAN\n", "", "0: skip command.skipped SKIP: off the LAN"},
	{ANSWER_WORDS, 0, "PASS: web\nSKIP: nas\n", "", "1: skip command.skipped SKIP: nas"},
	{ANSWER_WORDS, 1, "SKIP: nas\nFAIL: web\n", "", "1: fail command.failed FAIL: web"},
	/* Words that do not agree. */
	{ANSWER_WORDS, 0, "FAIL: nas\n", "", "0: unknown command.contradicts FAIL: nas"},
	{ANSWER_WORDS, 0, "PASS\n", "ERROR: nas\n", "0: unknown command.contradicts ERROR: nas"},
	{ANSWER_WORDS, 0, "SKIP: a\nFAIL: nas\n", "", "0: unknown command.contradicts FAIL: nas"},
	{ANSWER_WORDS, 1, "PASS: 3 of 3\n", "", "0: unknown command.contradicts PASS: 3 of 3"},
	{ANSWER_WORDS, 1, "OK\n", "", "0: unknown command.contradicts OK"},
	{ANSWER_WORDS, 0, "PASS\n", "gate.sh: line 3: yq: command not found\n",
	 "0: unknown command.contradicts gate.sh: line 3: yq: command not found"},
	{ANSWER_WORDS, 0, "", "Traceback (most recent call last):\n",
	 "0: unknown command.contradicts Traceback (most recent call last):"},
	{ANSWER_WORDS, 0, "", "x.sh: 4: HOST: parameter not set\n",
	 "0: unknown command.contradicts x.sh: 4: HOST: parameter not set"},
	/* What only looks like a word, or like trouble. */
	{ANSWER_WORDS, 0, "PASSWORD checks: none\n", "", "1:"},
	{ANSWER_WORDS, 0, "FAILOVER is on\nno FAIL here\n", "", "1:"},
	{ANSWER_WORDS, 0, "the page says: command not found\n", "", "1:"},
	{ANSWER_WORDS, 1, "OKAY then\n", "", "1: fail command.failed OKAY then"},
	/* It wanted a human. */
	{ANSWER_WORDS, 0, "BLOCKED_AUTH\n", "", "0: unknown auth.blocked.interactive BLOCKED_AUTH"},
	/* Without words. */
	{ANSWER_STATUS, 0, "FAIL\n", "x: command not found\n", "1:"},
	{ANSWER_STATUS, 1, "PASS\nFAIL\n", "", "1: fail command.failed FAIL"},
	{ANSWER_STATUS, 0, "SKIP\n", "", "1:"},
	/* JSON. */
	{ANSWER_JSON, 0, "{\"verdict\": \"pass\", \"checked\": 4}\n", "noise\n", "4:"},
	{ANSWER_JSON, 0, "{\"verdict\": \"pass\"}", "FAIL: in a log\n", "1:"},
	{ANSWER_JSON, 1, "{\"verdict\": \"fail\", \"findings\": [{\"message\": \"a\"}]}", "",
	 "1: fail command.failed -"},
	{ANSWER_JSON, 1, "{\"verdict\": \"fail\"}", "", "1: fail command.failed -"},
	{ANSWER_JSON, 0,
	 "{\"verdict\": \"pass\", \"findings\": [{\"verdict\": \"pass\", \"message\": \"a\"}]}", "",
	 "1: pass command.remark -"},
	{ANSWER_JSON, 1,
	 "{\"verdict\": \"fail\", \"findings\": [{\"verdict\": \"unknown\", \"message\": \"a\"}]}",
	 "", "1: unknown command.unknown -, fail command.failed -"},
	{ANSWER_JSON, 0, "{\"verdict\": \"skip\"}", "", "0: skip command.skipped -"},
	{ANSWER_JSON, 3, "{\"verdict\": \"unknown\"}", "", "1: unknown command.unknown -"},
	{ANSWER_JSON, 1, "{\"verdict\": \"pass\"}", "",
	 "0: unknown command.contradicts {\"verdict\": \"pass\"}"},
	{ANSWER_JSON, 0, "{\"verdict\": \"fail\"}", "",
	 "0: unknown command.contradicts {\"verdict\": \"fail\"}"},
	{ANSWER_JSON, 0,
	 "{\"verdict\": \"skip\", \"findings\": [{\"verdict\": \"unknown\", \"message\": \"a\"}]}",
	 "",
	 "0: unknown command.contradicts {\"verdict\": \"skip\", \"findings\": [{\"verdict\": \"unknown\", "
	 "\"message\": \"a\"}]}"},
	{ANSWER_JSON, 0, "PASS\n", "", "0: unknown command.answer PASS"},
	{ANSWER_JSON, 0, "", "", "0: unknown command.answer -"},
	{ANSWER_JSON, 0, "{\"verdict\": \"fine\"}", "",
	 "0: unknown command.answer {\"verdict\": \"fine\"}"},
	{ANSWER_JSON, 0, "{}", "", "0: unknown command.answer {}"},
	{ANSWER_JSON, 0, "[]", "", "0: unknown command.answer []"},
	{ANSWER_JSON, 0, "{\"verdict\": \"pass\", \"checked\": 1e9}", "",
	 "0: unknown command.answer {\"verdict\": \"pass\", \"checked\": 1e9}"},
};

static void describe(const struct command_answer *answer, struct str *out)
{
	str_printf(out, "%zu:", answer->checked);
	for (size_t i = 0; i < answer->findings.len; i++) {
		const struct answer_finding *finding = &answer->findings.at[i];

		str_printf(out, "%s %s %s %s", i ? "," : "", verdict_word(finding->verdict),
			   reason_code(finding->reason), finding->said ? finding->said : "-");
	}
}

static void each_end_means_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct command_end end = {rows[i].status, text_of(rows[i].out),
						text_of(rows[i].err)};
		AUTO(auto_str) struct str found = {0};
		struct command_answer answer = {0};
		struct arena arena = {0};

		command_answer_read(&arena, rows[i].form, &end, &answer);
		describe(&answer, &found);
		assert_string_equal(str_text(&found), rows[i].expected);
		command_answer_release(&answer);
		arena_release(&arena);
	}
}

static void what_it_said_is_cut_and_printable(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct command_end end = {.status = 1};
	struct command_answer answer = {0};
	struct arena arena = {0};

	(void)state;
	str_add(&out, "FAIL: \x1b[31m");
	for (int i = 0; i < 2000; i++) {
		str_add_char(&out, 'x');
	}
	end.out = str_view(&out);
	command_answer_read(&arena, ANSWER_WORDS, &end, &answer);
	assert_int_equal(answer.findings.len, 1);
	assert_true(strlen(answer.findings.at[0].said) < 400);
	assert_null(strchr(answer.findings.at[0].said, '\x1b'));
	command_answer_release(&answer);
	arena_release(&arena);
}

static void a_million_findings_are_not_kept(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct command_end end = {.status = 1};
	struct command_answer answer = {0};
	struct arena arena = {0};

	(void)state;
	for (int i = 0; i < 5000; i++) {
		str_printf(&out, "FAIL: %d\n", i);
	}
	end.out = str_view(&out);
	command_answer_read(&arena, ANSWER_WORDS, &end, &answer);
	assert_int_equal(answer.findings.len, ANSWER_FINDINGS_MAX);
	command_answer_release(&answer);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_means_what_it_says),
		cmocka_unit_test(what_it_said_is_cut_and_printable),
		cmocka_unit_test(a_million_findings_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
