#include "crypto/digest.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/provider.h"

/** Most bytes one getentropy(3) gives. */
#define ENTROPY_BYTES ((size_t)256)

/** What HMAC fills a key up to. */
#define SHA1_BLOCK_BYTES ((size_t)64)

/** Fetched once: a fetch costs more than the digest of a small file. */
static EVP_MD *sha256_method;
static EVP_MD *sha1_method;

static void fetch_methods(void)
{
	provider_start();
	sha256_method = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha1_method = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (!sha256_method || !sha1_method) {
		provider_failed("EVP_MD_fetch");
	}
}

static void need_methods(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, fetch_methods);
}

void sha256(const void *bytes, size_t len, unsigned char out[SHA256_BYTES])
{
	need_methods();
	if (!EVP_Digest(bytes, len, out, NULL, sha256_method, NULL)) {
		provider_failed("SHA-256");
	}
}

void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_BYTES];

	sha256(bytes, len, digest);
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[SHA256_HEX_BYTES - 1] = '\0';
}

/** Opaque outside: OpenSSL's context under our name. */
struct sha256;

static EVP_MD_CTX *context_of(struct sha256 *state)
{
	return (EVP_MD_CTX *)(void *)state;
}

struct sha256 *sha256_open(void)
{
	EVP_MD_CTX *context = NULL;

	need_methods();
	context = EVP_MD_CTX_new();
	if (!context || !EVP_DigestInit_ex2(context, sha256_method, NULL)) {
		provider_failed("SHA-256");
	}
	return (struct sha256 *)(void *)context;
}

void sha256_add(struct sha256 *state, const void *bytes, size_t len)
{
	if (!EVP_DigestUpdate(context_of(state), bytes, len)) {
		provider_failed("SHA-256");
	}
}

void sha256_close(struct sha256 *state, unsigned char out[SHA256_BYTES])
{
	if (!EVP_DigestFinal_ex(context_of(state), out, NULL)) {
		provider_failed("SHA-256");
	}
	EVP_MD_CTX_free(context_of(state));
}

void sha1(const void *bytes, size_t len, unsigned char out[SHA1_BYTES])
{
	need_methods();
	if (!EVP_Digest(bytes, len, out, NULL, sha1_method, NULL)) {
		provider_failed("SHA-1");
	}
}

void hmac_sha1(struct text key, struct text bytes, unsigned char out[SHA1_BYTES])
{
	need_methods();
	if (key.len > INT_MAX || !HMAC(sha1_method, key.at ? key.at : "", (int)key.len,
				       (const unsigned char *)bytes.at, bytes.len, out, NULL)) {
		provider_failed("HMAC-SHA1");
	}
}

void hmac_sha256(struct text key, struct text bytes, unsigned char out[SHA256_BYTES])
{
	need_methods();
	if (key.len > INT_MAX || !HMAC(sha256_method, key.at ? key.at : "", (int)key.len,
				       (const unsigned char *)bytes.at, bytes.len, out, NULL)) {
		provider_failed("HMAC-SHA256");
	}
}

/** SHA-1 of a block and some bytes, in a context that is used again and again. */
static void sha1_block(EVP_MD_CTX *context, const unsigned char block[SHA1_BLOCK_BYTES],
		       const void *bytes, size_t len, unsigned char out[SHA1_BYTES])
{
	if (!EVP_DigestInit_ex2(context, sha1_method, NULL) ||
	    !EVP_DigestUpdate(context, block, SHA1_BLOCK_BYTES) ||
	    !EVP_DigestUpdate(context, bytes, len) || !EVP_DigestFinal_ex(context, out, NULL)) {
		provider_failed("SHA1");
	}
}

/** RFC 2104: the key, filled up with zeros, under either pad. */
static void pad_key(const unsigned char key[SHA1_BYTES], unsigned char pad,
		    unsigned char out[SHA1_BLOCK_BYTES])
{
	memset(out, pad, SHA1_BLOCK_BYTES);
	for (size_t i = 0; i < SHA1_BYTES; i++) {
		out[i] ^= key[i];
	}
}

size_t salted_hash_find(const struct salted_hash *hashes, size_t count, size_t from,
			struct text bytes)
{
	EVP_MD_CTX *context = NULL;
	unsigned char block[SHA1_BLOCK_BYTES];
	unsigned char digest[SHA1_BYTES];
	bool is_found = false;

	need_methods();
	context = EVP_MD_CTX_new();
	if (!context) {
		provider_failed("EVP_MD_CTX_new");
	}
	for (; from < count && !is_found; from += !is_found) {
		pad_key(hashes[from].salt, 0x36, block);
		sha1_block(context, block, bytes.at, bytes.len, digest);
		pad_key(hashes[from].salt, 0x5c, block);
		sha1_block(context, block, digest, sizeof(digest), digest);
		is_found = memcmp(digest, hashes[from].hash, sizeof(digest)) == 0;
	}
	EVP_MD_CTX_free(context);
	return from;
}

void random_bytes(void *out, size_t len)
{
	unsigned char *at = out;

	for (size_t done = 0; done < len;) {
		size_t step = len - done < ENTROPY_BYTES ? len - done : ENTROPY_BYTES;

		if (getentropy(at + done, step) < 0) {
			provider_failed("getentropy");
		}
		done += step;
	}
}
