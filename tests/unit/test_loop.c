#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/loop.h"

/** A task that writes down what happens to it. */
struct probe {
	struct task task;
	enum step (*next)(struct probe *probe, struct wait *wait);
	int steps;
	int released;
	int ended;
	int fds[2];
	int64_t when_ms;
	char seen[16];
	struct probe *other;
};

static enum step probe_step(struct task *task, struct wait *wait)
{
	struct probe *probe = (struct probe *)task;

	probe->steps++;
	return probe->next(probe, wait);
}

static void probe_release(struct task *task)
{
	((struct probe *)task)->released++;
}

static void probe_ended(struct task *task, void *cookie)
{
	(void)task;
	(*(int *)cookie)++;
}

static const struct task_ops probe_ops = {"probe", probe_step, probe_release};

static struct probe probe_of(enum step (*next)(struct probe *probe, struct wait *wait))
{
	return (struct probe){.task = {.ops = &probe_ops}, .next = next, .fds = {-1, -1}};
}

static void start(struct loop *loop, struct probe *probe)
{
	probe->task.ended = probe_ended;
	probe->task.cookie = &probe->ended;
	task_start(loop, &probe->task);
}

static int open_loop(void **state)
{
	struct err err = {0};

	return loop_open((struct loop **)state, &err);
}

static int free_loop(void **state)
{
	loop_free(*state);
	return 0;
}

static enum step done_at_once(struct probe *probe, struct wait *wait)
{
	(void)probe;
	(void)wait;
	return STEP_DONE;
}

static enum step wait_for_nothing(struct probe *probe, struct wait *wait)
{
	(void)probe;
	(void)wait;
	return STEP_WAIT;
}

static void the_first_step_is_never_inside_task_start(void **state)
{
	struct probe probe = probe_of(done_at_once);

	start(*state, &probe);
	assert_int_equal(probe.steps, 0);
	loop_run(*state);
	assert_int_equal(probe.steps, 1);
	assert_int_equal(probe.released, 1);
	assert_int_equal(probe.ended, 1);
	assert_null(probe.task.watch);
}

static enum step wait_20_ms(struct probe *probe, struct wait *wait)
{
	if (probe->steps == 1) {
		probe->when_ms = loop_now_ms(probe->task.loop) + 20;
		wait_until(wait, probe->when_ms + 100000);
		wait_until(wait, probe->when_ms);
		wait_until(wait, probe->when_ms + 200000);
		return STEP_WAIT;
	}
	assert_true(loop_now_ms(probe->task.loop) >= probe->when_ms);
	return STEP_DONE;
}

static void the_earliest_of_several_times_counts(void **state)
{
	struct probe probe = probe_of(wait_20_ms);
	int64_t start_ms = clock_monotonic_ms();

	start(*state, &probe);
	loop_run(*state);
	assert_int_equal(probe.steps, 2);
	assert_true(clock_monotonic_ms() - start_ms >= 19);
	assert_true(clock_monotonic_ms() - start_ms < 5000);
}

static enum step wait_for_the_past(struct probe *probe, struct wait *wait)
{
	wait_until(wait, 1);
	return probe->steps < 3 ? STEP_WAIT : STEP_DONE;
}

static void a_time_that_has_passed_steps_in_the_next_round(void **state)
{
	struct probe probe = probe_of(wait_for_the_past);

	start(*state, &probe);
	loop_run(*state);
	assert_int_equal(probe.steps, 3);
}

static enum step read_pipe(struct probe *probe, struct wait *wait)
{
	ssize_t len = 0;

	if (probe->steps > 1) {
		len = read(probe->fds[0], probe->seen, sizeof(probe->seen) - 1);
		assert_true(len > 0);
		return STEP_DONE;
	}
	wait_fd(wait, probe->fds[0], WAIT_READ);
	wait_until(wait, loop_now_ms(probe->task.loop) + 5000);
	return STEP_WAIT;
}

static enum step write_pipe(struct probe *probe, struct wait *wait)
{
	if (probe->steps == 1) {
		wait_fd(wait, probe->fds[1], WAIT_WRITE);
		return STEP_WAIT;
	}
	assert_int_equal(write(probe->fds[1], "hello", 5), 5);
	return STEP_DONE;
}

static void a_task_is_stepped_when_its_descriptor_is_ready(void **state)
{
	struct probe reader = probe_of(read_pipe);
	struct probe writer = probe_of(write_pipe);

	assert_int_equal(pipe2(reader.fds, O_CLOEXEC | O_NONBLOCK), 0);
	memcpy(writer.fds, reader.fds, sizeof(writer.fds));
	start(*state, &reader);
	start(*state, &writer);
	loop_run(*state);
	assert_string_equal(reader.seen, "hello");
	assert_int_equal(reader.steps, 2);
	assert_int_equal(writer.steps, 2);
	(void)close(reader.fds[0]);
	(void)close(reader.fds[1]);
}

/** Rounds that somebody may be kept waiting, however much there is to do. */
#define ROUNDS_MAX 1000

static enum step go_on_at_once(struct probe *probe, struct wait *wait)
{
	if (probe->other->released || probe->steps == ROUNDS_MAX) {
		return STEP_DONE;
	}
	wait_until(wait, loop_now_ms(probe->task.loop));
	return STEP_WAIT;
}

/** Read three bytes, one in each round. */
static enum step read_slowly(struct probe *probe, struct wait *wait)
{
	if (probe->steps > 1) {
		assert_int_equal(read(probe->fds[0], probe->seen, 1), 1);
	}
	wait_fd(wait, probe->fds[0], WAIT_READ);
	return probe->steps > 3 ? STEP_DONE : STEP_WAIT;
}

static void tasks_that_always_go_on_at_once_let_others_have_their_turn(void **state)
{
	struct probe busy[2] = {probe_of(go_on_at_once), probe_of(go_on_at_once)};
	struct probe reader = probe_of(read_slowly);

	assert_int_equal(pipe2(reader.fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(write(reader.fds[1], "xyz", 3), 3);
	for (int i = 0; i < 2; i++) {
		busy[i].other = &reader;
		start(*state, &busy[i]);
	}
	start(*state, &reader);
	loop_run(*state);
	assert_int_equal(reader.ended, 1);
	assert_true(busy[0].steps < ROUNDS_MAX);
	(void)close(reader.fds[0]);
	(void)close(reader.fds[1]);
}

static void events_of_one_descriptor_are_merged(void **state)
{
	struct wait wait = {0};

	(void)state;
	wait_fd(&wait, 7, WAIT_READ);
	wait_fd(&wait, 8, WAIT_WRITE);
	wait_fd(&wait, 7, WAIT_WRITE);
	assert_int_equal(wait.count, 2);
	assert_int_equal(wait.on[0].events, WAIT_READ | WAIT_WRITE);
	assert_int_equal(wait.on[1].events, WAIT_WRITE);
}

/** Close the descriptor waited for and open another, which gets its number; then read from that. */
static enum step swap_descriptors(struct probe *probe, struct wait *wait)
{
	int before = probe->fds[0];

	if (probe->steps == 1) {
		wait_fd(wait, probe->fds[0], WAIT_READ);
		task_wake(&probe->task);
		return STEP_WAIT;
	}
	if (probe->steps == 2) {
		(void)close(probe->fds[0]);
		(void)close(probe->fds[1]);
		assert_int_equal(pipe2(probe->fds, O_CLOEXEC | O_NONBLOCK), 0);
		assert_int_equal(probe->fds[0], before);
		assert_int_equal(write(probe->fds[1], "x", 1), 1);
		wait_fd(wait, probe->fds[0], WAIT_READ);
		wait_until(wait, loop_now_ms(probe->task.loop) + 5000);
		probe->when_ms = wait->until_ms;
		return STEP_WAIT;
	}
	assert_true(loop_now_ms(probe->task.loop) < probe->when_ms);
	assert_int_equal(read(probe->fds[0], probe->seen, 1), 1);
	return STEP_DONE;
}

static void a_descriptor_number_that_is_used_again_still_wakes(void **state)
{
	struct probe probe = probe_of(swap_descriptors);

	assert_int_equal(pipe2(probe.fds, O_CLOEXEC | O_NONBLOCK), 0);
	start(*state, &probe);
	loop_run(*state);
	assert_int_equal(probe.steps, 3);
	assert_string_equal(probe.seen, "x");
	(void)close(probe.fds[0]);
	(void)close(probe.fds[1]);
}

/** Hand the number of a descriptor that was waited for to another task. */
static enum step give_away(struct probe *probe, struct wait *wait)
{
	if (probe->steps == 1) {
		wait_fd(wait, probe->fds[0], WAIT_READ);
		task_wake(&probe->task);
		return STEP_WAIT;
	}
	(void)close(probe->fds[0]);
	(void)close(probe->fds[1]);
	assert_int_equal(pipe2(probe->other->fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(probe->other->fds[0], probe->fds[0]);
	assert_int_equal(write(probe->other->fds[1], "other", 5), 5);
	start(probe->task.loop, probe->other);
	return STEP_DONE;
}

static void a_descriptor_number_that_moves_to_another_task_still_wakes(void **state)
{
	struct probe first = probe_of(give_away);
	struct probe second = probe_of(read_pipe);

	assert_int_equal(pipe2(first.fds, O_CLOEXEC | O_NONBLOCK), 0);
	first.other = &second;
	start(*state, &first);
	loop_run(*state);
	assert_string_equal(second.seen, "other");
	(void)close(second.fds[0]);
	(void)close(second.fds[1]);
}

static enum step look_at_a_file(struct probe *probe, struct wait *wait)
{
	wait_fd(wait, probe->fds[0], WAIT_READ);
	return probe->steps < 2 ? STEP_WAIT : STEP_DONE;
}

static void a_descriptor_that_cannot_be_watched_does_not_hang_its_task(void **state)
{
	struct probe probe = probe_of(look_at_a_file);

	probe.fds[0] = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	assert_true(probe.fds[0] >= 0);
	start(*state, &probe);
	loop_run(*state);
	assert_int_equal(probe.steps, 2);
	(void)close(probe.fds[0]);
}

static enum step wake_other(struct probe *probe, struct wait *wait)
{
	(void)wait;
	if (probe->steps == 2) {
		assert_int_equal(probe->other->steps, 1);
		task_wake(&probe->other->task);
		task_wake(&probe->other->task);
	}
	task_wake(&probe->task);
	return probe->steps < 4 ? STEP_WAIT : STEP_DONE;
}

static enum step done_when_woken(struct probe *probe, struct wait *wait)
{
	(void)wait;
	return probe->steps < 2 ? STEP_WAIT : STEP_DONE;
}

static void a_woken_task_is_stepped_once_in_the_next_round(void **state)
{
	struct probe sleeper = probe_of(done_when_woken);
	struct probe waker = probe_of(wake_other);

	waker.other = &sleeper;
	start(*state, &sleeper);
	start(*state, &waker);
	loop_run(*state);
	assert_int_equal(waker.steps, 4);
	assert_int_equal(sleeper.steps, 2);
	task_wake(&sleeper.task);
	loop_run(*state);
	assert_int_equal(sleeper.steps, 2);
}

static enum step cancel_other(struct probe *probe, struct wait *wait)
{
	(void)wait;
	task_cancel(&probe->other->task);
	return STEP_DONE;
}

static void a_cancelled_task_is_released_and_ends_at_once(void **state)
{
	struct probe sleeper = probe_of(wait_for_nothing);
	struct probe killer = probe_of(cancel_other);

	killer.other = &sleeper;
	start(*state, &sleeper);
	start(*state, &killer);
	loop_run(*state);
	assert_true(sleeper.steps <= 1);
	assert_int_equal(sleeper.released, 1);
	assert_int_equal(sleeper.ended, 1);
	task_cancel(&sleeper.task);
	assert_int_equal(sleeper.released, 1);
}

static void tasks_that_nothing_can_wake_do_not_hang_the_loop(void **state)
{
	struct probe probe = probe_of(wait_for_nothing);

	start(*state, &probe);
	loop_run(*state);
	assert_int_equal(probe.released, 0);
	task_cancel(&probe.task);
	assert_int_equal(probe.released, 1);
}

static enum step wait_long(struct probe *probe, struct wait *wait)
{
	wait_until(wait, loop_now_ms(probe->task.loop) + 3600000);
	wait_fd(wait, probe->fds[0], WAIT_READ);
	return STEP_WAIT;
}

static void freeing_the_loop_releases_what_is_left(void **state)
{
	struct loop *loop = NULL;
	struct err err = {0};
	struct probe probes[3];
	struct probe stopper = probe_of(done_at_once);
	int fds[2] = {-1, -1};

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	for (size_t i = 0; i < 3; i++) {
		probes[i] = probe_of(i == 2 ? wait_for_nothing : wait_long);
		probes[i].fds[0] = fds[i % 2];
		start(loop, &probes[i]);
	}
	start(loop, &stopper);
	loop_stop(loop);
	loop_run(loop);
	loop_free(loop);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(probes[i].released, 1);
		assert_int_equal(probes[i].ended, 1);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
	loop_free(NULL);
}

static enum step stop_loop(struct probe *probe, struct wait *wait)
{
	loop_stop(probe->task.loop);
	wait_until(wait, loop_now_ms(probe->task.loop) + 3600000);
	return STEP_WAIT;
}

static void a_stopped_loop_returns_and_runs_again(void **state)
{
	struct probe probe = probe_of(stop_loop);

	start(*state, &probe);
	loop_run(*state);
	assert_int_equal(probe.steps, 1);
	assert_int_equal(probe.released, 0);
	task_wake(&probe.task);
	loop_run(*state);
	assert_int_equal(probe.steps, 2);
	task_cancel(&probe.task);
}

struct caught {
	struct loop *loop;
	int count;
	int last;
	struct probe *probe;
};

static void catch_signal(int number, void *cookie)
{
	struct caught *caught = cookie;

	caught->count++;
	caught->last = number;
	if (caught->count == 2) {
		task_cancel(&caught->probe->task);
	} else {
		(void)raise(SIGTERM);
	}
}

static enum step raise_interrupt(struct probe *probe, struct wait *wait)
{
	if (probe->steps == 1) {
		(void)raise(SIGINT);
	}
	wait_until(wait, loop_now_ms(probe->task.loop) + 5000);
	return STEP_WAIT;
}

static void each_signal_is_caught_and_does_not_keep_the_loop_alive(void **state)
{
	struct probe probe = probe_of(raise_interrupt);
	struct caught caught = {.probe = &probe};
	struct err err = {0};

	assert_int_equal(loop_on_signal(*state, catch_signal, &caught, &err), 0);
	start(*state, &probe);
	loop_run(*state);
	assert_int_equal(caught.count, 2);
	assert_int_equal(caught.last, SIGTERM);
}

struct job {
	atomic_int worked;
	int done;
	struct probe *probe;
};

static void work_on(void *cookie)
{
	struct job *job = cookie;

	job->worked++;
}

static void work_done(void *cookie)
{
	struct job *job = cookie;

	assert_int_equal(job->worked, 1);
	job->done++;
	if (job->probe) {
		task_wake(&job->probe->task);
	}
}

static void work_runs_once_and_is_done_on_the_loop(void **state)
{
	struct probe probe = probe_of(done_when_woken);
	struct job jobs[50] = {{.probe = &probe}};
	struct err err = {0};

	start(*state, &probe);
	for (size_t i = 0; i < 50; i++) {
		assert_int_equal(work_start(*state, work_on, work_done, &jobs[i], &err), 0);
		assert_int_equal(jobs[i].done, 0);
	}
	loop_run(*state);
	for (size_t i = 0; i < 50; i++) {
		assert_int_equal(jobs[i].worked, 1);
		assert_int_equal(jobs[i].done, 1);
	}
	assert_int_equal(probe.ended, 1);
}

static void freeing_the_loop_waits_for_work_and_reports_none(void **state)
{
	struct loop *loop = NULL;
	struct job jobs[50] = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	for (size_t i = 0; i < 50; i++) {
		assert_int_equal(work_start(loop, work_on, work_done, &jobs[i], &err), 0);
	}
	loop_free(loop);
	for (size_t i = 0; i < 50; i++) {
		assert_true(jobs[i].worked <= 1);
		assert_int_equal(jobs[i].done, 0);
	}
}

static void the_pool_has_one_to_eight_threads(void **state)
{
	(void)state;
	assert_in_range(work_threads(), 1, 8);
	assert_non_null(getenv("UV_THREADPOOL_SIZE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_step_is_never_inside_task_start,
						open_loop, free_loop),
		cmocka_unit_test_setup_teardown(the_earliest_of_several_times_counts, open_loop,
						free_loop),
		cmocka_unit_test_setup_teardown(a_time_that_has_passed_steps_in_the_next_round,
						open_loop, free_loop),
		cmocka_unit_test_setup_teardown(a_task_is_stepped_when_its_descriptor_is_ready,
						open_loop, free_loop),
		cmocka_unit_test_setup_teardown(
			tasks_that_always_go_on_at_once_let_others_have_their_turn, open_loop,
			free_loop),
		cmocka_unit_test(events_of_one_descriptor_are_merged),
		cmocka_unit_test_setup_teardown(a_descriptor_number_that_is_used_again_still_wakes,
						open_loop, free_loop),
		cmocka_unit_test_setup_teardown(
			a_descriptor_number_that_moves_to_another_task_still_wakes, open_loop,
			free_loop),
		cmocka_unit_test_setup_teardown(
			a_descriptor_that_cannot_be_watched_does_not_hang_its_task, open_loop,
			free_loop),
		cmocka_unit_test_setup_teardown(a_woken_task_is_stepped_once_in_the_next_round,
						open_loop, free_loop),
		cmocka_unit_test_setup_teardown(a_cancelled_task_is_released_and_ends_at_once,
						open_loop, free_loop),
		cmocka_unit_test_setup_teardown(tasks_that_nothing_can_wake_do_not_hang_the_loop,
						open_loop, free_loop),
		cmocka_unit_test(freeing_the_loop_releases_what_is_left),
		cmocka_unit_test_setup_teardown(a_stopped_loop_returns_and_runs_again, open_loop,
						free_loop),
		cmocka_unit_test_setup_teardown(
			each_signal_is_caught_and_does_not_keep_the_loop_alive, open_loop,
			free_loop),
		cmocka_unit_test_setup_teardown(work_runs_once_and_is_done_on_the_loop, open_loop,
						free_loop),
		cmocka_unit_test(freeing_the_loop_waits_for_work_and_reports_none),
		cmocka_unit_test(the_pool_has_one_to_eight_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
