#include "report/text_parts.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "report/layout.h"

void text_place(const struct place *where, struct str *out)
{
	if (where->file) {
		str_add_printable(out, text_of(where->file));
	}
	if (where->file && where->line > 0) {
		str_printf(out, ":%d:%d", where->line, where->column);
	}
}

bool text_cause(const struct finding *finding, struct str *out)
{
	struct text rest = text_of(finding->caused_by);
	struct text word = {0};
	bool is_own = false;
	bool is_first = true;

	while (text_split(&rest, ' ', &word)) {
		if (finding->subject && text_is(word, finding->subject)) {
			is_own = true;
		} else if (!text_starts(word, "gate:")) {
			str_add(out, is_first ? "" : " ");
			str_add_text(out, word);
			is_first = false;
		}
	}
	return is_own;
}

void text_reason(struct str *out, const struct finding *finding)
{
	const char *state = finding_state_word(finding->state);
	bool is_told = state && finding->state != STATE_FIXED &&
		       (verdict_is_bad(finding->verdict) || finding->waived_by);

	str_printf(out, " (%s%s%s)", reason_code(finding->reason), is_told ? ", " : "",
		   is_told ? state : "");
}

void text_line(struct str *out, const struct style *style, size_t indent, size_t hanging,
	       const struct str *line)
{
	add_spaces(out, indent);
	wrap_add(out, style, indent, indent + hanging, str_text(line));
	str_add_char(out, '\n');
}

void text_sentence(struct str *out, const struct style *style, size_t hanging,
		   const struct str *sentence)
{
	text_line(out, style, SENTENCE_INDENT, hanging, sentence);
}

void text_waiver(struct str *out, const struct style *style, const struct finding *finding)
{
	const struct waiver *waiver = finding->waived_by;
	AUTO(auto_str) struct str line = {0};
	char time[CLOCK_RFC3339_BYTES];

	if (!waiver) {
		return;
	}
	clock_format_rfc3339(waiver->expires_on_utc_ms, time);
	str_printf(&line, "waived until %.10s by %s (%s): %s; see ", time, waiver->owner,
		   waiver->ticket, waiver->reason);
	text_place(&waiver->node->where, &line);
	text_sentence(out, style, 2, &line);
}

/** "file:bin/x.sh" beside a place in that file says nothing new. */
static bool repeats_file(const struct finding *finding)
{
	return finding->subject && finding->where.file &&
	       strncmp(finding->subject, "file:", strlen("file:")) == 0 &&
	       strcmp(finding->subject + strlen("file:"), finding->where.file) == 0;
}

void text_head(struct str *out, const struct style *style, size_t indent,
	       const struct finding *finding)
{
	AUTO(auto_str) struct str place = {0};
	AUTO(auto_str) struct str subject = {0};

	text_place(&finding->where, &place);
	if (!repeats_file(finding)) {
		str_add_printable(&subject, text_of(finding->subject ? finding->subject : ""));
	}
	add_spaces(out, indent);
	colour_add(out, style, COLOUR_BOLD, str_text(&place));
	if (place.len > 0 && subject.len > 0) {
		str_add(out, "  ");
	}
	str_add(out, str_text(&subject));
	str_add_char(out, '\n');
}
