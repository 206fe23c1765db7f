/**
 * The signature of an envelope as a file beside what is signed, for signify and minisign. What is
 * signed is the same bytes, envelope_pae; nothing is signed anew.
 *
 * But minisign also wants a signature over the first one and a comment, which only the signer can
 * make.
 */
#ifndef RECEIPT_DETACHED_H
#define RECEIPT_DETACHED_H

#include "receipt/envelope.h"

/** Append a signify signature file, for `signify -V -p KEY -m PAE -x FILE`. */
void detached_write_signify(const struct envelope *envelope, struct str *out);

/**
 * Append a minisign signature file, for `minisign -V -p KEY -m PAE -x FILE`.
 *
 * The envelope must verify with the key: what is signed here starts with a signature that the key
 * made itself, so nobody can have it sign bytes of his choice.
 *
 * @param comment  what minisign shows; a word without control characters
 * @return         0; -1 if the envelope is not by this key, or the key did not sign
 */
int detached_write_minisign(const struct envelope *envelope, const char *comment,
			    const struct signing_key *key, struct str *out, struct err *err);

#endif
