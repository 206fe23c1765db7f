/**
 * Ways to end a connection badly that fit anywhere in the protocol; each is an act of a kind.
 */
#ifndef ZOO_ENDS_H
#define ZOO_ENDS_H

#include "kinds.h"

/** Say nothing more, and listen until the client gives up. */
enum go stall(struct peer *peer);

/** Not even listen. */
enum go ignore(struct peer *peer);

/** Close in good order: the client reads the end, not an error. */
enum go hang_up(struct peer *peer);

/** The client gets an error instead of the end. */
enum go reset(struct peer *peer);

/** Say that it is over, in the words of the protocol. */
enum go disconnect(struct peer *peer);

/** Packets that mean nothing, of this number, until the client is gone. */
enum go flood_packets(struct peer *peer, int number);

/** Ask for new keys in the middle of everything, and leave it at that. */
enum go rekey_and_stall(struct peer *peer);

#endif
