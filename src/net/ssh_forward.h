/**
 * A connection that another machine makes for us: a stream like that of a socket here, over a
 * session that is open. To a port ("direct-tcpip", RFC 4254, section 7.2), as the session of a
 * target behind a jump host needs it; or to a unix socket of the machine
 * ("direct-streamlocal@openssh.com", OpenSSH's PROTOCOL, section 2.4), where its daemons listen.
 *
 * Its bytes pass through two small buffers: what uses the stream and what steps the session are
 * different tasks, and neither calls the other.
 */
#ifndef NET_SSH_FORWARD_H
#define NET_SSH_FORWARD_H

#include "net/ssh_session.h"
#include "net/stream.h"

enum forward_state {
	FORWARD_OPENING,
	FORWARD_OPEN,
	FORWARD_PROHIBITED, /**< the machine forwards nothing, or not there */
	FORWARD_UNREACHED,  /**< nobody answered it there */
	FORWARD_SILENT,     /**< it did not say in time */
	FORWARD_LOST,       /**< the session has gone */
};

struct ssh_forward;

/**
 * Ask for a connection.
 *
 * @param host     an address, or a name that the machine looks up
 * @param open_ms  how long it may take, once it is its turn
 * @param waiter   a task to be woken when the state changes, until its stream is taken
 */
struct ssh_forward *ssh_forward_start(struct ssh_session *session, const char *host, uint16_t port,
				      int64_t open_ms, struct task *waiter);

/**
 * As ssh_forward_start, to a unix socket of the machine.
 *
 * OpenSSH says the same, FORWARD_UNREACHED, of a socket that is not there, that its user may not
 * use, and of one that it may not forward to (AllowStreamLocalForwarding, `restrict`). What does
 * not know this type of channel at all says FORWARD_PROHIBITED.
 */
struct ssh_forward *ssh_forward_to_socket(struct ssh_session *session, const char *path,
					  int64_t open_ms, struct task *waiter);

/** How far it is. */
enum forward_state ssh_forward_state(const struct ssh_forward *forward);

/** What was said about it, for a sentence. */
const char *ssh_forward_trouble(const struct ssh_forward *forward);

/**
 * Its stream, which is closed with stream_close: that is the end of the forward too, in whatever
 * state it is. From then on nobody is woken but who waits for the stream.
 */
struct stream *ssh_forward_stream(struct ssh_forward *forward);

#endif
