/**
 * Channels and the commands in them (RFC 4254), as far as one client wants them.
 */
#ifndef ZOO_COMMAND_H
#define ZOO_COMMAND_H

#include "kinds.h"

/** Read what opens a channel, or runs a command. 0 or -1. */
int command_hear_open(struct peer *peer);
int command_hear_exec(struct peer *peer);

/** Open the channel. */
int command_say_open(struct peer *peer);

/** Run the command: it says "hello" and ends with 0. */
int command_say_all(struct peer *peer);

#endif
