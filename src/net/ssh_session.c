#include "net/ssh_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/ssh_channel.h"

/** Bytes that nobody asked for; a server that sends more floods. */
#define UNTAKEN_BYTES ((size_t)4 * 1024 * 1024)

/** With nothing to wait for libssh2 is asked again so soon (ssh.md, trap 2). */
#define ASK_AGAIN_MS 10

struct ssh_session {
	struct task task;
	struct ssh_transport transport;
	struct ssh_channel *channels; /**< in the order in which they were started */
	struct ssh_channel *opening;  /**< the one that libssh2 is opening; NULL: none */
	struct ssh_channel
		*owner;  /**< whose packet is half sent: nobody else goes on; NULL: none */
	size_t commands; /**< open or opening */
	size_t commands_max;
	bool is_lost;
	bool is_stepping;
	bool is_doomed;    /**< closed from inside its own step */
	char trouble[256]; /**< why it is lost */
};

/* ---- small parts */

bool ssh_session_is_lost(const struct ssh_session *session)
{
	return session->is_lost;
}

const char *ssh_session_trouble(const struct ssh_session *session)
{
	return session->trouble;
}

struct ssh_transport *ssh_channel_transport(const struct ssh_channel *channel)
{
	return &channel->session->transport;
}

int64_t ssh_channel_now_ms(const struct ssh_channel *channel)
{
	return loop_now_ms(channel->session->task.loop);
}

void ssh_channel_wake(const struct ssh_channel *channel)
{
	if (channel->session) {
		task_wake(&channel->session->task);
	}
}

static void lose(struct ssh_session *session, const char *why)
{
	if (!session->is_lost) {
		session->is_lost = true;
		(void)snprintf(session->trouble, sizeof(session->trouble), "%s", why);
	}
}

/** Is a packet on its way of which the network took only a part? */
static bool is_half_sent(const struct ssh_session *session)
{
	return (libssh2_session_block_directions(session->transport.session) &
		LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
}

bool ssh_channel_is_half_sent(const struct ssh_channel *channel)
{
	return is_half_sent(channel->session);
}

ssize_t ssh_channel_read(struct ssh_channel *channel, int stream, void *to, size_t len)
{
	struct ssh_transport *transport = &channel->session->transport;
	ssize_t got = libssh2_channel_read_ex(channel->handle, stream, to, len);

	if (got > 0) {
		ssh_transport_taken(transport, (size_t)got);
	}
	if (got < 0) {
		return got == LIBSSH2_ERROR_EAGAIN && !transport->is_closed ? -EAGAIN : -EPIPE;
	}
	return got;
}

/* ---- one channel */

static void go_on(struct ssh_channel *channel, enum channel_state state, int64_t limit_ms)
{
	channel->state = state;
	channel->until_ms = limit_ms > 0 ? ssh_channel_now_ms(channel) + limit_ms : 0;
}

static bool is_late(const struct ssh_channel *channel)
{
	return channel->until_ms > 0 && ssh_channel_now_ms(channel) >= channel->until_ms;
}

static void begin_close(struct ssh_session *session, struct ssh_channel *channel)
{
	if (channel->is_command &&
	    (channel->state == CHANNEL_OPENING || channel->state == CHANNEL_OPEN)) {
		session->commands--;
	}
	go_on(channel, channel->handle ? CHANNEL_CLOSING : CHANNEL_GONE, SSH_CLOSE_MS);
}

static void fail(struct ssh_session *session, struct ssh_channel *channel,
		 enum channel_failure failure, const char *why)
{
	if (!channel->is_abandoned) {
		channel->is_abandoned = true;
		channel->ops->failed(channel, failure, why);
	}
	begin_close(session, channel);
}

static enum channel_step wait_for_turn(struct ssh_session *session, struct ssh_channel *channel)
{
	if (channel->is_abandoned) {
		channel->state = CHANNEL_GONE;
		return CHANNEL_WORKED;
	}
	if (session->opening ||
	    (channel->is_command && session->commands >= session->commands_max)) {
		return CHANNEL_BLOCKED;
	}
	session->opening = channel;
	session->commands += channel->is_command;
	go_on(channel, CHANNEL_OPENING, channel->open_ms);
	return CHANNEL_WORKED;
}

/** libssh2 tells the reasons apart only in its message. */
static enum channel_failure why_refused(const char *message)
{
	if (strstr(message, "administratively prohibited")) {
		return CHANNEL_PROHIBITED;
	}
	return strstr(message, "connect failed") ? CHANNEL_CONNECT : CHANNEL_REFUSED;
}

/**
 * Let libssh2 give up a channel that the server does not open: it does so when reading fails once.
 * Numbers of channels are never used twice, so a late answer is nobody's.
 */
static void give_up_opening(struct ssh_session *session, struct ssh_channel *channel)
{
	if (is_half_sent(session)) {
		lose(session, "it takes no more bytes");
		return;
	}
	session->transport.is_deaf = true;
	channel->handle = channel->ops->open(channel, session->transport.session);
	session->transport.is_deaf = false;
	session->opening = NULL;
	if (!channel->handle &&
	    libssh2_session_last_errno(session->transport.session) == LIBSSH2_ERROR_EAGAIN) {
		lose(session, "it does not answer");
		return;
	}
	fail(session, channel, CHANNEL_TIMEOUT, "the server did not answer in time");
}

static enum channel_step open_channel(struct ssh_session *session, struct ssh_channel *channel)
{
	LIBSSH2_SESSION *ssh = session->transport.session;
	char *message = NULL;

	channel->handle = channel->ops->open(channel, ssh);
	if (channel->handle) {
		session->opening = NULL;
		go_on(channel, CHANNEL_OPEN, 0);
		return CHANNEL_WORKED;
	}
	if (session->transport.is_closed) {
		return CHANNEL_BLOCKED; /* told by whoever called */
	}
	if (libssh2_session_last_error(ssh, &message, NULL, 0) == LIBSSH2_ERROR_EAGAIN) {
		if (!is_late(channel)) {
			return CHANNEL_BLOCKED;
		}
		give_up_opening(session, channel);
		return CHANNEL_WORKED;
	}
	session->opening = NULL;
	if (channel->is_command && session->commands > 1) {
		/* Not now: it runs as many as it wants to. One of them will end. */
		session->commands--;
		session->commands_max = session->commands;
		go_on(channel, CHANNEL_QUEUED, 0);
		return CHANNEL_WORKED;
	}
	fail(session, channel, why_refused(message ? message : ""), message ? message : "");
	return CHANNEL_WORKED;
}

/** A packet of its that is half sent is finished before it is closed. */
static enum channel_step use(struct ssh_session *session, struct ssh_channel *channel)
{
	enum channel_step step = CHANNEL_BLOCKED;

	if (!channel->is_abandoned || is_half_sent(session)) {
		step = channel->ops->step(channel);
	}
	if (step == CHANNEL_OVER && !channel->is_abandoned) {
		channel->is_abandoned = true;
		channel->until_ms = ssh_channel_now_ms(channel) + SSH_CLOSE_MS;
	}
	if (!channel->is_abandoned) {
		return step;
	}
	if (!is_half_sent(session)) {
		begin_close(session, channel);
		return CHANNEL_WORKED;
	}
	if (is_late(channel)) {
		lose(session, "it takes no more bytes");
	}
	return CHANNEL_BLOCKED;
}

/** libssh2 says that it is closed, and waits for the server to say so too. */
static enum channel_step close_channel(struct ssh_session *session, struct ssh_channel *channel)
{
	int code = libssh2_channel_free(channel->handle);

	if (code == LIBSSH2_ERROR_EAGAIN && !session->transport.is_closed && !is_late(channel)) {
		return CHANNEL_BLOCKED;
	}
	if (code == LIBSSH2_ERROR_EAGAIN && is_half_sent(session)) {
		lose(session, "it takes no more bytes");
	}
	channel->handle = NULL; /* what is left of it goes with the session */
	channel->state = CHANNEL_GONE;
	return CHANNEL_WORKED;
}

static enum channel_step step_channel(struct ssh_session *session, struct ssh_channel *channel)
{
	switch (channel->state) {
	case CHANNEL_QUEUED:
		return wait_for_turn(session, channel);
	case CHANNEL_OPENING:
		return open_channel(session, channel);
	case CHANNEL_OPEN:
		return use(session, channel);
	case CHANNEL_CLOSING:
		return close_channel(session, channel);
	case CHANNEL_GONE:
		break;
	}
	return CHANNEL_BLOCKED;
}

/* ---- the task */

static void add(struct ssh_session *session, struct ssh_channel *channel)
{
	struct ssh_channel **at = &session->channels;

	while (*at) {
		at = &(*at)->next;
	}
	*at = channel;
}

static void remove_gone(struct ssh_session *session)
{
	struct ssh_channel **at = &session->channels;

	while (*at) {
		struct ssh_channel *channel = *at;

		if (channel->state != CHANNEL_GONE) {
			at = &channel->next;
			continue;
		}
		*at = channel->next;
		if (session->owner == channel) {
			session->owner = NULL;
		}
		channel->session = NULL;
		channel->ops->release(channel);
	}
}

/** One round. @return whether anything was done */
static bool step_channels(struct ssh_session *session)
{
	bool has_worked = false;

	for (struct ssh_channel *channel = session->channels; channel && !session->is_lost;
	     channel = channel->next) {
		if (session->owner && session->owner != channel) {
			continue;
		}
		has_worked = step_channel(session, channel) == CHANNEL_WORKED || has_worked;
		session->owner = is_half_sent(session) ? channel : NULL;
		if (session->transport.is_closed) {
			lose(session, ssh_transport_trouble(&session->transport));
		}
	}
	return has_worked;
}

static void fail_all(struct ssh_session *session)
{
	session->opening = NULL;
	for (struct ssh_channel *channel = session->channels; channel; channel = channel->next) {
		channel->handle = NULL; /* goes with the session */
		if (channel->state != CHANNEL_GONE) {
			fail(session, channel, CHANNEL_LOST, session->trouble);
		}
	}
	session->owner = NULL;
	ssh_transport_close(&session->transport);
}

static void wait_for_more(struct ssh_session *session, struct wait *wait)
{
	if (!session->channels) {
		return; /* idle: whoever comes wakes it */
	}
	if (is_half_sent(session)) {
		session->transport.wants_write = true;
	}
	if (libssh2_session_block_directions(session->transport.session) == 0) {
		wait_until(wait, loop_now_ms(session->task.loop) + ASK_AGAIN_MS);
	}
	ssh_transport_wait(&session->transport, &session->task, wait);
	for (const struct ssh_channel *channel = session->channels; channel;
	     channel = channel->next) {
		if (channel->until_ms > 0) {
			wait_until(wait, channel->until_ms);
		}
	}
}

static enum step session_step(struct task *task, struct wait *wait)
{
	struct ssh_session *session = (struct ssh_session *)task;

	session->is_stepping = true;
	if (!session->is_lost) {
		ssh_transport_begin_step(&session->transport);
		while (step_channels(session)) {
			remove_gone(session);
		}
	}
	if (session->is_lost) {
		fail_all(session);
	}
	remove_gone(session);
	session->is_stepping = false;
	if (session->is_doomed) {
		return STEP_DONE;
	}
	if (!session->is_lost) {
		wait_for_more(session, wait);
	}
	return STEP_WAIT;
}

static void session_release(struct task *task)
{
	struct ssh_session *session = (struct ssh_session *)task;

	session->is_lost = true;
	for (struct ssh_channel *channel = session->channels; channel; channel = channel->next) {
		channel->handle = NULL;
		channel->state = CHANNEL_GONE;
	}
	remove_gone(session);
	ssh_transport_close(&session->transport);
}

static void session_ended(struct task *task, void *cookie)
{
	(void)cookie;
	free(task);
}

static const struct task_ops session_ops = {"ssh_session", session_step, session_release};

struct ssh_session *ssh_session_open(struct loop *loop, struct ssh_transport *transport)
{
	struct ssh_session *session = mem_alloc(sizeof(*session));

	ssh_transport_move(&session->transport, transport);
	session->transport.received = 0;
	session->transport.ceiling = UNTAKEN_BYTES;
	session->commands_max = SSH_COMMANDS_MAX;
	session->task.ops = &session_ops;
	session->task.ended = session_ended;
	task_start(loop, &session->task);
	return session;
}

void ssh_session_close(struct ssh_session *session)
{
	if (session && session->is_stepping) {
		session->is_doomed = true;
		session->is_lost = true;
	} else if (session) {
		task_cancel(&session->task);
	}
}

/* ---- for those that use a channel */

void ssh_channel_start(struct ssh_session *session, struct ssh_channel *channel)
{
	channel->session = session;
	add(session, channel);
	task_wake(&session->task);
}

void ssh_channel_abandon(struct ssh_channel *channel)
{
	channel->is_abandoned = true;
	if (channel->session && channel->state == CHANNEL_OPEN) {
		channel->until_ms = ssh_channel_now_ms(channel) + SSH_CLOSE_MS;
	}
	ssh_channel_wake(channel);
}
