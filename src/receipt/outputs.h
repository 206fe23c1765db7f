/**
 * What gates were told, kept aside on this machine: <state>/outputs/<sha256>, beside the logs.
 *
 * Receipts hold digests and lengths of outputs, never a byte of them: outputs are long, and may
 * hold secrets. For those who want to look at what a gate judged, the bytes stay for a while where
 * only this user can read them (mode 0600). There is a ceiling for all of them together; the oldest
 * go. What is kept can be lost or altered without a receipt being any less true: who reads it
 * compares it with the receipt's digest first.
 */
#ifndef RECEIPT_OUTPUTS_H
#define RECEIPT_OUTPUTS_H

#include "receipt/statement.h"
#include "run/run.h"

/** Bytes, and files, of all that is kept. */
#define OUTPUTS_BYTES ((size_t)64 * 1024 * 1024)
#define OUTPUTS_FILES ((size_t)2048)

/**
 * Keep what the gates of a run were told.
 *
 * @param state  where logs are (log_state_folder)
 * @return       0; -1 if something could not be kept, which makes no receipt worse
 */
int outputs_keep(const char *state, const struct run *run, struct err *err);

/** What is here of an output that a receipt names. */
enum output_state {
	OUTPUT_ABSENT,  /**< never kept here, or gone since */
	OUTPUT_KEPT,    /**< the very bytes */
	OUTPUT_CHANGED, /**< other bytes stand in its place, or it cannot be read */
};

/** @param bytes  NULL, or gets the bytes of OUTPUT_KEPT */
enum output_state output_find(const char *state, const struct statement_output *output,
			      struct str *bytes);

/** How many outputs of a receipt are in each state. */
struct outputs_count {
	size_t kept;
	size_t absent;
	size_t changed;
	const char *first_changed; /**< its digest; NULL: none */
};

/** Look for each output of a receipt below `state`, and compare what is there with its digest. */
struct outputs_count outputs_count(const char *state, const struct statement *receipt);

/** Let the oldest go until the rest is within both ceilings. */
int outputs_trim(const char *state, size_t max_bytes, size_t max_files, struct err *err);

#endif
