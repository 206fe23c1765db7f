/* What becomes of one channel, from state to state. */
#include "net/ssh_channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * So long a command waits for one that may end soon before it has a channel of its own, in
 * milliseconds: a new one costs the machine two processes and as much as the command, mostly.
 */
#define PATIENCE_MS 100

/** So long a connection may keep others from being opened, in milliseconds. */
#define YIELD_MS 500

/** So long the answers to what is not waited for any more have to come, in milliseconds. */
#define STRAY_MS 100

/* ---- for those that use one */

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

bool ssh_channel_is_half_sent(const struct ssh_channel *channel)
{
	return ssh_session_is_half_sent(channel->session);
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

/* ---- its states */

static void go_on(struct ssh_channel *channel, enum channel_state state, int64_t limit_ms)
{
	channel->state = state;
	channel->until_ms = limit_ms > 0 ? ssh_channel_now_ms(channel) + limit_ms : 0;
}

static void be_open(struct ssh_channel *channel)
{
	go_on(channel, CHANNEL_OPEN, 0);
	channel->since_ms = ssh_channel_now_ms(channel);
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

void ssh_channel_fail(struct ssh_channel *channel, enum channel_failure failure, const char *why)
{
	if (!channel->is_abandoned) {
		channel->is_abandoned = true;
		channel->ops->failed(channel, failure, why);
	}
	begin_close(channel->session, channel);
}

/** Until when a command that is under way may still end soon; 0: none may. */
static int64_t patience_ms(const struct ssh_session *session)
{
	int64_t since_ms = 0;

	for (const struct ssh_channel *other = session->channels; other; other = other->next) {
		if (other->is_command && !other->is_abandoned && other->state == CHANNEL_OPEN &&
		    other->since_ms > since_ms) {
			since_ms = other->since_ms;
		}
	}
	return since_ms > 0 ? since_ms + PATIENCE_MS : 0;
}

static enum channel_step wait_for_turn(struct ssh_session *session, struct ssh_channel *channel)
{
	if (channel->is_abandoned) {
		channel->state = CHANNEL_GONE;
		return CHANNEL_WORKED;
	}
	if (session->opening || ssh_channel_now_ms(channel) < session->quiet_until_ms ||
	    (channel->is_command && session->commands >= session->commands_max)) {
		return CHANNEL_BLOCKED;
	}
	if (channel->can_follow && !session->runs_one) {
		channel->until_ms = patience_ms(session);
		if (channel->until_ms > 0 && !is_late(channel)) {
			return CHANNEL_BLOCKED;
		}
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
 *
 * @return whether it did; it may also have opened after all, or the session is lost
 */
static bool give_up_opening(struct ssh_session *session, struct ssh_channel *channel)
{
	if (ssh_session_is_half_sent(session)) {
		ssh_session_lose(session, "it takes no more bytes");
		return false;
	}
	session->transport.is_deaf = true;
	channel->handle = channel->ops->open(channel, session->transport.session);
	session->transport.is_deaf = false;
	session->opening = NULL;
	if (channel->handle) {
		be_open(channel);
		return false;
	}
	if (libssh2_session_last_errno(session->transport.session) == LIBSSH2_ERROR_EAGAIN) {
		ssh_session_lose(session, "it does not answer");
		return false;
	}
	return true;
}

/** Does another one wait until this one is open? */
static bool is_in_the_way(const struct ssh_session *session, const struct ssh_channel *channel)
{
	for (const struct ssh_channel *other = session->channels; other; other = other->next) {
		bool has_turn = !other->is_command || session->commands < session->commands_max;

		if (other != channel && other->state == CHANNEL_QUEUED && has_turn &&
		    !other->is_abandoned) {
			return true;
		}
	}
	return false;
}

/** It makes room, and comes again with the time that is left of its own. */
static enum channel_step yield(struct ssh_channel *channel, int64_t opening_ms)
{
	channel->open_ms -= opening_ms;
	go_on(channel, CHANNEL_QUEUED, 0);
	channel->is_yielding = true;
	return CHANNEL_WORKED;
}

/**
 * libssh2 has read the late answer to one that was given up, and takes it for that to this one,
 * whose own answer will be nobody's therefore: it is asked for again. Not before that answer has
 * had time to come, and was read by another channel; asked at once it would get that one, and so
 * on.
 */
static enum channel_step begin_again(struct ssh_session *session, struct ssh_channel *channel)
{
	int64_t now_ms = ssh_channel_now_ms(channel);
	int64_t opening_ms = now_ms - (channel->until_ms - channel->open_ms) + STRAY_MS;

	session->opening = NULL;
	session->commands -= channel->is_command;
	session->quiet_until_ms = now_ms + STRAY_MS;
	if (channel->is_abandoned || opening_ms >= channel->open_ms) {
		go_on(channel, CHANNEL_QUEUED, 0); /* the place of a command is given back */
		ssh_channel_fail(channel, CHANNEL_TIMEOUT, "the server did not answer in time");
		return CHANNEL_WORKED;
	}
	return yield(channel, opening_ms);
}

/**
 * The server has not opened it yet: an address behind it may be mute. So that this costs nobody
 * else, it makes room and comes again with the time that is left of its own.
 */
static enum channel_step wait_for_open(struct ssh_session *session, struct ssh_channel *channel)
{
	int64_t now_ms = ssh_channel_now_ms(channel);
	int64_t opening_ms = now_ms - (channel->until_ms - channel->open_ms);

	if (!is_late(channel) &&
	    (channel->is_command || opening_ms < YIELD_MS || !is_in_the_way(session, channel))) {
		return CHANNEL_BLOCKED;
	}
	if (!give_up_opening(session, channel)) {
		return CHANNEL_WORKED;
	}
	session->has_given_up = true;
	if (is_late(channel) || channel->is_abandoned) {
		ssh_channel_fail(channel, CHANNEL_TIMEOUT, "the server did not answer in time");
		return CHANNEL_WORKED;
	}
	return yield(channel, opening_ms);
}

static enum channel_step open_channel(struct ssh_session *session, struct ssh_channel *channel)
{
	LIBSSH2_SESSION *ssh = session->transport.session;
	char *message = NULL;
	int code = 0;

	channel->handle = channel->ops->open(channel, ssh);
	if (channel->handle) {
		session->opening = NULL;
		be_open(channel);
		return CHANNEL_WORKED;
	}
	if (session->transport.is_closed) {
		return CHANNEL_BLOCKED; /* told by whoever called */
	}
	code = libssh2_session_last_error(ssh, &message, NULL, 0);
	if (code == LIBSSH2_ERROR_EAGAIN) {
		return wait_for_open(session, channel);
	}
	if (code == LIBSSH2_ERROR_SOCKET_NONE && session->has_given_up) {
		return begin_again(session, channel);
	}
	session->opening = NULL;
	if (channel->is_command && session->commands > 1) {
		/* Not now: it runs as many as it wants to. One of them will end. */
		session->commands--;
		session->commands_max = session->commands;
		go_on(channel, CHANNEL_QUEUED, 0);
		return CHANNEL_WORKED;
	}
	ssh_channel_fail(channel, why_refused(message ? message : ""), message ? message : "");
	return CHANNEL_WORKED;
}

/** A packet of its that is half sent is finished before it is closed. */
static enum channel_step use(struct ssh_session *session, struct ssh_channel *channel)
{
	enum channel_step step = CHANNEL_BLOCKED;

	if (!channel->is_abandoned || ssh_session_is_half_sent(session)) {
		step = channel->ops->step(channel);
	}
	if (step == CHANNEL_OVER && !channel->is_abandoned) {
		channel->is_abandoned = true;
		channel->until_ms = ssh_channel_now_ms(channel) + SSH_CLOSE_MS;
	}
	if (!channel->is_abandoned) {
		return step;
	}
	if (!ssh_session_is_half_sent(session)) {
		begin_close(channel->session, channel);
		return CHANNEL_WORKED;
	}
	if (is_late(channel)) {
		ssh_session_lose(session, "it takes no more bytes");
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
	if (code == LIBSSH2_ERROR_EAGAIN && ssh_session_is_half_sent(session)) {
		ssh_session_lose(session, "it takes no more bytes");
	}
	channel->handle = NULL; /* what is left of it goes with the session */
	channel->state = CHANNEL_GONE;
	return CHANNEL_WORKED;
}

void ssh_channel_hand_over(struct ssh_channel *channel)
{
	struct ssh_channel *next = channel->session->channels;

	while (next && (next->state != CHANNEL_QUEUED || !next->can_follow || next->is_abandoned)) {
		next = next->next;
	}
	if (!next || channel->session->runs_one || ssh_channel_is_half_sent(channel) ||
	    libssh2_channel_eof(channel->handle)) {
		return;
	}
	next->handle = channel->handle;
	channel->handle = NULL;
	next->has_followed = true;
	next->session->commands++;
	be_open(next);
}

/** A channel whose user has gone, to be closed. */
static void nobody_release(struct ssh_channel *channel)
{
	free(channel);
}

static const struct ssh_channel_ops nobody_ops = {
	.release = nobody_release,
};

void ssh_channel_give_up(struct ssh_channel *channel)
{
	struct ssh_channel *rest = mem_alloc(sizeof(*rest));

	rest->ops = &nobody_ops;
	rest->is_abandoned = true;
	rest->handle = channel->handle;
	ssh_channel_start(channel->session, rest);
	go_on(rest, CHANNEL_CLOSING, SSH_CLOSE_MS);
	channel->handle = NULL;
	channel->has_followed = false;
	channel->session->runs_one = true;
	channel->session->commands--;
	go_on(channel, CHANNEL_QUEUED, 0);
}

enum channel_step ssh_channel_step(struct ssh_channel *channel)
{
	struct ssh_session *session = channel->session;

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

int64_t ssh_channel_look_ms(const struct ssh_channel *channel)
{
	int64_t yield_ms = channel->until_ms - channel->open_ms + YIELD_MS;

	if (channel->state == CHANNEL_OPENING && !channel->is_command &&
	    is_in_the_way(channel->session, channel) && yield_ms < channel->until_ms) {
		return yield_ms;
	}
	return channel->until_ms;
}
