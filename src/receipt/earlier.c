#include "receipt/earlier.h"

#include <string.h>

/** The reason with this code; one that this program does not know has none. */
static enum reason find_reason(const char *code)
{
	for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++) {
		if (strcmp(reason_code(reason), code) == 0) {
			return reason;
		}
	}
	return REASON_NONE;
}

static const char *copy(struct arena *arena, const char *text)
{
	return text ? arena_text(arena, text) : NULL;
}

/** The verdict before a waiver. */
static enum verdict verdict_of(const struct statement_finding *row)
{
	if (!row->waived) {
		return (enum verdict)row->verdict;
	}
	return strcmp(row->waived, "fail") == 0 ? VERDICT_FAIL : VERDICT_UNKNOWN;
}

static void fill_finding(struct arena *arena, const struct statement_finding *row,
			 struct finding *out)
{
	*out = (struct finding){
		.verdict = verdict_of(row),
		.reason = find_reason(row->reason),
		.subject = copy(arena, row->subject),
		.message = copy(arena, row->message),
		.where = {copy(arena, row->file), (int)row->line, (int)row->column},
	};
	memcpy(out->fingerprint, row->fingerprint, sizeof(out->fingerprint));
}

/** Why a finding that is not in the receipt may have been there; NULL: it was not. */
static const char *why_undetermined(const struct statement *receipt,
				    const struct statement_gate *gate, struct arena *arena)
{
	const struct statement_selection *selection = &receipt->inputs.selection;

	if (gate->omitted > 0) {
		return arena_printf(arena, "the receipt leaves out %lld of its findings",
				    (long long)gate->omitted);
	}
	return selection->since || selection->shard || selection->targets.len > 0
		       ? "that run looked only at a part"
		       : NULL;
}

static void fill_gate(const struct statement *receipt, const struct statement_gate *row,
		      struct baseline *baseline)
{
	const struct statement_finding *rows = row->findings.at;
	struct finding *findings =
		arena_alloc(&baseline->arena, (row->findings.len + 1) * sizeof(*findings));
	size_t len = 0;

	for (size_t i = 0; i < row->findings.len; i++) {
		/* What was fixed by then was there no more. */
		if (!rows[i].state || strcmp(rows[i].state, "fixed") != 0) {
			fill_finding(&baseline->arena, &rows[i], &findings[len++]);
		}
	}
	*VEC_ADD(&baseline->gates) = (struct baseline_gate){
		.id = copy(&baseline->arena, row->id),
		.at = findings,
		.len = len,
		.undetermined = why_undetermined(receipt, row, &baseline->arena),
	};
}

void earlier_fill(const struct statement *receipt, struct baseline *baseline)
{
	const struct statement_gate *gates = receipt->results.at;

	for (size_t i = 0; i < receipt->results.len; i++) {
		fill_gate(receipt, &gates[i], baseline);
	}
}
