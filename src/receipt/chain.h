/**
 * How the logs of a repo follow each other. A key is replaced by closing its log (log-close, the
 * last entry, names the next log's key) and opening the next one (log-open, entry 0, names the head
 * of the closed log, its log-close included), so that neither can be swapped for another.
 *
 * A log whose neighbour is not on this machine is judged by what it says alone, and that is said.
 */
#ifndef RECEIPT_CHAIN_H
#define RECEIPT_CHAIN_H

#include "receipt/log.h"
#include "receipt/log_here.h"

/** What one log says about its neighbours. */
struct chain_link {
	char origin[ORIGIN_BYTES];
	struct public_key key;
	int64_t size;             /**< entries; -1: they cannot be read */
	struct merkle_hash root;  /**< of all of them */
	bool is_opened;           /**< entry 0 is a log-open */
	struct checkpoint before; /**< with is_opened: the head of the closed log */
	bool is_closed;           /**< the last entry is a log-close */
	char next[ORIGIN_BYTES];  /**< with is_closed: the log that continues it */
};

/** The logs of one repo that are here, sorted by origin. */
struct chain {
	struct VEC(struct chain_link) links;
};

/**
 * Look at all logs of the repo that a log is of.
 *
 * @param origin  of that log
 * @return        0; -1 if the folder of logs cannot be read
 */
int chain_look(const char *state, const char *origin, struct chain *out, struct err *err);

void chain_release(struct chain *chain);

/** chain_release for AUTO. */
static inline void auto_chain(struct chain *chain)
{
	chain_release(chain);
}

/** The log of that origin; NULL: it is not here. */
const struct chain_link *chain_find(const struct chain *chain, const char *origin);

/**
 * Does a log agree with its neighbours that are here? What does not is a problem of the report: a
 * log-open whose closed log says otherwise, a log-close whose next log does, a log that is
 * continued and is not closed for that, and two logs that both continue one.
 */
void chain_judge(const struct chain *chain, const char *origin, struct log_report *report);

#endif
