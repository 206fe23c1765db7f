#include "report/text_findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "report/layout.h"
#include "report/text_group.h"
#include "report/text_parts.h"

static void add_hint(struct str *out, const struct style *style, const char *label,
		     const char *hint)
{
	AUTO(auto_str) struct str line = {0};

	if (hint) {
		str_add(&line, label);
		folded_add(&line, hint);
		text_sentence(out, style, strlen("fix: "), &line);
	}
}

/** Is the finding about its gate as a whole, so that its subject says nothing new? */
static bool is_whole(const struct result *result, const struct finding *finding)
{
	return finding->subject && strncmp(finding->subject, "gate:", strlen("gate:")) == 0 &&
	       strcmp(finding->subject + strlen("gate:"), result->gate->id) == 0;
}

/** The word before a message whose verdict is not that of the gate. */
static const char *verdict_prefix(const struct finding *finding, const struct result *result)
{
	if (finding->waived_by) {
		return finding->waived_verdict == VERDICT_FAIL ? "waived fail: "
							       : "waived unknown: ";
	}
	if (finding->state == STATE_FIXED) {
		return "fixed: ";
	}
	if (finding->verdict == VERDICT_PASS) {
		return "remark: ";
	}
	if (finding->verdict == result->verdict) {
		return "";
	}
	switch (finding->verdict) {
	case VERDICT_FAIL:
		return "fail: ";
	case VERDICT_SKIP:
		return "skip: ";
	case VERDICT_UNKNOWN:
	case VERDICT_PASS:
		break;
	}
	return "unknown: ";
}

static void add_related(struct str *out, const struct style *style, const struct finding *finding)
{
	AUTO(auto_str) struct str line = {0};

	str_add(&line, "see also");
	for (size_t i = 0; i < finding->related_count; i++) {
		str_add(&line, i ? ", " : " ");
		text_place(&finding->related[i], &line);
	}
	if (finding->related_count > 0) {
		text_sentence(out, style, 2, &line);
	}
}

static void add_one(struct str *out, const struct style *style, const struct result *result,
		    const struct finding *finding)
{
	AUTO(auto_str) struct str line = {0};
	const char *path = path_word(finding->path);

	bool has_head = !is_whole(result, finding);

	if (has_head) {
		text_head(out, style, FINDING_INDENT, finding);
	}
	str_add(&line, verdict_prefix(finding, result));
	str_add(&line, finding->message ? finding->message : reason_doc(finding->reason));
	text_reason(&line, finding);
	if (path) {
		str_printf(&line, ", over %s", path);
	}
	if (finding->is_flaky) {
		str_add(&line, ", only after a retry");
	}
	text_line(out, style, has_head ? SENTENCE_INDENT : FINDING_INDENT, 2, &line);
	if (finding->said) {
		str_clear(&line);
		str_printf(&line, "it says: %s", finding->said);
		text_sentence(out, style, strlen("it says: "), &line);
	}
	if (finding->caused_by) {
		str_clear(&line);
		str_add(&line, "cause: ");
		(void)text_cause(finding, &line);
		text_sentence(out, style, strlen("cause: "), &line);
	}
	add_related(out, style, finding);
	text_waiver(out, style, finding);
}

/** Tell the block that starts with finding `first`, and mark its members. Returns the hint that is
 * still to be said. */
static const char *tell(struct str *out, const struct style *style, const struct result *result,
			size_t first, bool *is_told)
{
	struct members members = {0};
	const char *hint = NULL;
	bool is_common = false;

	group_gather(result, first, is_told, &members);
	for (size_t i = 0; i < members.len; i++) {
		is_told[members.at[i]] = true;
	}
	if (members.len > 1) {
		group_write(out, style, result, &members);
	} else {
		add_one(out, style, result, &result->findings.at[first]);
	}
	hint = group_hint(result, &members, &is_common);
	if (hint && !is_common) {
		add_hint(out, style, "fix, for the first: ", hint);
		hint = NULL;
	}
	VEC_RELEASE(&members);
	return hint;
}

static size_t count_untold(const bool *is_told, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		count += !is_told[i];
	}
	return count;
}

void text_findings(const struct result *result, const struct style *style, struct str *out)
{
	size_t len = result->findings.len;
	AUTO(auto_free) bool *is_told = mem_alloc(len + 1);
	const char *hint = NULL;
	size_t shown = 0;

	for (size_t i = 0; i < len && shown < TEXT_FINDINGS_MAX; i++) {
		AUTO(auto_str) struct str block = {0};
		const char *next = NULL;

		if (is_told[i]) {
			continue;
		}
		next = tell(&block, style, result, i, is_told);
		/* A hint that the next block repeats is said once, behind the last of them. */
		if (hint && !same_string(hint, next)) {
			add_hint(out, style, "fix: ", hint);
		}
		hint = next;
		str_add_text(out, str_view(&block));
		shown++;
	}
	add_hint(out, style, "fix: ", hint);
	if (count_untold(is_told, len) > 0) {
		add_spaces(out, FINDING_INDENT);
		str_printf(out, "%s and %zu more (-o json shows all)\n",
			   mark_text(style, MARK_ELLIPSIS), count_untold(is_told, len));
	}
}
