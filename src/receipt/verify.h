/**
 * Is a receipt what it says: signed by somebody who counts, complete, and part of a history?
 *
 * Everything that can be wrong has a sentence. Nothing is believed before the signature is, and
 * what cannot be decided is never valid.
 */
#ifndef RECEIPT_VERIFY_H
#define RECEIPT_VERIFY_H

#include "receipt/evidence.h"
#include "receipt/kept.h"
#include "receipt/member.h"
#include "receipt/outputs.h"
#include "receipt/trust.h"

/** How far a receipt may be ahead of our clock, in milliseconds. */
#define CLOCK_SKEW_MS 300000

enum receipt_verdict {
	RECEIPT_UNDECIDED, /**< signer unknown, or older than what is known of the signer */
	RECEIPT_TRUSTED,   /**< valid, and the signer is among allowed_signers */
	RECEIPT_OWN,       /**< valid, and signed by this user's own key */
	RECEIPT_INVALID,
	RECEIPT_NONE, /**< not a receipt at all */
};

/** "undecided", "trusted", "own", "invalid", "none". */
const char *receipt_verdict_word(enum receipt_verdict verdict);

/** Where the files of a receipt are found. */
struct verify_inputs {
	/**
	 * Append the bytes of a file with exactly this digest.
	 *
	 * @param path    relative to the root
	 * @param commit  where it may be, or in the work tree; NULL: the receipt has none
	 * @return        false: it is not to be had
	 */
	bool (*find)(const char *path, const char *sha256, const char *commit, struct str *bytes,
		     void *cookie);
	void *cookie;
};

/** Against what is verified; all borrowed. */
struct verify_options {
	const struct trust *trust;    /**< NULL: nobody */
	const struct public_key *own; /**< this user's key; NULL: none */
	const char *state;            /**< where logs are; NULL: no log is looked for */
	struct member_shelf *shelf;   /**< for more receipts of the same logs; NULL: this is all */
	const char *run_key;          /**< it must be the receipt of this run; NULL: any */
	const char *repo;             /**< the receipt must be about this repo; NULL: any */
	int64_t now_utc_ms;           /**< clock_utc_ms() */
	const struct evidence *kept;  /**< what is kept with it, where its log is not; NULL: nothing
				       */
	/** Who must have seen the head that covers it; NULL: nobody. With needs_log what it demands
	 * decides; else `witnessed` only reports. With a quorum, a key that is revoked as
	 * compromised is believed only for what others saw before. */
	const struct log_policy *policy;
	/** Where `kept` was read from, for what witnesses said; NULL: nowhere. */
	const struct kept_place *place;
	struct text authorities; /**< whose time-stamps count (stamp.h); empty: nobody's */
	const struct verify_inputs *inputs; /**< NULL: what it says of machines is not compared */
	const char *outputs; /**< where logs are, to look for outputs; NULL: nobody looks */
	bool needs_log;      /**< not member_is_proven means undecided or invalid */
};

struct verification {
	enum receipt_verdict verdict;
	enum reason reason; /**< receipt.*; the verdict follows from it */
	char why[480];      /**< one sentence, for every verdict */
	enum membership membership;
	char membership_why[480]; /**< "" if it is proven */
	/** With a policy, if membership is proven: what witnesses prove of a head over it. If its
	 * reason is REASON_NONE and not_after_utc_ms is not 0, a quorum had seen the receipt by
	 * then. All zero otherwise. */
	struct witnessed witnessed;
	char signer[FINGERPRINT_BYTES]; /**< who signed; "" if nobody known did */
	struct public_key key;          /**< of who signed; zero if nobody known did */
	struct outputs_count outputs;   /**< if they were looked for */
	const char *principals;         /**< of the line in allowed_signers; NULL: none */
	struct arena arena;             /**< owns the texts of `statement` and `principals` */
	struct statement statement;     /**< what is signed; all zero unless the verdict is
					   TRUSTED, OWN, or UNDECIDED with a known signer */
};

/** Verify the bytes of a receipt. `out` is zeroed by the caller. */
void receipt_verify(struct text bytes, const struct verify_options *options,
		    struct verification *out);

void verification_release(struct verification *verification);

/** verification_release for AUTO. */
static inline void auto_verification(struct verification *verification)
{
	verification_release(verification);
}

#endif
