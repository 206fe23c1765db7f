/**
 * What a witness says about the head of a log: C2SP's cosignature/v1 (tlog-cosignature), Ed25519,
 * signature type 4. As of its time, the largest tree of that log which the witness has seen, and
 * which only ever grew, is this one.
 *
 *     — control.example/gaterun base64(key id, 8 bytes of time, signature)
 *
 * Signed are two lines, "cosignature/v1" and "time 1772401693", and the text of the checkpoint.
 * The name is not signed: so a key is that of one witness and of nothing else.
 */
#ifndef RECEIPT_COSIGNATURE_H
#define RECEIPT_COSIGNATURE_H

#include <stdint.h>

#include "crypto/signing_key.h"
#include "receipt/note.h"

/** How far the time of a cosignature may be ahead of our clock, in milliseconds. */
#define COSIGNATURE_SKEW_MS 300000

/** Who a witness is. */
struct witness {
	char name[NOTE_NAME_BYTES];
	struct public_key key;
};

/** Append the witness's verifier key, type 4. */
void witness_write_vkey(const struct witness *witness, struct str *out);

/** Read one. */
int witness_read_vkey(struct text vkey, struct witness *out, struct err *err);

/**
 * Append the line that cosigns a head.
 *
 * @param text      of the checkpoint: its lines above the blank one
 * @param name      of the witness
 * @param time_utc  seconds, above 0
 * @return          0; -1 if the key did not sign
 */
int cosignature_write(struct text text, const char *name, const struct signing_key *key,
		      int64_t time_utc, struct str *out, struct err *err);

/** What is to be found by one witness in a note. */
enum cosigned {
	COSIGNED_ABSENT,
	COSIGNED_WRONG,    /**< does not verify: of another head, another log, another key */
	COSIGNED_TIMELESS, /**< its time is 0: no statement about when */
	COSIGNED_FUTURE,   /**< its time has not come yet */
	COSIGNED_GOOD,
};

/**
 * Find what a witness says in a note. Lines by others are passed over; of several good ones the
 * earliest counts, and one that is not good spoils the rest.
 *
 * @param note      a checkpoint with its lines
 * @param time_utc  seconds; with COSIGNED_GOOD
 * @param err       with COSIGNED_WRONG, _TIMELESS and _FUTURE
 */
enum cosigned cosignature_find(struct text note, const struct witness *witness, int64_t now_utc_ms,
			       int64_t *time_utc, struct err *err);

#endif
