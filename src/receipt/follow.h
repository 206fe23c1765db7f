/**
 * What a witness does: it follows logs of others, remembers the largest head of each that only ever
 * grew, and never goes back.
 *
 *     <state>/witness/<log>/log.vkey              whose log it is
 *     <state>/witness/<log>/lock                  held from comparing to remembering and cosigning
 *     <state>/witness/<log>/head                  the last head that was followed, as it was signed
 *     <state>/witness/<log>/fork/00000022-61d6…   heads that do not belong to one history: the
 * proof
 *
 * <state> and <log> are as in log.h. A head is on disk here before anything is said about it, so
 * that a witness which was killed, or runs twice, never says less than it did before.
 */
#ifndef RECEIPT_FOLLOW_H
#define RECEIPT_FOLLOW_H

#include "receipt/kept.h"

/** Where a log is looked at: its own folder, or what a repo keeps of it. */
struct follow_source {
	struct log *log;                /**< NULL: what is kept */
	const struct kept_place *place; /**< without a log */
	char origin[ORIGIN_BYTES];
	struct public_key key;
};

enum followed {
	FOLLOWED_UNKNOWN, /**< it cannot be said that the log only grew */
	FOLLOWED_NEW,     /**< it grew, or is seen for the first time */
	FOLLOWED_SAME,    /**< nothing new */
	FOLLOWED_BAD,     /**< it did not only grow, or is not sound */
};

/** What came of a look at a log. */
struct follow {
	struct checkpoint before; /**< what was remembered; of size 0: nothing */
	struct checkpoint head;   /**< what is remembered now */
	struct str note;          /**< that one, as the log signed it */
	enum log_flaw flaw;       /**< with FOLLOWED_BAD */
	char why[480];            /**< one sentence, with FOLLOWED_BAD and FOLLOWED_UNKNOWN */
	char *folder;             /**< of what is remembered of this log */
	char *proof;              /**< folder with the heads that prove it; NULL: there are none */
	int lock;
};

/**
 * Look at a log, compare with what is remembered, and remember. The lock is held until
 * follow_release.
 *
 * @param state  the folder that log_state_folder gives
 * @return       what came of it; FOLLOWED_UNKNOWN also if the machine cannot
 */
enum followed follow_log(const char *state, const struct follow_source *source, struct follow *out);

/**
 * Append what a witness says about the head that is remembered, as of now. After FOLLOWED_NEW or
 * FOLLOWED_SAME, with the lock.
 *
 * @param name  of the witness
 * @return      0; -1 with ERR_INPUT if the key is that of the log
 */
int follow_cosign(const struct follow *follow, const struct follow_source *source, const char *name,
		  const struct signing_key *key, struct str *line, struct err *err);

void follow_release(struct follow *follow);

/** follow_release for AUTO. */
static inline void auto_follow(struct follow *follow)
{
	follow_release(follow);
}

#endif
