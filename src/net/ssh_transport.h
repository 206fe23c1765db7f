/**
 * A libssh2 session over a stream of ours: what may be received when, which algorithms are asked
 * for, how it is closed. Private to net/ssh*.c; with ssh.c the only home of <libssh2.h>.
 */
#ifndef NET_SSH_TRANSPORT_H
#define NET_SSH_TRANSPORT_H

#include <libssh2.h>

#include "net/ssh.h"
#include "net/ssh_banner.h"
#include "net/stream.h"

/** Bytes read from the socket at once before the key exchange. */
#define SSH_READ_BYTES 1024

/** Bytes of a whole login; a peer that sends more wants something else. */
#define SSH_LOGIN_BYTES ((size_t)256 * 1024)

struct ssh_transport {
	struct stream *stream; /**< NULL: not open */
	LIBSSH2_SESSION *session;
	struct ssh_banner banner;
	char buffer[SSH_IDENT_BYTES + 2 + SSH_READ_BYTES]; /**< read, not yet given to libssh2 */
	size_t buffer_at;
	size_t buffer_len;
	size_t received; /**< bytes in all that nobody has taken further */
	size_t ceiling;  /**< of `received`; more ends the connection */
	size_t budget;   /**< bytes it may still read in this step */
	bool is_hungry;  /**< the budget of this step was too small */
	/**
	 * Nothing was left to read, and nothing was sent since: libssh2 asks once more for each
	 * channel and each stream of it, but there is no need to ask the kernel again in this step.
	 */
	bool is_dry;
	bool wants_write;
	bool is_deaf;       /**< reading fails, although nothing is wrong */
	bool is_closed;     /**< by the peer, by an error or by a ceiling: `error` */
	int error;          /**< errno; 0: the peer closed in order */
	bool is_ready;      /**< the handshake is done */
	char farewell[256]; /**< the peer's disconnect message, printable */
};

/**
 * Make a session on a stream, which it owns from then on. Only pinned key types are asked for
 * (ssh.md, trap 16).
 *
 * @return  0; -1 with ERR_LIMIT if libssh2 knows none of the types, else ERR_INTERNAL
 */
int ssh_transport_open(struct ssh_transport *transport, struct stream *stream,
		       const struct ssh_spec *spec, struct err *err);

/** Let `to`, which is empty, go on with the session; `from` is empty then. */
void ssh_transport_move(struct ssh_transport *to, struct ssh_transport *from);

/** Somebody has taken `len` of the bytes received: they do not count for the ceiling any more. */
void ssh_transport_taken(struct ssh_transport *transport, size_t len);

/** Before each step: how much it may read, so that no peer holds the loop. */
void ssh_transport_begin_step(struct ssh_transport *transport);

/** After each step of `task` that has to wait. */
void ssh_transport_wait(const struct ssh_transport *transport, struct task *task,
			struct wait *wait);

/** What went wrong on the connection, for a sentence; "" if nothing did. */
const char *ssh_transport_trouble(const struct ssh_transport *transport);

/** Close; from any state, more than once. */
void ssh_transport_close(struct ssh_transport *transport);

/** Put untrusted text into a bounded string, made printable. */
void ssh_copy_printable(char *out, size_t size, struct text text);

#endif
