#include "net/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

struct http {
	struct loop *loop;
};

struct http_call {
	struct task task;
	void (*ended)(const struct http_facts *facts, void *cookie);
	void *cookie;
	bool is_told;
};

struct http *http_open(struct loop *loop)
{
	struct http *http = mem_alloc(sizeof(*http));

	http->loop = loop;
	return http;
}

void http_free(struct http *http)
{
	free(http);
}

static enum step call_step(struct task *task, struct wait *wait)
{
	(void)wait;
	((struct http_call *)task)->is_told = true;
	return STEP_DONE;
}

static void call_release(struct task *task)
{
	(void)task;
}

static void call_ended(struct task *task, void *cookie)
{
	struct http_call *call = (struct http_call *)task;
	const struct http_facts facts = {.outcome = HTTP_NO_LIBRARY, .error = "not there yet"};

	(void)cookie;
	if (call->is_told) {
		call->ended(&facts, call->cookie);
	}
	free(call);
}

static const struct task_ops call_ops = {"http", call_step, call_release};

struct http_call *http_start(struct http *http, const struct http_request *request,
			     void (*ended)(const struct http_facts *facts, void *cookie),
			     void *cookie)
{
	struct http_call *call = mem_alloc(sizeof(*call));

	stream_close(request->through);
	call->task.ops = &call_ops;
	call->task.ended = call_ended;
	call->ended = ended;
	call->cookie = cookie;
	task_start(http->loop, &call->task);
	return call;
}

void http_cancel(struct http_call *call)
{
	task_cancel(&call->task);
}

struct text http_header(const struct http_facts *facts, const char *name)
{
	struct text rest = facts->headers;
	struct text line = {0};
	size_t len = strlen(name);

	while (text_split(&rest, '\n', &line)) {
		if (line.len > len && line.at[len] == ':' && strncasecmp(line.at, name, len) == 0) {
			return text_trim((struct text){line.at + len + 1, line.len - len - 1});
		}
	}
	return (struct text){0};
}

static const char *const outcome_texts[] = {
	[HTTP_NOT_TRIED] = "was not tried in time",
	[HTTP_OK] = "answered",
	[HTTP_NO_LIBRARY] = "libcurl is not there",
	[HTTP_NO_NAME] = "the name could not be resolved",
	[HTTP_REFUSED] = "nothing listens there",
	[HTTP_ABSENT] = "there is no such socket",
	[HTTP_DENIED] = "the socket may not be used by this user",
	[HTTP_NO_ROUTE] = "there is no way there",
	[HTTP_TIMEOUT] = "no answer in time",
	[HTTP_TLS] = "TLS failed",
	[HTTP_CLOSED] = "the connection was closed before the answer was whole",
	[HTTP_MALFORMED] = "what answers is not HTTP",
	[HTTP_TOO_LARGE] = "the answer is too large",
	[HTTP_BROKEN] = "could not be tried",
};

const char *http_outcome_text(enum http_outcome outcome)
{
	return outcome_texts[outcome];
}
