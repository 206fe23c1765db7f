/**
 * Name to addresses, by the system's resolver (getaddrinfo), with a deadline.
 *
 * getaddrinfo cannot be stopped, and with a dead resolver it takes half a minute. So each lookup
 * has a thread of its own that nobody waits for: at the deadline the answer is "no answer in time",
 * the run goes on, and the thread ends with its call or with the program. The threads of the pool
 * are not used for it, because a few hung lookups would stop the reading of files.
 */
#ifndef LOOP_LOOKUP_H
#define LOOP_LOOKUP_H

#include <sys/socket.h>

#include "loop/loop.h"

/** Most addresses of one name that are told. */
#define LOOKUP_ADDRESSES 4

struct lookup_answer {
	struct sockaddr_storage at[LOOKUP_ADDRESSES]; /**< in the resolver's order, each once */
	size_t len;
	char failure[128]; /**< why there is none, in the resolver's words; "" with addresses */
};

struct lookup;

/**
 * Ask for the addresses of a name.
 *
 * @param until_ms  monotonic; when it is given up
 * @param done      called once on the loop's thread, never inside this call; the answer is valid
 *                  during the call only
 * @return          a handle for lookup_cancel, valid until `done` ran
 */
struct lookup *lookup_start(struct loop *loop, const char *name, int64_t until_ms,
			    void (*done)(const struct lookup_answer *answer, void *cookie),
			    void *cookie);

/** Forget it; `done` is not called. */
void lookup_cancel(struct lookup *lookup);

#endif
