/**
 * By when a signed head existed, as somebody else says who has no interest in it: a time-stamp
 * (RFC 3161) of the head. What the head covers is no younger.
 *
 *     <log>/tsr/00000042.tsr                      the authority's reply, beside the log's heads
 *     receipts/evidence/<log>/tsr/00000042.tsr    the same, kept with that head
 *     receipts/trust/tsa.pem                      certificates of the authorities that count
 *
 * What is stamped are the bytes of <log>/checkpoints/00000042: the head with its log's own
 * signature and without those of witnesses, which may come later.
 */
#ifndef RECEIPT_STAMP_H
#define RECEIPT_STAMP_H

#include "crypto/timestamp.h"
#include "git/tree.h"
#include "receipt/log.h"

/** Append what a time-stamp of a signed head is about; ERR_INPUT if that is no signed note. */
int stamp_subject(struct text note, struct str *out, struct err *err);

/** Does the reply prove by when this head existed? `note` was verified by the caller.
 *
 * @param authorities  contents of tsa.pem; empty: nobody counts
 */
int stamp_check(struct text reply, struct text note, struct text authorities, struct timestamp *out,
		struct err *err);

/**
 * Which authorities count: receipts/trust/tsa.pem.
 *
 * @param out  lives as long as the tree; empty where there is no such file
 * @return     0; -1 if it is there and cannot be read
 */
int stamp_authorities(struct tree *tree, const char *receipts, struct text *out, struct err *err);

/**
 * Put a reply beside the head of the log that it is of, after having checked it.
 *
 * @param size  of that head
 * @return      0; -1 with ERR_INPUT (it is of none of the log's heads, or proves nothing),
 *              ERR_BUSY (that head has a time-stamp, which stays) or ERR_SYSTEM
 */
int log_stamp(struct log *log, struct text reply, struct text authorities, int64_t *size,
	      struct timestamp *out, struct err *err);

/** The reply that is kept with the head of that size; ERR_ABSENT if there is none. */
int log_stamp_read(const struct log *log, int64_t size, struct str *out, struct err *err);

/**
 * By when was this entry in the log? The earliest time-stamp of a head that covers it, after
 * log_load. Replies that prove nothing are passed over.
 *
 * @return 0; -1 with ERR_ABSENT if nothing proves a time (then `err` says why), or ERR_INPUT
 */
int log_stamped(struct log *log, int64_t seq, struct text authorities, struct timestamp *out,
		struct err *err);

#endif
