/**
 * A small client of the SSH agent (draft-miller-ssh-agent): which keys it has, and a signature. A
 * connection for each question, stepped by the task that needs the answer.
 *
 * Nobody knows who answers on that socket: an agent that is dead, foreign, silent, garbled or
 * endless costs its deadline and nothing else. libssh2's own client blocks, and would speak to the
 * agent through a tunnel (ssh.md, trap 12).
 */
#ifndef NET_AGENT_H
#define NET_AGENT_H

#include "base/str.h"
#include "loop/loop.h"

/** How long it may take to say which keys it has. */
#define AGENT_LIST_MS 2000

/** How long a signature may take: milliseconds, unless a human is asked. */
#define AGENT_SIGN_MS 5000

/** Ceiling of an answer: OpenSSH's own. */
#define AGENT_ANSWER_BYTES ((size_t)256 * 1024)

/** Most keys that are looked at; the server that is shown more than six gives up, too. */
#define AGENT_KEYS_MAX 64

enum agent_trouble {
	AGENT_FINE,
	AGENT_ABSENT,  /**< no socket, or nobody listens */
	AGENT_SILENT,  /**< no answer in time: a human may be asked */
	AGENT_BROKEN,  /**< what it says is not what an agent says */
	AGENT_REFUSED, /**< it says no */
};

/** One request. `{.fd = -1}` is empty. */
struct agent_call {
	const char *path; /**< borrowed: the socket */
	int fd;
	struct str request;
	struct str next; /**< a request to follow in the same connection, if the first succeeds */
	size_t sent;
	struct str answer; /**< with its length in front */
	int64_t until_ms;
	bool is_connected;
	enum agent_trouble trouble; /**< why, after STEP_FAIL */
};

/** Prepare to ask which keys it has, until `until_ms` on the loop's clock. */
void agent_ask_keys(struct agent_call *call, const char *path, int64_t until_ms);

/**
 * Prepare to ask which keys it would use for a login to a machine that nobody knows. One that is
 * bound to hosts (ssh-add -h) is not among them; any other that it has is. (That is the extension
 * session-bind@openssh.com of OpenSSH 8.9, PROTOCOL.agent; an agent without it refuses.)
 */
void agent_ask_unbound_keys(struct agent_call *call, const char *path, int64_t until_ms);

/**
 * Prepare to ask for a signature.
 *
 * @param blob       the public key's wire form
 * @param algorithm  for RSA: which of the two, or "ssh-rsa"
 */
void agent_ask_signature(struct agent_call *call, const char *path, int64_t until_ms,
			 struct text blob, struct text algorithm, struct text message);

/**
 * Ask, and read the answer.
 *
 * @return STEP_DONE: agent_answer has it; STEP_FAIL fills `call->trouble` and `err`
 */
enum step agent_step(struct agent_call *call, struct wait *wait, int64_t now_ms, struct err *err);

/** The answer's message; as long as the call lives. */
struct text agent_answer(const struct agent_call *call);

/** Close; from any state, more than once. */
void agent_call_release(struct agent_call *call);

/**
 * Read the answer to agent_ask_keys or agent_ask_unbound_keys.
 *
 * @param wanted  the wire form of the key that is looked for
 * @param count   how many keys it has
 * @return        the trouble; anything but AGENT_FINE fills `err`
 */
enum agent_trouble agent_find_key(struct text answer, struct text wanted, bool *is_there,
				  size_t *count, struct err *err);

/**
 * Read the answer to agent_ask_signature; it must be by that algorithm (a certificate's means its
 * key's).
 *
 * @param signature  points into the answer: without the algorithm's name
 */
enum agent_trouble agent_read_signature(struct text answer, struct text algorithm,
					struct text *signature, struct err *err);

#endif
