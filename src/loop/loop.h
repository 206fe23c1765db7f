/**
 * Waiting: one event loop, tasks that are stepped, a thread pool. The only home of libuv is loop.c
 * (and child.c and lookup.c beside it).
 *
 * A task is a small state machine. `step` does what can be done now and says what it waits for; the
 * loop steps it again when a descriptor is ready, the time has come or somebody woke it. Nothing
 * blocks in a step. All of this runs on one thread; only work_start and lookup_start (lookup.h) run
 * something elsewhere.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct loop;

/**
 * Make a loop. SIGPIPE is ignored from then on, in the whole program: whoever writes gets EPIPE.
 *
 * @return 0; -1 with ERR_SYSTEM
 */
int loop_open(struct loop **out, struct err *err);

/**
 * Run until no task, child or work is left, or loop_stop was called. Also returns when the tasks
 * that are left all wait to be woken and nothing is left that could do it.
 */
void loop_run(struct loop *loop);

/** Let loop_run return after the current round; what is unfinished stays unfinished. */
void loop_stop(struct loop *loop);

/**
 * End everything, then the loop; NULL is fine. Tasks that are still there end as by task_cancel;
 * children are killed; work that has begun is waited for, lookups are not. No `done` of a child, a
 * lookup or of work is called.
 */
void loop_free(struct loop *loop);

/** Call `caught` once for each SIGINT and SIGTERM that arrives while the loop runs. */
int loop_on_signal(struct loop *loop, void (*caught)(int signal, void *cookie), void *cookie,
		   struct err *err);

/**
 * Monotonic milliseconds, the clock of all deadlines here: clock_monotonic_ms as it was when the
 * round began. Only meaningful inside callbacks of a running loop.
 */
int64_t loop_now_ms(const struct loop *loop);

enum wait_events {
	WAIT_READ = 1,
	WAIT_WRITE = 2,
};

/** Most descriptors one task waits for at once. */
#define WAIT_DESCRIPTORS 4

/**
 * What a step waits for. Cleared before each step; with nothing set the task waits to be woken. Two
 * tasks never wait for the same descriptor.
 */
struct wait {
	struct {
		int fd;
		unsigned events; /**< enum wait_events */
	} on[WAIT_DESCRIPTORS];
	size_t count;
	int64_t until_ms; /**< step again at this time at the latest; 0: no such time */
};

/** Add a descriptor (merging events of one already there). */
void wait_fd(struct wait *wait, int fd, unsigned events);

/** Step again at `when_ms` at the latest; the earliest of several calls counts. */
void wait_until(struct wait *wait, int64_t when_ms);

enum step {
	STEP_DONE,
	STEP_WAIT,
	STEP_FAIL, /**< for sub-machines inside a step, with *err filled; a task itself ends with
		      DONE */
};

struct task;

/** What a task can do. */
struct task_ops {
	const char *name;
	/** Do what can be done now. STEP_DONE ends the task: release is called, then `ended`. */
	enum step (*step)(struct task *task, struct wait *wait);
	/** Let go of everything; must work from any state; called exactly once. */
	void (*release)(struct task *task);
};

/** The head of every task; embed it first and cast. Zeroed by the owner before task_start. */
struct task {
	const struct task_ops *ops;
	struct loop *loop;                              /**< set by task_start */
	void (*ended)(struct task *task, void *cookie); /**< after release; may free the task */
	void *cookie;
	struct task_watch *watch; /**< the loop's own; NULL before and after */
};

/** Put a task on the loop; its first step runs in the next round, never inside this call. */
void task_start(struct loop *loop, struct task *task);

/** Step the task in the next round. Harmless if it was woken already. */
void task_wake(struct task *task);

/** End a task early: release and `ended` run now. Not from inside its own step. */
void task_cancel(struct task *task);

/**
 * Run `work` on a thread of the pool, then `done` on the loop's thread.
 *
 * @param cookie  for both; owned by the caller until `done` ran
 */
int work_start(struct loop *loop, void (*work)(void *cookie), void (*done)(void *cookie),
	       void *cookie, struct err *err);

/** How many threads the pool should be given for file scanning: the cores online, from 1 to 8. */
unsigned work_threads(void);

#endif
