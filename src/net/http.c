#include "net/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "net/http_private.h"

/** Ceiling of the words about an error. */
#define ERROR_BYTES 300

/* ---- turns */

static void link_call(struct http *http, struct http_call *call)
{
	call->previous = http->last;
	*(http->last ? &http->last->next : &http->first) = call;
	http->last = call;
}

static void unlink_call(struct http *http, struct http_call *call)
{
	*(call->previous ? &call->previous->next : &http->first) = call->next;
	*(call->next ? &call->next->previous : &http->last) = call->previous;
}

static void wake_next(const struct http *http)
{
	if (http->under_way >= HTTP_CONCURRENCY) {
		return;
	}
	for (struct http_call *next = http->first; next; next = next->next) {
		if (next->state == CALL_WAITING) {
			task_wake(&next->task);
			return;
		}
	}
}

static void give_turn_back(struct http_call *call)
{
	if (call->has_turn) {
		call->has_turn = false;
		call->http->under_way--;
		wake_next(call->http);
	}
}

static int64_t earlier(int64_t left, int64_t right)
{
	return right == 0 || (left != 0 && left < right) ? left : right;
}

/* ---- the states */

static enum step decide(struct http_call *call, enum http_outcome outcome, const char *text)
{
	call->facts.outcome = outcome;
	str_clear(&call->error);
	str_add_printable(&call->error, text_of(text));
	return STEP_DONE;
}

static void on_named(const struct lookup_answer *answer, void *cookie)
{
	struct http_call *call = cookie;

	call->lookup = NULL;
	for (size_t i = 0; i < answer->len; i++) {
		if (address_from_socket((const struct sockaddr *)&answer->at[i],
					&call->addresses[call->address_count])) {
			call->address_count++;
		}
	}
	if (call->address_count == 0) {
		(void)decide(call, HTTP_NO_NAME, answer->failure);
		call->state = CALL_OVER;
	} else {
		call->state = CALL_CONNECTING;
	}
	task_wake(&call->task);
}

/** @return STEP_DONE at the end of the call, else STEP_WAIT with another state or a wait */
static enum step begin(struct http_call *call, int64_t now_ms)
{
	if (call->http->under_way >= HTTP_CONCURRENCY) {
		call->until_ms = call->deadline_ms;
		return STEP_WAIT;
	}
	call->http->under_way++;
	call->has_turn = true;
	call->start_ms = now_ms;
	call->until_ms =
		earlier(call->timeout_ms ? now_ms + call->timeout_ms : 0, call->deadline_ms);
	call->state = CALL_CONNECTING;
	wake_next(call->http);
	if (!call->through && !call->is_unix && call->address_count == 0) {
		call->state = CALL_NAMING;
		call->lookup =
			lookup_start(call->task.loop, call->host, call->until_ms, on_named, call);
	}
	return STEP_WAIT;
}

/** The addresses one after the other, for as long as one says that it cannot be. */
static enum step connect_tcp(struct http_call *call, struct wait *wait)
{
	while (call->address_at < call->address_count) {
		struct err err = {0};
		enum step step = STEP_FAIL;

		if (call->dial.fd < 0) {
			call->facts.address = call->addresses[call->address_at];
			dial_init(&call->dial, &call->facts.address, call->port);
		}
		step = dial_step(&call->dial, wait, &err);
		if (step == STEP_DONE) {
			call->fd = take_fd(&call->dial.fd);
		}
		if (step != STEP_FAIL) {
			return step;
		}
		dial_release(&call->dial);
		call->dial.fd = -1;
		call->facts.outcome = http_outcome_of_errno(call->dial.error);
		str_clear(&call->error);
		str_add_printable(&call->error, text_of(err.text));
		call->address_at++;
	}
	return STEP_FAIL;
}

/** libcurl cannot use a stream: it gets a connection to the bridge, which is dialled as any. */
static int build_bridge(struct http_call *call)
{
	struct stream *stream = call->through;
	int port = -1;

	call->through = NULL;
	port = http_bridge_open(call->task.loop, stream, &call->bridge);
	if (port < 0) {
		(void)decide(call, HTTP_BROKEN, strerror(errno));
		return -1;
	}
	(void)address_parse(text_of("127.0.0.1"), &call->addresses[0]);
	call->address_count = 1;
	call->port = (uint16_t)port;
	return 0;
}

static enum step connect_call(struct http_call *call, struct wait *wait, int64_t now_ms)
{
	enum step step = STEP_DONE;

	if (call->through && build_bridge(call)) {
		return STEP_DONE;
	}
	if (!call->is_unix) {
		step = connect_tcp(call, wait);
	}
	if (step != STEP_DONE) {
		return step == STEP_FAIL ? STEP_DONE : STEP_WAIT;
	}
	if (call->bridge) {
		http_bridge_expect(call->bridge, call->fd);
		call->facts.address = (struct address){0};
	}
	call->facts.outcome = HTTP_NOT_TRIED;
	str_clear(&call->error);
	call->facts.connect_ms = now_ms - call->start_ms;
	call->state = CALL_TRANSFERRING;
	http_multi_add(call);
	return STEP_WAIT;
}

static enum step transfer(struct http_call *call, struct wait *wait)
{
	if (call->closing >= 0) {
		(void)close(call->closing);
		call->closing = -1;
	}
	if (!call->is_finished) {
		http_multi_touch(call);
	}
	if (call->is_finished) {
		return STEP_DONE;
	}
	if (call->watched >= 0 && call->events) {
		wait_fd(wait, call->watched, call->events);
		call->waiting_for = call->watched;
	}
	return STEP_WAIT;
}

/* ---- the task */

static enum step advance(struct http_call *call, struct wait *wait, int64_t now_ms)
{
	enum http_state before = CALL_OVER;
	enum step step = STEP_WAIT;

	do {
		before = call->state;
		switch (call->state) {
		case CALL_WAITING:
			step = begin(call, now_ms);
			break;
		case CALL_NAMING:
			step = STEP_WAIT;
			break;
		case CALL_CONNECTING:
			step = connect_call(call, wait, now_ms);
			break;
		case CALL_TRANSFERRING:
			step = transfer(call, wait);
			break;
		case CALL_OVER:
			step = STEP_DONE;
			break;
		}
	} while (step == STEP_WAIT && call->state != before);
	return step;
}

static enum step call_step(struct task *task, struct wait *wait)
{
	struct http_call *call = (struct http_call *)task;
	int64_t now_ms = loop_now_ms(task->loop);
	enum step step = STEP_WAIT;

	call->is_stepping = true;
	call->waiting_for = -1;
	step = advance(call, wait, now_ms);
	call->is_stepping = false;
	if (step == STEP_WAIT && call->until_ms != 0) {
		wait_until(wait, call->until_ms);
		if (now_ms >= call->until_ms) {
			step = decide(call, call->has_turn ? HTTP_TIMEOUT : HTTP_NOT_TRIED,
				      "no answer in time");
		}
	}
	if (step == STEP_DONE) {
		call->is_told = true;
		http_facts_fill(call, now_ms);
	}
	return step;
}

/** Everything but what the facts point into. */
static void call_release(struct task *task)
{
	struct http_call *call = (struct http_call *)task;

	call->waiting_for = -1;
	if (call->lookup) {
		lookup_cancel(call->lookup);
	}
	http_multi_remove(call);
	http_bridge_close(call->bridge);
	dial_release(&call->dial);
	stream_close(call->through);
	auto_close(&call->fd);
	auto_close(&call->closing);
	give_turn_back(call);
	unlink_call(call->http, call);
}

static void call_ended(struct task *task, void *cookie)
{
	struct http_call *call = (struct http_call *)task;

	(void)cookie;
	if (call->is_told) { /* not when it was cancelled */
		call->ended(&call->facts, call->cookie);
	}
	http_easy_close(call);
	str_release(&call->headers);
	str_release(&call->body);
	str_release(&call->error);
	free(call->host);
	free(call);
}

static const struct task_ops call_ops = {"http", call_step, call_release};

/* ---- what others call */

/** Is it something that may be asked? */
static int read_request(struct http_call *call, const struct http_request *request, struct err *err)
{
	struct url url = {0};
	const char *wrong = url_parse(text_of(request->url), &url);

	if (wrong) {
		return err_set(err, ERR_INPUT, "the URL cannot be asked for: %s", wrong);
	}
	if (request->method == HTTP_POST && request->unix_socket) {
		return err_set(err, ERR_INPUT, "nothing is posted to a local daemon");
	}
	call->host = mem_copy(url.host.at, url.host.len);
	call->port = url.port;
	call->is_tls = url.is_tls;
	call->addresses[0] = request->address.family ? request->address : url.address;
	call->address_count = call->addresses[0].family != ADDRESS_NONE;
	call->is_unix = request->unix_socket != NULL;
	return 0;
}

static void prepare(struct http_call *call, const struct http_request *request)
{
	struct err err = {0};

	if (http_multi_open(call->http, &err)) {
		(void)decide(call, HTTP_NO_LIBRARY, err.text);
		call->state = CALL_OVER;
	} else if (read_request(call, request, &err) || http_easy_open(call, request, &err)) {
		(void)decide(call, HTTP_BROKEN, err.text);
		call->state = CALL_OVER;
	}
}

struct http_call *http_start(struct http *http, const struct http_request *request,
			     void (*ended)(const struct http_facts *facts, void *cookie),
			     void *cookie)
{
	struct http_call *call = mem_alloc(sizeof(*call));

	call->task.ops = &call_ops;
	call->task.ended = call_ended;
	call->http = http;
	call->ended = ended;
	call->cookie = cookie;
	call->fd = call->watched = call->waiting_for = call->closing = call->dial.fd = -1;
	call->through = request->through;
	call->timeout_ms = request->timeout_ms;
	call->deadline_ms = request->deadline_ms;
	call->body_max = request->body_max;
	call->wants_beginning = request->wants_beginning;
	call->facts.connect_ms = -1;
	call->error.max = ERROR_BYTES;
	prepare(call, request);
	link_call(http, call);
	task_start(http->loop, &call->task);
	return call;
}

void http_cancel(struct http_call *call)
{
	task_cancel(&call->task);
}

struct http *http_open(struct loop *loop)
{
	struct http *http = mem_alloc(sizeof(*http));

	http->loop = loop;
	return http;
}

void http_free(struct http *http)
{
	if (!http) {
		return;
	}
	while (http->first) {
		http_cancel(http->first);
	}
	http_multi_close(http);
	tls_store_free(http->authorities);
	free(http);
}
