/**
 * A child process that is asked one thing after another: write a question, read the answer.
 *
 * For threads of the pool, and for what happens before a loop runs: a call blocks, but never longer
 * than DIALOGUE_SILENCE_MS without a byte from the child. The child runs with the scrubbed
 * environment of loop/child.h, in a process group of its own; its standard error goes nowhere. A
 * dialogue belongs to one thread at a time. SIGPIPE must be ignored.
 */
#ifndef LOOP_DIALOGUE_H
#define LOOP_DIALOGUE_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/** Longest wait for the child to read or to say something. */
#define DIALOGUE_SILENCE_MS 10000

struct dialogue;

/**
 * Start the child.
 *
 * @param argv  argv[0] is looked up in PATH; ends with NULL
 * @param env   put on top of the scrubbed environment; ends with NULL
 */
int dialogue_open(const char *const *argv, const char *const *env, struct dialogue **out,
		  struct err *err);

/** Kill the child's process group, whatever it does, and let go. NULL is fine. */
void dialogue_close(struct dialogue *dialogue);

/** Put a question. -1 with ERR_TIMEOUT, or ERR_PEER if the child has gone. */
int dialogue_write(struct dialogue *dialogue, struct text question, struct err *err);

/**
 * Read bytes of the answer, at least one and at most `room`.
 *
 * @return  0 with *got > 0; -1 with ERR_TIMEOUT, or ERR_PEER if the child has gone
 */
int dialogue_read(struct dialogue *dialogue, char *at, size_t room, size_t *got, struct err *err);

/** Append a line of the answer without its newline. -1 with ERR_PEER also if it is longer than
 * `max`. */
int dialogue_read_line(struct dialogue *dialogue, size_t max, struct str *out, struct err *err);

#endif
