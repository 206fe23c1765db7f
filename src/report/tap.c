/*
 * TAP, version 13, which every consumer knows; the body is also that of version 14. A test for each
 * finding, or one for the gate if there is none. What is bad and does not count (reported only, or
 * as before) is a test that is known to fail, so that `prove` ends as gaterun does.
 */
#include <string.h>

#include "base/cleanup.h"
#include "report/escape.h"
#include "report/item.h"
#include "report/text_parts.h"

struct tap {
	struct str *out;
	size_t number;
};

static void add_pair(struct str *out, const char *key, const char *value)
{
	if (value && *value) {
		str_printf(out, "  %s: ", key);
		yaml_quoted_add(out, value);
		str_add_char(out, '\n');
	}
}

/** The YAML block behind a test. */
static void add_block(const struct item *item, struct str *out)
{
	const struct finding *finding = item->finding;
	AUTO(auto_str) struct str place = {0};

	str_add(out, "  ---\n");
	add_pair(out, "message", item->message);
	add_pair(out, "verdict", standing_word(item->standing));
	add_pair(out, "reason", item_reason(item));
	if (item->result) {
		add_pair(out, "severity",
			 severity_word((enum severity)item->result->gate->severity));
	}
	if (finding) {
		text_place(&finding->where, &place);
		add_pair(out, "at", str_text(&place));
		add_pair(out, "fix", finding->hint);
		add_pair(out, "cause", finding->caused_by);
		add_pair(out, "state", finding_state_word(finding->state));
		add_pair(out, "path", path_word(finding->path));
		add_pair(out, "untrusted", finding->said);
		add_pair(out, "fingerprint", finding->fingerprint);
	}
	str_add(out, "  ...\n");
}

static void add_directive(const struct item *item, struct str *out)
{
	switch (item->standing) {
	case STANDING_SKIP:
	case STANDING_WAIVED:
		str_add(out, item->standing == STANDING_SKIP ? " # SKIP " : " # SKIP waived: ");
		tap_add(out, item->message);
		break;
	case STANDING_FAIL:
	case STANDING_UNKNOWN:
		if (!item->counts) {
			str_add(out, item->result->gate->enforce ? " # todo the baseline has it"
								 : " # todo reported only");
		}
		break;
	case STANDING_PASS:
	case STANDING_REMARK:
	case STANDING_FIXED:
		break;
	}
}

static void visit(const struct item *item, void *cookie)
{
	struct tap *tap = cookie;
	struct str *out = tap->out;
	bool is_bad = item->standing == STANDING_FAIL || item->standing == STANDING_UNKNOWN;
	AUTO(auto_str) struct str words = {0};

	if (!item_is_case(item)) {
		str_printf(&words, "%s: ", standing_word(item->standing));
		item_sentence(item, &words);
		str_printf(out, "# %s\n", str_text(&words));
		return;
	}
	item_title(item, &words);
	if (item->finding) {
		str_add(&words, " [");
		item_subject(item, &words);
		str_add_char(&words, ']');
	}
	str_printf(out, "%s %zu - ", is_bad ? "not ok" : "ok", ++tap->number);
	tap_add(out, str_text(&words));
	add_directive(item, out);
	str_add_char(out, '\n');
	if (item->standing != STANDING_PASS) {
		add_block(item, out);
	}
}

static void count(const struct item *item, void *cookie)
{
	size_t *cases = cookie;

	*cases += item_is_case(item);
}

void report_tap(const struct run_report *report, struct str *out)
{
	struct tap tap = {.out = out};
	size_t cases = 0;

	items_visit(report, count, &cases);
	str_printf(out, "TAP version 13\n1..%zu\n", cases);
	items_visit(report, visit, &tap);
}
