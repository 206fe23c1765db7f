/* What a run found, as rows of its receipt. */
#include <string.h>

#include "check/reach/met.h"
#include "receipt/record_private.h"

static struct statement_finding finding_row(const struct finding *finding)
{
	return (struct statement_finding){
		.verdict = (int)finding->verdict,
		.reason = reason_code(finding->reason),
		.subject = finding->subject,
		.message = finding->message,
		.file = finding->where.file,
		.line = finding->where.line,
		.column = finding->where.column,
		.fingerprint = finding->fingerprint,
		.caused_by = finding->caused_by,
		.waived = finding->waived_by ? verdict_word(finding->waived_verdict) : NULL,
		.state = finding_state_word(finding->state),
	};
}

/** What a gate was told, each stream of a subject once. */
static struct rows output_rows(struct arena *arena, const struct result *result)
{
	struct statement_output *rows = arena_alloc(arena, (result->heard.len + 1) * sizeof(*rows));
	size_t len = 0;

	for (size_t i = 0; i < result->heard.len; i++) {
		const struct heard *heard = &result->heard.at[i];

		if (len > 0 && strcmp(rows[len - 1].subject, heard->subject) == 0 &&
		    strcmp(rows[len - 1].stream, heard->stream) == 0) {
			continue;
		}
		rows[len++] = (struct statement_output){
			.subject = heard->subject,
			.stream = heard->stream,
			.sha256 = heard->sha256,
			.bytes = (int64_t)heard->len,
			.is_truncated = heard->is_truncated,
		};
	}
	return (struct rows){rows, len};
}

static enum target_state target_state(enum met_state state)
{
	switch (state) {
	case MET_UNREACHED:
		return TARGET_UNREACHED;
	case MET_REFUSED:
		return TARGET_REFUSED;
	case MET_PROVEN:
		return TARGET_PROVEN;
	case MET_LOGGED_IN:
		return TARGET_LOGGED_IN;
	}
	return TARGET_UNREACHED;
}

static struct statement_target target_row(struct arena *arena, const struct met *met)
{
	struct statement_target row = {
		.name = met->target->id,
		.policy = access_policy_word(met->target->policy),
		.state = (int)target_state(met->state),
		.key_type = met->key_type,
		.fingerprint = met->fingerprint,
		.address = met->address,
		.port = met->target->port,
		.path = path_word(met->path),
		.via = met->via ? met->via->id : NULL,
		.user = met->user,
	};

	if (met->state == MET_REFUSED) {
		row.trust = "none";
	} else if (met->state != MET_UNREACHED) {
		row.trust = "known_hosts";
		row.pinned_by = arena_printf(arena, "%s:%d", met->pin.file, met->pin.line);
	}
	return row;
}

static struct statement_gate gate_row(struct arena *arena, const struct run *run,
				      const struct result *result, const char *run_started_at)
{
	struct statement_finding *rows =
		arena_alloc(arena, (result->findings.len + 1) * sizeof(*rows));

	for (size_t i = 0; i < result->findings.len; i++) {
		rows[i] = finding_row(&result->findings.at[i]);
	}
	return (struct statement_gate){
		.id = result->gate->id,
		.kind = result->gate->kind->name,
		.severity = severity_word((enum severity)result->gate->severity),
		.is_enforced = result->gate->enforce,
		.verdict = (int)result->verdict,
		.checked = (int64_t)result->checked,
		.reason = result->reason == REASON_NONE ? NULL : reason_code(result->reason),
		.counts_as = run->options->fails_on_introduced
				     ? verdict_word(run_counted(run->options, result))
				     : NULL,
		.started_at = result->started_utc_ms > 0
				      ? record_time(arena, result->started_utc_ms)
				      : run_started_at,
		.duration_ms = result->duration_ms,
		.findings = {rows, result->findings.len},
		.outputs = output_rows(arena, result),
	};
}

struct rows record_gates(struct arena *arena, const struct run *run, const char *run_started_at)
{
	struct statement_gate *rows = arena_alloc(arena, (run->result_count + 1) * sizeof(*rows));

	for (size_t i = 0; i < run->result_count; i++) {
		rows[i] = gate_row(arena, run, &run->results[i], run_started_at);
	}
	return (struct rows){rows, run->result_count};
}

struct rows record_targets(struct arena *arena, const struct run *run)
{
	const struct rows *met = &run->met;
	const struct met *from = met->at;
	struct statement_target *rows = arena_alloc(arena, (met->len + 1) * sizeof(*rows));
	size_t len = 0;

	for (size_t i = 0; i < met->len; i++) {
		if (len == 0 || strcmp(rows[len - 1].name, from[i].target->id) != 0) {
			rows[len++] = target_row(arena, &from[i]);
		}
	}
	return (struct rows){rows, len};
}
