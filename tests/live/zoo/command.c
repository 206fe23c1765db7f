/* The kinds that let everybody in, and then do something else than run a command. */
#include "command.h"

#include <string.h>

#include "crypto/wire.h"
#include "ends.h"

#define WINDOW_BYTES 2097152U
#define PACKET_BYTES 32768U
#define STDERR 1U

/* ---- what is heard */

int command_hear_open(struct peer *peer)
{
	struct text rest = {0};
	struct text type = {0};

	if (peer_expect(peer, MSG_CHANNEL_OPEN)) {
		return -1;
	}
	rest = (struct text){peer->heard.at + 1, peer->heard.len - 1};
	return wire_take(&rest, &type) && wire_take_u32(&rest, &peer->channel) ? 0 : -1;
}

/** The nonce is the first word of 32 hexadecimal digits in quotes. */
static void find_nonce(struct peer *peer, struct text line)
{
	static const size_t len = sizeof(peer->nonce) - 1;

	peer->nonce[0] = '\0';
	for (size_t i = 0; i + len + 2 <= line.len; i++) {
		const char *at = line.at + i;

		if (at[0] == '\'' && at[len + 1] == '\'' &&
		    strspn(at + 1, "0123456789abcdef") == len) {
			memcpy(peer->nonce, at + 1, len);
			peer->nonce[len] = '\0';
			return;
		}
	}
}

int command_hear_exec(struct peer *peer)
{
	struct text rest = {0};
	struct text type = {0};
	struct text line = {0};
	unsigned ignored = 0;

	if (peer_expect(peer, MSG_CHANNEL_REQUEST)) {
		return -1;
	}
	rest = (struct text){peer->heard.at + 1, peer->heard.len - 1};
	if (!wire_take_u32(&rest, &ignored) || !wire_take(&rest, &type) || rest.len == 0) {
		return -1;
	}
	rest = (struct text){rest.at + 1, rest.len - 1}; /* whether it wants an answer */
	if (!wire_take(&rest, &line)) {
		return -1;
	}
	find_nonce(peer, line);
	return 0;
}

/* ---- what is said */

/** Send the number of a message, the channel, and what else there is. */
static int say(struct peer *peer, int number, const struct str *more)
{
	struct str message = {0};
	int result = 0;

	str_add_char(&message, (char)number);
	wire_add_u32(&message, peer->channel);
	if (more) {
		str_add_text(&message, str_view(more));
	}
	result = peer_send(peer, &message);
	str_release(&message);
	return result;
}

static int say_open(struct peer *peer, unsigned window)
{
	struct str more = {0};
	int result = 0;

	wire_add_u32(&more, 0); /* our number of the channel */
	wire_add_u32(&more, window);
	wire_add_u32(&more, PACKET_BYTES);
	result = say(peer, MSG_CHANNEL_CONFIRMATION, &more);
	str_release(&more);
	return result;
}

int command_say_open(struct peer *peer)
{
	return say_open(peer, WINDOW_BYTES);
}

/** @param stream  0: stdout */
static int say_data(struct peer *peer, unsigned stream, struct text bytes)
{
	struct str more = {0};
	int result = 0;

	if (stream > 0) {
		wire_add_u32(&more, stream);
	}
	wire_add_text(&more, bytes);
	result = say(peer, stream > 0 ? MSG_CHANNEL_EXTENDED_DATA : MSG_CHANNEL_DATA, &more);
	str_release(&more);
	return result;
}

/** On both streams, as the script around the command would. */
static int say_line(struct peer *peer, const char *before, const char *after)
{
	struct str line = {0};
	int result = 0;

	str_printf(&line, "%s%s%s\n", before, peer->nonce, after);
	result = say_data(peer, 0, str_view(&line)) || say_data(peer, STDERR, str_view(&line));
	str_release(&line);
	return result ? -1 : 0;
}

static int say_begin(struct peer *peer)
{
	return say(peer, MSG_CHANNEL_SUCCESS, NULL) || say_line(peer, "", "") ? -1 : 0;
}

static int say_end(struct peer *peer)
{
	return say_line(peer, "\n", " 0");
}

/** "exit-status" with a number, or "exit-signal". */
static int say_exit(struct peer *peer, const char *signal)
{
	struct str more = {0};
	int result = 0;

	wire_add_text(&more, text_of(signal ? "exit-signal" : "exit-status"));
	str_add_char(&more, 0);
	if (signal) {
		wire_add_text(&more, text_of(signal));
		str_add_char(&more, 0);
		wire_add_text(&more, text_of(""));
		wire_add_text(&more, text_of(""));
	} else {
		wire_add_u32(&more, 0);
	}
	result = say(peer, MSG_CHANNEL_REQUEST, &more);
	str_release(&more);
	return result;
}

static int say_over(struct peer *peer)
{
	return say(peer, MSG_CHANNEL_EOF, NULL) || say(peer, MSG_CHANNEL_CLOSE, NULL) ? -1 : 0;
}

int command_say_all(struct peer *peer)
{
	return say_begin(peer) || say_data(peer, 0, text_of("hello\n")) || say_end(peer) ||
			       say_exit(peer, NULL) || say_over(peer)
		       ? -1
		       : 0;
}

/* ---- acts */

static enum go let_in(struct peer *peer)
{
	return peer_send_empty(peer, MSG_USERAUTH_SUCCESS) ? GO_END : GO_IN;
}

static enum go as_ever(struct peer *peer)
{
	(void)peer;
	return GO_ON;
}

static enum go refuse_open(struct peer *peer)
{
	struct str more = {0};

	wire_add_u32(&more, 1);
	wire_add_text(&more, text_of("administratively prohibited"));
	wire_add_text(&more, text_of(""));
	(void)say(peer, MSG_CHANNEL_OPEN_FAILURE, &more);
	str_release(&more);
	return stall(peer);
}

static enum go open_no_window(struct peer *peer)
{
	if (say_open(peer, 0) || command_hear_exec(peer) || command_say_all(peer)) {
		return GO_END;
	}
	return stall(peer);
}

static enum go refuse_exec(struct peer *peer)
{
	(void)say(peer, MSG_CHANNEL_FAILURE, NULL);
	return stall(peer);
}

/** Say something on a stream until the client is gone, whatever room it gives. */
static enum go flood(struct peer *peer, unsigned stream)
{
	char bytes[8192];

	memset(bytes, 'y', sizeof(bytes));
	while (say_data(peer, stream, (struct text){bytes, sizeof(bytes)}) == 0) {
	}
	return GO_END;
}

static enum go flood_output(struct peer *peer)
{
	return say_begin(peer) ? GO_END : flood(peer, 0);
}

static enum go flood_errors(struct peer *peer)
{
	return say_begin(peer) ? GO_END : flood(peer, STDERR);
}

/** The login shell talks, and the command never begins. */
static enum go flood_before(struct peer *peer)
{
	return say(peer, MSG_CHANNEL_SUCCESS, NULL) ? GO_END : flood(peer, 0);
}

static enum go flood_another_channel(struct peer *peer)
{
	if (say_begin(peer)) {
		return GO_END;
	}
	peer->channel += 1000;
	return flood(peer, 0);
}

static enum go flood_after_end(struct peer *peer)
{
	if (say_begin(peer) || say_data(peer, 0, text_of("hello\n")) || say_end(peer) ||
	    say_exit(peer, NULL)) {
		return GO_END;
	}
	return flood(peer, 0);
}

static enum go flood_after_close(struct peer *peer)
{
	return command_say_all(peer) ? GO_END : flood(peer, 0);
}

static enum go never_close(struct peer *peer)
{
	if (say_begin(peer) || say_data(peer, 0, text_of("hello\n")) || say_end(peer)) {
		return GO_END;
	}
	return stall(peer);
}

static enum go begin_and_stall(struct peer *peer)
{
	(void)say_begin(peer);
	return stall(peer);
}

static enum go begin_and_hang_up(struct peer *peer)
{
	(void)say_begin(peer);
	return hang_up(peer);
}

static enum go begin_and_reset(struct peer *peer)
{
	(void)say_begin(peer);
	return reset(peer);
}

static enum go rekey_in_command(struct peer *peer)
{
	(void)say_begin(peer);
	return rekey_and_stall(peer);
}

/** It is over, and nothing says how it ended. */
static enum go end_without_status(struct peer *peer)
{
	if (say_begin(peer) == 0 && say_data(peer, 0, text_of("hello\n")) == 0) {
		(void)say_over(peer);
	}
	return stall(peer);
}

/** The server says 0, but the command did not come to its end. */
static enum go end_without_proof(struct peer *peer)
{
	if (say_begin(peer) == 0 && say_exit(peer, NULL) == 0) {
		(void)say_over(peer);
	}
	return stall(peer);
}

static enum go run_nothing(struct peer *peer)
{
	if (say(peer, MSG_CHANNEL_SUCCESS, NULL) == 0 && say_exit(peer, NULL) == 0) {
		(void)say_over(peer);
	}
	return stall(peer);
}

static enum go end_by_signal(struct peer *peer)
{
	if (say_begin(peer) == 0 && say_exit(peer, "KILL") == 0) {
		(void)say_over(peer);
	}
	return stall(peer);
}

/** The end of another command. */
static enum go forge_end(struct peer *peer)
{
	if (say_begin(peer)) {
		return GO_END;
	}
	memset(peer->nonce, 'a', sizeof(peer->nonce) - 1);
	(void)say_end(peer);
	return stall(peer);
}

static enum go want_browser(struct peer *peer)
{
	const char *text = "# Tailscale SSH requires an additional check.\r\n"
			   "# To authenticate, visit: https://login.tailscale.com/a/1234\r\n";

	(void)say(peer, MSG_CHANNEL_SUCCESS, NULL);
	(void)say_data(peer, STDERR, text_of(text));
	return stall(peer);
}

static enum go want_sudo_password(struct peer *peer)
{
	(void)say_begin(peer);
	(void)say_data(peer, STDERR, text_of("[sudo] password for ops: "));
	return stall(peer);
}

/** Questions that want an answer each, and whose answers are not read. */
static enum go flood_questions(struct peer *peer)
{
	struct str message = {0};

	(void)say_begin(peer);
	str_add_char(&message, MSG_GLOBAL_REQUEST);
	wire_add_text(&message, text_of("keepalive@openssh.com"));
	str_add_char(&message, 1);
	while (peer_send(peer, &message) == 0) {
	}
	str_release(&message);
	return GO_END;
}

static enum go flood_ignores(struct peer *peer)
{
	(void)say_begin(peer);
	return flood_packets(peer, MSG_IGNORE);
}

#define UNKNOWN "unknown"

/** A flood ends at a number of bytes, or with the time, whichever comes first. */
#define SLOW_OR(reason) reason "|command.timeout"

const struct kind command_kinds[] = {
	{"healthy", AT_REST, as_ever, "pass", "-", NULL},
	{"asks_for_nothing", AT_NONE, let_in, "pass", "-", NULL},
	{"opens_no_window", AT_OPEN, open_no_window, "pass", "-", NULL},
	{"never_closes", AT_EXEC, never_close, "pass", "-", NULL},
	{"talks_after_the_end", AT_EXEC, flood_after_end, "pass", "-", NULL},
	{"talks_after_its_close", AT_EXEC, flood_after_close, "pass", "-", NULL},
	{"stalls_at_open", AT_OPEN, stall, UNKNOWN, "command.timeout", NULL},
	{"hangs_up_at_open", AT_OPEN, hang_up, UNKNOWN, "ssh.lost", NULL},
	{"resets_at_open", AT_OPEN, reset, UNKNOWN, "ssh.lost", NULL},
	{"disconnects_at_open", AT_OPEN, disconnect, UNKNOWN, "ssh.lost", NULL},
	{"refuses_to_open", AT_OPEN, refuse_open, UNKNOWN, "command.refused", NULL},
	{"stalls_at_exec", AT_EXEC, stall, UNKNOWN, "command.timeout", NULL},
	{"hangs_up_at_exec", AT_EXEC, hang_up, UNKNOWN, "ssh.lost", NULL},
	{"refuses_to_run", AT_EXEC, refuse_exec, UNKNOWN, "command.refused", NULL},
	{"runs_nothing", AT_EXEC, run_nothing, UNKNOWN, "command.unproven", NULL},
	{"stalls_in_command", AT_EXEC, begin_and_stall, UNKNOWN, "command.timeout", NULL},
	{"hangs_up_in_command", AT_EXEC, begin_and_hang_up, UNKNOWN, "ssh.lost", NULL},
	{"resets_in_command", AT_EXEC, begin_and_reset, UNKNOWN, "ssh.lost", NULL},
	{"rekeys_in_command", AT_EXEC, rekey_in_command, UNKNOWN, "command.timeout", NULL},
	{"gives_no_status", AT_EXEC, end_without_status, UNKNOWN, "command.unproven", NULL},
	{"gives_no_proof", AT_EXEC, end_without_proof, UNKNOWN, "command.unproven", NULL},
	{"forges_the_end", AT_EXEC, forge_end, UNKNOWN, "command.timeout", NULL},
	{"is_killed", AT_EXEC, end_by_signal, UNKNOWN, "command.signal", NULL},
	{"output_without_end", AT_EXEC, flood_output, UNKNOWN, SLOW_OR("command.flood"), NULL},
	{"errors_without_end", AT_EXEC, flood_errors, UNKNOWN, SLOW_OR("command.flood"), NULL},
	{"greets_without_end", AT_EXEC, flood_before, UNKNOWN, SLOW_OR("command.flood"), NULL},
	{"floods_another_channel", AT_EXEC, flood_another_channel, UNKNOWN, SLOW_OR("ssh.lost"),
	 NULL},
	{"floods_ignores_in_command", AT_EXEC, flood_ignores, UNKNOWN, SLOW_OR("ssh.lost"), NULL},
	{"floods_questions", AT_EXEC, flood_questions, UNKNOWN, SLOW_OR("ssh.lost"), NULL},
	{"wants_a_browser", AT_EXEC, want_browser, UNKNOWN, "auth.blocked.tailscale_check", NULL},
	{"wants_a_sudo_password", AT_EXEC, want_sudo_password, UNKNOWN, "command.asks", NULL},
	{0},
};
