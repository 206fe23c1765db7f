#include "crypto/key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/key_private.h"
#include "crypto/provider.h"

/** p = 2^255 - 19, little-endian: y coordinates are below it. */
static const unsigned char field_prime[ED25519_PUBLIC_BYTES] = {
	0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
};

/** L, the order of the base point, little-endian (RFC 8032, section 5.1). */
static const unsigned char group_order[ED25519_PUBLIC_BYTES] = {
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
	0xa2, 0xde, 0xf9, 0xde, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
};

/** The canonical y coordinates of the eight points whose order divides 8. */
static const unsigned char small_order[][ED25519_PUBLIC_BYTES] = {
	{0x00},
	{0x01},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

/** Little-endian `left` < `right`, both 32 bytes. */
static bool is_below(const unsigned char *left, const unsigned char *right)
{
	for (size_t i = ED25519_PUBLIC_BYTES; i-- > 0;) {
		if (left[i] != right[i]) {
			return left[i] < right[i];
		}
	}
	return false;
}

bool public_key_is_weak(const struct public_key *key)
{
	unsigned char y[ED25519_PUBLIC_BYTES];

	memcpy(y, key->bytes, sizeof(y));
	y[ED25519_PUBLIC_BYTES - 1] &= 0x7f; /* the sign of x */
	for (size_t i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++) {
		if (memcmp(y, small_order[i], sizeof(y)) == 0) {
			return true;
		}
	}
	return !is_below(y, field_prime);
}

static EVP_PKEY *open_private(const unsigned char seed[ED25519_SEED_BYTES])
{
	EVP_PKEY *handle = NULL;

	provider_start();
	handle = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, ED25519_SEED_BYTES);
	if (!handle) {
		provider_failed("Ed25519 private key");
	}
	return handle;
}

struct key *key_from_seed(const unsigned char seed[ED25519_SEED_BYTES])
{
	struct key *key = mem_alloc(sizeof(*key));
	size_t len = sizeof(key->public.bytes);

	memcpy(key->seed, seed, sizeof(key->seed));
	key->handle = open_private(seed);
	if (!EVP_PKEY_get_raw_public_key(key->handle, key->public.bytes, &len)) {
		provider_failed("Ed25519 public key");
	}
	return key;
}

struct key *key_generate(void)
{
	unsigned char seed[ED25519_SEED_BYTES];
	struct key *key = NULL;

	random_bytes(seed, sizeof(seed));
	key = key_from_seed(seed);
	OPENSSL_cleanse(seed, sizeof(seed));
	return key;
}

void key_free(struct key *key)
{
	if (!key) {
		return;
	}
	EVP_PKEY_free(key->handle);
	OPENSSL_cleanse(key, sizeof(*key));
	free(key);
}

void key_public(const struct key *key, struct public_key *out)
{
	*out = key->public;
}

void key_sign(const struct key *key, struct text message,
	      unsigned char signature[ED25519_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = ED25519_SIGNATURE_BYTES;

	if (!context ||
	    !EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key->handle, NULL) ||
	    !EVP_DigestSign(context, signature, &len, (const unsigned char *)message.at,
			    message.len)) {
		provider_failed("Ed25519 signature");
	}
	EVP_MD_CTX_free(context);
}

bool public_key_verifies(const struct public_key *key, struct text message,
			 const unsigned char signature[ED25519_SIGNATURE_BYTES])
{
	EVP_PKEY *handle = NULL;
	EVP_MD_CTX *context = NULL;
	bool verifies = false;

	if (public_key_is_weak(key) || !is_below(signature + ED25519_PUBLIC_BYTES, group_order)) {
		return false;
	}
	provider_start();
	handle =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->bytes, sizeof(key->bytes));
	context = EVP_MD_CTX_new();
	if (!handle || !context ||
	    !EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, handle, NULL)) {
		provider_failed("Ed25519 verification");
	}
	verifies = EVP_DigestVerify(context, signature, ED25519_SIGNATURE_BYTES,
				    (const unsigned char *)message.at, message.len) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(handle);
	return verifies;
}

void public_key_fingerprint(const struct public_key *key, char out[FINGERPRINT_BYTES])
{
	AUTO(auto_str) struct str wire = {0};
	AUTO(auto_str) struct str text = {0};
	unsigned char digest[SHA256_BYTES];

	public_key_wire(key, &wire);
	sha256(wire.at, wire.len, digest);
	str_add(&text, "SHA256:");
	base64_encode(&text, digest, sizeof(digest));
	memcpy(out, text.at, FINGERPRINT_BYTES - 1); /* without the '=' */
	out[FINGERPRINT_BYTES - 1] = '\0';
}
