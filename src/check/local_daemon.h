/**
 * The tailscaled of this machine, read once in a run and shared by all gates: each part is asked
 * for by the first who wants it.
 *
 * A daemon that cannot be read is one cause, with one name, for everything that hangs on it.
 */
#ifndef CHECK_LOCAL_DAEMON_H
#define CHECK_LOCAL_DAEMON_H

#include "check/check.h"
#include "net/localapi.h"
#include "net/serve_config.h"
#include "net/tailnet_prefs.h"
#include "net/tailnet_status.h"

/** What findings about the daemon itself are about. */
#define DAEMON_SUBJECT "daemon:local"

enum daemon_part {
	DAEMON_STATUS,
	DAEMON_PREFS,
	DAEMON_SERVE_CONFIG,
	DAEMON_CERT_DOMAINS,
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
	int64_t took_ms;
};

struct local_daemon;

/** @param context  borrowed; gives repo, arena, loop, http and deadline */
struct local_daemon *local_daemon_open(struct context *context);

/** Cancel what is under way, before http is freed; NULL is fine. */
void local_daemon_free(struct local_daemon *daemon);

/** To be asked for further things, with its own calls. */
struct localapi *local_daemon_api(struct local_daemon *daemon);

/**
 * A part; the first caller starts the question.
 *
 * @param waiter  its task is woken when the answer is there; NULL: nobody's is
 */
const struct daemon_answer *local_daemon_ask(struct local_daemon *daemon, enum daemon_part which,
					     struct check *waiter);

/** As local_daemon_ask; `ready` is called once when the answer is there, unless it is already. */
const struct daemon_answer *local_daemon_ask_for(struct local_daemon *daemon,
						 enum daemon_part which,
						 void (*ready)(void *cookie), void *cookie);

/** What the parts say; NULL unless asked for and read. */
const struct tailnet_status *local_daemon_status(const struct local_daemon *daemon);
const struct tailnet_prefs *local_daemon_prefs(const struct local_daemon *daemon);
const struct serve_config *local_daemon_serve_config(const struct local_daemon *daemon);
const struct text_list *local_daemon_cert_domains(const struct local_daemon *daemon);

/**
 * Can the check not have what it asked for? Then it has the one finding about that: unknown, or run
 * out of time.
 */
bool local_daemon_is_missing(struct check *check, enum daemon_part which);

/**
 * Does the daemon itself wait for a human, so that there is nothing to judge? Then the check has
 * that finding: fail for a login, for an approval.
 */
bool local_daemon_is_blocked(struct check *check, const struct tailnet_status *status);

#endif
