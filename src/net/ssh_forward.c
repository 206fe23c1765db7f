#include "net/ssh_forward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/wire.h"
#include "net/ssh_channel.h"

/** What the server may send before it waits for us: little, so that no peer fills our memory. */
#define WINDOW_BYTES 65536U

/** Bytes on their way, in each direction. */
#define BUFFER_BYTES ((size_t)8 * 1024)

struct buffer {
	char at[BUFFER_BYTES];
	size_t first; /**< the next byte to be taken */
	size_t end;   /**< behind the last one */
};

struct ssh_forward {
	struct ssh_channel channel;
	struct stream stream;
	enum forward_state state;
	const char *type;    /**< of the channel that is asked for */
	struct str message;  /**< where to, as the request says it */
	struct task *waiter; /**< NULL: nobody */
	struct buffer in;    /**< from the other end */
	struct buffer out;   /**< to it. Never moved while a part of it is being sent */
	bool is_at_end;      /**< the other end says no more */
	bool is_shut;        /**< its user wants no more */
	bool is_held;        /**< by its user */
	bool is_released;    /**< by its session */
	bool is_receiving;   /**< what is half sent belongs to reading */
	char trouble[256];
};

static struct ssh_forward *forward_of(struct stream *stream)
{
	return (struct ssh_forward *)(void *)((char *)stream -
					      offsetof(struct ssh_forward, stream));
}

static void wake(const struct ssh_forward *forward)
{
	if (forward->waiter) {
		task_wake(forward->waiter);
	}
}

/** Nobody knows it any more. */
static void free_unused(struct ssh_forward *forward)
{
	if (!forward->is_held && forward->is_released) {
		str_release(&forward->message);
		free(forward);
	}
}

/* ---- the channel, stepped by the session */

static LIBSSH2_CHANNEL *forward_open(struct ssh_channel *channel, LIBSSH2_SESSION *session)
{
	const struct ssh_forward *forward = (struct ssh_forward *)channel;

	return libssh2_channel_open_ex(session, forward->type, (unsigned)strlen(forward->type),
				       WINDOW_BYTES, LIBSSH2_CHANNEL_PACKET_DEFAULT,
				       forward->message.at, (unsigned)forward->message.len);
}

static bool send_some(struct ssh_forward *forward)
{
	struct buffer *out = &forward->out;
	ssize_t sent = 0;

	if (out->first == out->end) {
		return false;
	}
	sent = libssh2_channel_write(forward->channel.handle, out->at + out->first,
				     out->end - out->first);
	if (sent <= 0) {
		return false; /* no room there; or the connection has gone, which reading tells */
	}
	out->first += (size_t)sent;
	if (out->first == out->end) {
		*out = (struct buffer){.first = 0};
	}
	return true;
}

static bool receive_some(struct ssh_forward *forward)
{
	struct buffer *in = &forward->in;
	ssize_t got = 0;

	if (in->first < in->end || forward->is_at_end) {
		return false;
	}
	got = ssh_channel_read(&forward->channel, 0, in->at, sizeof(in->at));
	in->first = 0;
	in->end = got > 0 ? (size_t)got : 0;
	forward->is_at_end = got == 0 && libssh2_channel_eof(forward->channel.handle);
	return got > 0 || forward->is_at_end;
}

/** Both directions. What libssh2 could send only a part of must be the next that it is asked for.
 */
static bool move_bytes(struct ssh_forward *forward)
{
	bool has_worked = !forward->is_receiving && send_some(forward);

	if (forward->is_receiving || !ssh_channel_is_half_sent(&forward->channel)) {
		has_worked = receive_some(forward) || has_worked;
		forward->is_receiving = ssh_channel_is_half_sent(&forward->channel);
	}
	return has_worked;
}

static enum channel_step forward_step(struct ssh_channel *channel)
{
	struct ssh_forward *forward = (struct ssh_forward *)channel;
	bool has_worked = forward->state == FORWARD_OPENING;

	if (has_worked) {
		forward->state = FORWARD_OPEN;
		ssh_channel_transport(channel)->ceiling += WINDOW_BYTES;
	}
	has_worked = move_bytes(forward) || has_worked;
	if (has_worked) {
		wake(forward);
	}
	return has_worked ? CHANNEL_WORKED : CHANNEL_BLOCKED;
}

static void forward_failed(struct ssh_channel *channel, enum channel_failure failure,
			   const char *why)
{
	static const enum forward_state states[] = {
		[CHANNEL_REFUSED] = FORWARD_PROHIBITED, [CHANNEL_PROHIBITED] = FORWARD_PROHIBITED,
		[CHANNEL_CONNECT] = FORWARD_UNREACHED,  [CHANNEL_TIMEOUT] = FORWARD_SILENT,
		[CHANNEL_LOST] = FORWARD_LOST,
	};
	struct ssh_forward *forward = (struct ssh_forward *)channel;

	forward->state = states[failure];
	ssh_copy_printable(forward->trouble, sizeof(forward->trouble), text_of(why));
	wake(forward);
}

static void forward_release(struct ssh_channel *channel)
{
	struct ssh_forward *forward = (struct ssh_forward *)channel;

	forward->is_released = true;
	if (forward->state <= FORWARD_OPEN) {
		forward->state = FORWARD_LOST;
	}
	free_unused(forward);
}

static const struct ssh_channel_ops channel_ops = {
	.open = forward_open,
	.step = forward_step,
	.failed = forward_failed,
	.release = forward_release,
};

/* ---- the stream, for its user */

static ssize_t forward_read(struct stream *stream, void *to, size_t len)
{
	struct ssh_forward *forward = forward_of(stream);
	struct buffer *in = &forward->in;
	size_t left = in->end - in->first;

	if (forward->is_shut) {
		return 0;
	}
	if (left > 0) {
		len = len < left ? len : left;
		memcpy(to, in->at + in->first, len);
		in->first += len;
		ssh_channel_wake(&forward->channel);
		return (ssize_t)len;
	}
	if (forward->is_at_end) {
		return 0;
	}
	return forward->state > FORWARD_OPEN ? -ECONNRESET : -EAGAIN;
}

static ssize_t forward_write(struct stream *stream, const void *from, size_t len)
{
	struct ssh_forward *forward = forward_of(stream);
	struct buffer *out = &forward->out;
	size_t room = sizeof(out->at) - out->end;

	if (forward->is_shut || forward->state > FORWARD_OPEN) {
		return -EPIPE;
	}
	if (room == 0) {
		return -EAGAIN;
	}
	len = len < room ? len : room;
	memcpy(out->at + out->end, from, len);
	out->end += len;
	ssh_channel_wake(&forward->channel);
	return (ssize_t)len;
}

/** A task that takes only a part of what there is must not wait for more. */
static bool is_ready(const struct ssh_forward *forward, unsigned events)
{
	bool has_more = forward->in.first < forward->in.end || forward->is_at_end ||
			forward->state > FORWARD_OPEN;
	bool has_room = forward->out.end < sizeof(forward->out.at);

	return ((events & WAIT_READ) && has_more) || ((events & WAIT_WRITE) && has_room);
}

static void forward_wait(struct stream *stream, struct task *task, struct wait *wait,
			 unsigned events)
{
	struct ssh_forward *forward = forward_of(stream);

	forward->waiter = task;
	if (is_ready(forward, events)) {
		wait_until(wait, loop_now_ms(task->loop));
	}
}

static void forward_shut(struct stream *stream)
{
	forward_of(stream)->is_shut = true;
}

static void forward_close(struct stream *stream)
{
	struct ssh_forward *forward = forward_of(stream);

	forward->waiter = NULL;
	forward->is_held = false;
	if (forward->is_released) {
		free_unused(forward);
	} else {
		ssh_channel_abandon(&forward->channel);
	}
}

static const struct stream_ops stream_ops = {
	.read = forward_read,
	.write = forward_write,
	.wait = forward_wait,
	.shut = forward_shut,
	.close = forward_close,
};

/* ---- starting */

/** Ask for a channel of that type, with the message that the caller writes. */
static struct ssh_forward *new_forward(const char *type, int64_t open_ms, struct task *waiter)
{
	struct ssh_forward *forward = mem_alloc(sizeof(*forward));

	forward->type = type;
	forward->channel.ops = &channel_ops;
	forward->channel.open_ms = open_ms;
	forward->stream.ops = &stream_ops;
	forward->waiter = waiter;
	forward->is_held = true;
	return forward;
}

static struct ssh_forward *start(struct ssh_forward *forward, struct ssh_session *session)
{
	ssh_channel_start(session, &forward->channel);
	forward->stream.fd = ssh_channel_transport(&forward->channel)->stream
				     ? ssh_channel_transport(&forward->channel)->stream->fd
				     : -1;
	return forward;
}

struct ssh_forward *ssh_forward_start(struct ssh_session *session, const char *host, uint16_t port,
				      int64_t open_ms, struct task *waiter)
{
	struct ssh_forward *forward = new_forward("direct-tcpip", open_ms, waiter);

	wire_add_text(&forward->message, text_of(host));
	wire_add_u32(&forward->message, port);
	wire_add_text(&forward->message, text_of("127.0.0.1")); /* from where: nobody's business */
	wire_add_u32(&forward->message, 0);
	return start(forward, session);
}

struct ssh_forward *ssh_forward_to_socket(struct ssh_session *session, const char *path,
					  int64_t open_ms, struct task *waiter)
{
	struct ssh_forward *forward =
		new_forward("direct-streamlocal@openssh.com", open_ms, waiter);

	wire_add_text(&forward->message, text_of(path));
	wire_add_text(&forward->message, text_of("")); /* reserved, as the number is */
	wire_add_u32(&forward->message, 0);
	return start(forward, session);
}

enum forward_state ssh_forward_state(const struct ssh_forward *forward)
{
	return forward->state;
}

const char *ssh_forward_trouble(const struct ssh_forward *forward)
{
	return forward->trouble;
}

struct stream *ssh_forward_stream(struct ssh_forward *forward)
{
	forward->waiter = NULL; /* who waited for the state may end before somebody waits again */
	return &forward->stream;
}
