#include "check/finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

const char *finding_state_word(enum finding_state state)
{
	switch (state) {
	case STATE_NONE:
		break;
	case STATE_INTRODUCED:
		return "introduced";
	case STATE_PREEXISTING:
		return "pre-existing";
	case STATE_FIXED:
		return "fixed";
	}
	return NULL;
}

enum verdict finding_verdict(const struct finding *finding)
{
	return finding->waived_by ? finding->waived_verdict : finding->verdict;
}

static int compare_strings(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

static int compare_ints(int left, int right)
{
	return (left > right) - (left < right);
}

/** By what was found, whatever the place. */
static int compare_sameness(const struct finding *a, const struct finding *b)
{
	int order = compare_strings(a->subject, b->subject);

	if (order == 0) {
		order = compare_ints((int)a->reason, (int)b->reason);
	}
	return order != 0 ? order : compare_strings(a->detail, b->detail);
}

/** By place, then by what was found. */
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
	return order != 0 ? order : compare_sameness(a, b);
}

/** Brings the same findings together, in the order in which they stand. */
static int compare_pointers(const void *left, const void *right)
{
	const struct finding *a = *(const struct finding *const *)left;
	const struct finding *b = *(const struct finding *const *)right;
	int order = compare_sameness(a, b);

	return order != 0 ? order : (a > b) - (a < b);
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

/** Findings are numbered among their equals, in the order in which they stand. */
static void add_fingerprints(const struct gate *gate, struct findings *findings)
{
	struct VEC(struct finding *) sorted = {0};
	size_t ordinal = 0;

	for (size_t i = 0; i < findings->len; i++) {
		*VEC_ADD(&sorted) = &findings->at[i];
	}
	if (sorted.len > 1) {
		qsort(sorted.at, sorted.len, sizeof(*sorted.at), compare_pointers);
	}
	for (size_t i = 0; i < sorted.len; i++) {
		bool is_next = i > 0 && compare_sameness(sorted.at[i - 1], sorted.at[i]) == 0;

		ordinal = is_next ? ordinal + 1 : 0;
		fingerprint(gate, sorted.at[i], ordinal);
	}
	VEC_RELEASE(&sorted);
}

static void add_unchanged(struct result *result, struct arena *arena)
{
	struct finding *finding = VEC_ADD(&result->findings);

	finding->verdict = VERDICT_SKIP;
	finding->reason = REASON_SINCE_UNCHANGED;
	finding->subject = arena_printf(arena, "gate:%s", result->gate->id);
	finding->message = "no file that the gate looks at has changed";
}

static void add_no_target(struct result *result, struct arena *arena)
{
	struct finding *finding = VEC_ADD(&result->findings);

	finding->verdict = VERDICT_SKIP;
	finding->reason = REASON_SHARD_EMPTY;
	finding->subject = arena_printf(arena, "gate:%s", result->gate->id);
	finding->message = "nothing that the gate looks at belongs to this shard";
}

static void add_nothing_to_check(struct result *result, struct arena *arena)
{
	struct finding *finding = VEC_ADD(&result->findings);

	finding->verdict = VERDICT_UNKNOWN;
	finding->reason = REASON_NOTHING_TO_CHECK;
	finding->subject = arena_printf(arena, "gate:%s", result->gate->id);
	finding->message = "the gate found nothing to check, which proves nothing";
	finding->where = (struct place){result->gate->file, 1, 1};
	finding->hint = "correct what the gate looks at, or say `allow_empty: true` in it";
}

static void conclude(struct result *result, struct arena *arena)
{
	enum verdict worst = VERDICT_PASS;
	bool is_empty = result->checked == 0;

	for (size_t i = 0; i < result->findings.len; i++) {
		worst = verdict_worse(worst, result->findings.at[i].verdict);
		is_empty = is_empty && result->findings.at[i].verdict == VERDICT_PASS;
	}
	if (is_empty && result->is_narrowed) {
		add_unchanged(result, arena);
		worst = VERDICT_SKIP;
	} else if (is_empty && result->is_part) {
		add_no_target(result, arena);
		worst = VERDICT_SKIP;
	} else if (is_empty && !result->gate->allow_empty) {
		add_nothing_to_check(result, arena);
		worst = VERDICT_UNKNOWN;
	}
	result->verdict = worst;
}

/** By subject, and backwards by stream: stdout, stderr, body. */
static int compare_heard(const void *left, const void *right)
{
	const struct heard *a = left;
	const struct heard *b = right;
	int order = strcmp(a->subject, b->subject);

	return order ? order : strcmp(b->stream, a->stream);
}

void result_settle(struct result *result, struct arena *arena)
{
	struct findings *findings = &result->findings;

	conclude(result, arena);
	if (findings->len > 1) {
		qsort(findings->at, findings->len, sizeof(*findings->at), compare_findings);
	}
	if (result->heard.len > 1) {
		qsort(result->heard.at, result->heard.len, sizeof(*result->heard.at),
		      compare_heard);
	}
	add_fingerprints(result->gate, findings);
	result->is_done = true;
}

void result_release(struct result *result)
{
	VEC_RELEASE(&result->findings);
	VEC_RELEASE(&result->heard);
}
