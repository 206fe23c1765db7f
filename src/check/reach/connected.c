#include "check/reach/connected.h"

#include <stdlib.h>

#include "base/mem.h"

static ssize_t note(struct connected *connected, ssize_t moved)
{
	connected->seat.progress += moved > 0;
	return moved;
}

static ssize_t connected_read(struct stream *stream, void *to, size_t len)
{
	struct connected *connected = (struct connected *)stream;

	return note(connected, stream_read(connected->inner, to, len));
}

static ssize_t connected_write(struct stream *stream, const void *from, size_t len)
{
	struct connected *connected = (struct connected *)stream;

	return note(connected, stream_write(connected->inner, from, len));
}

static void connected_wait(struct stream *stream, struct task *task, struct wait *wait,
			   unsigned events)
{
	stream_wait(((struct connected *)stream)->inner, task, wait, events);
}

static void connected_shut(struct stream *stream)
{
	stream_shut(((struct connected *)stream)->inner);
}

static void connected_close(struct stream *stream)
{
	connected_free((struct connected *)stream);
}

static const struct stream_ops connected_ops = {
	.read = connected_read,
	.write = connected_write,
	.wait = connected_wait,
	.shut = connected_shut,
	.close = connected_close,
};

struct connected *connected_new(struct reach *reach)
{
	struct connected *connected = mem_alloc(sizeof(*connected));

	connected->reach = reach;
	return connected;
}

struct stream *connected_begin(struct connected *connected, struct stream *inner)
{
	connected->inner = inner;
	connected->stream = (struct stream){.ops = &connected_ops, .fd = inner->fd};
	return &connected->stream;
}

/** Give back the session that it uses, if there is one. */
static void leave_host(struct connected *connected)
{
	const struct target *host = connected->host;

	connected->host = NULL;
	if (host) {
		reach_leave(connected->reach, host);
	}
}

void connected_free(struct connected *connected)
{
	stream_close(connected->inner);
	seats_give(connected->reach->seats, &connected->seat);
	leave_host(connected);
	free(connected);
}
