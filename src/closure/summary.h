/**
 * The signed summary of a closing: an in-toto Statement whose predicate is SLSA's verification
 * summary (VSA, version 1), in a DSSE envelope, beside the receipts that it sums up.
 *
 *     receipts/evidence/loops/<id>/20260302T101112Z.json
 *     receipts/evidence/loops/<id>/20260302T101112Z.json.sig    somebody's signature, if there is
 *
 * Its subject is the loop's file as it was closed; its inputs are all receipts, by digest. One
 * extension object says which loop, what it asked for (by digest), and which run proves what.
 * Somebody signs the closing off with `ssh-keygen -Y sign -n gaterun-loop FILE`: see signoff.h.
 */
#ifndef CLOSURE_SUMMARY_H
#define CLOSURE_SUMMARY_H

#include "closure/coverage.h"
#include "closure/signoff.h"
#include "crypto/signing_key.h"

#define SUMMARY_TYPE "https://slsa.dev/verification_summary/v1"
#define SUMMARY_EXTENSION "urn:gaterun:loop:v1"

/** The level that a closed loop is verified to. */
#define SUMMARY_LEVEL "GATERUN_LOOP_PROVEN"

/** What a summary is made of. */
struct summary_spec {
	const struct prover *prover;
	const struct coverage *coverage; /**< proven */
	struct text closed;              /**< the loop's file as it is going to be */
	const struct signing_key *key;
	const char *version; /**< of this program */
	int64_t now_utc_ms;
};

/** Where the summary of a closing is: below the directory of receipts. In the arena. */
const char *summary_folder(struct arena *arena, const char *id);
const char *summary_file(struct arena *arena, const struct repo *repo, const char *id,
			 int64_t closed_utc_ms);

/** Append the envelope. 0; -1 if the key does not sign. */
int summary_write(const struct summary_spec *spec, struct str *out, struct err *err);

/** What a file asks for, as a digest: its guard commands, its criteria, the gates they name. */
void summary_asked(const struct scope *scope, char out[65]);

enum summary_state {
	SUMMARY_ABSENT, /**< there is none, so nothing is signed about this closing */
	SUMMARY_GOOD,
	SUMMARY_BAD,
};

/** "absent", "good", "bad". */
const char *summary_state_word(enum summary_state state);

/** A summary that was read and verified. Texts live in the prover's arena. */
struct summary {
	enum summary_state state;
	enum reason reason;     /**< of what is not good */
	const char *why;        /**< the sentence for it; NULL */
	const char *file;       /**< relative to the root */
	const char *signed_by;  /**< principals; NULL */
	struct texts run_keys;  /**< its inputs */
	struct signoff signoff; /**< of a good one: who signed it off, if somebody did */
	bool is_edited;         /**< the loop's file is not byte for byte as it was closed */
};

/** Find the summary of a closed loop, by the time at which it was closed, and verify it. */
void summary_verify(struct prover *prover, const struct scope *scope, struct summary *out);

#endif
