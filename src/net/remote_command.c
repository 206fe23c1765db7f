#include "net/remote_command.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"

#define NONCE_RAW_BYTES ((REMOTE_NONCE_BYTES - 1) / 2)

/** Most digits of an exit status. */
#define STATUS_DIGITS ((size_t)3)

/** The function of the script that runs a command. */
#define RUN "gaterun_run"

/**
 * $0 is the nonce, "$@" the command. Only what every POSIX shell has, and nothing that another
 * shell would expand between single quotes. Each exec costs the machine more than all forks here
 * together, so the shell stays for the commands that follow, one in a line.
 *
 * What runs a command also ends it, when the one that reads tells it to; where it has ended itself
 * that is told to nobody. sshd makes the shell the leader of its process group; where that is not
 * so the command alone is ended.
 */
static const char script[] =
	"exec 3<&0 </dev/null;"
	"gaterun_end() {"
	" trap \"\" HUP PIPE TERM; kill -TERM -$$ $c; sleep 1; kill -KILL -$$ $c; exit;"
	" } >/dev/null 2>&1;" RUN "() { n=$1; shift;"
	" { c=; trap gaterun_end TERM;"
	" echo $n; echo $n >&2;"
	" \"$@\" & c=$!; wait $c; r=$?;"
	" printf \"\\n%s %d\\n\" $n $r; printf \"\\n%s %d\\n\" $n $r >&2;"
	" } 3<&- & };" RUN " \"$0\" \"$@\";"
	"while read -r x <&3; do eval \"$x\"; done;"
	"kill -TERM $! 2>/dev/null";

void remote_nonce(char out[REMOTE_NONCE_BYTES])
{
	unsigned char raw[NONCE_RAW_BYTES];
	AUTO(auto_str) struct str hex = {0};

	random_bytes(raw, sizeof(raw));
	hex_encode(&hex, raw, sizeof(raw));
	memcpy(out, str_text(&hex), REMOTE_NONCE_BYTES);
}

/**
 * Append one word in a form that sh, bash, zsh, fish and csh all read as that word.
 *
 * Single quotes keep everything but a single quote in every shell, a backslash in fish, and the
 * history's exclamation mark in csh: these stand outside, behind a backslash each. (A line end
 * cannot be quoted for csh and others alike: there the command does not begin, and is unknown.)
 */
static void quote(struct str *out, const char *word)
{
	str_add_char(out, '\'');
	while (*word) {
		size_t plain = strcspn(word, "'\\!");

		str_add_bytes(out, word, plain);
		word += plain;
		if (*word) {
			str_printf(out, "'\\%c'", *word++);
		}
	}
	str_add_char(out, '\'');
}

static void add_words(struct str *line, const char *const *words, size_t count, const char *nonce)
{
	str_add_char(line, ' ');
	quote(line, nonce);
	for (size_t i = 0; i < count; i++) {
		str_add_char(line, ' ');
		quote(line, words[i]);
	}
}

int remote_command_write(const char *const *words, size_t count, const char *nonce, struct str *out,
			 struct err *err)
{
	struct str line = {.max = REMOTE_COMMAND_BYTES};

	if (count == 0 || words[0][0] == '\0') {
		return err_set(err, ERR_INPUT, "a command needs a program");
	}
	str_add(&line, "exec /bin/sh -c ");
	quote(&line, script);
	add_words(&line, words, count, nonce);
	if (line.overflow) {
		str_release(&line);
		return err_set(err, ERR_LIMIT, "a command may have %zu bytes in all",
			       REMOTE_COMMAND_BYTES);
	}
	str_add_text(out, str_view(&line));
	str_release(&line);
	return 0;
}

bool remote_command_follow(const char *const *words, size_t count, const char *nonce,
			   struct str *out)
{
	for (size_t i = 0; i < count; i++) {
		if (strchr(words[i], '\n')) {
			return false;
		}
	}
	str_add(out, RUN);
	add_words(out, words, count, nonce);
	str_add_char(out, '\n');
	return true;
}

void remote_output_init(struct remote_output *output, const char *nonce)
{
	output->kept.max = REMOTE_KEPT_BYTES;
	str_printf(&output->begin, "%s\n", nonce);
	str_printf(&output->end, "\n%s ", nonce);
}

/* Of what is held, the first `done` bytes have been dealt with. They are dropped together. */

/** Take the next bytes, up to `end`. */
static void keep(struct remote_output *output, size_t *done, size_t end)
{
	str_add_bytes(&output->kept, str_text(&output->held) + *done, end - *done);
	output->bytes += end - *done;
	*done = end;
}

static void drop(struct remote_output *output, size_t done)
{
	struct str rest = {0};

	str_add_bytes(&rest, str_text(&output->held) + done, output->held.len - done);
	output->work += rest.len;
	str_release(&output->held);
	output->held = rest;
}

/** Where the mark begins in what is held; -1: it is not there. */
static ptrdiff_t find(struct remote_output *output, size_t done, const struct str *mark)
{
	const char *at = str_text(&output->held) + done;
	size_t len = output->held.len - done;
	const char *found = len > 0 ? memmem(at, len, mark->at, mark->len) : NULL;

	output->work += found ? (size_t)(found - at) + mark->len : len;
	return found ? found - str_text(&output->held) : -1;
}

/** Where the bytes begin that may be the start of the mark. */
static size_t safe_end(const struct remote_output *output, size_t done, const struct str *mark)
{
	size_t end = output->held.len + 1;

	return end > done + mark->len ? end - mark->len : done;
}

static bool look_for_begin(struct remote_output *output, size_t *done)
{
	ptrdiff_t at = find(output, *done, &output->begin);

	if (at < 0) {
		keep(output, done, safe_end(output, *done, &output->begin));
		return false;
	}
	*done = (size_t)at + output->begin.len;
	str_clear(&output->kept);
	output->kept.overflow = false;
	output->bytes = 0;
	output->state = REMOTE_INSIDE;
	return true;
}

/** What stands behind the mark of the end. */
enum tail {
	TAIL_MORE,   /**< it is not all there yet */
	TAIL_STATUS, /**< an exit status and the end of the line */
	TAIL_OTHER,  /**< somebody repeats what he saw */
};

static enum tail read_tail(struct text rest, int *status)
{
	int value = 0;

	for (size_t i = 0; i < rest.len; i++) {
		if (rest.at[i] == '\n' && i > 0) {
			*status = value;
			return TAIL_STATUS;
		}
		if (rest.at[i] < '0' || rest.at[i] > '9' || i == STATUS_DIGITS) {
			return TAIL_OTHER;
		}
		value = value * 10 + (rest.at[i] - '0');
	}
	return TAIL_MORE;
}

/** @return whether to look again, in what is left */
static bool look_for_end(struct remote_output *output, size_t *done)
{
	ptrdiff_t at = find(output, *done, &output->end);
	struct text rest = {0};
	enum tail tail = TAIL_MORE;
	size_t behind = 0;

	if (at < 0) {
		keep(output, done, safe_end(output, *done, &output->end));
		return false;
	}
	behind = (size_t)at + output->end.len;
	rest = (struct text){output->held.at + behind, output->held.len - behind};
	tail = read_tail(rest, &output->status);
	keep(output, done, tail == TAIL_OTHER ? behind : (size_t)at);
	if (tail == TAIL_STATUS) {
		*done = output->held.len;
		output->state = REMOTE_ENDED;
	}
	return tail == TAIL_OTHER;
}

void remote_output_read(struct remote_output *output, struct text bytes)
{
	size_t done = 0;

	if (output->state == REMOTE_ENDED) {
		return;
	}
	str_add_text(&output->held, bytes);
	if (output->state != REMOTE_BEFORE || look_for_begin(output, &done)) {
		while (look_for_end(output, &done)) {
		}
	}
	drop(output, done);
}

void remote_output_end(struct remote_output *output)
{
	size_t done = 0;

	keep(output, &done, output->held.len);
	str_clear(&output->held);
}

void remote_output_release(struct remote_output *output)
{
	str_release(&output->kept);
	str_release(&output->begin);
	str_release(&output->end);
	str_release(&output->held);
}
