/*
 * Markdown for the summary of a CI job, a merge request, an issue. What is ours is written as text;
 * what comes from elsewhere stands in code spans, where no markup, HTML, link or mention works.
 */
#include "base/cleanup.h"
#include "report/escape.h"
#include "report/item.h"
#include "report/text_parts.h"

/** GitHub takes a summary of 1 MiB at most, and drops a larger one as a whole. */
#define FINDINGS_BYTES ((size_t)900 * 1024)

struct markdown {
	struct str *out;
	size_t most; /**< length of `out` from which findings are only counted */
	const struct result *result;
	size_t left_out;
};

static void add_head(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;
	const struct counts *counts = &run->counts;
	AUTO(auto_str) struct str name = {0};

	run_name(run, &name);
	str_printf(out, "## gaterun: **%s**\n\n", verdict_word(run->verdict));
	markdown_code_add(out, str_text(&name));
	str_printf(out,
		   ", %s, %s: %zu gates, %zu pass, %zu fail, %zu unknown, %zu skip; exit %d\n\n",
		   run->options->context, mode_word(run->options->mode), counts->planned,
		   counts->pass, counts->fail, counts->unknown, counts->skip, report->exit);
}

static void add_table(const struct run *run, struct str *out)
{
	str_add(out, "| gate | verdict | what it asks | checked | told |\n"
		     "| --- | --- | --- | ---: | ---: |\n");
	for (size_t i = 0; i < run->result_count; i++) {
		const struct result *result = &run->results[i];
		bool is_bad = verdict_is_bad(result->verdict);
		const char *bold = is_bad ? "**" : "";

		str_printf(out, "| %s | %s%s%s%s | ", result->gate->id, bold,
			   verdict_word(result->verdict), bold,
			   result->gate->enforce ? "" : ", reported only");
		markdown_add(out, result->gate->title);
		str_printf(out, " | %zu | %zu |\n", result->checked, result->findings.len);
	}
	str_add_char(out, '\n');
}

static void add_detail(struct str *out, const char *label, const char *text)
{
	if (text) {
		str_printf(out, "  - %s: ", label);
		markdown_code_add(out, text);
		str_add_char(out, '\n');
	}
}

static void add_words(const struct item *item, struct str *out)
{
	const char *state = item->finding ? finding_state_word(item->finding->state) : NULL;
	AUTO(auto_str) struct str words = {0};
	struct place where = item->finding ? item->finding->where : (struct place){0};

	if (item->standing == STANDING_FIXED) {
		state = NULL;
	}
	str_printf(out, "- **%s** ", standing_word(item->standing));
	if (where.file) {
		text_place(&where, &words);
		markdown_code_add(out, str_text(&words));
		str_add_char(out, ' ');
	}
	if (!item_is_its_place(item)) {
		str_clear(&words);
		item_subject(item, &words);
		markdown_code_add(out, str_text(&words));
		str_add(out, ": ");
	}
	markdown_code_add(out, item->message);
	if (*item_reason(item)) {
		str_printf(out, " (%s%s%s)", item_reason(item), state ? ", " : "",
			   state ? state : "");
	}
	str_add_char(out, '\n');
}

static void visit(const struct item *item, void *cookie)
{
	struct markdown *markdown = cookie;
	struct str *out = markdown->out;
	const struct finding *finding = item->finding;

	if (item->standing == STANDING_PASS) {
		return;
	}
	if (out->len > markdown->most) {
		markdown->left_out++;
		return;
	}
	if (item->result && item->result != markdown->result) {
		AUTO(auto_str) struct str title = {0};

		item_title(item, &title);
		str_add(out, markdown->result ? "\n### " : "### ");
		markdown_add(out, str_text(&title));
		str_add(out, "\n\n");
		markdown->result = item->result;
	}
	add_words(item, out);
	if (finding) {
		add_detail(out, "fix", finding->hint);
		add_detail(out, "cause", finding->caused_by);
		add_detail(out, "waived because",
			   finding->waived_by ? finding->waived_by->reason : NULL);
		add_detail(out, "the machine says (untrusted)", finding->said);
	}
}

void report_markdown(const struct run_report *report, struct str *out)
{
	struct markdown markdown = {.out = out, .most = out->len + FINDINGS_BYTES};

	add_head(report, out);
	add_table(report->run, out);
	items_visit(report, visit, &markdown);
	if (markdown.left_out > 0) {
		str_printf(out, "\n%zu more are left out; the JSON has all.\n", markdown.left_out);
	}
	if (report->run->key[0]) {
		str_printf(out, "\nRun key `%s`\n", report->run->key);
	}
}
