/**
 * Private to src/crypto/login_key*.c and their tests.
 */
#ifndef CRYPTO_LOGIN_KEY_PRIVATE_H
#define CRYPTO_LOGIN_KEY_PRIVATE_H

#include <openssl/types.h>

#include "crypto/login_key.h"
#include "crypto/wire.h"

/** One type of key. */
struct login_type {
	const char *name;   /**< as the wire form begins */
	const char *curve;  /**< ECDSA: as the wire form names it; else NULL */
	const char *group;  /**< ECDSA: as OpenSSL names it; else NULL */
	size_t point_bytes; /**< ECDSA: of an uncompressed point */
};

struct login_key {
	EVP_PKEY *handle;
	const struct login_type *type;
	struct str blob;
	bool is_private;
};

/** As login_key_load, from the bytes of the file; `path` is for messages, and for FILE.pub. */
enum key_state login_key_parse(struct text bytes, const char *path, struct login_key **out,
			       struct err *err);

/**
 * A key of what OpenSSL holds, which it takes.
 *
 * @return NULL if it is of no type of ours; the handle is freed then
 */
struct login_key *login_key_from_handle(EVP_PKEY *handle, bool is_private);

/** Do the halves belong together? Costs a signature. */
bool login_key_is_whole(const struct login_key *key);

/** Numbers for EVP_PKEY_fromdata: "RSA" or "EC" with what `params` holds; NULL if they make none.
 */
EVP_PKEY *login_handle(const char *type, OSSL_PARAM_BLD *build, int selection);

/** The type of an ECDSA key by the wire form's name of its curve. */
const struct login_type *login_type_of_curve(struct text curve);

#endif
