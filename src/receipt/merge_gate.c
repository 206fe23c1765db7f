/* What the shards of a run say of one gate. */
#include <string.h>

#include "base/cleanup.h"
#include "model/reason.h"
#include "model/shard.h"
#include "receipt/merge_private.h"

/** What its parts come to. */
struct joined {
	struct merging *merging;
	struct statement_gate gate;
	struct statement_finding *findings; /**< as many as there is room for */
	size_t len;
	bool is_part;  /**< about targets, so that each shard has some */
	bool is_there; /**< some shard judged it */
	bool is_mixed; /**< shards differ in why it did not run */
};

static bool has_reason(const char *reason, enum reason expected)
{
	return reason && strcmp(reason, reason_code(expected)) == 0;
}

/** What only says how the run was split is not taken over. */
static bool is_kept(const struct statement_finding *finding)
{
	return !has_reason(finding->reason, REASON_SHARD_PART) &&
	       !has_reason(finding->reason, REASON_SHARD_EMPTY);
}

static void join_gate(struct joined *joined, const struct statement_gate *gate)
{
	const struct statement_finding *findings = gate->findings.at;
	struct statement_gate *out = &joined->gate;
	bool is_part = gate->omitted > 0; /* what did not fit may have said so */
	bool is_empty = false;

	if (has_reason(gate->reason, REASON_SHARD_ELSEWHERE)) {
		return;
	}
	for (size_t i = 0; i < gate->findings.len; i++) {
		is_part = is_part || has_reason(findings[i].reason, REASON_SHARD_PART);
		is_empty = is_empty || has_reason(findings[i].reason, REASON_SHARD_EMPTY);
		if (is_kept(&findings[i])) {
			joined->findings[joined->len++] = findings[i];
		}
	}
	joined->is_part = joined->is_part || is_part;
	if (is_empty) {
		return;
	}
	if (is_part) {
		out->checked += gate->checked;
	} else if (gate->checked > out->checked) {
		out->checked = gate->checked;
	}
	joined->is_mixed =
		joined->is_mixed || (joined->is_there && !same_string(out->reason, gate->reason));
	out->reason = gate->reason;
	out->verdict = (int)(joined->is_there ? verdict_worse((enum verdict)out->verdict,
							      (enum verdict)gate->verdict)
					      : (enum verdict)gate->verdict);
	joined->is_there = true;
	out->omitted += gate->omitted;
	out->omitted_outputs += gate->omitted_outputs;
	if (gate->duration_ms > out->duration_ms) {
		out->duration_ms = gate->duration_ms;
	}
	if (strcmp(gate->started_at, out->started_at) < 0) {
		out->started_at = gate->started_at;
	}
}

static void add_unknown(struct joined *joined, enum reason reason, const char *subject,
			const char *message)
{
	struct arena *arena = joined->merging->arena;
	AUTO(auto_str) struct str text = {0};
	char fingerprint[SHA256_HEX_BYTES];

	str_printf(&text, "%s\n%s\n%s", joined->gate.id, subject, reason_code(reason));
	sha256_hex(text.at, text.len, fingerprint);
	joined->findings[joined->len++] = (struct statement_finding){
		.verdict = VERDICT_UNKNOWN,
		.reason = reason_code(reason),
		.subject = subject,
		.message = message,
		.fingerprint = arena_text(arena, fingerprint),
	};
	joined->gate.verdict =
		(int)(joined->is_there
			      ? verdict_worse((enum verdict)joined->gate.verdict, VERDICT_UNKNOWN)
			      : VERDICT_UNKNOWN);
	joined->is_there = true;
}

/** Shards that are not there leave unknown what they would have said. */
static void add_missing(struct joined *joined)
{
	struct merging *merging = joined->merging;
	int owner = shard_of(joined->gate.id, merging->shards);
	bool was_there = joined->is_there || joined->is_part;

	for (int number = 1; number <= merging->shards; number++) {
		bool is_wanted = joined->is_part || (!was_there && number == owner);
		const char *shard =
			arena_printf(merging->arena, "shard:%d/%d", number, merging->shards);

		if (!merging->by_number[number] && is_wanted) {
			add_unknown(joined, REASON_SHARD_MISSING, shard,
				    "there is no receipt of this shard");
		}
	}
	if (!joined->is_there) {
		add_unknown(joined, REASON_NOTHING_TO_CHECK,
			    arena_printf(merging->arena, "gate:%s", joined->gate.id),
			    "no shard found anything to check, which proves nothing");
	}
}

struct statement_gate merge_gate(struct merging *merging, size_t index)
{
	const struct statement_gate *first = merging->parts[0].statement.results.at;
	size_t room = (size_t)merging->shards + 1;
	struct joined joined = {.merging = merging, .gate = first[index]};

	for (size_t i = 0; i < merging->count; i++) {
		const struct statement_gate *gates = merging->parts[i].statement.results.at;

		room += gates[index].findings.len;
	}
	joined.findings = arena_alloc(merging->arena, room * sizeof(*joined.findings));
	joined.gate.checked = 0;
	joined.gate.omitted = 0;
	joined.gate.omitted_outputs = 0;
	joined.gate.outputs = merge_outputs(merging, index);
	joined.gate.duration_ms = 0;
	joined.gate.reason = NULL;
	for (int number = 1; number <= merging->shards; number++) {
		if (merging->by_number[number]) {
			const struct statement_gate *gates =
				merging->by_number[number]->statement.results.at;

			join_gate(&joined, &gates[index]);
		}
	}
	joined.len = merge_findings(joined.findings, joined.len);
	add_missing(&joined);
	if (joined.is_mixed) {
		joined.gate.reason = NULL;
	}
	joined.gate.findings = (struct rows){joined.findings, joined.len};
	return joined.gate;
}
