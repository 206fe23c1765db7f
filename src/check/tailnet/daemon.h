/**
 * The tailscaled of this machine, or of a target, read once in a run and shared by all gates: each
 * part is asked for by the first who wants it.
 *
 * That of a target is asked over the run's one session to it (check/reach/reach.h), through the SSH
 * server's forwarding to unix sockets; where that is refused, by a command that a gate names. A
 * daemon that cannot be read is one cause, with one name, for everything that hangs on it.
 */
#ifndef CHECK_TAILNET_DAEMON_H
#define CHECK_TAILNET_DAEMON_H

#include "check/check.h"
#include "net/localapi.h"
#include "net/serve_config.h"
#include "net/tailnet_prefs.h"
#include "net/tailnet_status.h"

/** What findings about the daemon of this machine are about. */
#define DAEMON_SUBJECT "daemon:local"

/** Whose daemon it is, for findings. */
struct daemon_owner {
	const char *subject;         /**< what findings about it are about */
	const char *machine;         /**< in a sentence: "this machine", "the machine" */
	const struct target *target; /**< NULL: this machine */
	struct place where;          /**< of the target in its binding */
};

/** The owner of the daemon that listens here. */
extern const struct daemon_owner this_machine;

enum daemon_part {
	DAEMON_STATUS,
	DAEMON_PREFS,
	DAEMON_SERVE_CONFIG,
	DAEMON_PARTS, /**< how many there are */
};

/** What became of a part. Texts live in the run's arena and are printable. */
struct daemon_answer {
	bool is_done;
	enum localapi_outcome outcome; /**< OK: it was read, and what it says is there */
	enum reason reason;            /**< of a part that cannot be had */
	const char *why;               /**< a sentence then */
	const char *hint;              /**< what to do then; static; NULL: nothing to add */
	const char *where;             /**< which daemon, in words; NULL until it is done */
	const char *said;              /**< what the machine said about it; NULL: nothing */
	int64_t took_ms;
	bool is_by_command; /**< a command was asked, not the daemon itself */
	bool is_unreached;  /**< there is no session to the target */
};

struct daemon;
struct daemons;
struct reached;

/** How the daemon of a target is asked. Borrowed for as long as the run. */
struct daemon_way {
	const char *socket;       /**< its path there; NULL: wherever it usually is */
	const struct texts *argv; /**< a command that prints its status, where the socket cannot be
				     used; NULL or empty: none */
};

/** That of this machine. @param context  borrowed; gives repo, arena, loop, http and deadline */
struct daemon *daemon_open(struct context *context);

/** Cancel what is under way, before http and reach are freed; NULL is fine. */
void daemon_free(struct daemon *daemon);

/** Those of targets. @param context  as for daemon_open, with reach */
struct daemons *daemons_open(struct context *context);

/** As daemon_free, all of them; NULL is fine. */
void daemons_free(struct daemons *daemons);

/** That of a target, asked this way; the same for all who ask alike. */
struct daemon *daemons_of(struct daemons *daemons, const struct target *target,
			  const struct daemon_way *way);

/** Whose it is. */
const struct daemon_owner *daemon_owner(const struct daemon *daemon);

/** How its target was reached, for paths; NULL: this machine, or it is not known yet. */
const struct reached *daemon_reached(const struct daemon *daemon);

/** To be asked for further things, with its own calls; of this machine only. */
struct localapi *daemon_api(struct daemon *daemon);

/**
 * A part; the first caller starts the question.
 *
 * @param waiter  its task is woken when the answer is there; NULL: nobody's is
 */
const struct daemon_answer *daemon_ask(struct daemon *daemon, enum daemon_part which,
				       struct check *waiter);

/** As daemon_ask; `ready` is called once when the answer is there, unless it is already. */
const struct daemon_answer *daemon_ask_for(struct daemon *daemon, enum daemon_part which,
					   void (*ready)(void *cookie), void *cookie);

/** What the parts say; NULL unless asked for and read. */
const struct tailnet_status *daemon_status(const struct daemon *daemon);
const struct tailnet_prefs *daemon_prefs(const struct daemon *daemon);
const struct serve_config *daemon_serve_config(const struct daemon *daemon);

/**
 * Can the check not have what it asked for? Then it has the one finding about that: unknown, or run
 * out of time; of a target what stands in the way of a session to it.
 */
bool daemon_is_missing(struct check *check, struct daemon *daemon, enum daemon_part which);

/**
 * Does the daemon itself wait for a human, so that there is nothing to judge? Then the check has
 * that finding: fail for a login, for an approval.
 */
bool daemon_is_blocked(struct check *check, const struct daemon_owner *owner,
		       const struct tailnet_status *status);

#endif
