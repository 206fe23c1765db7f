/**
 * By when a receipt was in its log, as others say who have no interest in it: witnesses whose
 * cosignatures make the quorum of the policy, and authorities whose time-stamps count. What the
 * signer says of the time proves nothing about it: whoever has a stolen key can say anything.
 *
 * To add a source of time: a function in proven_time.c and its row in `sources`.
 */
#ifndef RECEIPT_PROVEN_TIME_H
#define RECEIPT_PROVEN_TIME_H

#include "receipt/evidence.h"
#include "receipt/log_policy.h"

/** Whom to ask about a receipt; all borrowed. */
struct proven_by {
	const char *state;                 /**< where logs are; NULL: its log is not here */
	const struct witnessed *witnessed; /**< what witnesses prove; NULL: nothing */
	const struct evidence *kept;       /**< what is kept with it, checked; NULL: nothing */
	struct text authorities;           /**< contents of tsa.pem; empty: nobody counts */
};

/**
 * The earliest time by which a receipt is proven to have been in its log.
 *
 * @param receipt  verified, and proven to be in the log
 * @return         0; -1 with ERR_ABSENT if nobody vouches for a time
 */
int proven_not_after(const struct proven_by *by, const struct statement *receipt,
		     const struct public_key *signer, int64_t *utc_ms, struct err *err);

#endif
