/**
 * Private to the files of record: the steps that all records have in common.
 */
#ifndef RECEIPT_RECORD_PRIVATE_H
#define RECEIPT_RECORD_PRIVATE_H

#include "base/file.h"
#include "receipt/record.h"

/** Open the log of the spec's key and the statement's repo, and make the nonce. */
int record_open(struct record *record, struct err *err);

/** Lock the log, say where the start stands, name the run, append; unlocked in any case. */
int record_append_start(struct record *record, char run_key[RUN_KEY_BYTES], struct err *err);

/** Append the receipt, and write its copy into the checkout. */
int record_append_receipt(struct record *record, const struct repo *repo, enum file_sync sync,
			  struct err *err);

/** Say which program runs: what the spec says, its digest, and the system it runs on. */
void record_tool(struct record *record);

/** The results of the gates, with what they were told; in order of the plan. */
struct rows record_gates(struct arena *arena, const struct run *run, const char *run_started_at);

/** The machines that were met, each once. */
struct rows record_targets(struct arena *arena, const struct run *run);

/** RFC 3339, in the arena. */
const char *record_time(struct arena *arena, int64_t utc_ms);

#endif
