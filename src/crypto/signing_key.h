/**
 * What signs receipts: an Ed25519 key in memory, or one that somebody else has and signs with for
 * us (an SSH agent, net/agent_key.h). Who writes an entry of the log does not know which.
 */
#ifndef CRYPTO_SIGNING_KEY_H
#define CRYPTO_SIGNING_KEY_H

#include "crypto/key.h"

struct signing_key {
	struct public_key public;
	/** Pure Ed25519 over `message`; may wait, with a deadline of its own. 0; -1 with the
	 * sentence that says why there is no signature. */
	int (*sign)(const void *holder, struct text message,
		    unsigned char signature[ED25519_SIGNATURE_BYTES], struct err *err);
	const void *holder; /**< borrowed: who has the private half */
};

/** A key in memory, which must outlive what this returns. */
struct signing_key signing_key_of(const struct key *key);

/**
 * Sign. What a holder gives that does not verify with the public half is not handed out.
 *
 * @return 0; -1, and `signature` is untouched
 */
int signing_key_sign(const struct signing_key *key, struct text message,
		     unsigned char signature[ED25519_SIGNATURE_BYTES], struct err *err);

#endif
