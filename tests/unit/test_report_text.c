/* The text report, on hand-made runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "report/layout.h"
#include "report_run.h"

static void expect_report(struct made_run *made, const char *expected)
{
	AUTO(auto_str) struct str out = {0};

	conclude_run(made);
	report_text(&made->report, &out);
	assert_string_equal(str_text(&out), expected);
	drop_run(made);
}

/** The report, which must hold `part`, or must not if `is_there` is false. */
static void expect_part(struct made_run *made, const char *part, bool is_there)
{
	AUTO(auto_str) struct str out = {0};

	conclude_run(made);
	report_text(&made->report, &out);
	if ((strstr(str_text(&out), part) != NULL) != is_there) {
		fail_msg("%s:\n%s\nin:\n%s", is_there ? "missing" : "not wanted", part,
			 str_text(&out));
	}
}

static void a_passing_run_ends_with_the_word_pass(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	expect_report(&made,
		      "gaterun verify fast - ops.example - local, passive - 2026-03-01 21:48:13Z\n"
		      "\n"
		      "  + pass     G001  Bindings obey their rules"
		      "                         111 checked\n"
		      "  + pass     G002  Endpoints name known targets"
		      "                       62 checked\n"
		      "\n"
		      "2 gates: 2 pass - 12 ms\n"
		      "receipt  none: --no-receipt\n"
		      "\n"
		      "PASS (exit 0): 2 of 2 gates pass\n");
}

static void a_failure_shows_its_place_its_fix_and_the_next_step(void **state)
{
	struct made_run made;
	struct finding *finding = NULL;

	(void)state;
	make_run(&made);
	finding = add_finding(&made, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x");
	finding->hint = "name a target, or remove the endpoint";
	expect_report(&made,
		      "gaterun verify fast - ops.example - local, passive - 2026-03-01 21:48:13Z\n"
		      "\n"
		      "  + pass     G001  Bindings obey their rules"
		      "                         111 checked\n"
		      "  x FAIL     G002  Endpoints name known targets"
		      "                 62 checked, high\n"
		      "      bindings/services.health.yaml:355:11  endpoint:x\n"
		      "        its host 'x' is no target (endpoint.unknown_target)\n"
		      "        fix: name a target, or remove the endpoint\n"
		      "\n"
		      "2 gates: 1 pass, 1 fail - 12 ms\n"
		      "receipt  none: --no-receipt\n"
		      "next     gaterun explain G002\n"
		      "\n"
		      "FAIL (exit 1): G002 fails\n");
}

static void a_failure_without_a_hint_gets_the_advice_of_its_gate(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x");
	expect_part(&made, "\n      fix: Correct the endpoint.\n", true);
	drop_run(&made);
}

static void advice_of_several_lines_is_told_as_one(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	made.gates[1].triage = "Correct the\nendpoint.\n";
	add_finding(&made, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x");
	expect_part(&made, "\n      fix: Correct the endpoint.\n", true);
	drop_run(&made);
	make_run(&made);
	add_finding(&made, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x")->hint =
		"name a target,\n  or remove it\n";
	expect_part(&made, "\n        fix: name a target, or remove it\n", true);
	drop_run(&made);
}

static void an_unknown_gate_never_reads_as_a_pass(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	made.results[0].verdict = VERDICT_UNKNOWN;
	made.results[1].verdict = VERDICT_UNKNOWN;
	expect_part(&made, "? unknown  G001", true);
	expect_part(&made, "UNKNOWN (exit 2): G001 and G002 are unknown\n", true);
	expect_part(&made, "pass ", false);
	expect_part(&made, "PASS", false);
	drop_run(&made);
}

/** A waiver in line 3 of its file, until 2027-03-01. */
static const struct node waiver_node = {.where = {"bindings/waivers.yaml", 3, 5}};
static const struct waiver waiver = {.node = &waiver_node,
				     .reason = "it moves",
				     .owner = "ops",
				     .ticket = "T-1",
				     .expires_on_utc_ms = 1803859200000};

static void a_waived_finding_keeps_its_reason_and_names_its_waiver(void **state)
{
	struct made_run made;
	struct finding *finding = NULL;

	(void)state;
	make_run(&made);
	finding = add_finding(&made, VERDICT_SKIP, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x");
	finding->waived_by = &waiver;
	finding->waived_verdict = VERDICT_FAIL;
	expect_report(&made,
		      "gaterun verify fast - ops.example - local, passive - 2026-03-01 21:48:13Z\n"
		      "\n"
		      "  + pass     G001  Bindings obey their rules"
		      "                         111 checked\n"
		      "  - skip     G002  Endpoints name known targets"
		      "             62 checked, 1 waived\n"
		      "      bindings/services.health.yaml:355:11  endpoint:x\n"
		      "        waived fail: its host 'x' is no target (endpoint.unknown_target)\n"
		      "        waived until 2027-03-01 by ops (T-1): it moves; see\n"
		      "          bindings/waivers.yaml:3:5\n"
		      "\n"
		      "2 gates: 1 pass, 1 skip - 12 ms\n"
		      "receipt  none: --no-receipt\n"
		      "\n"
		      "PASS (exit 0): 1 of 2 gates pass, 1 skipped, 1 finding waived\n");
}

static void many_findings_of_one_waiver_are_told_together_with_their_places(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	for (size_t i = 0; i < 5; i++) {
		struct finding *finding = add_finding(&made, VERDICT_SKIP,
						      REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x");

		finding->where.line = (int)i + 1;
		/* The last one is not waived, so it is told by itself. */
		finding->waived_by = i < 4 ? &waiver : NULL;
		finding->waived_verdict = i < 4 ? VERDICT_FAIL : VERDICT_UNKNOWN;
	}
	expect_part(&made,
		    "      4 fails waived: the endpoint names a host that is no target\n"
		    "        (endpoint.unknown_target)\n"
		    "        bindings/services.health.yaml:1:11  endpoint:x\n"
		    "        bindings/services.health.yaml:2:11  endpoint:x\n"
		    "        bindings/services.health.yaml:3:11  endpoint:x\n"
		    "        bindings/services.health.yaml:4:11  endpoint:x\n"
		    "        waived until 2027-03-01 by ops (T-1): it moves; see\n"
		    "          bindings/waivers.yaml:3:5\n"
		    "      bindings/services.health.yaml:5:11  endpoint:x\n",
		    true);
	drop_run(&made);
}

static void one_cause_is_told_once_with_its_count(void **state)
{
	static const char *const subjects[] = {"target:a", "target:b", "target:c"};
	struct made_run made;

	(void)state;
	make_run(&made);
	for (size_t i = 0; i < 3; i++) {
		add_finding(&made, VERDICT_UNKNOWN, REASON_REQUIRES_FAILED, subjects[i])
			->caused_by = "G013 gate:G013 binding.absent";
	}
	expect_part(&made,
		    "\n      3 targets unknown, one cause: G013 binding.absent (the binding that "
		    "the\n        gate needs does not exist)\n        a, b, c\n",
		    true);
	drop_run(&made);
}

static void the_same_cause_in_each_subject_is_told_once_too(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_UNKNOWN, REASON_REQUIRES_FAILED, "target:a")->caused_by =
		"G013 target:a keys.unpinned";
	add_finding(&made, VERDICT_UNKNOWN, REASON_REQUIRES_FAILED, "target:b")->caused_by =
		"G013 target:b keys.unpinned";
	add_finding(&made, VERDICT_UNKNOWN, REASON_REQUIRES_FAILED, "target:c")->caused_by =
		"G013 target:c keys.revoked";
	expect_part(&made,
		    "2 targets unknown, each for the same cause: G013 keys.unpinned (no host\n"
		    "        key is pinned for the target)\n        a, b\n",
		    true);
	expect_part(&made, "        cause: G013 keys.revoked\n", true);
	drop_run(&made);
}

static void failures_that_say_the_same_keep_their_places(void **state)
{
	static const char *const subjects[] = {"target:a", "target:b", "target:c", "target:d"};
	struct made_run made;

	(void)state;
	make_run(&made);
	for (int i = 0; i < 4; i++) {
		struct finding *finding =
			add_finding(&made, VERDICT_FAIL, REASON_KEYS_UNPINNED, subjects[i]);

		finding->where.line = 10 + i;
		finding->message = "no host key is pinned";
		finding->hint = subjects[i];
	}
	expect_part(&made,
		    "      4 targets fail: no host key is pinned (keys.unpinned)\n"
		    "        bindings/services.health.yaml:10:11  target:a\n"
		    "        bindings/services.health.yaml:11:11  target:b\n"
		    "        bindings/services.health.yaml:12:11  target:c\n"
		    "        bindings/services.health.yaml:13:11  target:d\n"
		    "        fix, for the first: target:a\n",
		    true);
	drop_run(&made);
}

static void different_failures_are_told_one_by_one_up_to_a_limit(void **state)
{
	static char messages[61][24];
	struct made_run made;

	(void)state;
	make_run(&made);
	for (int i = 0; i < 61; i++) {
		(void)snprintf(messages[i], sizeof(messages[i]), "message %d.", i);
		add_finding(&made, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:x")->message =
			messages[i];
	}
	expect_part(&made, "        message 0. (text.address)\n", true);
	expect_part(&made, "        message 19. (text.address)\n", true);
	expect_part(&made, "        message 20. (text.address)\n", false);
	expect_part(&made, "      ... and 41 more (-o json shows all)\n", true);
	drop_run(&made);
}

static void a_hint_that_follows_itself_is_said_once(void **state)
{
	struct made_run made;
	AUTO(auto_str) struct str out = {0};

	(void)state;
	make_run(&made);
	for (int i = 0; i < 2; i++) {
		struct finding *finding =
			add_finding(&made, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:x");

		finding->message = i ? "one" : "two";
		finding->hint = "use the id";
	}
	conclude_run(&made);
	report_text(&made.report, &out);
	assert_non_null(strstr(str_text(&out), "fix: use the id"));
	assert_null(strstr(strstr(str_text(&out), "fix: use the id") + 1, "fix: use the id"));
	drop_run(&made);
}

static void a_remark_is_marked_and_changes_nothing(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_PASS, REASON_BINDING_CGNAT_HOST, "target:a")->message =
		"its host is a tailnet address";
	expect_part(&made, "62 checked, 1 remark\n", true);
	expect_part(&made, "        remark: its host is a tailnet address (binding.cgnat_host)\n",
		    true);
	expect_part(&made, "PASS (exit 0)", true);
	drop_run(&made);
}

static void a_gate_that_did_not_run_says_why_without_naming_itself(void **state)
{
	struct made_run made;
	struct finding *finding = NULL;

	(void)state;
	make_run(&made);
	finding = add_finding(&made, VERDICT_SKIP, REASON_MODE_STATIC, "gate:G002");
	finding->message = "needs mode passive; the run is static";
	finding->where = (struct place){0};
	made.results[1].checked = 0;
	expect_part(&made,
		    "  - skip     G002  Endpoints name known targets\n"
		    "      needs mode passive; the run is static (mode.static)\n",
		    true);
	expect_part(&made, "PASS (exit 0): 1 of 2 gates pass, 1 skipped\n", true);
	drop_run(&made);
}

static void an_unenforced_gate_is_marked_and_not_blamed(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:x");
	made.gates[1].enforce = false;
	expect_part(&made, "62 checked, high, reported only\n", true);
	expect_part(&made, "PASS (exit 0)", true);
	drop_run(&made);
}

static void hostile_bytes_reach_no_terminal(void **state)
{
	struct made_run made;
	struct finding *finding = NULL;
	AUTO(auto_str) struct str out = {0};

	(void)state;
	make_run(&made);
	made.gates[0].title = "\033]0;owned\007 title";
	made.repo.config.repo = "ops\033[2J";
	made.options.target_words = "nas\r";
	finding = add_finding(&made, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:\033[31mx");
	finding->message = "\033[2Jbell \a, \xff, right-to-left \xe2\x80\xae, line\nfeed";
	finding->hint = "\x9b\x31m";
	finding->caused_by = "G001 \033c";
	finding->where.file = "dir/\033[0mx";
	conclude_run(&made);
	report_text(&made.report, &out);
	for (size_t i = 0; i < out.len; i++) {
		unsigned char byte = (unsigned char)out.at[i];

		assert_true(byte == '\n' || (byte >= 0x20 && byte < 0x7f));
	}
	assert_non_null(strstr(str_text(&out), "\\x1b[2Jbell \\x07, \\xff"));
	drop_run(&made);
}

static void a_receipt_is_named_with_its_key_and_signer(void **state)
{
	static const struct report_receipt receipt = {
		"receipts/RUN-20260301T214813Z__verify.fast__R0.json", "SHA256:abc", 41};
	struct made_run made;

	(void)state;
	make_run(&made);
	made.report.receipt = &receipt;
	made.report.no_receipt = NULL;
	(void)snprintf(made.run.key, sizeof(made.run.key), "RUN-20260301T214813Z__verify.fast__R0");
	expect_part(&made,
		    "\nrun key  RUN-20260301T214813Z__verify.fast__R0\n"
		    "receipt  receipts/RUN-20260301T214813Z__verify.fast__R0.json\n"
		    "         log entry 41, signed by SHA256:abc\n",
		    true);
	drop_run(&made);
}

static void a_lost_receipt_is_said_in_the_last_line(void **state)
{
	struct made_run made;
	AUTO(auto_str) struct str out = {0};

	(void)state;
	make_run(&made);
	conclude_run(&made);
	made.report.exit = EXIT_RECEIPT;
	made.report.no_receipt = "no space left on device";
	report_text(&made.report, &out);
	assert_non_null(strstr(str_text(&out), "receipt  none: no space left on device\n"));
	assert_non_null(strstr(str_text(&out),
			       "PASS (exit 73): 2 of 2 gates pass, but there is no receipt\n"));
	drop_run(&made);
}

static void lines_stay_within_the_width(void **state)
{
	struct made_run made;
	struct finding *finding = NULL;
	AUTO(auto_str) struct str out = {0};

	(void)state;
	make_run(&made);
	made.report.style.width = 60;
	made.gates[0].title = "A title that leaves no room for what was checked";
	finding = add_finding(&made, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:x");
	finding->message = "a sentence that is quite a bit longer than sixty columns are wide, so";
	finding->hint = "a hint that is quite a bit longer than sixty columns are wide as well";
	conclude_run(&made);
	report_text(&made.report, &out);
	for (const char *at = strchr(str_text(&out), '\n') + 1; *at; at = strchr(at, '\n') + 1) {
		if (strcspn(at, "\n") > 60) {
			fail_msg("too long: %.*s", (int)strcspn(at, "\n"), at);
		}
	}
	drop_run(&made);
}

static void a_utf8_locale_gets_marks_and_a_colour_terminal_gets_colours(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	made.report.style.is_ascii = false;
	made.report.style.has_colour = true;
	add_finding(&made, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:x");
	expect_part(&made, "  \033[31m✗\033[0m \033[31mFAIL\033[0m     G002", true);
	expect_part(&made, "\033[31mFAIL\033[0m (exit 1)", true);
	drop_run(&made);
}

/** Set or, with NULL, unset the variables that decide about colour. */
static void set_environment(const char *no_color, const char *force, const char *term,
			    const char *clicolor)
{
	(void)unsetenv("NO_COLOR");
	(void)unsetenv("CLICOLOR_FORCE");
	(void)unsetenv("FORCE_COLOR");
	(void)unsetenv("CLICOLOR");
	(void)setenv("TERM", term, 1);
	if (no_color) {
		(void)setenv("NO_COLOR", no_color, 1);
	}
	if (force) {
		(void)setenv("CLICOLOR_FORCE", force, 1);
	}
	if (clicolor) {
		(void)setenv("CLICOLOR", clicolor, 1);
	}
}

static void colour_follows_the_conventions_in_their_order(void **state)
{
	(void)state;
	set_environment(NULL, NULL, "xterm", NULL);
	assert_true(colour_is_wanted(COLOUR_AUTO, true));
	assert_false(colour_is_wanted(COLOUR_AUTO, false));
	assert_true(colour_is_wanted(COLOUR_ALWAYS, false));
	assert_false(colour_is_wanted(COLOUR_NEVER, true));
	set_environment("1", "1", "xterm", NULL);
	assert_false(colour_is_wanted(COLOUR_AUTO, true));
	assert_true(colour_is_wanted(COLOUR_ALWAYS, true));
	set_environment("", "1", "dumb", "0");
	assert_true(colour_is_wanted(COLOUR_AUTO, false));
	set_environment(NULL, "0", "dumb", NULL);
	assert_false(colour_is_wanted(COLOUR_AUTO, true));
	set_environment(NULL, NULL, "xterm", "0");
	assert_false(colour_is_wanted(COLOUR_AUTO, true));
}

static void the_first_locale_variable_that_is_set_decides(void **state)
{
	(void)state;
	(void)setenv("LC_ALL", "", 1);
	(void)setenv("LC_CTYPE", "C", 1);
	(void)setenv("LANG", "en_US.UTF-8", 1);
	assert_false(locale_is_utf8());
	(void)setenv("LC_ALL", "de_DE.utf8", 1);
	assert_true(locale_is_utf8());
	(void)unsetenv("LC_ALL");
	(void)unsetenv("LC_CTYPE");
	(void)unsetenv("LANG");
	assert_false(locale_is_utf8());
}

static void paragraphs_keep_gaps_lists_and_indented_lines(void **state)
{
	static const struct style narrow = {.is_ascii = true, .width = 24};
	AUTO(auto_str) struct str out = {0};

	(void)state;
	paragraphs_add(&out, &narrow, 2,
		       "One two three four\nfive six.\n\n\nNext.\n- item one is long enough\n- b\n"
		       "\n    kept  as is\n");
	assert_string_equal(str_text(&out), "  One two three four\n"
					    "  five six.\n"
					    "\n"
					    "  Next.\n"
					    "  - item one is long\n"
					    "    enough\n"
					    "  - b\n"
					    "\n"
					    "      kept  as is\n");
}

static void a_sentence_gets_the_full_stop_that_it_lacks(void **state)
{
	static const struct style wide = {.is_ascii = true, .width = 80};
	static const char *const rows[][2] = {
		{"a doc", "  a doc.\n"},
		{"One.\nTwo.\n", "  One. Two.\n"},
		{"Is it?\n", "  Is it?\n"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		AUTO(auto_str) struct str out = {0};

		sentence_add(&out, &wide, 2, rows[i][0]);
		assert_string_equal(str_text(&out), rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_passing_run_ends_with_the_word_pass),
		cmocka_unit_test(a_failure_shows_its_place_its_fix_and_the_next_step),
		cmocka_unit_test(a_failure_without_a_hint_gets_the_advice_of_its_gate),
		cmocka_unit_test(advice_of_several_lines_is_told_as_one),
		cmocka_unit_test(an_unknown_gate_never_reads_as_a_pass),
		cmocka_unit_test(a_waived_finding_keeps_its_reason_and_names_its_waiver),
		cmocka_unit_test(many_findings_of_one_waiver_are_told_together_with_their_places),
		cmocka_unit_test(one_cause_is_told_once_with_its_count),
		cmocka_unit_test(the_same_cause_in_each_subject_is_told_once_too),
		cmocka_unit_test(failures_that_say_the_same_keep_their_places),
		cmocka_unit_test(different_failures_are_told_one_by_one_up_to_a_limit),
		cmocka_unit_test(a_hint_that_follows_itself_is_said_once),
		cmocka_unit_test(a_remark_is_marked_and_changes_nothing),
		cmocka_unit_test(a_gate_that_did_not_run_says_why_without_naming_itself),
		cmocka_unit_test(an_unenforced_gate_is_marked_and_not_blamed),
		cmocka_unit_test(hostile_bytes_reach_no_terminal),
		cmocka_unit_test(a_receipt_is_named_with_its_key_and_signer),
		cmocka_unit_test(a_lost_receipt_is_said_in_the_last_line),
		cmocka_unit_test(lines_stay_within_the_width),
		cmocka_unit_test(a_utf8_locale_gets_marks_and_a_colour_terminal_gets_colours),
		cmocka_unit_test(colour_follows_the_conventions_in_their_order),
		cmocka_unit_test(the_first_locale_variable_that_is_set_decides),
		cmocka_unit_test(paragraphs_keep_gaps_lists_and_indented_lines),
		cmocka_unit_test(a_sentence_gets_the_full_stop_that_it_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
