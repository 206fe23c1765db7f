/**
 * Child processes without a shell: argv, a scrubbed environment, bounded output, a deadline that
 * kills the whole process group. Standard input is what the caller gives, else /dev/null.
 */
#ifndef LOOP_CHILD_H
#define LOOP_CHILD_H

#include <sys/types.h>

#include "base/str.h"
#include "loop/loop.h"

struct child_spec {
	const char *const *argv; /**< argv[0] is looked up in PATH; ends with NULL */
	const char *const
		*env; /**< "NAME=value" put on top of the scrubbed environment; NULL: none */
	const char *directory;   /**< where it runs; NULL: here */
	struct text input;       /**< fed to its standard input, which is then closed */
	size_t max_output_bytes; /**< ceiling for stdout and for stderr each; more kills the child;
				    0: STR_MAX_BYTES */
	int64_t deadline_ms;     /**< monotonic; at it the process group is killed */
	bool is_launcher; /**< it is asked to end first (SIGTERM), and killed if it does not: then
			     it can end what it has started (loop/confine.h) */
};

enum child_end {
	CHILD_EXITED,    /**< `status` is its exit status */
	CHILD_SIGNALLED, /**< `status` is the signal */
	CHILD_TIMEOUT,   /**< killed at the deadline */
	CHILD_FLOOD,     /**< killed for printing too much */
	CHILD_NO_START,  /**< could not be started; `error` says why */
};

struct child_result {
	enum child_end end;
	int status;
	struct str output; /**< standard output */
	struct str errors; /**< standard error */
	struct err error;
};

void child_result_release(struct child_result *result);

static inline void auto_child_result(struct child_result *result)
{
	child_result_release(result);
}

struct child;

/**
 * Start a child on a loop; `done` is called once, on the loop's thread, never inside this call.
 *
 * It is over when the child has ended and its output is read. A process it leaves behind with an
 * open pipe is waited for a second (or until the deadline), then killed.
 *
 * The environment passes on only PATH, HOME, USER, LOGNAME, LANG=C, LC_ALL=C, TZ, TMPDIR and XDG_*:
 * what could make a program ask somebody something (SSH_ASKPASS, GIT_ASKPASS, DISPLAY,
 * WAYLAND_DISPLAY, BROWSER, EDITOR, GIT_*, SSH_AUTH_SOCK) is not passed on; GIT_TERMINAL_PROMPT=0
 * is set.
 *
 * @param spec    read during the call only
 * @param result  zeroed; filled when `done` runs; owned by the caller
 * @return        a handle for child_cancel, valid until `done` ran
 */
struct child *child_start(struct loop *loop, const struct child_spec *spec,
			  struct child_result *result,
			  void (*done)(struct child_result *result, void *cookie), void *cookie);

/** Kill it now; `done` is not called and the result stays as it is. */
void child_cancel(struct child *child);

/** Run a child on a loop of its own until it ends. Not from inside a loop's callback. */
void child_run(const struct child_spec *spec, struct child_result *result);

/**
 * A child that is started now and waited for later, while something else is done. Nobody reads what
 * it says until then, so it may have to wait with it; its deadline counts all the same. `{0}` is
 * none. Stays where it is while there is a child.
 */
struct child_ahead {
	struct loop *loop; /**< its own; NULL: none */
	struct child_result result;
};

/** Start it. Not from inside a loop's callback. */
void child_begin(const struct child_spec *spec, struct child_ahead *ahead);

/** Wait until it has ended; the result is as that of child_run. */
void child_end(struct child_ahead *ahead, struct child_result *result);

/** Kill it, if there is one. */
void child_ahead_release(struct child_ahead *ahead);

/** "exit status 3: first line of stderr", "killed by signal 9", … for messages. */
void child_describe(const struct child_result *result, struct str *out);

#endif
