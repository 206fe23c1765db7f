/**
 * Signatures over files as `ssh-keygen -Y sign` makes them (OpenSSH's PROTOCOL.sshsig), with keys
 * of any type that people have: Ed25519, ECDSA, RSA, and the two that live in hardware (`sk-…`),
 * which count only if somebody touched the device.
 */
#ifndef CRYPTO_SSH_SIGNATURE_H
#define CRYPTO_SSH_SIGNATURE_H

#include "base/err.h"
#include "base/str.h"

/** Ceiling of a signature file. */
#define SSH_SIGNATURE_BYTES ((size_t)16 * 1024)

/** A signature taken apart, which proves nothing yet. `{0}` is none. */
struct ssh_signature {
	struct str bytes;  /**< what the texts below are views of */
	struct text key;   /**< wire form of the public key */
	struct text space; /**< what it was made for: the namespace */
	struct text reserved;
	struct text hash;      /**< "sha256" or "sha512" */
	struct text signature; /**< with its algorithm in front */
};

/** Take a signature file apart, strictly. */
int ssh_signature_read(struct text armored, struct ssh_signature *out, struct err *err);

void ssh_signature_release(struct ssh_signature *signature);

/** ssh_signature_release for AUTO. */
static inline void auto_ssh_signature(struct ssh_signature *signature)
{
	ssh_signature_release(signature);
}

/**
 * Is it the key's signature of this message, made for this namespace? Whose key it is, is another
 * question.
 */
int ssh_signature_verify(const struct ssh_signature *signature, const char *space,
			 struct text message, struct err *err);

#endif
