/**
 * The name of a run: RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3.
 *
 * It sorts by time, says what ran, and ends in 100 bits of SHA-256 over the run-start statement
 * (without the key itself), which holds a nonce, the log, the index in it, the commit and the
 * digests of everything that was read. So a key can be computed again from its start, and cannot be
 * moved to another commit, pack or log. It is safe as a file name, also where case does not count.
 */
#ifndef RECEIPT_RUN_KEY_H
#define RECEIPT_RUN_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/** Longest run key with its NUL. */
#define RUN_KEY_BYTES 97

/** Longest label with its NUL. */
#define RUN_KEY_LABEL_BYTES 49

enum run_key_form {
	RUN_KEY_NONE,  /**< not a run key: never to be used as a path */
	RUN_KEY_OURS,  /**< RUN-…: to be looked up and verified */
	RUN_KEY_OLDER, /**< CAP-… or S…, of the predecessor: a citation nobody can verify */
};

/** Which form does a text have? */
enum run_key_form run_key_form(struct text text);

/**
 * "verify." and the packs or gate ids, lower case, joined by '-', cut at 48 bytes; what is neither
 * letter, digit, '.' nor '-' becomes '-'.
 */
void run_key_label(const char *const *ids, size_t count, char out[RUN_KEY_LABEL_BYTES]);

/**
 * Make the key of a run.
 *
 * @param start  the run-start statement in canonical form, without the member runKey
 * @param label  as run_key_label gives it
 */
void run_key_make(struct text start, int64_t started_utc_ms, const char *label,
		  char out[RUN_KEY_BYTES]);

/** The label inside a key of form RUN_KEY_OURS. */
void run_key_copy_label(const char *key, char out[RUN_KEY_LABEL_BYTES]);

#endif
