#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/turns.h"

#define PATIENCE_MS 20
#define OWNERS 6

/** Those who want a turn, in this order; all want to go on for ever. */
struct owner {
	struct turn turn;
	unsigned progress;
	bool is_moving; /**< whoever looks sees something new */
	bool is_in;
};

static struct {
	struct loop *loop;
	struct turns *turns;
	struct owner owners[OWNERS];
	size_t in;
	size_t enough; /**< the loop is stopped when so many are in */
	int64_t until_ms;
} hall;

static unsigned progress_of(const struct turn *turn, void *cookie)
{
	struct owner *owners = cookie;

	for (size_t i = 0; i < OWNERS; i++) {
		if (&owners[i].turn == turn) {
			owners[i].progress += owners[i].is_moving;
			return owners[i].progress;
		}
	}
	return 0;
}

/** Let in whom there is room for. */
static void let_in(void *cookie)
{
	(void)cookie;
	while (hall.in < OWNERS && turns_take(hall.turns, &hall.owners[hall.in].turn)) {
		hall.owners[hall.in++].is_in = true;
	}
	if (hall.in >= hall.enough) {
		loop_stop(hall.loop);
	}
}

static enum step begin_step(struct task *task, struct wait *wait)
{
	if (hall.in == 0) {
		let_in(NULL);
	}
	wait_until(wait, hall.until_ms);
	if (loop_now_ms(task->loop) < hall.until_ms) {
		return STEP_WAIT;
	}
	loop_stop(task->loop);
	return STEP_DONE;
}

static void begin_release(struct task *task)
{
	(void)task;
}

/** Run with room for two until `enough` are in, or for `ms`. */
static void run(size_t enough, int64_t ms)
{
	static const struct task_ops ops = {"begin", begin_step, begin_release};
	const struct turns_spec spec = {2, PATIENCE_MS, progress_of, let_in, hall.owners};
	struct task task = {.ops = &ops};
	struct err err = {0};

	assert_int_equal(loop_open(&hall.loop, &err), 0);
	hall.turns = turns_new(hall.loop, &spec);
	hall.enough = enough;
	hall.until_ms = clock_monotonic_ms() + ms;
	task_start(hall.loop, &task);
	loop_run(hall.loop);
	turns_free(hall.turns);
	loop_free(hall.loop);
}

static int set_up(void **state)
{
	(void)state;
	memset(&hall, 0, sizeof(hall));
	return 0;
}

static void those_who_move_are_never_more_than_have_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < OWNERS; i++) {
		hall.owners[i].is_moving = true;
	}
	run(3, (int64_t)10 * PATIENCE_MS);
	assert_int_equal(hall.in, 2);
}

static void those_who_only_wait_let_all_others_in(void **state)
{
	(void)state;
	run(OWNERS, 20000);
	assert_int_equal(hall.in, OWNERS);
}

static void one_who_moves_keeps_its_place_and_one_who_waits_does_not(void **state)
{
	(void)state;
	hall.owners[1].is_moving = true;
	hall.owners[2].is_moving = true;
	run(4, (int64_t)10 * PATIENCE_MS);
	assert_int_equal(hall.in, 3);
	assert_false(hall.owners[0].turn.is_counted);
	assert_true(hall.owners[1].turn.is_counted);
	assert_true(hall.owners[2].turn.is_counted);
}

static void a_turn_that_ends_leaves_room(void **state)
{
	const struct turns_spec spec = {2, PATIENCE_MS, progress_of, let_in, hall.owners};
	struct err err = {0};

	(void)state;
	assert_int_equal(loop_open(&hall.loop, &err), 0);
	hall.turns = turns_new(hall.loop, &spec);
	assert_true(turns_take(hall.turns, &hall.owners[0].turn));
	assert_true(turns_take(hall.turns, &hall.owners[1].turn));
	assert_false(turns_take(hall.turns, &hall.owners[2].turn));
	turns_give(hall.turns, &hall.owners[0].turn);
	assert_true(turns_take(hall.turns, &hall.owners[2].turn));
	assert_false(turns_take(hall.turns, &hall.owners[3].turn));
	turns_give(hall.turns, &hall.owners[1].turn);
	turns_give(hall.turns, &hall.owners[1].turn); /* twice does no harm */
	assert_true(turns_take(hall.turns, &hall.owners[3].turn));
	assert_false(turns_take(hall.turns, &hall.owners[4].turn));
	turns_free(hall.turns);
	loop_free(hall.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(those_who_move_are_never_more_than_have_room, set_up),
		cmocka_unit_test_setup(those_who_only_wait_let_all_others_in, set_up),
		cmocka_unit_test_setup(one_who_moves_keeps_its_place_and_one_who_waits_does_not,
				       set_up),
		cmocka_unit_test_setup(a_turn_that_ends_leaves_room, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
