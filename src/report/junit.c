/*
 * JUnit XML, as Jenkins' xunit plugin has it in a schema and GitLab reads it. A suite for each
 * gate; in it a test case for each finding, or one for the gate if there is none. What a finding
 * points at is in the text, because the schema has no attribute for it. Its name ends in a part of
 * the fingerprint: consumers want names that are unique, and the same in the next run.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "report/escape.h"
#include "report/item.h"

/** Digits of a fingerprint that tell the findings of one gate apart. */
#define NAME_DIGITS 12

struct suite_counts {
	size_t tests;
	size_t failures;
	size_t errors;
	size_t skipped;
};

/** What is written meanwhile: the cases and remarks of the suite that is open. */
struct junit {
	const struct run_report *report;
	struct str cases;
	struct str remarks;
	struct str suites;
	const struct result *result;
	struct suite_counts counts;
	struct suite_counts total;
	bool is_open;
};

static void add_seconds(struct str *out, int64_t ms)
{
	str_printf(out, "%lld.%03lld", (long long)(ms / 1000), (long long)(ms % 1000));
}

static void add_attribute(struct str *out, const char *name, const char *value)
{
	str_printf(out, " %s=\"", name);
	xml_add(out, value);
	str_add_char(out, '"');
}

static void add_counts(struct str *out, const struct suite_counts *counts)
{
	str_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", counts->tests,
		   counts->failures, counts->errors);
}

static void add_time(struct str *out, int64_t ms)
{
	str_add(out, " time=\"");
	add_seconds(out, ms);
	str_add_char(out, '"');
}

/** The open suite goes behind the others. */
static void close_suite(struct junit *junit)
{
	struct str *out = &junit->suites;
	struct item gate = {.report = junit->report, .result = junit->result};
	AUTO(auto_str) struct str title = {0};
	char time[CLOCK_RFC3339_BYTES];

	if (!junit->is_open) {
		return;
	}
	item_title(&gate, &title);
	str_add(out, " <testsuite");
	add_attribute(out, "name", str_text(&title));
	add_counts(out, &junit->counts);
	str_printf(out, " skipped=\"%zu\"", junit->counts.skipped);
	add_time(out, junit->result ? junit->result->duration_ms : 0);
	if (junit->result && junit->result->started_utc_ms > 0) {
		clock_format_rfc3339(junit->result->started_utc_ms, time);
		str_printf(out, " timestamp=\"%.19s\"", time);
	}
	str_add(out, ">\n");
	str_add_text(out, str_view(&junit->cases));
	if (junit->remarks.len > 0) {
		str_add(out, "  <system-out>");
		str_add_text(out, str_view(&junit->remarks));
		str_add(out, "</system-out>\n");
	}
	str_add(out, " </testsuite>\n");
	junit->total.tests += junit->counts.tests;
	junit->total.failures += junit->counts.failures;
	junit->total.errors += junit->counts.errors;
	junit->counts = (struct suite_counts){0};
	str_clear(&junit->cases);
	str_clear(&junit->remarks);
	junit->is_open = false;
}

static void add_name(const struct item *item, struct str *out)
{
	if (!item->finding) {
		item_title(item, out);
		return;
	}
	item_subject(item, out);
	str_printf(out, " %s", item_reason(item));
	if (item->finding->fingerprint[0]) {
		str_printf(out, " %.*s", NAME_DIGITS, item->finding->fingerprint);
	}
}

/** What happened, with all that is known in the text. */
static void add_outcome(const struct item *item, const char *element, struct str *out)
{
	AUTO(auto_str) struct str sentence = {0};
	AUTO(auto_str) struct str details = {0};
	struct text rest = {0};
	struct text line = {0};

	item_sentence(item, &sentence);
	item_details(item, &details);
	str_printf(out, "<%s", element);
	add_attribute(out, "type", item_reason(item));
	add_attribute(out, "message", str_text(&sentence));
	if (details.len == 0) {
		str_add(out, "/>");
		return;
	}
	str_add_char(out, '>');
	str_cut(&details, details.len - 1);
	rest = str_view(&details);
	for (bool is_first = true; text_split(&rest, '\n', &line); is_first = false) {
		AUTO(auto_str) struct str one = {0};

		str_add_text(&one, line);
		str_add(out, is_first ? "" : "\n");
		xml_add(out, str_text(&one));
	}
	str_printf(out, "</%s>", element);
}

static void add_case(const struct item *item, struct junit *junit)
{
	struct str *out = &junit->cases;
	AUTO(auto_str) struct str name = {0};
	AUTO(auto_str) struct str class = {0};

	add_name(item, &name);
	str_printf(&class, "gaterun.%s", item->result ? item->result->gate->id : "run");
	str_add(out, "  <testcase");
	add_attribute(out, "classname", str_text(&class));
	add_attribute(out, "name", str_text(&name));
	str_add(out, ">");
	junit->counts.tests++;
	if (item->standing == STANDING_PASS) {
		str_add(out, "</testcase>\n");
		return;
	}
	if (item->counts && item->standing == STANDING_FAIL) {
		junit->counts.failures++;
		add_outcome(item, "failure", out);
	} else if (item->counts) {
		junit->counts.errors++;
		add_outcome(item, "error", out);
	} else {
		/* Skipped, waived, or bad in a way that is only reported: JUnit has no more words.
		 */
		junit->counts.skipped++;
		add_outcome(item, "skipped", out);
	}
	str_add(out, "</testcase>\n");
}

static void visit(const struct item *item, void *cookie)
{
	struct junit *junit = cookie;

	if (!junit->is_open || junit->result != item->result) {
		close_suite(junit);
		junit->result = item->result;
		junit->is_open = true;
	}
	if (item_is_case(item)) {
		add_case(item, junit);
	} else {
		AUTO(auto_str) struct str line = {0};

		str_printf(&line, "%s: ", standing_word(item->standing));
		item_sentence(item, &line);
		xml_add(&junit->remarks, str_text(&line));
		str_add_char(&junit->remarks, '\n');
	}
}

void report_junit(const struct run_report *report, struct str *out)
{
	struct junit junit = {.report = report};
	AUTO(auto_str) struct str name = {0};

	junit.cases.max = junit.remarks.max = junit.suites.max = out->max;
	items_visit(report, visit, &junit);
	close_suite(&junit);
	str_add(&name, "gaterun ");
	run_name(report->run, &name);
	str_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_attribute(out, "name", str_text(&name));
	add_counts(out, &junit.total);
	add_time(out, report->run->duration_ms);
	str_add(out, ">\n");
	str_add_text(out, str_view(&junit.suites));
	str_add(out, "</testsuites>\n");
	out->overflow = out->overflow || junit.cases.overflow || junit.remarks.overflow ||
			junit.suites.overflow;
	str_release(&junit.cases);
	str_release(&junit.remarks);
	str_release(&junit.suites);
}
