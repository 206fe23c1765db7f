/**
 * How many may be under way at once, so that hundreds of logins do not share what one processor can
 * do; without letting those that only wait for a dead or hostile peer keep everybody else from
 * their turn: who makes no progress for a while does not count any more.
 */
#ifndef NET_TURNS_H
#define NET_TURNS_H

#include "loop/loop.h"

/** One who is under way, embedded in its owner; zeroed at first. */
struct turn {
	struct turn *older; /**< among those that count */
	struct turn *newer;
	int64_t since_ms;  /**< when it began, or was last seen to have made progress */
	unsigned progress; /**< as it was then */
	bool is_counted;
};

/** What the owner says. */
struct turns_spec {
	size_t max;          /**< so many count at once */
	int64_t patience_ms; /**< after once to twice as long without progress one does not count */
	/** Any number that changes when something happens. */
	unsigned (*progress)(const struct turn *turn, void *cookie);
	/** Somebody who was refused may ask again. From a step of the loop. */
	void (*room)(void *cookie);
	void *cookie;
};

struct turns;

/** @param loop  used from the first refusal on */
struct turns *turns_new(struct loop *loop, const struct turns_spec *spec);

/** NULL is fine. Before its loop is freed, and not from inside `room`. */
void turns_free(struct turns *turns);

/** Begin a turn. @return false: there is no room now; `room` will be called when there is */
bool turns_take(struct turns *turns, struct turn *turn);

/** End a turn. Whoever was refused is not told: the caller knows. */
void turns_give(struct turns *turns, struct turn *turn);

#endif
