/**
 * Between the files of merge.c and nobody else.
 */
#ifndef RECEIPT_MERGE_PRIVATE_H
#define RECEIPT_MERGE_PRIVATE_H

#include "receipt/merge.h"

/** A merge under way. */
struct merging {
	struct arena *arena;
	const struct merge_part *parts;
	size_t count;
	int shards;
	const struct merge_part **by_number; /**< NULL: that shard's receipt is not there */
};

/** What the parts say of one gate, the one with this index in the plan. */
struct statement_gate merge_gate(struct merging *merging, size_t index);

/** Order findings as a run does, each once. Changes the rows; returns how many are left. */
size_t merge_findings(struct statement_finding *findings, size_t len);

/** What the parts were told for the gate with this index, each output once, in order. */
struct rows merge_outputs(const struct merging *merging, size_t index);

/**
 * The machines that the parts met, each once, in order: of two meetings the one that got further,
 * because what was reached through a machine shows that it let one in.
 *
 * @return 0; -1 with ERR_INPUT if one showed two parts different keys
 */
int merge_targets(const struct merging *merging, struct rows *out, struct err *err);

#endif
