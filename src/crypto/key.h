/**
 * Ed25519 keys (RFC 8032): read, made, written, and used to sign and verify.
 *
 * A private key is read from an OpenSSH file (`openssh-key-v1`, cipher `none`) or a PKCS#8 PEM
 * file. A locked key (cipher other than `none`), one of another type, and one that others may read
 * are told apart, because nothing may ever ask for a passphrase.
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define ED25519_PUBLIC_BYTES 32
#define ED25519_SIGNATURE_BYTES 64

/** Ceiling of a key file. */
#define KEY_FILE_BYTES ((size_t)64 * 1024)

/** Room for "SHA256:" and 43 base64 digits with the NUL (OpenSSH's fingerprint form). */
#define FINGERPRINT_BYTES 51

struct public_key {
	unsigned char bytes[ED25519_PUBLIC_BYTES];
};

/** A private key in memory; opaque, wiped when freed. */
struct key;

enum key_state {
	KEY_USABLE,
	KEY_ABSENT,      /**< no such file */
	KEY_UNREADABLE,  /**< permission, a directory, not a key */
	KEY_EXPOSED,     /**< group or others may read it (mode & 077), as ssh(1) refuses */
	KEY_LOCKED,      /**< needs a passphrase */
	KEY_UNSUPPORTED, /**< not Ed25519; for logins: of no type that can be used */
	KEY_PUBLIC,      /**< for logins: a public key, whose private half is somewhere else */
};

/**
 * Read a private key file.
 *
 * @param out  the key, freed by the caller; set on KEY_USABLE only
 * @return     the state; anything but KEY_USABLE fills `err` with the sentence and the way out
 */
enum key_state key_load(const char *path, struct key **out, struct err *err);

/** A fresh key. */
struct key *key_generate(void);

void key_free(struct key *key);

static inline void auto_key(struct key **key)
{
	key_free(*key);
}

/** The public half of a key. */
void key_public(const struct key *key, struct public_key *out);

/** Pure Ed25519 over `message`. */
void key_sign(const struct key *key, struct text message,
	      unsigned char signature[ED25519_SIGNATURE_BYTES]);

/**
 * Does `signature` verify? Stricter than OpenSSL where it matters: S not reduced, and small-order
 * or non-canonical public keys are refused (RFC 8032, section 5.1.7; receipts.md case 19).
 */
bool public_key_verifies(const struct public_key *key, struct text message,
			 const unsigned char signature[ED25519_SIGNATURE_BYTES]);

/** "SHA256:…" over the SSH wire form of the key, as ssh-keygen -l prints it. */
void public_key_fingerprint(const struct public_key *key, char out[FINGERPRINT_BYTES]);

/** Append the SSH wire form: string "ssh-ed25519", string 32 bytes (RFC 8709). */
void public_key_wire(const struct public_key *key, struct str *out);

/** Read the wire form; another type of key, and a weak one, is refused. */
int public_key_from_wire(struct text wire, struct public_key *out, struct err *err);

/** Read the base64 wire form, as it stands in allowed_signers and .pub files. */
int public_key_from_base64(struct text base64, struct public_key *out, struct err *err);

/** Read a .pub line "ssh-ed25519 AAAA… comment". */
int public_key_from_line(struct text line, struct public_key *out, struct err *err);

/** Append a private key file in OpenSSH's format, unencrypted. */
void key_write_openssh(const struct key *key, const char *comment, struct str *out);

/** Append "ssh-ed25519 AAAA… comment\n". */
void public_key_write_ssh(const struct public_key *key, const char *comment, struct str *out);

/** Append the SubjectPublicKeyInfo in PEM (RFC 8410), for openssl(1). */
void public_key_write_pem(const struct public_key *key, struct str *out);

/** Bytes of the number by which minisign and signify tell keys apart. */
#define KEY_NUMBER_BYTES 8

/** That number: the head of the fingerprint's digest, so that it follows from an envelope's keyid.
 */
void public_key_number(const struct public_key *key, unsigned char out[KEY_NUMBER_BYTES]);

/** Append a minisign public key file. */
void public_key_write_minisign(const struct public_key *key, struct str *out);

/** Append a signify public key file: the same bytes under a comment that signify writes. */
void public_key_write_signify(const struct public_key *key, struct str *out);

#endif
