/**
 * Keys that an SSH server may let in: Ed25519, ECDSA on the three NIST curves, RSA. For logins
 * only; receipts are signed with Ed25519 alone (key.h).
 *
 * A private key is read once for a run, whatever the number of logins (the decoders of OpenSSL cost
 * half of a login; ssh.md, section 4), and proves once that its two halves belong together.
 */
#ifndef CRYPTO_LOGIN_KEY_H
#define CRYPTO_LOGIN_KEY_H

#include "crypto/key.h"

/** Sizes of an RSA modulus: what OpenSSH takes (RequiredRSASize, SSHBUF_MAX_BIGNUM). */
#define RSA_BITS_MIN 1024
#define RSA_BITS_MAX 16384

/** What the types and algorithms of certificates have more than those of their keys. */
#define CERTIFICATE_SUFFIX "-cert-v01@openssh.com"

/** Both halves of a key, or the public one alone; opaque, wiped when freed. */
struct login_key;

/**
 * Read the key file of a login.
 *
 * @param out  freed by the caller. KEY_USABLE: both halves. KEY_LOCKED and KEY_PUBLIC: the public
 *             half where it is known (it stands in OpenSSH's files in the clear, or in FILE.pub)
 * @return     the state; anything but KEY_USABLE fills `err` with the sentence and the way out
 */
enum key_state login_key_load(const char *path, struct login_key **out, struct err *err);

/** The public half, from its wire form. */
int login_key_from_blob(struct text blob, struct login_key **out, struct err *err);

/** The same key for logins. */
struct login_key *login_key_from_key(const struct key *key);

void login_key_free(struct login_key *key);

static inline void auto_login_key(struct login_key **key)
{
	login_key_free(*key);
}

/** The wire form of the public half; lives as long as the key. */
struct text login_key_blob(const struct login_key *key);

/** "ssh-ed25519", "ecdsa-sha2-nistp256", …, "ssh-rsa". */
const char *login_key_type(const struct login_key *key);

/** The algorithm of the key that a certificate is of; others stay as they are. */
struct text plain_algorithm(struct text algorithm);

/**
 * Sign with the private half.
 *
 * @param algorithm  its type's, or for RSA "rsa-sha2-256", "rsa-sha2-512" or "ssh-rsa"; that of a
 *                   certificate means that of its key
 * @param signature  appended to: the signature as its algorithm forms it, without the algorithm's
 *                   name
 */
int login_key_sign(const struct login_key *key, struct text algorithm, struct text message,
		   struct str *signature, struct err *err);

/** Is that a signature of the key by this algorithm? */
bool login_key_verifies(const struct login_key *key, struct text algorithm, struct text message,
			struct text signature);

#endif
