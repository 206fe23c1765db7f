/**
 * That a log only grew between two of its heads, as a file that needs nothing else but the earlier
 * head: what C2SP's tlog-witness has a log send to a witness (the body of add-checkpoint).
 *
 *     old 22
 *     hnZc…=
 *
 *     gaterun/ops.example/0d3146aa57d93c11
 *     40
 *     Yd1b…=
 *
 *     — gaterun/ops.example/0d3146aa57d93c11 DTFGqmE0…
 *
 * The size of the earlier head, the consistency proof (RFC 6962, section 2.1.2), and the later head
 * as it was signed.
 */
#ifndef RECEIPT_TLOG_GROWTH_H
#define RECEIPT_TLOG_GROWTH_H

#include "receipt/checkpoint.h"

/** Ceiling of such a file. */
#define TLOG_GROWTH_BYTES (CHECKPOINT_BYTES + (size_t)4 * 1024)

/** Append the proof; `note` is the signed head of the later tree. */
void tlog_growth_write(const struct merkle_growth *proof, struct text note, struct str *out);

/** A proof taken apart, which proves nothing yet. */
struct tlog_growth {
	struct merkle_growth path; /**< `to` is not set: the checkpoint says it */
	struct text note;          /**< of the later head; borrowed */
};

/** Take a proof apart, strictly. */
int tlog_growth_read(struct text bytes, struct tlog_growth *out, struct err *err);

/**
 * Does the proof show it?
 *
 * @param earlier  a head of the log
 * @param key      that the log's heads are signed with
 * @param later    the signed head of the same log whose tree begins with that of `earlier`
 */
int tlog_growth_check(struct text bytes, const struct checkpoint *earlier,
		      const struct public_key *key, struct checkpoint *later, struct err *err);

#endif
