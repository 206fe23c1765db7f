/**
 * One TCP connection, opened without blocking: a step machine for the tasks that need one.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "loop/loop.h"
#include "net/address.h"

struct dial {
	struct address address;
	uint16_t port;
	int fd;    /**< the connected socket after STEP_DONE; whoever takes it leaves -1 here */
	int error; /**< errno after STEP_FAIL */
};

/** Nothing is sent before the first step. */
void dial_init(struct dial *dial, const struct address *address, uint16_t port);

/**
 * Connect. The socket is non-blocking, closed on exec, and sends small packets at once.
 *
 * @return STEP_WAIT until the handshake is over; STEP_FAIL fills `dial->error` and `err`
 */
enum step dial_step(struct dial *dial, struct wait *wait, struct err *err);

/** What the errno of a connection that was not made says. */
enum dial_end {
	DIAL_REFUSED,  /**< the machine answers that nothing listens */
	DIAL_RESET,    /**< accepted, and reset before anybody looked */
	DIAL_TIMEOUT,  /**< no answer */
	DIAL_NO_ROUTE, /**< there is no way to the address, or ours is barred */
	DIAL_BROKEN,   /**< anything else: ours */
};

/** Which it is; any errno is allowed. */
enum dial_end dial_end_of(int error);

/** Close the socket if nobody took it. */
void dial_release(struct dial *dial);

#endif
