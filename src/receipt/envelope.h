/**
 * The envelope of a log entry: DSSE v1.0.2 with exactly one Ed25519 signature.
 *
 * The reader is stricter than the format: standard padded base64 only, no unknown or repeated keys,
 * one signature, keyid a fingerprint. The keyid is a hint for other people's tools, and never
 * chooses whom to trust; but it must be that of the key that signed.
 */
#ifndef RECEIPT_ENVELOPE_H
#define RECEIPT_ENVELOPE_H

#include "base/err.h"
#include "crypto/signing_key.h"

/** What our payloads are. */
#define IN_TOTO_TYPE "application/vnd.in-toto+json"

/** Ceiling of an envelope. */
#define ENVELOPE_BYTES ((size_t)1024 * 1024)

/** Longest payload type that is read, with its NUL. */
#define PAYLOAD_TYPE_BYTES 128

struct envelope {
	struct str payload; /**< the signed bytes */
	char type[PAYLOAD_TYPE_BYTES];
	char keyid[FINGERPRINT_BYTES];
	unsigned char signature[ED25519_SIGNATURE_BYTES];
};

void envelope_release(struct envelope *envelope);

/** envelope_release for AUTO. */
static inline void auto_envelope(struct envelope *envelope)
{
	envelope_release(envelope);
}

/** Append what is really signed: "DSSEv1 28 application/vnd.in-toto+json 2 {}". */
void envelope_pae(const char *type, struct text payload, struct str *out);

/**
 * Append the envelope of an in-toto statement: one line of canonical JSON with its newline.
 *
 * @return 0; -1 if the key did not sign
 */
int envelope_write(struct text payload, const struct signing_key *key, struct str *out,
		   struct err *err);

/** Take an envelope apart. That proves nothing: see envelope_verify. */
int envelope_read(struct text bytes, struct envelope *out, struct err *err);

/** Did this key sign these bytes as this type, whatever the keyid says? */
bool envelope_is_by(const struct envelope *envelope, const struct public_key *key);

/** envelope_is_by, and the keyid is the key's; else the sentence that says which is wrong. */
int envelope_verify(const struct envelope *envelope, const struct public_key *key, struct err *err);

/**
 * Do bytes that cannot be read look like an envelope all the same, so that they are a damaged one
 * rather than something else?
 */
bool envelope_is_damaged(struct text bytes);

#endif
