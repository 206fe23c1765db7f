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

/* ---- small parts */

bool ssh_session_is_lost(const struct ssh_session *session)
{
	return session->is_lost;
}

void ssh_session_lose(struct ssh_session *session, const char *why)
{
	if (!session->is_lost) {
		session->is_lost = true;
		(void)snprintf(session->trouble, sizeof(session->trouble), "%s", why);
	}
}

bool ssh_session_is_half_sent(const struct ssh_session *session)
{
	return (libssh2_session_block_directions(session->transport.session) &
		LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
}

/* ---- its channels */

static void add(struct ssh_session *session, struct ssh_channel *channel)
{
	struct ssh_channel **at = &session->channels;

	while (*at) {
		at = &(*at)->next;
	}
	channel->next = NULL;
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
		has_worked = ssh_channel_step(channel) == CHANNEL_WORKED || has_worked;
		session->owner = ssh_session_is_half_sent(session) ? channel : NULL;
		if (session->transport.is_closed) {
			ssh_session_lose(session, ssh_transport_trouble(&session->transport));
		}
	}
	return has_worked;
}

/** Who made room for others comes behind them. */
static void let_yield(struct ssh_session *session)
{
	struct ssh_channel **at = &session->channels;
	struct ssh_channel *yielding = NULL;

	while (*at && !(*at)->is_yielding) {
		at = &(*at)->next;
	}
	yielding = *at;
	if (yielding) {
		*at = yielding->next;
		yielding->is_yielding = false;
		add(session, yielding);
	}
}

static void fail_all(struct ssh_session *session)
{
	session->opening = NULL;
	for (struct ssh_channel *channel = session->channels; channel; channel = channel->next) {
		channel->handle = NULL; /* goes with the session */
		if (channel->state != CHANNEL_GONE) {
			ssh_channel_fail(channel, CHANNEL_LOST, session->trouble);
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
	if (ssh_session_is_half_sent(session)) {
		session->transport.wants_write = true;
	}
	if (libssh2_session_block_directions(session->transport.session) == 0) {
		wait_until(wait, loop_now_ms(session->task.loop) + ASK_AGAIN_MS);
	}
	ssh_transport_wait(&session->transport, &session->task, wait);
	if (loop_now_ms(session->task.loop) < session->quiet_until_ms) {
		wait_until(wait, session->quiet_until_ms);
	}
	for (const struct ssh_channel *channel = session->channels; channel;
	     channel = channel->next) {
		if (channel->until_ms > 0) {
			wait_until(wait, ssh_channel_look_ms(channel));
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
			let_yield(session);
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
	struct wait nothing = {0};

	ssh_transport_move(&session->transport, transport);
	session->transport.received = 0;
	session->transport.ceiling = UNTAKEN_BYTES;
	session->commands_max = SSH_COMMANDS_MAX;
	session->task.ops = &session_ops;
	session->task.ended = session_ended;
	task_start(loop, &session->task);
	/* A forwarded stream wakes whoever waited for it last: not the login, which ends now. */
	stream_wait(session->transport.stream, &session->task, &nothing, 0);
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
