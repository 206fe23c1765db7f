/**
 * One command on a machine, over a session that is open: what it said, how it ended, and whether
 * that is proven.
 */
#ifndef NET_SSH_COMMAND_H
#define NET_SSH_COMMAND_H

#include "net/remote_command.h"
#include "net/ssh_session.h"

/** Bytes of stdout or stderr after which a command is ended. */
#define SSH_OUTPUT_BYTES ((size_t)4 * 1024 * 1024)

enum ssh_command_outcome {
	COMMAND_NOT_RUN,   /**< the zero value: it was not begun before its deadline */
	COMMAND_ENDED,     /**< with an exit status; that is proven */
	COMMAND_SIGNALLED, /**< the server says that a signal ended it */
	COMMAND_UNPROVEN, /**< it is over, but nothing proves that the command itself ran to its end
			   */
	COMMAND_TIMEOUT,  /**< it had not ended at its deadline, and was ended */
	COMMAND_FLOOD,    /**< it said more than SSH_OUTPUT_BYTES, and was ended */
	COMMAND_UNANSWERED, /**< the server did not begin it in time */
	COMMAND_REFUSED,    /**< the server does not run commands */
	COMMAND_LOST,       /**< the connection has gone */
};

struct ssh_command_spec {
	const char *const *words; /**< the program and its arguments; borrowed during the call */
	size_t count;
	int64_t timeout_ms;  /**< from when the server has begun it */
	int64_t deadline_ms; /**< monotonic; from whatever state */
};

/** What was seen. Texts are raw bytes, and valid during the call only. */
struct ssh_command_facts {
	enum ssh_command_outcome outcome;
	int status;       /**< of COMMAND_ENDED */
	char signal[16];  /**< of COMMAND_SIGNALLED: "TERM" */
	bool has_begun;   /**< false: what stands in `out` is not the command's */
	struct text out;  /**< the first bytes of stdout */
	struct text err;  /**< the first bytes of stderr */
	size_t out_bytes; /**< in all */
	size_t err_bytes;
	char detail[256]; /**< what the library said, for the sentence; printable */
	int64_t elapsed_ms;
};

struct ssh_command;

/**
 * Start a command; it waits for its turn.
 *
 * @param ended  called once on the loop's thread; not if the session is closed before
 * @return       a handle for ssh_command_cancel, valid until `ended` ran; NULL with `err`
 */
struct ssh_command *ssh_command_start(struct ssh_session *session,
				      const struct ssh_command_spec *spec,
				      void (*ended)(const struct ssh_command_facts *facts,
						    void *cookie),
				      void *cookie, struct err *err);

/** End it; `ended` is not called. What runs on the machine is ended there. */
void ssh_command_cancel(struct ssh_command *command);

#endif
