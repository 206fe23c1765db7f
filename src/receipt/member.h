/**
 * Is a receipt part of its signer's log, as far as that is here?
 */
#ifndef RECEIPT_MEMBER_H
#define RECEIPT_MEMBER_H

#include "base/vec.h"
#include "crypto/key.h"
#include "receipt/cosigned.h"
#include "receipt/merkle.h"
#include "receipt/statement.h"

/** Where the receipt stands in a log. */
enum membership {
	MEMBER_NO_LOG,      /**< the log is not here */
	MEMBER_ABSENT,      /**< the log is here and has another entry, or none, at that place */
	MEMBER_UNCOVERED,   /**< the log has it, but no signed head covers it yet */
	MEMBER_PROVEN,      /**< the log has it under a signed head, and its start too */
	MEMBER_KEPT,        /**< the log is not here, but what is kept with it proves the same */
	MEMBER_AFTER_CLOSE, /**< the log has it under a signed head, behind its log-close */
};

/** Is it proven to be in a log, by the log or by what is kept with it? */
static inline bool member_is_proven(enum membership membership)
{
	return membership == MEMBER_PROVEN || membership == MEMBER_KEPT;
}

/**
 * Is this entry the run-start that a receipt names: signed by the same key, at that place of the
 * log, of the same run, saying the same of it, and does the run key follow from it?
 *
 * @param receipt  verified
 */
int member_check_start(struct text entry, const struct statement *receipt,
		       const struct public_key *signer, struct err *err);

/** Logs that are kept open for many lookups, each read once as a whole. `{0}` is none. */
struct member_shelf {
	struct VEC(struct member_log) logs;
};

void member_shelf_release(struct member_shelf *shelf);

/** member_shelf_release for AUTO. */
static inline void auto_member_shelf(struct member_shelf *shelf)
{
	member_shelf_release(shelf);
}

/**
 * Look a verified receipt up: the entry at its index must be these bytes, its start must stand
 * where it says, and the newest signed head must cover them.
 *
 * @param state  where logs are; NULL: none is looked for
 * @param shelf  for the next lookups; NULL: there are none
 * @param why    filled for everything but MEMBER_PROVEN
 */
enum membership member_find(const char *state, struct member_shelf *shelf, struct text bytes,
			    const struct statement *receipt, const struct public_key *signer,
			    struct err *why);

/**
 * What witnesses prove of a receipt that member_find gave MEMBER_PROVEN for, by the cosignatures
 * beside the heads of its log. All lookups with one shelf have one policy.
 */
void member_witnessed(const char *state, struct member_shelf *shelf,
		      const struct statement *receipt, const struct public_key *signer,
		      const struct witness_judge *judge, struct witnessed *out);

#endif
