/**
 * Time-stamps (RFC 3161): somebody else's signature that some bytes existed at a time.
 *
 * What is asked of an authority is the SHA-256 of the bytes; nothing here sends it. Its reply is a
 * file that proves the time offline and for good: the authority's chain is judged at the time that
 * it states, so that a certificate which expired since does no harm.
 */
#ifndef CRYPTO_TIMESTAMP_H
#define CRYPTO_TIMESTAMP_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/** Ceiling of a reply: a token with a chain of certificates has 1 to 8 KB. */
#define TIMESTAMP_BYTES ((size_t)64 * 1024)

/** Ceiling of a file of accepted authorities. */
#define TIMESTAMP_AUTHORITIES_BYTES ((size_t)1024 * 1024)

/** What a reply proves. */
struct timestamp {
	/** The bytes existed by then: the time that is stated and, as it may be off, its accuracy.
	 */
	int64_t not_after_utc_ms;
	/** Under which rules it was given, as an OID; "" if it is longer than that. */
	char policy[128];
	/** Who says so: the subject of the certificate, as RFC 2253 writes it; cut if too long. */
	char authority[256];
};

/** Append a query (TimeStampReq in DER) about these bytes; it asks for the certificate too. */
void timestamp_query(struct text data, struct str *out);

/**
 * Does a reply prove when these bytes existed?
 *
 * @param reply        TimeStampResp in DER, and nothing after it
 * @param data         what must have been stamped, by a digest of SHA-256 or stronger
 * @param authorities  accepted certificates in PEM: of authorities, or of what issued theirs
 * @return             0; -1 with a sentence and ERR_ABSENT (it is of other bytes) or ERR_INPUT
 *                     (not a reply, refused, by nobody who is accepted)
 */
int timestamp_check(struct text reply, struct text data, struct text authorities,
		    struct timestamp *out, struct err *err);

#endif
