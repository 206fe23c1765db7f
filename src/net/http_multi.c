/*
 * All transfers in one handle of libcurl, driven by our loop: the task of a call waits for the
 * socket of its transfer, one task more for the time that libcurl wants to be called at.
 */
#include "net/http_private.h"

/** Tell those whose transfers are over. */
static void tell_finished(struct http *http)
{
	CURLMsg *message = NULL;
	int left = 0;

	while ((message = http->curl->multi_info_read(http->multi, &left))) {
		char *found = NULL;
		struct http_call *call = NULL;

		(void)http->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &found);
		call = (struct http_call *)(void *)found;
		if (message->msg == CURLMSG_DONE && call) {
			call->is_finished = true;
			call->code = message->data.result;
			if (!call->is_stepping) {
				task_wake(&call->task);
			}
		}
	}
}

/* ---- what libcurl tells us */

/** libcurl waits for something else now. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *cookie, void *unused)
{
	struct http *http = cookie;
	char *found = NULL;
	struct http_call *call = NULL;
	bool is_wait = what >= CURL_POLL_IN && what <= CURL_POLL_INOUT;

	(void)unused;
	(void)http->curl->easy_getinfo(easy, CURLINFO_PRIVATE, &found);
	call = (struct http_call *)(void *)found;
	if (!call) { /* libcurl's own, saying good-bye on an old connection: it need not */
		return 0;
	}
	call->watched = is_wait ? fd : -1;
	call->events = (is_wait && (what & CURL_POLL_IN) ? WAIT_READ : 0U) |
		       (is_wait && (what & CURL_POLL_OUT) ? WAIT_WRITE : 0U);
	if (!call->is_stepping) {
		task_wake(&call->task);
	}
	return 0;
}

static int on_timer(CURLM *multi, long after_ms, void *cookie)
{
	struct http *http = cookie;

	(void)multi;
	http->timer_until_ms = after_ms < 0 ? 0 : loop_now_ms(http->loop) + after_ms;
	task_wake(&http->timer.task);
	return 0;
}

/* ---- the task for the time */

static enum step timer_step(struct task *task, struct wait *wait)
{
	struct http *http = ((struct http_timer *)task)->http;
	int running = 0;

	if (http->timer_until_ms != 0 && loop_now_ms(task->loop) >= http->timer_until_ms) {
		http->timer_until_ms = 0;
		(void)http->curl->multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0,
						      &running);
		tell_finished(http);
	}
	if (http->timer_until_ms != 0) {
		wait_until(wait, http->timer_until_ms);
	}
	return STEP_WAIT;
}

static void timer_release(struct task *task)
{
	(void)task;
}

static const struct task_ops timer_ops = {"http_timer", timer_step, timer_release};

int http_multi_open(struct http *http, struct err *err)
{
	curl_socket_callback socket_function = on_socket;
	curl_multi_timer_callback timer_function = on_timer;
	const struct curl *curl = NULL;

	if (http->multi) {
		return 0;
	}
	if (curl_open(&curl, err)) {
		return -1;
	}
	http->multi = curl->multi_init();
	if (!http->multi) {
		return err_set(err, ERR_SYSTEM, "libcurl does not start");
	}
	http->curl = curl;
	(void)curl->multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, socket_function);
	(void)curl->multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	(void)curl->multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, timer_function);
	(void)curl->multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	http->timer = (struct http_timer){.task.ops = &timer_ops, .http = http};
	task_start(http->loop, &http->timer.task);
	return 0;
}

void http_multi_close(struct http *http)
{
	if (http->multi) {
		(void)http->curl->multi_cleanup(http->multi);
		task_cancel(&http->timer.task);
	}
}

/* ---- one transfer */

void http_multi_add(struct http_call *call)
{
	struct http *http = call->http;

	call->is_added = http->curl->multi_add_handle(http->multi, call->easy) == CURLM_OK;
	if (!call->is_added) {
		call->is_finished = true;
		call->code = CURLE_OUT_OF_MEMORY;
	}
}

void http_multi_touch(struct http_call *call)
{
	int running = 0;

	if (call->watched >= 0) {
		(void)call->http->curl->multi_socket_action(call->http->multi, call->watched, 0,
							    &running);
		tell_finished(call->http);
	}
}

void http_multi_remove(struct http_call *call)
{
	if (call->is_added) {
		(void)call->http->curl->multi_remove_handle(call->http->multi, call->easy);
		call->is_added = false;
	}
}
