#include "loop/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "base/mem.h"
#include "loop/uv_loop.h"

/** When a descriptor cannot be watched its task looks itself, this often. */
#define BLIND_POLL_MS 10

/** Threads libuv starts by itself; name lookups share them, so never fewer. */
#define POOL_THREADS 4
#define POOL_THREADS_MOST 8

/** What the loop keeps about a task. It outlives the task until libuv has closed its handles. */
struct task_watch {
	struct task *task;
	struct task_watch *next;
	struct task_watch *previous;
	uv_timer_t timer;
	uv_idle_t wake; /**< active while the task is to be stepped in the next round */
	uv_poll_t *polls[WAIT_DESCRIPTORS];
	size_t poll_count;
	unsigned open_handles;
	bool is_stepping;
};

struct work {
	uv_work_t request;
	struct loop *loop;
	struct work *next;
	struct work *previous;
	void (*work)(void *cookie);
	void (*done)(void *cookie); /**< NULL once the loop is being freed */
	void *cookie;
};

/* ---- waiting */

void wait_fd(struct wait *wait, int fd, unsigned events)
{
	for (size_t i = 0; i < wait->count; i++) {
		if (wait->on[i].fd == fd) {
			wait->on[i].events |= events;
			return;
		}
	}
	assert(wait->count < WAIT_DESCRIPTORS);
	wait->on[wait->count].fd = fd;
	wait->on[wait->count].events = events;
	wait->count++;
}

void wait_until(struct wait *wait, int64_t when_ms)
{
	if (wait->until_ms == 0 || when_ms < wait->until_ms) {
		wait->until_ms = when_ms;
	}
}

/* ---- tasks */

static void step_task(struct task_watch *watch);

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)status; /* the task finds out by itself */
	(void)events;
	step_task(poll->data);
}

static void on_timer(uv_timer_t *timer)
{
	step_task(timer->data);
}

static void on_wake(uv_idle_t *wake)
{
	step_task(wake->data);
}

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void on_watch_closed(uv_handle_t *handle)
{
	struct task_watch *watch = handle->data;

	watch->open_handles--;
	if (watch->open_handles == 0) {
		free(watch);
	}
}

/**
 * Stop waiting. The poll handles go, because the task may close its descriptors in the next step:
 * libuv would then remove whatever else has got the number from epoll.
 */
static void unarm(struct task_watch *watch)
{
	for (size_t i = 0; i < watch->poll_count; i++) {
		uv_close((uv_handle_t *)watch->polls[i], on_poll_closed);
	}
	watch->poll_count = 0;
	(void)uv_timer_stop(&watch->timer);
	(void)uv_idle_stop(&watch->wake);
}

static bool arm_poll(struct task_watch *watch, int fd, unsigned events)
{
	uv_poll_t *poll = mem_alloc(sizeof(*poll));
	int wanted =
		(events & WAIT_READ ? UV_READABLE : 0) | (events & WAIT_WRITE ? UV_WRITABLE : 0);

	if (uv_poll_init(&watch->task->loop->uv, poll, fd)) {
		free(poll);
		return false;
	}
	poll->data = watch;
	watch->polls[watch->poll_count++] = poll;
	return uv_poll_start(poll, wanted, on_poll) == 0;
}

static void arm(struct task_watch *watch, struct wait *wait)
{
	int64_t now_ms = loop_now_ms(watch->task->loop);

	for (size_t i = 0; i < wait->count; i++) {
		if (!arm_poll(watch, wait->on[i].fd, wait->on[i].events)) {
			wait_until(wait, now_ms + BLIND_POLL_MS);
		}
	}
	if (wait->until_ms > now_ms) {
		(void)uv_timer_start(&watch->timer, on_timer, (uint64_t)(wait->until_ms - now_ms),
				     0);
	} else if (wait->until_ms != 0) {
		/* A timer of no time started from a timer runs in the same round (libuv before
		 * 1.46), so that whoever always goes on at once would keep all others waiting. */
		(void)uv_idle_start(&watch->wake, on_wake);
	}
}

static void end_task(struct task_watch *watch)
{
	struct task *task = watch->task;

	if (watch->previous) {
		watch->previous->next = watch->next;
	} else {
		task->loop->watches = watch->next;
	}
	if (watch->next) {
		watch->next->previous = watch->previous;
	}
	unarm(watch);
	uv_close((uv_handle_t *)&watch->timer, on_watch_closed);
	uv_close((uv_handle_t *)&watch->wake, on_watch_closed);
	task->watch = NULL;
	task->ops->release(task);
	if (task->ended) {
		task->ended(task, task->cookie);
	}
}

static void step_task(struct task_watch *watch)
{
	struct wait wait = {0};
	enum step step = STEP_DONE;

	unarm(watch);
	watch->is_stepping = true;
	step = watch->task->ops->step(watch->task, &wait);
	watch->is_stepping = false;
	if (step == STEP_WAIT) {
		arm(watch, &wait);
	} else {
		end_task(watch);
	}
}

void task_start(struct loop *loop, struct task *task)
{
	struct task_watch *watch = mem_alloc(sizeof(*watch));

	watch->task = task;
	watch->next = loop->watches;
	if (watch->next) {
		watch->next->previous = watch;
	}
	loop->watches = watch;
	/* Neither can fail (libuv documentation of uv_timer_init and uv_idle_init). */
	(void)uv_timer_init(&loop->uv, &watch->timer);
	(void)uv_idle_init(&loop->uv, &watch->wake);
	watch->timer.data = watch;
	watch->wake.data = watch;
	watch->open_handles = 2;
	task->loop = loop;
	task->watch = watch;
	task_wake(task);
}

void task_wake(struct task *task)
{
	if (task->watch) {
		(void)uv_idle_start(&task->watch->wake, on_wake);
	}
}

void task_cancel(struct task *task)
{
	if (task->watch) {
		assert(!task->watch->is_stepping);
		end_task(task->watch);
	}
}

/* ---- work */

static void on_work(uv_work_t *request)
{
	struct work *work = request->data;

	work->work(work->cookie);
}

static void on_work_done(uv_work_t *request, int status)
{
	struct work *work = request->data;

	(void)status; /* only loop_free cancels, and it takes `done` away */
	if (work->previous) {
		work->previous->next = work->next;
	} else {
		work->loop->works = work->next;
	}
	if (work->next) {
		work->next->previous = work->previous;
	}
	if (work->done) {
		work->done(work->cookie);
	}
	free(work);
}

int work_start(struct loop *loop, void (*work)(void *cookie), void (*done)(void *cookie),
	       void *cookie, struct err *err)
{
	struct work *started = mem_alloc(sizeof(*started));
	int code = 0;

	*started = (struct work){.loop = loop, .work = work, .done = done, .cookie = cookie};
	started->request.data = started;
	code = uv_queue_work(&loop->uv, &started->request, on_work, on_work_done);
	if (code) {
		free(started);
		return err_set(err, ERR_SYSTEM, "start work on a thread: %s", uv_strerror(code));
	}
	started->next = loop->works;
	if (started->next) {
		started->next->previous = started;
	}
	loop->works = started;
	return 0;
}

unsigned work_threads(void)
{
	unsigned cores = uv_available_parallelism();

	return cores > POOL_THREADS_MOST ? POOL_THREADS_MOST : cores;
}

/* ---- the loop */

/** Give the pool a thread per core. libuv reads this once, when the pool is first used. */
static void size_pool(void)
{
	unsigned threads = work_threads();
	char text[16] = "";

	(void)snprintf(text, sizeof(text), "%u", threads > POOL_THREADS ? threads : POOL_THREADS);
	(void)setenv("UV_THREADPOOL_SIZE", text, 0);
}

int loop_open(struct loop **out, struct err *err)
{
	struct loop *loop = mem_alloc(sizeof(*loop));
	int code = uv_loop_init(&loop->uv);

	if (code) {
		free(loop);
		return err_set(err, ERR_SYSTEM, "make an event loop: %s", uv_strerror(code));
	}
	size_pool();
	/* A child that does not read its input, or a peer that went away, gives EPIPE, not death.
	 */
	(void)signal(SIGPIPE, SIG_IGN);
	*out = loop;
	return 0;
}

void loop_run(struct loop *loop)
{
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

int64_t loop_now_ms(const struct loop *loop)
{
	return (int64_t)uv_now(&loop->uv);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct loop *loop = handle->data;

	loop->caught(number, loop->caught_cookie);
}

int loop_on_signal(struct loop *loop, void (*caught)(int signal, void *cookie), void *cookie,
		   struct err *err)
{
	static const int numbers[LOOP_SIGNALS] = {SIGINT, SIGTERM};

	loop->caught = caught;
	loop->caught_cookie = cookie;
	while (loop->signal_count < LOOP_SIGNALS) {
		uv_signal_t *handle = &loop->signals[loop->signal_count];
		int number = numbers[loop->signal_count];
		int code = uv_signal_init(&loop->uv, handle);

		if (code) {
			return err_set(err, ERR_SYSTEM, "listen to signals: %s", uv_strerror(code));
		}
		loop->signal_count++;
		handle->data = loop;
		uv_unref((uv_handle_t *)handle);
		code = uv_signal_start(handle, on_signal, number);
		if (code) {
			return err_set(err, ERR_SYSTEM, "listen to signal %d: %s", number,
				       uv_strerror(code));
		}
	}
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop) {
		return;
	}
	while (loop->watches) {
		end_task(loop->watches);
	}
	child_cancel_all(loop);
	lookup_cancel_all(loop);
	for (struct work *work = loop->works; work; work = work->next) {
		work->done = NULL;
		(void)uv_cancel((uv_req_t *)&work->request);
	}
	for (size_t i = 0; i < loop->signal_count; i++) {
		uv_close((uv_handle_t *)&loop->signals[i], NULL);
	}
	/* A pending loop_stop ends the first call at once. */
	while (uv_loop_close(&loop->uv)) {
		(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
	}
	free(loop);
}
