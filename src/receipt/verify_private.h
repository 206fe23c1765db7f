/**
 * Private to the files of verify.
 */
#ifndef RECEIPT_VERIFY_PRIVATE_H
#define RECEIPT_VERIFY_PRIVATE_H

#include "receipt/envelope.h"
#include "receipt/verify.h"

/** One verification under way. */
struct judge {
	const struct verify_options *options;
	struct verification *out;
	struct text bytes;
	struct envelope envelope;
	struct public_key signer;
	bool is_own;
	int64_t finished_utc_ms;
	struct checkpoint kept_head; /**< with MEMBER_KEPT */
};

/** Settle the verdict; the value is false: nothing more is to be looked at. */
#define settle(judge, why, ...) (verify_settle((judge), REASON_RECEIPT_##why, __VA_ARGS__), false)

/** As settle, with the whole reason; the verdict follows from it. */
void verify_settle(struct judge *judge, enum reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- steps: each says whether to go on (verify_trust.c) */

/** What others saw before it says that it finished was made by a clock that was ahead, or is to be
 * taken for a run that was not yet. */
bool verify_not_ahead(struct judge *judge);

/** A revoked key is believed only for entries that every line about it says are good. */
bool verify_revocation(struct judge *judge);

#endif
