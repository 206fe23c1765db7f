/**
 * A stream to a socket of another machine, over a session to it, for the calls of a LocalAPI.
 * Private to net/localapi*.c.
 */
#ifndef NET_LOCALAPI_TUNNEL_H
#define NET_LOCALAPI_TUNNEL_H

#include "net/localapi.h"
#include "net/ssh_forward.h"

struct localapi_tunnel;

/** How the making of a stream ended. */
struct localapi_opening {
	enum localapi_outcome outcome; /**< OK: there is a stream */
	struct stream *stream;         /**< the callee's to close; NULL unless OK */
	const char *said;              /**< what the machine said; printable; valid in the call */
	int64_t took_ms;
};

/**
 * Ask the machine for a connection to its socket.
 *
 * @param open_ms      how long it may take, once it is its turn
 * @param deadline_ms  monotonic; from whatever state
 * @param ended        called once on the loop's thread, never inside this call
 */
struct localapi_tunnel *localapi_tunnel_start(
	const struct localapi_remote *remote, const char *socket, int64_t open_ms,
	int64_t deadline_ms, void (*ended)(const struct localapi_opening *opening, void *cookie),
	void *cookie);

/** End it; `ended` is not called. */
void localapi_tunnel_cancel(struct localapi_tunnel *tunnel);

/** What the state of a forward that came to nothing means; pure. */
enum localapi_outcome localapi_of_forward(enum forward_state state);

#endif
