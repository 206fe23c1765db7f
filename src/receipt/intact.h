/**
 * What there is to say about the history of a repo: the logs on this machine that are about it, the
 * heads of logs that were kept in it, and the receipts that were. Gathered here, judged by the kind
 * receipts_intact.
 */
#ifndef RECEIPT_INTACT_H
#define RECEIPT_INTACT_H

#include "model/repo.h"
#include "receipt/kept.h"
#include "receipt/log.h"
#include "receipt/verify.h"

/** A log on this machine. */
struct intact_log {
	const char *origin;
	struct public_key key;
	const char *trouble; /**< why nothing can be said about it; NULL */
	struct log_report report;
	struct cosigned_heads cosigned; /**< what its witnesses said, if the repo has a policy */
};

/** A log that was on this machine: its pin still is. */
struct intact_lost {
	const char *origin;
	const char *folder; /**< where it was */
	int64_t size;       /**< of the head that was seen */
};

/** A signed head in receipts/evidence/. */
struct intact_head {
	const char *file;
	struct public_key key;  /**< of its log; unless is_undecided */
	struct checkpoint head; /**< its origin is set even if the rest is not to be believed */
	bool is_undecided;      /**< nobody here knows who signed it */
	bool is_untied;         /**< whether it grew out of the kept one before it cannot be said */
	enum log_flaw flaw;     /**< what it shows to be wrong; LOG_SOUND: nothing */
	/** What is wrong with what witnesses said about it, by the policy; REASON_NONE: nothing. */
	enum reason witness_reason;
	const char *why; /**< with flaw, witness_reason or is_undecided */
};

/** A receipt in receipts/evidence/; or a folder there that cannot be listed, undecided. */
struct intact_receipt {
	const char *file;
	const char *run_key; /**< as the file is named; "" if that is none */
	enum receipt_verdict verdict;
	enum reason reason; /**< of the verdict */
	const char *why;
};

/** Everything; texts live in the arena. `{0}` is nothing at all. */
struct intact {
	struct arena arena;
	const char *receipts;     /**< directory, relative to the root */
	struct problems problems; /**< of the files that say who is trusted */
	const char *trouble;      /**< why logs could not be looked for, or one of them; NULL */
	struct VEC(struct intact_log) logs;
	struct VEC(struct intact_lost) lost;
	struct VEC(struct intact_head) heads;
	struct VEC(struct intact_receipt) list;
};

/** Look at all of it, as of a time. Takes as long as log_verify of the logs that are here. */
void intact_gather(const struct repo *repo, int64_t now_utc_ms, struct intact *out);

/**
 * Find the logs of a repo that have a pin and no log.vkey: somebody took them away. Part of
 * intact_gather.
 *
 * @param state  the folder that log_state_folder gives
 */
void intact_find_lost(struct intact *intact, const char *state, const char *repo_id);

/**
 * Where a log is not here, what is kept must show that each of its kept heads grew out of the one
 * before it. Part of intact_gather.
 */
void intact_tie_heads(struct intact *intact, const struct kept_place *place);

void intact_release(struct intact *intact);

#endif
