/* What all formats for machines share: which items there are, and foreign text in each syntax. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "report/escape.h"
#include "report/item.h"
#include "report_run.h"

/** What was visited, a word each. */
static void note(const struct item *item, void *cookie)
{
	struct str *out = cookie;

	str_printf(out, "%s%s ", standing_word(item->standing), item->counts ? "!" : "");
}

static void expect_items(struct made_run *made, const char *words)
{
	AUTO(auto_str) struct str seen = {0};

	conclude_run(made);
	items_visit(&made->report, note, &seen);
	assert_string_equal(str_text(&seen), words);
}

static void a_gate_without_findings_is_an_item(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	expect_items(&made, "pass pass ");
}

static void a_remark_does_not_stand_for_its_gate(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_PASS, REASON_BINDING_CGNAT_HOST, "target:nas");
	expect_items(&made, "pass remark pass ");
	drop_run(&made);
}

static void what_fails_or_is_unknown_counts(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_FAIL, REASON_NET_TIMEOUT, "target:nas");
	add_finding(&made, VERDICT_UNKNOWN, REASON_NET_TIMEOUT, "target:pi");
	add_finding(&made, VERDICT_SKIP, REASON_MODE_STATIC, "target:x");
	expect_items(&made, "pass fail! unknown! skip ");
	drop_run(&made);
}

static void what_is_only_reported_does_not_count(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	made.gates[1].enforce = false;
	add_finding(&made, VERDICT_FAIL, REASON_NET_TIMEOUT, "target:nas");
	expect_items(&made, "pass fail ");
	drop_run(&made);
}

static void a_lost_receipt_is_an_item_that_counts(void **state)
{
	AUTO(auto_str) struct str seen = {0};
	struct made_run made;

	(void)state;
	make_run(&made);
	conclude_run(&made);
	made.report.exit = EXIT_RECEIPT;
	items_visit(&made.report, note, &seen);
	assert_string_equal(str_text(&seen), "pass pass fail! ");
}

static void a_run_in_which_nothing_passed_says_so(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	made.gates[0].enforce = made.gates[1].enforce = false;
	expect_items(&made, "pass pass fail! ");
}

static void a_run_that_was_stopped_says_so(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	made.run.signal = SIGTERM;
	expect_items(&made, "pass pass fail! ");
}

/** One text in the syntax of each format. */
static void expect_escaped(void (*add)(struct str *, const char *), const char *text,
			   const char *expected)
{
	AUTO(auto_str) struct str out = {0};

	add(&out, text);
	assert_string_equal(str_text(&out), expected);
}

static void xml_has_no_markup_and_no_forbidden_character(void **state)
{
	(void)state;
	expect_escaped(
		xml_add, "a<b>&\"c]]>\x01\x1b[31m\xef\xbf\xbf\xef\xbf\xbe\xff",
		"a&lt;b&gt;&amp;&quot;c]]&gt;\\x01\\x1b[31m\\xef\\xbf\\xbf\\xef\\xbf\\xbe\\xff");
}

static void tap_has_no_directive_of_others(void **state)
{
	(void)state;
	expect_escaped(tap_add, "a # skip b\\# todo\nok 2", "a \\# skip b\\\\\\# todo\\\\x0aok 2");
}

static void quotes_of_yaml_and_labels_stay_closed(void **state)
{
	(void)state;
	expect_escaped(yaml_quoted_add, "a\" \\ b\n", "\"a\\\" \\\\ b\\\\x0a\"");
	expect_escaped(label_add, "a\"} 1\n", "a\\\"} 1\\\\x0a");
}

static void github_sees_one_command(void **state)
{
	(void)state;
	expect_escaped(github_data_add, "50%\n::error::x ##[error]y",
		       "50%25\\x0a::error::x #\\x23[error]y");
	expect_escaped(github_property_add, "a,b:c%", "a%2Cb%3Ac%25");
	expect_escaped(github_line_add, "##[error]%", "#\\x23[error]%");
}

static void markdown_shows_what_is_written(void **state)
{
	(void)state;
	expect_escaped(markdown_add, "*a* <b> [c](http://d) @e www.f | `g`",
		       "\\*a\\* &lt;b&gt; \\[c\\](http<!-- -->:<!-- -->//d) <!-- -->@<!-- -->e "
		       "<!-- -->w<!-- -->ww.f \\x7c \\`g\\`");
	expect_escaped(markdown_code_add, "a|b", "`a\\x7cb`");
	expect_escaped(markdown_code_add, "``a`", "``` ``a` ```");
	expect_escaped(markdown_code_add, "", "` `");
}

static void uris_hold_no_reserved_character(void **state)
{
	(void)state;
	expect_escaped(uri_path_add, "a b/c#d?%\xc3\xa9", "a%20b/c%23d%3F%25%C3%A9");
}

static void sarif_texts_hold_no_link_and_no_placeholder(void **state)
{
	(void)state;
	expect_escaped(sarif_text_add, "must be one of [a]", "must be one of [a]");
	expect_escaped(sarif_text_add, "[a](http://b) {0}", "\\[a\\](http://b) {{0}}");
	expect_escaped(sarif_text_add, "{x} {0}", "{{x}} {{0}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gate_without_findings_is_an_item),
		cmocka_unit_test(a_remark_does_not_stand_for_its_gate),
		cmocka_unit_test(what_fails_or_is_unknown_counts),
		cmocka_unit_test(what_is_only_reported_does_not_count),
		cmocka_unit_test(a_lost_receipt_is_an_item_that_counts),
		cmocka_unit_test(a_run_in_which_nothing_passed_says_so),
		cmocka_unit_test(a_run_that_was_stopped_says_so),
		cmocka_unit_test(xml_has_no_markup_and_no_forbidden_character),
		cmocka_unit_test(tap_has_no_directive_of_others),
		cmocka_unit_test(quotes_of_yaml_and_labels_stay_closed),
		cmocka_unit_test(github_sees_one_command),
		cmocka_unit_test(markdown_shows_what_is_written),
		cmocka_unit_test(uris_hold_no_reserved_character),
		cmocka_unit_test(sarif_texts_hold_no_link_and_no_placeholder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
