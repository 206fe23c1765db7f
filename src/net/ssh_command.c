#include "net/ssh_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/ssh_channel.h"

/** What the server may send before it waits for us (libssh2's own default is 2 MB). */
#define WINDOW_BYTES (256 * 1024)

#define READ_BYTES ((size_t)16 * 1024)

/** How long the shell of a command that has ended may take to begin the next one. */
#define FOLLOW_MS 2000

/** How long stderr may lag behind stdout, in milliseconds. */
#define REST_MS 1000

enum command_state {
	AT_REQUEST, /**< ask the server to run it, or the shell that is there already */
	AT_OUTPUT,
	AT_REST,  /**< stdout has proven its end, stderr has not yet */
	AT_CLOSE, /**< it says no more: wait for the word how it ended */
	AT_TOLD,
};

struct ssh_command {
	struct ssh_channel channel;
	enum command_state state;
	struct str line; /**< what the server is asked to run */
	struct str more; /**< what a shell is asked to run that is there already; may be empty */
	size_t sent;     /**< bytes of it */
	struct remote_output out;
	struct remote_output err;
	struct ssh_command_facts facts;
	void (*ended)(const struct ssh_command_facts *facts, void *cookie);
	void *cookie;
	int64_t timeout_ms;
	int64_t deadline_ms;
	int64_t start_ms; /**< 0: the server was not asked yet */
};

static LIBSSH2_CHANNEL *command_open(struct ssh_channel *channel, LIBSSH2_SESSION *session)
{
	(void)channel;
	return libssh2_channel_open_ex(session, "session", sizeof("session") - 1, WINDOW_BYTES,
				       LIBSSH2_CHANNEL_PACKET_DEFAULT, NULL, 0);
}

/* ---- the end */

/** Say how it was, once. */
static void tell(struct ssh_command *command, enum ssh_command_outcome outcome, const char *detail)
{
	struct ssh_command_facts *facts = &command->facts;

	command->state = AT_TOLD;
	remote_output_end(&command->out);
	remote_output_end(&command->err);
	facts->outcome = outcome;
	facts->status = command->out.status;
	facts->has_begun = command->out.state != REMOTE_BEFORE;
	facts->out = str_view(&command->out.kept);
	facts->out_bytes = command->out.bytes;
	facts->err = str_view(&command->err.kept);
	facts->err_bytes = command->err.bytes;
	if (command->start_ms > 0) {
		facts->elapsed_ms = ssh_channel_now_ms(&command->channel) - command->start_ms;
	}
	ssh_copy_printable(facts->detail, sizeof(facts->detail), text_of(detail));
	command->ended(facts, command->cookie);
}

static enum channel_step end(struct ssh_command *command, enum ssh_command_outcome outcome,
			     const char *detail)
{
	tell(command, outcome, detail);
	return CHANNEL_OVER;
}

static void command_failed(struct ssh_channel *channel, enum channel_failure failure,
			   const char *why)
{
	struct ssh_command *command = (struct ssh_command *)channel;
	if (command->state != AT_TOLD) {
		tell(command,
		     failure == CHANNEL_LOST      ? COMMAND_LOST
		     : failure == CHANNEL_TIMEOUT ? COMMAND_UNANSWERED
						  : COMMAND_REFUSED,
		     why);
	}
}

static void command_release(struct ssh_channel *channel)
{
	struct ssh_command *command = (struct ssh_command *)channel;

	str_release(&command->line);
	str_release(&command->more);
	remote_output_release(&command->out);
	remote_output_release(&command->err);
	free(command);
}

/* ---- running */

static int64_t earlier(int64_t left, int64_t right)
{
	return right > 0 && right < left ? right : left;
}

/** This state ends `limit_ms` from now, or with the whole command. */
static void begin(struct ssh_command *command, enum command_state state, int64_t limit_ms)
{
	command->state = state;
	command->channel.until_ms =
		earlier(ssh_channel_now_ms(&command->channel) + limit_ms, command->deadline_ms);
}

static bool is_late(const struct ssh_command *command)
{
	return ssh_channel_now_ms(&command->channel) >= command->channel.until_ms;
}

/** Say the rest of the line to the shell. @return 0; -EAGAIN; -EPIPE if it takes no more */
static int say_line(struct ssh_command *command)
{
	while (command->sent < command->more.len) {
		ssize_t sent = libssh2_channel_write(command->channel.handle,
						     command->more.at + command->sent,
						     command->more.len - command->sent);

		if (sent <= 0) {
			return sent == 0 || sent == LIBSSH2_ERROR_EAGAIN ? -EAGAIN : -EPIPE;
		}
		command->sent += (size_t)sent;
	}
	return 0;
}

/** A shell that is there does not begin it: it is asked for again, on a channel of its own. */
static enum channel_step ask_again(struct ssh_command *command)
{
	if (ssh_channel_is_half_sent(&command->channel)) {
		return end(command, COMMAND_UNANSWERED, "");
	}
	command->state = AT_REQUEST;
	command->start_ms = 0;
	ssh_channel_give_up(&command->channel);
	return CHANNEL_WORKED;
}

static enum channel_step follow(struct ssh_command *command)
{
	int code = say_line(command);

	if (code == 0) {
		begin(command, AT_OUTPUT, FOLLOW_MS);
		return CHANNEL_WORKED;
	}
	if (ssh_channel_transport(&command->channel)->is_closed) {
		return CHANNEL_BLOCKED; /* the session sees it too */
	}
	if (code == -EAGAIN && !is_late(command)) {
		return CHANNEL_BLOCKED;
	}
	return ask_again(command);
}

static enum channel_step request(struct ssh_command *command)
{
	struct ssh_channel *channel = &command->channel;
	int code = 0;

	if (command->start_ms == 0) {
		begin(command, AT_REQUEST, channel->has_followed ? FOLLOW_MS : SSH_OPEN_MS);
		command->start_ms = ssh_channel_now_ms(channel);
	}
	if (channel->has_followed) {
		return follow(command);
	}
	code = libssh2_channel_process_startup(channel->handle, "exec", sizeof("exec") - 1,
					       command->line.at, (unsigned)command->line.len);
	if (code == LIBSSH2_ERROR_EAGAIN) {
		return is_late(command) ? end(command, COMMAND_UNANSWERED, "") : CHANNEL_BLOCKED;
	}
	if (ssh_channel_transport(channel)->is_closed) {
		return CHANNEL_BLOCKED; /* the session sees it too */
	}
	if (code != 0) {
		return end(command, COMMAND_REFUSED, "the server does not run the command");
	}
	begin(command, AT_OUTPUT, command->timeout_ms);
	return CHANNEL_WORKED;
}

/** @return whether there was anything */
static bool read_stream(struct ssh_command *command, int stream, struct remote_output *output)
{
	char chunk[READ_BYTES];
	ssize_t got = ssh_channel_read(&command->channel, stream, chunk, sizeof(chunk));

	if (got > 0) {
		remote_output_read(output, (struct text){chunk, (size_t)got});
	}
	return got > 0;
}

static bool read_streams(struct ssh_command *command)
{
	bool has_read = read_stream(command, 0, &command->out);

	return read_stream(command, SSH_EXTENDED_DATA_STDERR, &command->err) || has_read;
}

/** Has the server said that nothing follows? */
static bool is_at_end(const struct ssh_command *command)
{
	return !ssh_channel_transport(&command->channel)->is_closed &&
	       libssh2_channel_eof(command->channel.handle);
}

static enum channel_step read_output(struct ssh_command *command)
{
	bool has_read = read_streams(command);

	if (command->channel.has_followed && command->out.state != REMOTE_BEFORE) {
		command->channel.has_followed = false;
		begin(command, AT_OUTPUT, command->timeout_ms);
	}
	if (command->channel.has_followed &&
	    (is_late(command) || (!has_read && is_at_end(command)))) {
		return ask_again(command);
	}
	if (command->out.state == REMOTE_ENDED) {
		begin(command, AT_REST, REST_MS);
		return CHANNEL_WORKED;
	}
	if (command->out.bytes > SSH_OUTPUT_BYTES || command->err.bytes > SSH_OUTPUT_BYTES) {
		return end(command, COMMAND_FLOOD, "");
	}
	if (is_late(command)) {
		return end(command, COMMAND_TIMEOUT, "");
	}
	if (has_read) {
		return CHANNEL_WORKED;
	}
	if (is_at_end(command)) {
		begin(command, AT_CLOSE, SSH_CLOSE_MS);
		return CHANNEL_WORKED;
	}
	return CHANNEL_BLOCKED;
}

/** stderr goes another way, so its last words may come later. */
static enum channel_step read_rest(struct ssh_command *command)
{
	if (command->err.state == REMOTE_ENDED) {
		ssh_channel_hand_over(&command->channel);
		return end(command, COMMAND_ENDED, "");
	}
	if (is_at_end(command) || is_late(command)) {
		return end(command, COMMAND_ENDED, "");
	}
	return read_streams(command) ? CHANNEL_WORKED : CHANNEL_BLOCKED;
}

/** It said no more without the proof of its end: perhaps a signal ended it. */
static enum channel_step learn_end(struct ssh_command *command)
{
	LIBSSH2_CHANNEL *handle = command->channel.handle;
	char *signal = NULL;
	size_t len = 0;
	int code = libssh2_channel_close(handle);

	if (code == LIBSSH2_ERROR_EAGAIN && !is_late(command)) {
		return CHANNEL_BLOCKED;
	}
	if (ssh_channel_transport(&command->channel)->is_closed) {
		return CHANNEL_BLOCKED;
	}
	if (libssh2_channel_get_exit_signal(handle, &signal, &len, NULL, NULL, NULL, NULL) == 0 &&
	    signal) {
		ssh_copy_printable(command->facts.signal, sizeof(command->facts.signal),
				   (struct text){signal, len});
		libssh2_free(ssh_channel_transport(&command->channel)->session, signal);
		return end(command, COMMAND_SIGNALLED, "");
	}
	return end(command, COMMAND_UNPROVEN, "");
}

static enum channel_step command_step(struct ssh_channel *channel)
{
	struct ssh_command *command = (struct ssh_command *)channel;

	switch (command->state) {
	case AT_REQUEST:
		return request(command);
	case AT_OUTPUT:
		return read_output(command);
	case AT_REST:
		return read_rest(command);
	case AT_CLOSE:
		return learn_end(command);
	case AT_TOLD: /* only to finish a packet that is half sent */
		if (channel->has_followed && command->sent < command->more.len) {
			(void)say_line(command);
		} else {
			(void)read_streams(command);
		}
		break;
	}
	return CHANNEL_OVER;
}

static const struct ssh_channel_ops command_ops = {
	.open = command_open,
	.step = command_step,
	.failed = command_failed,
	.release = command_release,
};

struct ssh_command *ssh_command_start(struct ssh_session *session,
				      const struct ssh_command_spec *spec,
				      void (*ended)(const struct ssh_command_facts *facts,
						    void *cookie),
				      void *cookie, struct err *err)
{
	struct ssh_command *command = mem_alloc(sizeof(*command));
	char nonce[REMOTE_NONCE_BYTES];

	remote_nonce(nonce);
	remote_output_init(&command->out, nonce);
	remote_output_init(&command->err, nonce);
	command->channel.ops = &command_ops;
	command->channel.is_command = true;
	command->channel.open_ms = SSH_OPEN_MS;
	command->ended = ended;
	command->cookie = cookie;
	command->timeout_ms = spec->timeout_ms;
	command->deadline_ms = spec->deadline_ms;
	if (remote_command_write(spec->words, spec->count, nonce, &command->line, err)) {
		command_release(&command->channel);
		return NULL;
	}
	command->channel.can_follow =
		remote_command_follow(spec->words, spec->count, nonce, &command->more);
	ssh_channel_start(session, &command->channel);
	return command;
}

void ssh_command_cancel(struct ssh_command *command)
{
	command->state = AT_TOLD;
	ssh_channel_abandon(&command->channel);
}
