/*
 * What the operator's files have wrong, in the formats for machines: nothing ran, and whoever reads
 * the file must not take that for a success.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "data/json.h"
#include "report/escape.h"
#include "report/report.h"
#include "report/text_parts.h"

/** "gaterun.yaml:3:7: unknown key 'gats'; did you mean 'gates'?" */
static void add_sentence(const struct problem *problem, struct str *out)
{
	if (problem->where.file) {
		text_place(&problem->where, out);
		str_add(out, ": ");
	}
	str_add_printable(out, text_of(problem->message));
	if (problem->hint) {
		str_add(out, "; ");
		str_add_printable(out, text_of(problem->hint));
	}
}

/** The sentence of each problem, between what stands before and behind it. */
static void add_each(const struct problems *problems, const char *before,
		     void (*add)(struct str *, const char *), const char *behind, struct str *out)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		AUTO(auto_str) struct str sentence = {0};

		add_sentence(&problems->list.at[i], &sentence);
		str_add(out, before);
		add(out, str_text(&sentence));
		str_add(out, behind);
	}
}

void report_problems_ndjson(const struct problems *problems, int exit, struct str *out)
{
	AUTO(auto_json) struct json *end = json_map();

	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];
		AUTO(auto_json) struct json *map = json_map();

		json_put_int(map, "v", 1);
		json_put_text(map, "type", "problem");
		json_put_text(map, "file", problem->where.file);
		json_put_int(map, "line", problem->where.line);
		json_put_int(map, "column", problem->where.column);
		json_put_text(map, "message", problem->message);
		json_put_text(map, "hint", problem->hint);
		json_write(map, JSON_LINE, out);
	}
	json_put_int(end, "v", 1);
	json_put_text(end, "type", "run.end");
	json_put_int(end, "exit", exit);
	json_write(end, JSON_LINE, out);
}

void report_problems_junit(const struct problems *problems, int exit, struct str *out)
{
	size_t count = problems->list.len;

	str_printf(
		out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"gaterun\" tests=\"%zu\" failures=\"0\" errors=\"%zu\">\n"
		" <testsuite name=\"gaterun could not run (exit %d)\" tests=\"%zu\" failures=\"0\" "
		"errors=\"%zu\">\n",
		count, count, exit, count, count);
	for (size_t i = 0; i < count; i++) {
		AUTO(auto_str) struct str sentence = {0};

		add_sentence(&problems->list.at[i], &sentence);
		str_printf(out, "  <testcase classname=\"gaterun.run\" name=\"%zu ", i + 1);
		xml_add(out, str_text(&sentence));
		str_add(out, "\"><error type=\"problem\" message=\"");
		xml_add(out, str_text(&sentence));
		str_add(out, "\"/></testcase>\n");
	}
	str_add(out, " </testsuite>\n</testsuites>\n");
}

void report_problems_tap(const struct problems *problems, int exit, struct str *out)
{
	str_add(out, "TAP version 13\n");
	add_each(problems, "# ", tap_add, "\n", out);
	str_printf(out, "Bail out! gaterun could not run (exit %d)\n", exit);
}

void report_problems_prom(const struct problems *problems, int exit, struct str *out)
{
	int64_t now = clock_utc_ms();

	(void)problems;
	prom_add_run(now, exit, out);
}

void report_problems_github(const struct problems *problems, int exit, struct str *out)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];
		AUTO(auto_str) struct str sentence = {0};

		add_sentence(problem, &sentence);
		str_add(out, "::error ");
		if (problem->where.file) {
			str_add(out, "file=");
			github_property_add(out, problem->where.file);
			str_add_char(out, ',');
		}
		if (problem->where.file && problem->where.line > 0) {
			str_printf(out, "line=%d,col=%d,", problem->where.line,
				   problem->where.column);
		}
		str_printf(out, "title=gaterun could not run (exit %d)::", exit);
		github_data_add(out, str_text(&sentence));
		str_add_char(out, '\n');
	}
}

void report_problems_markdown(const struct problems *problems, int exit, struct str *out)
{
	str_printf(out, "## gaterun: **could not run** (exit %d)\n\n", exit);
	add_each(problems, "- ", markdown_code_add, "\n", out);
}
