/**
 * Private key files before anybody says which type of key is in them: read, and taken apart.
 * Private to src/crypto.
 */
#ifndef CRYPTO_KEY_FILE_H
#define CRYPTO_KEY_FILE_H

#include <sys/types.h>

#include "crypto/key.h"
#include "crypto/wire.h"

/**
 * Read a key file, whatever is in it.
 *
 * @param bytes  with room for KEY_FILE_BYTES + 2; more than KEY_FILE_BYTES of it: too large
 * @param mode   its permissions
 * @return       KEY_USABLE: read; KEY_ABSENT or KEY_UNREADABLE with the sentence
 */
enum key_state key_file_read(const char *path, struct str *bytes, mode_t *mode, struct err *err);

/** May group or others read it? Then `err` gets the sentence. */
bool key_file_is_exposed(const char *path, mode_t mode, struct err *err);

/** Say why the key of this file is not used; the value is `state`. */
enum key_state key_refuse(enum key_state state, struct err *err, const char *path, const char *why);

/** What stands between the lines "-----BEGIN label-----" and "-----END label-----". */
bool key_find_armor(struct text bytes, const char *label, struct text *body);

/** Decode the base64 of an armor, which may be broken into lines. */
int key_decode_armor(struct text body, struct str *out);

/** An OpenSSH file, taken apart but not believed (PROTOCOL.key). */
struct key_container {
	struct text cipher;
	struct text public;  /**< wire form of the public key */
	struct text private; /**< the section a passphrase encrypts */
	struct text type;    /**< from the public key */
};

/** Take an OpenSSH file apart; `out` points into it. */
bool key_container_read(struct text rest, struct key_container *out);

/** Is it 1, 2, 3, … up to the end of the section, less than a block of any cipher? */
bool key_is_padding(struct text rest);

#endif
