/**
 * Replacing the key of a user: each of its logs, one for each repo, is closed by the old key and
 * continued by a log of the new one.
 *
 * Each step is on disk before the next one, and none is done twice: whoever is stopped in between
 * (kill, power) calls it again with the same two keys. Until then the closed logs accept nothing,
 * so that no entry of the old key can come behind its log-close.
 */
#ifndef RECEIPT_ROTATE_H
#define RECEIPT_ROTATE_H

#include "receipt/log.h"
#include "receipt/log_here.h"

/** A log that was closed. */
struct rotated {
	struct checkpoint closed; /**< its last head, over the log-close */
	char next[ORIGIN_BYTES];  /**< the log that continues it */
};

/** Sorted by origin. */
struct rotations VEC(struct rotated);

/**
 * Close all logs of the old key on this machine, and open those that continue them. Logs without
 * entries stay as they are: there is nothing to continue.
 *
 * @param state  the folder that log_state_folder gives
 * @param out    the caller releases it (VEC_RELEASE)
 * @return       0; -1 with ERR_ABSENT (the old key has no log with entries here), ERR_INPUT (a log
 *               is closed for another key, or the new key has a log that continues something else)
 *               or as log_begin
 */
int rotate_logs(const char *state, const struct signing_key *old, const struct signing_key *new,
		struct rotations *out, struct err *err);

/** What there is to rotate. */
enum rotate_state {
	ROTATE_NOTHING, /**< the key has no log with entries here */
	ROTATE_DONE, /**< each of them is nothing but a log-open: it only just came in its place */
	ROTATE_WANTED,
};

/** Look at the logs of a key. `out`: what they continue, with ROTATE_DONE; the caller releases it.
 */
enum rotate_state rotate_look(const char *state, const struct public_key *key,
			      struct rotations *out);

#endif
