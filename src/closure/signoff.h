/**
 * Somebody's signature under a closing: an SSH signature over the signed summary, beside it.
 *
 *     ssh-keygen -Y sign -f ~/.ssh/id_ed25519_sk -n gaterun-loop
 * receipts/evidence/loops/ID/TIME.json
 *
 * It counts if allowed_signers lists the key for namespaces="gaterun-loop". There need not be one.
 */
#ifndef CLOSURE_SIGNOFF_H
#define CLOSURE_SIGNOFF_H

#include "closure/proof.h"

struct signoff {
	const char *file;      /**< relative to the root; NULL: nobody signed */
	const char *signed_by; /**< principals; NULL: it does not count */
	const char *why;       /**< why it does not; NULL */
};

/**
 * Look for it and verify it. Texts live in the prover's arena.
 *
 * @param summary  file of the summary, relative to the root
 * @param closed_utc_ms  when the loop was closed
 */
void signoff_verify(struct prover *prover, const char *summary, struct text bytes,
		    int64_t closed_utc_ms, struct signoff *out);

#endif
