#include "net/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS; loop_open ignores SIGPIPE */
#endif

/** EINTR is no news: whoever waits tries again. */
static ssize_t answer(ssize_t done)
{
	if (done >= 0) {
		return done;
	}
	return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

static ssize_t socket_read(struct stream *stream, void *to, size_t len)
{
	return answer(recv(stream->fd, to, len, 0));
}

static ssize_t socket_write(struct stream *stream, const void *from, size_t len)
{
	return answer(send(stream->fd, from, len, MSG_NOSIGNAL));
}

static void socket_wait(struct stream *stream, struct task *task, struct wait *wait,
			unsigned events)
{
	(void)task;
	wait_fd(wait, stream->fd, events);
}

static void socket_shut(struct stream *stream)
{
	(void)shutdown(stream->fd, SHUT_RDWR);
}

static void socket_close(struct stream *stream)
{
	(void)close(stream->fd);
	free(stream);
}

static const struct stream_ops socket_ops = {
	.read = socket_read,
	.write = socket_write,
	.wait = socket_wait,
	.shut = socket_shut,
	.close = socket_close,
};

struct stream *stream_of_socket(int fd)
{
	struct stream *stream = mem_alloc(sizeof(*stream));

	stream->ops = &socket_ops;
	stream->fd = fd;
	return stream;
}
