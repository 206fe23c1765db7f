#include "net/turns.h"

#include <stdlib.h>

#include "base/mem.h"

struct turns {
	struct task task;
	struct loop *loop;
	struct turns_spec spec;
	struct turn *oldest; /**< of those that count, by since_ms */
	struct turn *newest;
	size_t count;
	bool is_started;
	bool is_wanted; /**< somebody was refused */
};

static void link_newest(struct turns *turns, struct turn *turn)
{
	turn->since_ms = loop_now_ms(turns->loop);
	turn->progress = turns->spec.progress(turn, turns->spec.cookie);
	turn->is_counted = true;
	turn->older = turns->newest;
	turn->newer = NULL;
	*(turns->newest ? &turns->newest->newer : &turns->oldest) = turn;
	turns->newest = turn;
	turns->count++;
}

static void unlink_turn(struct turns *turns, struct turn *turn)
{
	*(turn->older ? &turn->older->newer : &turns->oldest) = turn->newer;
	*(turn->newer ? &turn->newer->older : &turns->newest) = turn->older;
	turn->is_counted = false;
	turns->count--;
}

/** Look at those whose patience is over. */
static void look(struct turns *turns, int64_t now_ms)
{
	while (turns->oldest && now_ms >= turns->oldest->since_ms + turns->spec.patience_ms) {
		struct turn *turn = turns->oldest;
		unsigned before = turn->progress;

		unlink_turn(turns, turn);
		if (turns->spec.progress(turn, turns->spec.cookie) != before) {
			link_newest(turns, turn);
		}
	}
}

static enum step turns_step(struct task *task, struct wait *wait)
{
	struct turns *turns = (struct turns *)task;

	if (turns->is_wanted) {
		look(turns, loop_now_ms(task->loop));
	}
	if (turns->is_wanted && turns->count < turns->spec.max) {
		turns->is_wanted = false;
		turns->spec.room(turns->spec.cookie);
	}
	if (turns->is_wanted && turns->oldest) {
		wait_until(wait, turns->oldest->since_ms + turns->spec.patience_ms);
	}
	return STEP_WAIT;
}

static void turns_release(struct task *task)
{
	(void)task;
}

static const struct task_ops turns_ops = {"turns", turns_step, turns_release};

struct turns *turns_new(struct loop *loop, const struct turns_spec *spec)
{
	struct turns *turns = mem_alloc(sizeof(*turns));

	turns->task.ops = &turns_ops;
	turns->loop = loop;
	turns->spec = *spec;
	return turns;
}

void turns_free(struct turns *turns)
{
	if (turns && turns->is_started) {
		task_cancel(&turns->task);
	}
	free(turns);
}

bool turns_take(struct turns *turns, struct turn *turn)
{
	if (turns->count < turns->spec.max) {
		link_newest(turns, turn);
		return true;
	}
	turns->is_wanted = true;
	if (turns->is_started) {
		task_wake(&turns->task);
	} else {
		turns->is_started = true;
		task_start(turns->loop, &turns->task);
	}
	return false;
}

void turns_give(struct turns *turns, struct turn *turn)
{
	if (turn->is_counted) {
		unlink_turn(turns, turn);
	}
}
