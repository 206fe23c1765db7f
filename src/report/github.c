/*
 * Workflow commands of GitHub Actions, which become annotations of the files that they name.
 *
 * A step shows ten of each level and drops the rest, so no more are written, those that decide the
 * exit status first; everything is in a group of the log. There no line starts a command, whatever
 * a machine said.
 */
#include <string.h>

#include "base/cleanup.h"
#include "report/escape.h"
#include "report/item.h"
#include "report/text_parts.h"

/** Annotations of one level that a step shows. */
#define ANNOTATIONS_MAX ((size_t)10)

/** Bytes of one annotation's text; GitHub keeps 4 KiB of it. */
#define ANNOTATION_BYTES ((size_t)4000)

enum level {
	LEVEL_ERROR,
	LEVEL_WARNING,
	LEVEL_NOTICE,
	LEVEL_COUNT,
};

static const char *const commands[] = {"error", "warning", "notice"};

struct github {
	struct str *out;
	size_t count[LEVEL_COUNT];
};

static enum level level_of(const struct item *item)
{
	switch (item->standing) {
	case STANDING_FAIL:
	case STANDING_UNKNOWN:
		return item->counts ? LEVEL_ERROR : LEVEL_WARNING;
	case STANDING_PASS:
	case STANDING_SKIP:
	case STANDING_WAIVED:
	case STANDING_REMARK:
	case STANDING_FIXED:
		break;
	}
	return LEVEL_NOTICE;
}

static void add_properties(const struct item *item, struct str *out)
{
	struct place where = item_place(item);
	AUTO(auto_str) struct str words = {0};

	if (where.file) {
		item_path(item->report, where.file, &words);
		str_add(out, "file=");
		github_property_add(out, str_text(&words));
		str_add_char(out, ',');
	}
	if (where.file && where.line > 0) {
		str_printf(out, "line=%d,col=%d,", where.line, where.column);
	}
	str_clear(&words);
	item_title(item, &words);
	str_add(out, "title=");
	github_property_add(out, str_text(&words));
}

static void annotate(const struct item *item, void *cookie)
{
	struct github *github = cookie;
	enum level level = level_of(item);
	AUTO(auto_str) struct str whole = {0};
	AUTO(auto_str) struct str cut = {.max = ANNOTATION_BYTES};

	if (item->standing == STANDING_PASS || ++github->count[level] > ANNOTATIONS_MAX) {
		return;
	}
	str_printf(github->out, "::%s ", commands[level]);
	add_properties(item, github->out);
	str_add(github->out, "::");
	if (item->standing != STANDING_FAIL) {
		str_printf(&whole, "%s: ", standing_word(item->standing));
	}
	item_sentence(item, &whole);
	if (item->finding && item->finding->hint) {
		str_printf(&whole, "; fix: %s", item->finding->hint);
	}
	str_add_printable(&cut, str_view(&whole));
	github_data_add(github->out, str_text(&cut));
	str_add_char(github->out, '\n');
}

static void list(const struct item *item, void *cookie)
{
	struct github *github = cookie;
	struct str *out = github->out;
	AUTO(auto_str) struct str line = {0};
	struct place where = item->finding ? item->finding->where : (struct place){0};

	str_printf(&line, "%s %s ", standing_word(item->standing),
		   item->result ? item->result->gate->id : "gaterun");
	if (where.file) {
		text_place(&where, &line);
		str_add_char(&line, ' ');
	}
	item_sentence(item, &line);
	github_line_add(out, str_text(&line));
	str_add_char(out, '\n');
	if (item->finding && item->finding->said) {
		str_add(out, "  the machine says (untrusted): ");
		github_line_add(out, item->finding->said);
		str_add_char(out, '\n');
	}
}

void report_github(const struct run_report *report, struct str *out)
{
	struct github github = {.out = out};
	const struct counts *counts = &report->run->counts;

	items_visit(report, annotate, &github);
	str_add(out, "::group::gaterun: every finding\n");
	items_visit(report, list, &github);
	str_add(out, "::endgroup::\n");
	for (enum level level = LEVEL_ERROR; level < LEVEL_COUNT; level++) {
		if (github.count[level] > ANNOTATIONS_MAX) {
			str_printf(
				out,
				"gaterun: %zu of %zu %ss are annotations; all are in the group\n",
				ANNOTATIONS_MAX, github.count[level], commands[level]);
		}
	}
	str_printf(out,
		   "gaterun: %s (exit %d): %zu gates: %zu pass, %zu fail, %zu unknown, %zu skip\n",
		   verdict_word(report->run->verdict), report->exit, counts->planned, counts->pass,
		   counts->fail, counts->unknown, counts->skip);
}
