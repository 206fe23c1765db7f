/**
 * What loops cite: receipts that are kept in git, with all that shows where they stand in the log,
 * so that a fresh clone verifies them with nothing else but whom to trust.
 *
 *     receipts/evidence/RUN-….json               the receipt, byte for byte as in the log
 *     receipts/evidence/RUN-….tlog-proof         its place under a signed head
 *     receipts/evidence/RUN-….start              the run-start entry, from which the run key
 * follows receipts/evidence/RUN-….start.tlog-proof   its place under the same head
 *     receipts/evidence/<log>/checkpoints/00000022  that head once more, named by its size
 *     receipts/evidence/<log>/tsr/00000022.tsr  a time-stamp of that head, if the log has one
 *     receipts/evidence/.gitattributes           no merge driver, no line endings
 *
 * What is kept of the log beside its heads (how they grew, what witnesses said) is in kept.h.
 *
 * No file is ever changed. All bytes follow from the log, so whoever keeps a run on another branch
 * writes the same; the copy of the head is there so that git reports a conflict (add/add) where two
 * branches kept heads of a log that forked, and nowhere else.
 */
#ifndef RECEIPT_EVIDENCE_H
#define RECEIPT_EVIDENCE_H

#include "git/tree.h"
#include "model/repo.h"
#include "receipt/log.h"
#include "receipt/stamp.h"
#include "receipt/tlog_proof.h"

/** The files of one run. */
struct evidence {
	struct text receipt;
	struct text proof;
	struct text start;
	struct text start_proof;
	struct text stamp; /**< of the head they stand under; empty: none */
};

/**
 * Read what is kept of a run.
 *
 * @param out  its bytes live as long as the tree
 * @return     0; -1 with ERR_ABSENT (it is not kept) or ERR_INPUT (a file of it is missing)
 */
int evidence_read(struct tree *tree, const char *receipts, const char *run_key,
		  struct evidence *out, struct err *err);

/**
 * Does it show that the receipt and its start stand in the signer's log, under one signed head?
 *
 * @param receipt  the statement inside, whose signature was verified
 * @param head     that head
 * @return         0; -1 with a sentence in `err`
 */
int evidence_check(const struct evidence *evidence, const struct statement *receipt,
		   const struct public_key *signer, struct checkpoint *head, struct err *err);

/**
 * By when was it in the log, as an authority says that counts (stamp.h)? After evidence_check.
 *
 * @return 0; -1 with ERR_ABSENT (no time-stamp is kept with it) or ERR_INPUT
 */
int evidence_stamped(const struct evidence *evidence, struct text authorities,
		     struct timestamp *out, struct err *err);

/**
 * Take from the log what is to be kept of a run, and check it.
 *
 * @param log    loaded (log_load)
 * @param bytes  of the receipt; borrowed
 * @param out    the rest lives in the arena
 * @return       0; -1 with ERR_ABSENT (no signed head covers it yet) or ERR_INPUT
 */
int evidence_make(struct log *log, struct text bytes, const struct statement *receipt,
		  const struct public_key *signer, struct arena *arena, struct evidence *out,
		  struct err *err);

/**
 * Write what is kept of a run; the receipt last, so that it is all there or not kept. Files that
 * are there with the same bytes stay.
 *
 * @return 0; -1 with ERR_INPUT if a file is there with other bytes, or the folder leads out of the
 *         repo
 */
int evidence_write(const struct repo *repo, const struct evidence *evidence, const char *run_key,
		   struct err *err);

#endif
