/**
 * May a run stand as evidence at all? A run key is looked up in the checkout, and its receipt
 * verified by the repo's trust files, its log, and git.
 *
 * What holds for every loop is judged here, once for each run key; whether a run is what a certain
 * loop asks for is judged in coverage.h. Everything that is wrong has a reason of its own.
 */
#ifndef CLOSURE_PROOF_H
#define CLOSURE_PROOF_H

#include "closure/before.h"
#include "model/repo.h"
#include "receipt/verify.h"

/** A run that somebody cites. */
struct proof {
	const char *run_key;
	enum reason reason;    /**< REASON_NONE: it may stand as evidence */
	const char *why;       /**< the sentence for the reason; "" without one */
	bool is_undecided;     /**< here and now nobody can say; else it is refused */
	const char *file;      /**< the receipt, relative to the root; NULL: none was found */
	struct text bytes;     /**< of the receipt */
	const char *signed_by; /**< principals of allowed_signers; NULL: nobody who is listed */
	struct texts excused;  /**< gates that fail as the baseline of the run fails; the run counts
				  only for loops that allow that */
	int64_t started_utc_ms;    /**< when the run began */
	struct verification found; /**< its statement is set if the receipt is genuine */
};

/** A run that is on record, as far as it matters to others. */
struct recorded {
	const char *run_key;
	const char *commit;
	const char *state; /**< digests of what was changed in the work tree; "" if nothing was */
	int64_t finished_utc_ms;
	struct texts failed; /**< ids of gates */
};

/** Entries of a log that were read, from one on to the end. */
struct recorded_log {
	const char *origin;
	int64_t from;
	struct VEC(struct recorded) list;
};

/** By what runs are judged: read once, for all of them. `{0}` is none. */
struct prover {
	const struct repo *repo;
	struct arena arena;
	struct trust trust;
	struct log_policy policy; /**< who must have seen the heads of logs */
	bool has_policy;
	struct text authorities; /**< whose time-stamps count; lives as long as the tree */
	struct kept_place place;
	struct problems problems; /**< of the trust files: with any, nothing is proven */
	const char *uncommitted;  /**< a trust file that is not as HEAD has it; NULL */
	bool has_committed;       /**< `uncommitted` was found out */
	const char *repo_id;
	bool is_shallow; /**< the clone has only the newest commits */
	struct closed_before before;
	bool has_before;
	const char *state; /**< where logs are; NULL: cannot be said */
	int64_t now_utc_ms;
	struct member_shelf shelf;
	struct VEC(struct proof *) proofs;
	struct VEC(struct recorded_log) logs;
	struct VEC(struct recorded) checkout; /**< genuine receipts that lie in the repo */
	bool has_checkout;
	struct texts candidates;          /**< prover_candidates, once it was asked */
	struct VEC(const char *) history; /**< ids of HEAD and the commits it stands on, sorted */
	struct str history_bytes;
	bool has_history;
};

/** Read all trust files; what is wrong with them is a problem of the prover. Part of prover_open.
 */
void prover_read_trust(struct prover *prover);

/** Is all that says who is trusted as HEAD has it? Asked once, by the first run that is cited. */
void prover_check_committed(struct prover *prover);

/**
 * Read what is needed.
 *
 * @param repo  borrowed
 * @return      0; -1 if git does not say what repo this is. A trust file that is wrong is a problem
 *              of the prover
 */
int prover_open(struct prover *prover, const struct repo *repo, int64_t now_utc_ms,
		struct err *err);

void prover_release(struct prover *prover);

/** prover_release for AUTO. */
static inline void auto_prover(struct prover *prover)
{
	prover_release(prover);
}

/** Judge a run key; again: the same proof. It lives as long as the prover. */
const struct proof *prover_prove(struct prover *prover, const char *run_key);

/** Run keys of the receipts that lie in the repo, newest first. In the prover's arena. */
struct texts prover_candidates(struct prover *prover);

/**
 * A run on the same commit, and the same changes, that ended later, and in which a gate failed that
 * passed in this one; NULL if there is none on record here.
 *
 * @param gate  gets the gate
 */
const struct recorded *prover_contradicted(struct prover *prover, const struct proof *proof,
					   const char **gate);

/** Is HEAD this commit, or does it stand on it? */
bool prover_is_in_history(struct prover *prover, const char *commit);

/** Did git have the loop with this id as closed before `adopted`, as far as that can be known? */
bool prover_was_closed(struct prover *prover, const char *id);

/** Keep the receipt of a run that counts, with its proofs, in receipts/evidence/. */
int proof_keep(const struct prover *prover, const struct proof *proof, struct err *err);

/** The row of a gate in a run; NULL if the run did not have it. */
const struct statement_gate *proof_gate(const struct proof *proof, const char *id);

#endif
