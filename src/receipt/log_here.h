/**
 * The logs that are on this machine: of several keys, and of all repos.
 */
#ifndef RECEIPT_LOG_HERE_H
#define RECEIPT_LOG_HERE_H

#include "base/mem.h"
#include "base/vec.h"
#include "receipt/checkpoint.h"

/** A log that is here, by its log.vkey. */
struct log_here {
	char origin[ORIGIN_BYTES];
	struct public_key key;
};

/** Sorted by origin. */
struct logs_here VEC(struct log_here);

/**
 * List them. Folders without a log.vkey are passed over: a crash leaves one.
 *
 * @param state  the folder that log_state_folder gives
 * @param out    the caller releases it (VEC_RELEASE)
 * @return       0; -1 if the folder, or the key of a log in it, cannot be read
 */
int logs_here(const char *state, struct logs_here *out, struct err *err);

/** Are two origins of one repo? */
bool origin_is_beside(const char *origin, const char *other);

#endif
