/**
 * The stream that whoever connects gets: a socket or what a jump host forwards, and what goes with
 * it from its beginning to its end: the seat, and the session of the jump host. Private to
 * check/reach*.c.
 */
#ifndef CHECK_REACH_CONNECTED_H
#define CHECK_REACH_CONNECTED_H

#include "check/reach/reach_private.h"
#include "check/reach/seats.h"
#include "net/stream.h"

struct connected {
	struct stream stream; /**< of use when there is `inner` */
	struct stream *inner; /**< NULL until it is connected */
	struct reach *reach;
	struct seat seat;
	const struct target *host; /**< whose session it uses; NULL: none */
};

/** One that is not connected yet, and has no seat. */
struct connected *connected_new(struct reach *reach);

/** It is connected: a stream over `inner`; closing it frees all of this. */
struct stream *connected_begin(struct connected *connected, struct stream *inner);

/** Let go of what it has, and of itself. */
void connected_free(struct connected *connected);

#endif
