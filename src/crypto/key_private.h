/**
 * Private to src/crypto and its tests: what the files that read and write keys share.
 */
#ifndef CRYPTO_KEY_PRIVATE_H
#define CRYPTO_KEY_PRIVATE_H

#include <openssl/types.h>

#include "crypto/key.h"
#include "crypto/wire.h"

/** Bytes of an Ed25519 seed, the whole secret (RFC 8032, section 5.1.5). */
#define ED25519_SEED_BYTES 32

#define SSH_ED25519 "ssh-ed25519"

struct key {
	unsigned char seed[ED25519_SEED_BYTES];
	struct public_key public;
	EVP_PKEY *handle; /**< OpenSSL's form of the seed */
};

/** A key from its seed, which is copied. */
struct key *key_from_seed(const unsigned char seed[ED25519_SEED_BYTES]);

/**
 * Read the bytes of a private key file; never KEY_ABSENT or KEY_EXPOSED.
 *
 * @param path  for messages only
 */
enum key_state key_parse(struct text bytes, const char *path, struct key **out, struct err *err);

/** A public key that some signature verifies under for many messages, or has two spellings. */
bool public_key_is_weak(const struct public_key *key);

/** Wipe a string that held a secret, then release it. */
void auto_secret(struct str *secret);

/** An empty string with room for `bytes`, so that growing leaves no copy behind. */
struct str secret_room(size_t bytes);

#endif
