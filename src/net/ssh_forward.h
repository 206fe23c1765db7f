/**
 * A connection that another machine makes for us ("direct-tcpip", RFC 4254, section 7.2): a stream
 * like that of a socket here, over a session that is open. The session of a target behind a jump
 * host goes over one.
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
 * @param waiter   a task to be woken when the state changes, and from then on whoever waits for the
 *                 stream
 */
struct ssh_forward *ssh_forward_start(struct ssh_session *session, const char *host, uint16_t port,
				      int64_t open_ms, struct task *waiter);

/** How far it is. */
enum forward_state ssh_forward_state(const struct ssh_forward *forward);

/** What was said about it, for a sentence. */
const char *ssh_forward_trouble(const struct ssh_forward *forward);

/**
 * Its stream, which is closed with stream_close: that is the end of the forward too, in whatever
 * state it is.
 */
struct stream *ssh_forward_stream(struct ssh_forward *forward);

#endif
