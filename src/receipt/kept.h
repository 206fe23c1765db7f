/**
 * What is kept of a log in git, beside the receipts of evidence.h: signed heads, that each grew out
 * of the one before it, and what witnesses said about them.
 *
 *     receipts/evidence/<log>/checkpoints/00000022        a head
 *     receipts/evidence/<log>/growth/00000022-00000040    from one head to a later one
 * (tlog_growth.h) receipts/evidence/<log>/cosig/00000040.1b2c3d4e     a cosignature of a head
 * (cosigned.h)
 *
 * No file is ever changed, and all bytes follow from the log and what witnesses said.
 */
#ifndef RECEIPT_KEPT_H
#define RECEIPT_KEPT_H

#include "model/repo.h"
#include "receipt/cosigned.h"
#include "receipt/tlog_growth.h"

/** Where to look; all borrowed. */
struct kept_place {
	struct tree *tree;
	const char *receipts; /**< directory, relative to the root */
};

/** Append the lines that are kept beside a head. */
int kept_cosignatures(const struct kept_place *place, const struct checkpoint *head,
		      struct str *out, struct err *err);

/**
 * What do witnesses prove of what a head covers: by its own cosignatures, or by those of a later
 * head that it is shown to have grown into?
 *
 * @param note  the head as it was signed, read (checkpoint_read) into `head`
 */
void kept_witnessed(const struct kept_place *place, const struct witness_judge *judge,
		    struct text note, const struct checkpoint *head, struct witnessed *out);

/**
 * The newest of the kept heads of a log that is shown to have grown out of an earlier one.
 *
 * @param before  the earlier one; of size 0: any
 * @param out     may be `before` itself
 * @param note    how it was signed; empty if it is `before`, and that is not kept
 * @return        0; -1 with ERR_ABSENT (none is kept, or nothing shows that the newest grew out of
 *                it) or ERR_INPUT (a head of the same size is another one: `out` and `note` are
 *                that one)
 */
int kept_newest(const struct kept_place *place, const struct public_key *key,
		const struct checkpoint *before, struct checkpoint *out, struct str *note,
		struct err *err);

/** What the proofs of growth that are kept show of two heads. */
enum kept_growth {
	GROWTH_UNKNOWN, /**< nothing leads from one to the other */
	GROWTH_SHOWN,   /**< the earlier one grew into the later one */
	GROWTH_OTHER,   /**< the earlier one grew into another one of that size: a fork */
};

/** Did a kept head grow into that one? Both are signed, or named by whom the repo trusts. */
enum kept_growth kept_grew(const struct kept_place *place, const struct public_key *key,
			   const struct checkpoint *before, const struct checkpoint *after);

/**
 * Keep a head of the log that is here, the lines of witnesses beside it, and that the kept heads of
 * this log grew out of each other. Of a log that is closed its last head is kept too: it is the one
 * that receipts/trust/revoked names, and what was kept before is shown to be part of it.
 *
 * @param log   loaded (log_load)
 * @param size  of the head; 0: keep no further head
 * @return      0; -1 with ERR_INPUT if what is there is something else
 */
int kept_add(const struct repo *repo, struct log *log, int64_t size, struct err *err);

#endif
