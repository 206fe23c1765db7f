/**
 * That one entry is in a log, as a file that needs nothing else: C2SP's tlog-proof, version 1.
 *
 *     c2sp.org/tlog-proof@v1
 *     index 21
 *     hnZc…=
 *
 *     gaterun/ops.example/0d3146aa57d93c11
 *     22
 *     Yd1b…=
 *
 *     — gaterun/ops.example/0d3146aa57d93c11 DTFGqmE0…
 *
 * The index, the hashes from the leaf's neighbour upwards, and the checkpoint as it was signed.
 */
#ifndef RECEIPT_TLOG_PROOF_H
#define RECEIPT_TLOG_PROOF_H

#include "receipt/checkpoint.h"

/** Ceiling of a proof: a line for each level, and a checkpoint. */
#define TLOG_PROOF_BYTES (CHECKPOINT_BYTES + (size_t)4 * 1024)

/** Append the proof; `note` is the signed checkpoint of the tree that it was made for. */
void tlog_proof_write(const struct merkle_proof *proof, struct text note, struct str *out);

/** A proof taken apart, which proves nothing yet. */
struct tlog_proof {
	struct merkle_proof path; /**< its size is not set: the checkpoint says it */
	struct text note;         /**< the checkpoint; borrowed */
};

/** Take a proof apart, strictly. Extra data, which nobody signs, is refused. */
int tlog_proof_read(struct text bytes, struct tlog_proof *out, struct err *err);

/** What is to be shown: this entry stands there in this log. Borrowed. */
struct tlog_claim {
	const char *origin;
	const struct public_key *key; /**< that the log's heads are signed with */
	struct text entry;
	uint64_t index;
};

/**
 * Does the proof show it?
 *
 * @param head  the signed head under which the entry is
 * @return      0; -1 with a sentence in `err`
 */
int tlog_proof_check(struct text bytes, const struct tlog_claim *claim, struct checkpoint *head,
		     struct err *err);

#endif
