/**
 * Which logs count, and who must have seen their heads: receipts/trust/policy of the repo, C2SP's
 * tlog-policy.
 *
 *     log gaterun/ops.example/0d3146aa57d93c11+4f1b6a2c+AQ…
 *     witness control control.example/gaterun+1b2c3d4e+BA…
 *     witness vault   vault.example/gaterun+5e6f7a8b+BA…
 *     group both all control vault
 *     quorum both
 *
 * Without a `log` line any log counts whose signer allowed_signers lists. Everything else that the
 * format forbids is a problem, and beyond it a key that is a log's and a witness's.
 */
#ifndef RECEIPT_LOG_POLICY_H
#define RECEIPT_LOG_POLICY_H

#include "base/mem.h"
#include "base/vec.h"
#include "data/problem.h"
#include "model/reason.h"
#include "receipt/cosignature.h"

/** Most logs, and most witnesses and groups together. */
#define POLICY_LOGS_MAX 256
#define POLICY_VOTERS_MAX 256

/** A log that counts. */
struct policy_log {
	char origin[NOTE_NAME_BYTES];
	struct public_key key;
	struct place where;
};

/** A witness, or a group of some. */
struct policy_voter {
	const char *name;       /**< in this file only */
	struct witness witness; /**< all zero: a group */
	size_t needed;          /**< of a group: how many of its members */
	size_t first_member;    /**< of a group: among `members` of the policy */
	size_t member_count;    /**< of a group; 0: a witness */
	bool is_member;         /**< of some group; once is the most */
	struct place where;
};

/** Texts live in the arena. `{0}` asks for nothing. */
struct log_policy {
	struct arena arena;
	struct VEC(struct policy_log) logs;
	struct VEC(struct policy_voter) voters; /**< members before their groups */
	struct VEC(size_t) members;             /**< indexes of voters */
	bool needs_quorum;                      /**< false: "quorum none" */
	size_t quorum;                          /**< index of a voter */
};

/**
 * Read a policy.
 *
 * @param file   for places; must outlive `policy`
 * @param bytes  not kept
 * @return       0; -1 when at least one problem was added
 */
int log_policy_read(struct log_policy *policy, const char *file, struct text bytes,
		    struct problems *problems);

void log_policy_release(struct log_policy *policy);

/** log_policy_release for AUTO. */
static inline void auto_log_policy(struct log_policy *policy)
{
	log_policy_release(policy);
}

/** What is proven of a head by those who saw it. */
struct witnessed {
	enum reason reason;  /**< REASON_NONE: as the policy demands; else witness.* */
	char why[480];       /**< one sentence, for every reason */
	size_t cosignatures; /**< good ones, by different witnesses of the policy */
	/** When the quorum was complete, and so the head, with all that it covers, was there: in
	 * milliseconds, the last of its second. It is the earliest time at which those who had
	 * cosigned by then were enough. 0: no quorum, or none is demanded. */
	int64_t not_after_utc_ms;
};

/** What heads are judged by; all borrowed. */
struct witness_judge {
	const struct log_policy *policy;
	const struct public_key *key; /**< of the log */
	int64_t now_utc_ms;
};

/**
 * Judge a head by a policy.
 *
 * @param note  the checkpoint with its lines, read (checkpoint_read)
 * @param key   of the log, with which it was
 */
void log_policy_judge(const struct log_policy *policy, struct text note,
		      const struct public_key *key, int64_t now_utc_ms, struct witnessed *out);

#endif
