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

/** The digest of the program that runs; NULL where nobody tells. */
const char *record_own_digest(struct arena *arena);

/** RFC 3339, in the arena. */
const char *record_time(struct arena *arena, int64_t utc_ms);

#endif
