/**
 * A command for another machine, in the form in which its end is proven; pure.
 *
 * SSH runs text through the login shell of the user and says 0 where no status came (ssh.md, trap
 * 6). So the words are quoted here, for any shell, and given to /bin/sh with a short script that
 * says a nonce, runs them, and says the nonce again with their exit status, on stdout and on
 * stderr. What stands before the first nonce is the login shell's; what ends without the second one
 * has not ended.
 *
 * The script also holds the standard input of the channel: when that is closed, because the time is
 * over or we are gone, it ends what it started. Before that, once a command has ended, another one
 * may be written there: that saves the machine a channel and two shells. (What an earlier one left
 * in the background can then still be heard while a later one runs.) The commands themselves read
 * /dev/null.
 */
#ifndef NET_REMOTE_COMMAND_H
#define NET_REMOTE_COMMAND_H

#include "base/err.h"
#include "base/str.h"

/** Most bytes of a command with its wrapping (Linux takes 128 KB for one word). */
#define REMOTE_COMMAND_BYTES ((size_t)64 * 1024)

/** Most bytes kept of each of stdout and stderr. */
#define REMOTE_KEPT_BYTES ((size_t)64 * 1024)

/** Bytes of a nonce with its NUL. */
#define REMOTE_NONCE_BYTES 33

/** Make a new nonce. */
void remote_nonce(char out[REMOTE_NONCE_BYTES]);

/**
 * Write the text of the request.
 *
 * @return 0; -1 with ERR_INPUT without words or with an empty first one, ERR_LIMIT if it is too
 * long
 */
int remote_command_write(const char *const *words, size_t count, const char *nonce, struct str *out,
			 struct err *err);

/**
 * Write the line for a shell whose command has ended, from a command that remote_command_write
 * takes.
 *
 * @return whether it can be said in a line: not if a word has a line end
 */
bool remote_command_follow(const char *const *words, size_t count, const char *nonce,
			   struct str *out);

enum remote_state {
	REMOTE_BEFORE, /**< nothing of the command was seen */
	REMOTE_INSIDE, /**< it has begun */
	REMOTE_ENDED,  /**< the proof of its end was seen */
};

/** What stdout, or stderr, said. Before the command has begun `kept` is the login shell's. */
struct remote_output {
	enum remote_state state;
	struct str kept;  /**< the first bytes */
	size_t bytes;     /**< in all */
	int status;       /**< exit status, when it has ended */
	struct str begin; /**< what is looked for first */
	struct str end;   /**< what is looked for then */
	struct str held;  /**< read, but part of a mark perhaps */
	size_t work;      /**< bytes searched or moved so far: a small multiple of those read */
};

/** Fill a zeroed one. */
void remote_output_init(struct remote_output *output, const char *nonce);

/** The next bytes. What follows the end is left out. */
void remote_output_read(struct remote_output *output, struct text bytes);

/** Nothing follows: what was held back belongs to the text. */
void remote_output_end(struct remote_output *output);

void remote_output_release(struct remote_output *output);

#endif
