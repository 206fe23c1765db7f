#include "check/reach/seats.h"

#include <stdlib.h>

#include "base/mem.h"
#include "check/reach/reach_connect.h"

struct seats {
	struct turns *turns;
	struct seat *first; /**< of those who wait */
	struct seat *last;
	size_t had;
};

static unsigned progress_of(const struct turn *turn, void *cookie)
{
	(void)cookie;
	return ((const struct seat *)turn)->progress;
}

/** Those who wait, in their order, as far as there is room. */
static void grant(struct seats *seats)
{
	while (seats->first && seats->had < CONNECTS_OPEN_MAX &&
	       turns_take(seats->turns, &seats->first->turn)) {
		struct seat *seat = seats->first;

		seats->first = seat->next;
		seats->last = seats->first ? seats->last : NULL;
		seats->had++;
		seat->is_had = true;
		task_wake(seat->waiter);
		seat->waiter = NULL;
	}
}

static void on_room(void *cookie)
{
	grant(cookie);
}

struct seats *seats_new(struct loop *loop)
{
	struct seats *seats = mem_alloc(sizeof(*seats));

	seats->turns = turns_new(loop, &(struct turns_spec){.max = CONNECTS_MAX,
							    .patience_ms = REACH_PATIENCE_MS,
							    .progress = progress_of,
							    .room = on_room,
							    .cookie = seats});
	return seats;
}

void seats_free(struct seats *seats)
{
	if (seats) {
		turns_free(seats->turns);
		free(seats);
	}
}

bool seats_take(struct seats *seats, struct seat *seat, struct task *waiter)
{
	if (!seat->is_had && !seat->waiter) {
		seat->waiter = waiter;
		seat->next = NULL;
		*(seats->last ? &seats->last->next : &seats->first) = seat;
		seats->last = seat;
		grant(seats);
	}
	return seat->is_had;
}

static void wait_no_more(struct seats *seats, const struct seat *seat)
{
	struct seat *before = NULL;
	struct seat *at = seats->first;

	while (at != seat) {
		before = at;
		at = at->next;
	}
	*(before ? &before->next : &seats->first) = seat->next;
	seats->last = seats->last == seat ? before : seats->last;
}

void seats_give(struct seats *seats, struct seat *seat)
{
	if (seat->is_had) {
		turns_give(seats->turns, &seat->turn);
		seat->is_had = false;
		seats->had--;
		grant(seats);
	} else if (seat->waiter) {
		wait_no_more(seats, seat);
		seat->waiter = NULL;
	}
}
