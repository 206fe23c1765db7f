/* Rows of several parts put together: in order, and nothing twice. */
#include <stdlib.h>
#include <string.h>

#include "receipt/merge_private.h"

static int compare_texts(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

static int compare_numbers(int64_t left, int64_t right)
{
	return (left > right) - (left < right);
}

static void sort(void *rows, size_t len, size_t bytes, int (*compare)(const void *, const void *))
{
	if (len > 1) {
		qsort(rows, len, bytes, compare);
	}
}

/* ---- findings */

static int compare_sameness(const void *left, const void *right)
{
	const struct statement_finding *a = left;
	const struct statement_finding *b = right;
	int order = strcmp(a->fingerprint, b->fingerprint);

	return order != 0 ? order : compare_numbers(a->verdict, b->verdict);
}

/** As a run has them: by place, then by what was found. */
static int compare_findings(const void *left, const void *right)
{
	const struct statement_finding *a = left;
	const struct statement_finding *b = right;
	int order = compare_texts(a->file, b->file);

	if (order == 0) {
		order = compare_numbers(a->line, b->line);
	}
	if (order == 0) {
		order = compare_numbers(a->column, b->column);
	}
	if (order == 0) {
		order = compare_texts(a->subject, b->subject);
	}
	if (order == 0) {
		order = compare_texts(a->reason, b->reason);
	}
	return order != 0 ? order : compare_sameness(a, b);
}

size_t merge_findings(struct statement_finding *findings, size_t len)
{
	size_t kept = 0;

	sort(findings, len, sizeof(*findings), compare_sameness);
	for (size_t i = 0; i < len; i++) {
		if (kept == 0 || compare_sameness(&findings[kept - 1], &findings[i]) != 0) {
			findings[kept++] = findings[i];
		}
	}
	sort(findings, kept, sizeof(*findings), compare_findings);
	return kept;
}

/* ---- outputs */

static const struct statement_gate *gate_of(const struct merging *merging, size_t part,
					    size_t index)
{
	const struct statement_gate *gates = merging->parts[part].statement.results.at;

	return &gates[index];
}

/** By subject; stdout comes before stderr. */
static int compare_outputs(const void *left, const void *right)
{
	const struct statement_output *a = left;
	const struct statement_output *b = right;
	int order = compare_texts(a->subject, b->subject);

	return order != 0 ? order : compare_texts(b->stream, a->stream);
}

struct rows merge_outputs(const struct merging *merging, size_t index)
{
	struct statement_output *rows = NULL;
	size_t len = 0;
	size_t kept = 0;

	for (size_t i = 0; i < merging->count; i++) {
		len += gate_of(merging, i, index)->outputs.len;
	}
	rows = arena_alloc(merging->arena, (len + 1) * sizeof(*rows));
	len = 0;
	for (size_t i = 0; i < merging->count; i++) {
		const struct rows *outputs = &gate_of(merging, i, index)->outputs;
		const struct statement_output *from = outputs->at;

		for (size_t k = 0; k < outputs->len; k++) {
			rows[len++] = from[k];
		}
	}
	sort(rows, len, sizeof(*rows), compare_outputs);
	for (size_t i = 0; i < len; i++) {
		if (kept == 0 || compare_outputs(&rows[kept - 1], &rows[i]) != 0) {
			rows[kept++] = rows[i];
		}
	}
	return (struct rows){rows, kept};
}

/* ---- targets */

/** By name; the meeting that got further comes first. */
static int compare_targets(const void *left, const void *right)
{
	const struct statement_target *a = left;
	const struct statement_target *b = right;
	int order = strcmp(a->name, b->name);

	if (order == 0) {
		order = compare_numbers(b->state, a->state);
	}
	return order != 0 ? order : compare_texts(a->address, b->address);
}

/** Two shards that were shown different keys did not meet one machine; which is right is not for a
 * merge to say. */
static int check_same_key(const struct statement_target *a, const struct statement_target *b,
			  struct err *err)
{
	if (!a->fingerprint || !b->fingerprint || strcmp(a->fingerprint, b->fingerprint) == 0) {
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "target %s showed one shard the key %s, and another %s: they did not meet "
		       "the same machine",
		       a->name, a->fingerprint, b->fingerprint);
}

int merge_targets(const struct merging *merging, struct rows *out, struct err *err)
{
	struct statement_target *rows = NULL;
	size_t len = 0;
	size_t kept = 0;

	for (size_t i = 0; i < merging->count; i++) {
		len += merging->parts[i].statement.targets.len;
	}
	rows = arena_alloc(merging->arena, (len + 1) * sizeof(*rows));
	len = 0;
	for (size_t i = 0; i < merging->count; i++) {
		const struct rows *targets = &merging->parts[i].statement.targets;
		const struct statement_target *from = targets->at;

		for (size_t k = 0; k < targets->len; k++) {
			rows[len++] = from[k];
		}
	}
	sort(rows, len, sizeof(*rows), compare_targets);
	for (size_t i = 0; i < len; i++) {
		if (kept == 0 || strcmp(rows[kept - 1].name, rows[i].name) != 0) {
			rows[kept++] = rows[i];
		} else if (check_same_key(&rows[kept - 1], &rows[i], err)) {
			return -1;
		}
	}
	*out = (struct rows){rows, kept};
	return 0;
}
