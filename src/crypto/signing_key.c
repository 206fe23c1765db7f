#include "crypto/signing_key.h"

#include <string.h>

static int sign_in_memory(const void *holder, struct text message,
			  unsigned char signature[ED25519_SIGNATURE_BYTES], struct err *err)
{
	(void)err;
	key_sign(holder, message, signature);
	return 0;
}

struct signing_key signing_key_of(const struct key *key)
{
	struct signing_key signing = {.sign = sign_in_memory, .holder = key};

	key_public(key, &signing.public);
	return signing;
}

int signing_key_sign(const struct signing_key *key, struct text message,
		     unsigned char signature[ED25519_SIGNATURE_BYTES], struct err *err)
{
	unsigned char made[ED25519_SIGNATURE_BYTES];

	if (key->sign(key->holder, message, made, err)) {
		return -1;
	}
	if (!public_key_verifies(&key->public, message, made)) {
		return err_set(err, ERR_PEER, "what was signed does not verify with the key");
	}
	memcpy(signature, made, sizeof(made));
	return 0;
}
