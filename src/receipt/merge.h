/**
 * One receipt of the shards of a run: what each of them says, put together, if all of them looked
 * at the same thing in the same way.
 *
 * A gate about targets is what its worst part is; a gate without targets is what the shard says
 * that judged it. What a shard would say whose receipt is not there is unknown.
 */
#ifndef RECEIPT_MERGE_H
#define RECEIPT_MERGE_H

#include "crypto/digest.h"
#include "crypto/key.h"
#include "receipt/statement.h"

/** How long ago a shard may have begun: a day, because job arrays queue. The merged receipt is of
 * now, and would make older ones look new. */
#define MERGE_AGE_MS ((int64_t)24 * 60 * 60 * 1000)

/** The receipt of a shard, verified. */
struct merge_part {
	const char *name; /**< as somebody named it, for messages */
	struct statement statement;
	char sha256[SHA256_HEX_BYTES]; /**< of the receipt's bytes */
	char signer[FINGERPRINT_BYTES];
};

/**
 * Put them together. Refused are parts that are no shards, of other numbers of shards, of one shard
 * twice, of another repo, commit, selection, plan, policy or program, and of another day,
 * and those to which one machine showed different keys.
 *
 * @param arena  owns what is new; the rest borrows from the parts
 * @param out    a receipt without identity, time, tool and arguments
 * @return       0; -1 with ERR_INPUT
 */
int merge_receipts(struct arena *arena, const struct merge_part *parts, size_t count,
		   int64_t now_utc_ms, struct statement *out, struct err *err);

#endif
