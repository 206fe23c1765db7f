/**
 * A session that stays open after its login: commands and forwarded streams go over it, several at
 * once, until it is closed.
 *
 * It is a task of its own. What goes over it is queued here, because libssh2 opens one channel at a
 * time, and because a packet of which the network took only a part must be finished before anything
 * else is sent (ssh.md, traps 2 to 4).
 */
#ifndef NET_SSH_SESSION_H
#define NET_SSH_SESSION_H

#include "loop/loop.h"

/** Commands that run at once; OpenSSH's MaxSessions is 10. More wait for their turn. */
#define SSH_COMMANDS_MAX 8

/** How long a server may take for each step, in milliseconds. */
#define SSH_OPEN_MS 5000
#define SSH_CLOSE_MS 5000

struct ssh_session;

/** Has the connection gone? What went over it has been told, or is about to be. */
bool ssh_session_is_lost(const struct ssh_session *session);

/**
 * Close it now, never waiting; NULL is fine. What still goes over it is not told: its owners have
 * let go of it before.
 */
void ssh_session_close(struct ssh_session *session);

#endif
