/**
 * Who may have a connection now: CONNECTS_MAX at once, in the order in which they asked. Who makes
 * no progress for a while counts no more (net/turns.h), up to CONNECTS_OPEN_MAX in all. Private to
 * check/reach*.c.
 */
#ifndef CHECK_REACH_SEATS_H
#define CHECK_REACH_SEATS_H

#include "net/turns.h"

/** Of one who wants one, embedded in its owner; zeroed at first. */
struct seat {
	struct turn turn;
	struct task *waiter; /**< woken when it is had; NULL: it is not waited for */
	struct seat *next;
	unsigned progress; /**< changed by its owner whenever something happens */
	bool is_had;
};

struct seats;

/** All are free; on this loop those who make no progress are noticed. */
struct seats *seats_new(struct loop *loop);

/** NULL is fine. Nobody has one, or waits. */
void seats_free(struct seats *seats);

/** Ask for one; asked again, nothing changes. @return whether it is had now */
bool seats_take(struct seats *seats, struct seat *seat, struct task *waiter);

/** Give it back, or wait no more. Harmless without. */
void seats_give(struct seats *seats, struct seat *seat);

#endif
