/**
 * SHA-256, and the two older functions that formats demand: SHA-1 (git object ids) and HMAC-SHA1
 * (hashed known_hosts names).
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define SHA256_BYTES 32
#define SHA1_BYTES 20

/** Room for "sha256 in hexadecimal" with its NUL. */
#define SHA256_HEX_BYTES 65

/** SHA-256 of some bytes. */
void sha256(const void *bytes, size_t len, unsigned char out[SHA256_BYTES]);

/** SHA-256 as 64 lower-case hexadecimal digits. */
void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_BYTES]);

/** A SHA-256 over pieces. */
struct sha256;

/** Start one; sha256_close ends it. */
struct sha256 *sha256_open(void);

/** The next piece. */
void sha256_add(struct sha256 *state, const void *bytes, size_t len);

/** The digest; frees the state. */
void sha256_close(struct sha256 *state, unsigned char out[SHA256_BYTES]);

/** SHA-1, for what git and OpenSSH named with it long ago; never to prove anything. */
void sha1(const void *bytes, size_t len, unsigned char out[SHA1_BYTES]);

/** HMAC-SHA-1, by which known_hosts hides names. */
void hmac_sha1(struct text key, struct text bytes, unsigned char out[SHA1_BYTES]);

/** HMAC-SHA-256, by which receipts hide ids. */
void hmac_sha256(struct text key, struct text bytes, unsigned char out[SHA256_BYTES]);

/** A salt, and the HMAC-SHA-1 of something under it. */
struct salted_hash {
	unsigned char salt[SHA1_BYTES];
	unsigned char hash[SHA1_BYTES];
};

/**
 * The first one from `from` on that is of these bytes; `count` if none is. (As hmac_sha1 and a
 * comparison for each, at a fifth of the time.)
 */
size_t salted_hash_find(const struct salted_hash *hashes, size_t count, size_t from,
			struct text bytes);

/** Bytes nobody can guess; ends the program (exit 70) if the system has none. */
void random_bytes(void *out, size_t len);

#endif
