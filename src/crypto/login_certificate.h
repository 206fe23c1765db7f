/**
 * User certificates (OpenSSH, PROTOCOL.certkeys): a public key that an authority vouches for, for
 * some time. Only what decides whether it is worth showing is read; the server judges the rest.
 */
#ifndef CRYPTO_LOGIN_CERTIFICATE_H
#define CRYPTO_LOGIN_CERTIFICATE_H

#include <stdint.h>

#include "crypto/login_key.h"

struct login_certificate {
	struct str blob;          /**< the wire form */
	int64_t valid_after_utc;  /**< seconds; valid from then on */
	int64_t valid_before_utc; /**< seconds; no longer valid then; INT64_MAX: for ever */
};

/**
 * Read a certificate file (KEY-cert.pub).
 *
 * @param key  whose certificate it must be
 * @return     0; -1 with ERR_ABSENT if there is none, ERR_INPUT if it is none of that key for users
 */
int login_certificate_load(const char *path, const struct login_key *key,
			   struct login_certificate *out, struct err *err);

/** As login_certificate_load, from the wire form. */
int login_certificate_read(struct text blob, const struct login_key *key,
			   struct login_certificate *out, struct err *err);

void login_certificate_release(struct login_certificate *certificate);

#endif
