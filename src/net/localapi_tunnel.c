#include "net/localapi_tunnel.h"

#include <stdlib.h>

#include "base/mem.h"

struct localapi_tunnel {
	struct task task;
	struct ssh_forward *forward; /**< NULL once its stream is handed over */
	int64_t started_ms;
	int64_t deadline_ms;
	struct localapi_opening opening;
	bool is_over; /**< by itself, so `ended` is called */
	void (*ended)(const struct localapi_opening *opening, void *cookie);
	void *cookie;
};

enum localapi_outcome localapi_of_forward(enum forward_state state)
{
	switch (state) {
	case FORWARD_OPEN:
		return LOCALAPI_OK;
	case FORWARD_PROHIBITED:
		return LOCALAPI_PROHIBITED;
	case FORWARD_UNREACHED:
		return LOCALAPI_UNREACHED;
	case FORWARD_OPENING:
	case FORWARD_SILENT:
		return LOCALAPI_TIMEOUT;
	case FORWARD_LOST:
		break;
	}
	return LOCALAPI_LOST;
}

static enum step tunnel_step(struct task *task, struct wait *wait)
{
	struct localapi_tunnel *tunnel = (struct localapi_tunnel *)task;
	enum forward_state state = ssh_forward_state(tunnel->forward);
	int64_t now_ms = loop_now_ms(task->loop);

	if (state == FORWARD_OPENING && now_ms < tunnel->deadline_ms) {
		wait_until(wait, tunnel->deadline_ms);
		return STEP_WAIT;
	}
	tunnel->opening.outcome = localapi_of_forward(state);
	tunnel->opening.took_ms = now_ms - tunnel->started_ms;
	tunnel->is_over = true;
	return STEP_DONE;
}

/** What is open is closed in tunnel_ended, when nobody wanted it. */
static void tunnel_release(struct task *task)
{
	(void)task;
}

static void tunnel_ended(struct task *task, void *cookie)
{
	struct localapi_tunnel *tunnel = (struct localapi_tunnel *)task;
	struct ssh_forward *forward = tunnel->forward;

	(void)cookie;
	if (tunnel->is_over) {
		bool is_open = tunnel->opening.outcome == LOCALAPI_OK;

		tunnel->opening.stream = is_open ? ssh_forward_stream(forward) : NULL;
		tunnel->opening.said = is_open ? "" : ssh_forward_trouble(forward);
		tunnel->ended(&tunnel->opening, tunnel->cookie);
	}
	if (!tunnel->opening.stream) {
		stream_close(ssh_forward_stream(forward));
	}
	free(tunnel);
}

static const struct task_ops tunnel_ops = {"localapi_tunnel", tunnel_step, tunnel_release};

struct localapi_tunnel *localapi_tunnel_start(
	const struct localapi_remote *remote, const char *socket, int64_t open_ms,
	int64_t deadline_ms, void (*ended)(const struct localapi_opening *opening, void *cookie),
	void *cookie)
{
	struct localapi_tunnel *tunnel = mem_alloc(sizeof(*tunnel));

	tunnel->task.ops = &tunnel_ops;
	tunnel->task.ended = tunnel_ended;
	tunnel->started_ms = loop_now_ms(remote->loop);
	tunnel->deadline_ms = deadline_ms;
	tunnel->ended = ended;
	tunnel->cookie = cookie;
	task_start(remote->loop, &tunnel->task);
	tunnel->forward = ssh_forward_to_socket(remote->session, socket, open_ms, &tunnel->task);
	return tunnel;
}

void localapi_tunnel_cancel(struct localapi_tunnel *tunnel)
{
	task_cancel(&tunnel->task);
}
