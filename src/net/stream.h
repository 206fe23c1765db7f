/**
 * A stream of bytes that is read and written without blocking: a connected socket, or one that a
 * machine forwards (net/ssh_forward.h). What speaks a protocol over it need not know which.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <sys/types.h>

#include "loop/loop.h"

struct stream;

/** What a stream can do. */
struct stream_ops {
	/** @return bytes; 0 at the end; -EAGAIN: none now; another -errno */
	ssize_t (*read)(struct stream *stream, void *to, size_t len);
	/** @return bytes taken, some at least; -EAGAIN: none now; another -errno */
	ssize_t (*write)(struct stream *stream, const void *from, size_t len);
	/**
	 * Let `task`, which is being stepped, be stepped again when one of `events` has come. Until
	 * the next call it may be woken for anything, so who ends hands the stream over first: no
	 * event is needed for that.
	 */
	void (*wait)(struct stream *stream, struct task *task, struct wait *wait, unsigned events);
	/** Nothing is read or written from now on; both answer at once that it is over. */
	void (*shut)(struct stream *stream);
	/** Close and free it. Never waits. */
	void (*close)(struct stream *stream);
};

/** The head of every stream. */
struct stream {
	const struct stream_ops *ops;
	int fd; /**< the socket that it goes through in the end; of many streams perhaps */
};

/** As `read` of its row. */
static inline ssize_t stream_read(struct stream *stream, void *to, size_t len)
{
	return stream->ops->read(stream, to, len);
}

/** As `write` of its row. */
static inline ssize_t stream_write(struct stream *stream, const void *from, size_t len)
{
	return stream->ops->write(stream, from, len);
}

/** As `wait` of its row. */
static inline void stream_wait(struct stream *stream, struct task *task, struct wait *wait,
			       unsigned events)
{
	stream->ops->wait(stream, task, wait, events);
}

/** As `shut` of its row. */
static inline void stream_shut(struct stream *stream)
{
	stream->ops->shut(stream);
}

/** As `close` of its row; NULL is fine. */
static inline void stream_close(struct stream *stream)
{
	if (stream) {
		stream->ops->close(stream);
	}
}

/** A stream over a connected, non-blocking socket, which it owns from then on. */
struct stream *stream_of_socket(int fd);

#endif
