/**
 * Who may connect now: at most HANDSHAKES_MAX connections at once to one address and port that are
 * not authenticated yet. A server drops some of more than ten (MaxStartups; ssh.md, trap 22), and
 * several targets may be ports of one machine, or one port.
 */
#ifndef NET_HANDSHAKES_H
#define NET_HANDSHAKES_H

#include "loop/loop.h"
#include "net/address.h"

#define HANDSHAKES_MAX 4

struct handshakes;

/** One for all connections of a run. */
struct handshakes *handshakes_new(void);

/** NULL is fine. */
void handshakes_free(struct handshakes *handshakes);

/**
 * Take one of the places of a machine.
 *
 * @param waiter  woken when there may be one, if there is none now; it asks again then
 * @return        whether it was taken; handshakes_give gives it back
 */
bool handshakes_take(struct handshakes *handshakes, const struct address *address, uint16_t port,
		     struct task *waiter);

/** Give a place back and wake those who wait for it. */
void handshakes_give(struct handshakes *handshakes, const struct address *address, uint16_t port);

/** The task waits no more. Harmless if it does not. */
void handshakes_forget(struct handshakes *handshakes, const struct task *waiter);

#endif
