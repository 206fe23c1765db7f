/**
 * What the two files of daemons share: daemon.c asks and reads, daemon_remote.c is about the
 * session to a target and the command there. Private to check/daemon*.c.
 */
#ifndef CHECK_TAILNET_DAEMON_PRIVATE_H
#define CHECK_TAILNET_DAEMON_PRIVATE_H

#include "check/reach/reach.h"
#include "check/tailnet/daemon.h"
#include "net/ssh_command.h"

/** Who waits for a part. */
struct daemon_waiter {
	void (*ready)(void *cookie);
	void *cookie;
};

/** One part of what a daemon says. */
struct part {
	struct daemon *daemon;
	enum daemon_part which;
	struct daemon_answer answer;
	struct localapi_ask *ask; /**< NULL unless under way */
	bool is_wanted;
	bool is_started;
	struct VEC(struct daemon_waiter) waiters;
};

/** What is different with the daemon of a target. */
struct daemon_remote {
	struct daemon_way way;
	const struct reached *reached; /**< how the login ended; NULL: not known */
	struct ssh_session *session;   /**< NULL: nothing is asked now */
	struct ssh_command *command;   /**< NULL unless under way */
	bool has_applied;              /**< for a session */
};

struct daemon {
	struct context *context;
	struct daemon_owner owner;
	struct localapi *api; /**< NULL until somebody asks; of a target, over its last session */
	struct part parts[DAEMON_PARTS];
	struct tailnet_status status;
	struct tailnet_prefs prefs;
	struct serve_config serve;
	struct daemon_remote *remote; /**< NULL: that of this machine */
};

/** One without anything. @param owner  copied */
struct daemon *daemon_new(struct context *context, const struct daemon_owner *owner);

/** Ask for a part; there is an api. */
void part_start(struct part *part);

/** Read what was said; the answer is OK then, else malformed. `where` says who did. */
void part_read(struct part *part, struct text body, const char *where);

/** The answer is complete: tell who waits. */
void part_settle(struct part *part);

/* ---- daemon_remote.c */

/** A part is wanted: ask over the session, or apply for one. */
void remote_want(struct daemon *daemon);

/**
 * The machine did not let us ask. Is there a command that can tell instead?
 *
 * @return false: there is none, or it cannot tell that part
 */
bool remote_falls_back(struct part *part);

/** A part is settled: the session is given back when nothing else is under way. */
void remote_settled(struct daemon *daemon);

/** The session has gone by itself: what came of it is no answer. */
bool remote_is_lost(const struct daemon *daemon);

/** Cancel, and let go. */
void remote_free(struct daemon *daemon);

#endif
