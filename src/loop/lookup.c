#include "loop/lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/mem.h"
#include "loop/uv_loop.h"

/** What the loop and the thread share; the last of them to let go frees it. */
struct question {
	pthread_mutex_t mutex;
	char *name;
	struct lookup_answer answer;
	uv_async_t *bell; /**< to be rung with the answer; NULL: nobody waits for it any more */
	unsigned holders;
};

struct lookup {
	struct loop *loop;
	struct lookup *next;
	struct lookup *previous;
	struct question *question;
	uv_async_t bell;
	uv_timer_t timer;
	unsigned open_handles;
	void (*done)(const struct lookup_answer *answer, void *cookie);
	void *cookie;
};

/* ---- in the thread */

/** With the mutex held. */
static void let_go(struct question *question)
{
	bool is_last = --question->holders == 0;

	(void)pthread_mutex_unlock(&question->mutex);
	if (is_last) {
		(void)pthread_mutex_destroy(&question->mutex);
		free(question->name);
		free(question);
	}
}

static bool has_address(const struct lookup_answer *answer, const struct addrinfo *info)
{
	for (size_t i = 0; i < answer->len; i++) {
		if (memcmp(&answer->at[i], info->ai_addr, info->ai_addrlen) == 0) {
			return true;
		}
	}
	return false;
}

static void ask(const char *name, struct lookup_answer *answer)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int code = getaddrinfo(name, NULL, &hints, &list);

	if (code) {
		(void)snprintf(answer->failure, sizeof(answer->failure), "%s", gai_strerror(code));
		return;
	}
	for (const struct addrinfo *info = list; info && answer->len < LOOKUP_ADDRESSES;
	     info = info->ai_next) {
		if (info->ai_addrlen <= sizeof(answer->at[0]) && !has_address(answer, info)) {
			memcpy(&answer->at[answer->len++], info->ai_addr, info->ai_addrlen);
		}
	}
	freeaddrinfo(list);
	if (answer->len == 0) {
		(void)snprintf(answer->failure, sizeof(answer->failure), "it has no address");
	}
}

static void *run_thread(void *cookie)
{
	struct question *question = cookie;
	struct lookup_answer answer = {0};

	ask(question->name, &answer);
	(void)pthread_mutex_lock(&question->mutex);
	question->answer = answer;
	if (question->bell) {
		(void)uv_async_send(question->bell);
	}
	let_go(question);
	return NULL;
}

/** Signals are for the loop's thread. */
static int start_thread(struct question *question)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all;
	sigset_t old;
	int code = pthread_attr_init(&attributes);

	if (code) {
		return code;
	}
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(&thread, &attributes, run_thread, question);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attributes);
	return code;
}

/* ---- on the loop's thread */

static void on_closed(uv_handle_t *handle)
{
	struct lookup *lookup = handle->data;

	lookup->open_handles--;
	if (lookup->open_handles == 0) {
		free(lookup);
	}
}

/** Nobody waits for it any more; what the thread has said so far is in `answer`. */
static void forget(struct lookup *lookup, struct lookup_answer *answer)
{
	struct question *question = lookup->question;

	(void)pthread_mutex_lock(&question->mutex);
	*answer = question->answer;
	question->bell = NULL;
	let_go(question);
	if (lookup->previous) {
		lookup->previous->next = lookup->next;
	} else {
		lookup->loop->lookups = lookup->next;
	}
	if (lookup->next) {
		lookup->next->previous = lookup->previous;
	}
	uv_close((uv_handle_t *)&lookup->bell, on_closed);
	uv_close((uv_handle_t *)&lookup->timer, on_closed);
}

static void finish(struct lookup *lookup)
{
	void (*done)(const struct lookup_answer *answer, void *cookie) = lookup->done;
	void *cookie = lookup->cookie;
	struct lookup_answer answer = {0};

	forget(lookup, &answer);
	if (answer.len == 0 && answer.failure[0] == '\0') {
		(void)snprintf(answer.failure, sizeof(answer.failure), "no answer in time");
	}
	done(&answer, cookie);
}

static void on_bell(uv_async_t *bell)
{
	finish(bell->data);
}

static void on_timer(uv_timer_t *timer)
{
	finish(timer->data);
}

struct lookup *lookup_start(struct loop *loop, const char *name, int64_t until_ms,
			    void (*done)(const struct lookup_answer *answer, void *cookie),
			    void *cookie)
{
	struct lookup *lookup = mem_alloc(sizeof(*lookup));
	struct question *question = mem_alloc(sizeof(*question));
	int64_t left_ms = until_ms - loop_now_ms(loop);
	int code = 0;

	(void)pthread_mutex_init(&question->mutex, NULL);
	question->name = mem_copy(name, strlen(name));
	*lookup = (struct lookup){.loop = loop, .next = loop->lookups, .question = question};
	if (lookup->next) {
		lookup->next->previous = lookup;
	}
	loop->lookups = lookup;
	lookup->done = done;
	lookup->cookie = cookie;
	/* Neither can fail: the loop has opened the descriptor of its bells in uv_loop_init. */
	(void)uv_async_init(&loop->uv, &lookup->bell, on_bell);
	(void)uv_timer_init(&loop->uv, &lookup->timer);
	lookup->bell.data = lookup;
	lookup->timer.data = lookup;
	lookup->open_handles = 2;
	question->bell = &lookup->bell;
	question->holders = 2;
	code = start_thread(question);
	if (code) {
		question->holders = 1;
		(void)snprintf(question->answer.failure, sizeof(question->answer.failure),
			       "no thread: %s", strerror(code));
		left_ms = 0;
	}
	(void)uv_timer_start(&lookup->timer, on_timer, left_ms > 0 ? (uint64_t)left_ms : 0, 0);
	return lookup;
}

void lookup_cancel(struct lookup *lookup)
{
	struct lookup_answer ignored = {0};

	forget(lookup, &ignored);
}

void lookup_cancel_all(struct loop *loop)
{
	while (loop->lookups) {
		lookup_cancel(loop->lookups);
	}
}
