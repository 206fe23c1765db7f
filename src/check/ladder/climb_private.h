/**
 * A climb under way, shared by the ways it goes. Private to check/climb*.c.
 */
#ifndef CHECK_LADDER_CLIMB_PRIVATE_H
#define CHECK_LADDER_CLIMB_PRIVATE_H

#include "base/clock.h"
#include "check/ladder/climb.h"
#include "check/ladder/ladder_private.h"
#include "check/reach/reach_connect.h"
#include "check/tailnet/daemon.h"
#include "loop/lookup.h"
#include "net/http.h"
#include "net/tls.h"

/** For each address that is dialled. */
#define CLIMB_CONNECT_MS 5000

/** After so much silence of the name itself, others are asked as well. */
#define CLIMB_PATIENCE_MS 1500

/** A connection, and what asks HTTP over it. */
struct asking {
	struct climb *climb;
	struct connector *connector; /**< NULL unless under way */
	struct http_call *call;      /**< NULL unless under way */
	struct http_evidence *http;  /**< where the answer goes */
	const char *url;
	int64_t started_ms;
};

struct climb {
	struct task task;
	struct context *context;
	struct climb_spec spec;
	struct cert_evidence evidence;
	void (*ended)(void *cookie);
	void *cookie;
	const char *host; /**< the address that is dialled; NULL: those of the target */
	struct connector *connector;
	struct tls_probe *probe;
	struct lookup *lookup;
	struct localapi_ask *ask;
	struct asking front;  /**< HTTP through the name */
	struct asking behind; /**< HTTP of the backend */
	struct connector *backend;
	struct backend_place backend_place;
	const struct target
		*there;        /**< the machine of a peer's node; NULL: this one, or nobody's */
	struct daemon *daemon; /**< whose serve configuration was asked for; NULL: none was */
	bool is_held;          /**< the session to `there` is kept for the climb */
	int64_t started_ms;
	int64_t port_ms; /**< when each was started */
	int64_t tls_ms;
	int64_t backend_ms;
	int64_t issue_ms;
	bool is_begun;
	bool is_way_over;   /**< the name itself was asked, as far as it goes */
	bool is_serve_over; /**< so was what is behind it */
	bool is_issue_over;
	bool is_over;
};

/** Milliseconds since then. */
int64_t since(int64_t started_ms);

/** Step it again soon. */
void climb_wake(struct climb *climb);

/** A copy that lives as long as the run; NULL stays NULL. */
const char *climb_keep(struct climb *climb, const char *text);

/** Not asked, because something before it says enough. */
void question_skip(struct question *question, const char *why);

/** Not asked, because it may not be. */
void question_bar(struct question *question, enum reason reason, const char *why);

/** Asked; no answer yet. */
void question_expect(struct question *question);

/** Answered. */
void question_settle(struct question *question, int64_t took_ms);

/** As knocking at a port says it. */
enum knock_outcome knock_of(enum connect_outcome outcome);

/** Ask HTTP over a connection of its own; the answer goes to its evidence. */
void climb_ask_http(struct asking *asking, const struct connect_spec *spec);

/** The name itself: address, port, handshake, HTTP. Once the daemon has been asked. */
void climb_ask_way(struct climb *climb);

/** What serve is set up to do, and what is behind it. Once the daemon has been asked. */
void climb_ask_serve(struct climb *climb);

/** The daemon of a peer's node, when its time has come. */
void climb_consider_serve(struct climb *climb, struct wait *wait);

/**
 * The machine of a peer's node: the target with its address in the tailnet.
 *
 * @param why_not  set if there is none, or it may not be asked
 */
const struct target *climb_find_there(const struct climb *climb, struct question *why_not);

/** Why its daemon was not read; it is that of the climb, and it was asked. In the run's arena. */
const char *climb_why_not_read(const struct climb *climb, enum daemon_part which);

/** Is it that node's own, by the addresses in its status? */
bool climb_is_of_node(const struct climb *climb);

/** The endpoint for certificates, when its time has come. */
void climb_consider_issue(struct climb *climb, struct wait *wait);

#endif
