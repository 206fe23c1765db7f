#include "check/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

static int compare_strings(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

static int compare_ints(int left, int right)
{
	return (left > right) - (left < right);
}

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left;
	const struct finding *b = right;
	int order = compare_strings(a->where.file, b->where.file);

	if (order == 0) {
		order = compare_ints(a->where.line, b->where.line);
	}
	if (order == 0) {
		order = compare_ints(a->where.column, b->where.column);
	}
	if (order == 0) {
		order = compare_strings(a->subject, b->subject);
	}
	if (order == 0) {
		order = compare_ints((int)a->reason, (int)b->reason);
	}
	return order != 0 ? order : compare_strings(a->detail, b->detail);
}

/** Are they the same finding but for their ordinal? */
static bool is_equal(const struct finding *left, const struct finding *right)
{
	return left->reason == right->reason &&
	       compare_strings(left->subject, right->subject) == 0 &&
	       compare_strings(left->detail, right->detail) == 0;
}

/** Identical findings are rare, so looking back is cheaper than a table; a flood is cut off. */
#define ORDINAL_LOOK_BACK 1000

static size_t ordinal_of(const struct findings *findings, size_t index)
{
	size_t from = index > ORDINAL_LOOK_BACK ? index - ORDINAL_LOOK_BACK : 0;
	size_t ordinal = from;

	for (size_t i = from; i < index; i++) {
		ordinal += is_equal(&findings->at[i], &findings->at[index]);
	}
	return ordinal;
}

/** Gate, subject, reason, detail, ordinal: never the commit, the line, the time or the address
 * dialled. */
static void fingerprint(const struct gate *gate, struct finding *finding, size_t ordinal)
{
	AUTO(auto_str) struct str text = {0};

	str_add(&text, "gaterun-finding-v1");
	str_add_char(&text, '\0');
	str_add(&text, gate->id);
	str_add_char(&text, '\0');
	str_add(&text, finding->subject);
	str_add_char(&text, '\0');
	str_add(&text, reason_code(finding->reason));
	str_add_char(&text, '\0');
	str_add(&text, finding->detail ? finding->detail : "");
	str_add_char(&text, '\0');
	str_printf(&text, "%zu", ordinal);
	sha256_hex(text.at, text.len, finding->fingerprint);
}

static void conclude(struct result *result, struct arena *arena)
{
	enum verdict worst = VERDICT_PASS;
	bool is_empty = result->checked == 0;

	for (size_t i = 0; i < result->findings.len; i++) {
		worst = verdict_worse(worst, result->findings.at[i].verdict);
		is_empty = is_empty && result->findings.at[i].verdict == VERDICT_PASS;
	}
	if (is_empty && !result->gate->allow_empty) {
		struct finding *finding = VEC_ADD(&result->findings);

		finding->verdict = VERDICT_UNKNOWN;
		finding->reason = REASON_NOTHING_TO_CHECK;
		finding->subject = arena_printf(arena, "gate:%s", result->gate->id);
		finding->message = "the gate found nothing to check, which proves nothing";
		finding->where = (struct place){result->gate->file, 1, 1};
		finding->hint = "correct what the gate looks at, or say `allow_empty: true` in it";
		worst = VERDICT_UNKNOWN;
	}
	result->verdict = worst;
}

void result_settle(struct result *result, struct arena *arena)
{
	struct findings *findings = &result->findings;

	conclude(result, arena);
	if (findings->len > 1) {
		qsort(findings->at, findings->len, sizeof(*findings->at), compare_findings);
	}
	for (size_t i = 0; i < findings->len; i++) {
		fingerprint(result->gate, &findings->at[i], ordinal_of(findings, i));
	}
	result->is_done = true;
}

void result_release(struct result *result)
{
	VEC_RELEASE(&result->findings);
}
