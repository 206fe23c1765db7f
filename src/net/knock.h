/**
 * Does a port of a machine accept connections? Its addresses are dialled one after the other, and
 * a connection is closed at once: nothing is said or read.
 */
#ifndef NET_KNOCK_H
#define NET_KNOCK_H

#include "loop/loop.h"
#include "net/address.h"

/** Most addresses of one machine. */
#define KNOCK_MAX 5

/** How it went. */
enum knock_outcome {
	KNOCK_NOT_TRIED, /**< the zero value */
	KNOCK_OPEN,
	KNOCK_REFUSED,  /**< the machine answers that nothing listens */
	KNOCK_NO_ROUTE, /**< there is no way to the address */
	KNOCK_TIMEOUT,  /**< no answer */
	KNOCK_BROKEN,   /**< ours: out of descriptors */
};

struct knock_spec {
	struct address addresses[KNOCK_MAX]; /**< in the order in which they are tried */
	size_t len;
	uint16_t port;
	int64_t connect_ms;  /**< for each address */
	int64_t deadline_ms; /**< monotonic; for all of them */
};

struct knock_facts {
	enum knock_outcome outcome;
	size_t decided; /**< which address: the open one; else the first of the best answer */
	int64_t elapsed_ms;
};

struct knock;

/**
 * Start knocking at one address at least.
 *
 * @param ended  called once on the loop's thread with the facts (valid during the call only)
 * @return       a handle for knock_cancel, valid until `ended` ran
 */
struct knock *knock_start(struct loop *loop, const struct knock_spec *spec,
			  void (*ended)(const struct knock_facts *facts, void *cookie),
			  void *cookie);

/** End it now; `ended` is not called. */
void knock_cancel(struct knock *knock);

#endif
