/**
 * What the parts of reach share: reach.c looks for machines, reach_session.c keeps sessions,
 * reach_jump.c goes through jump hosts. Private to check/reach*.c.
 */
#ifndef CHECK_REACH_REACH_PRIVATE_H
#define CHECK_REACH_REACH_PRIVATE_H

#include "check/reach/met.h"
#include "check/reach/reach.h"
#include "check/reach/route_finder.h"
#include "check/reach/seats.h"
#include "net/turns.h"

/** The port of SSH, which Tailscale SSH takes over on a tailnet address. */
#define SSH_PORT 22

/** Somebody who wants a session. */
struct applicant {
	void (*ready)(const struct reached *reached, struct ssh_session *session, void *cookie);
	void *cookie;
};

struct connection {
	struct reached reached;
	struct reach *reach;
	struct route_finder finder;
	struct turn turn;  /**< while it is under way */
	bool is_dialling;  /**< in start, until a race runs or nothing can be dialled */
	struct race *race; /**< of its addresses, here or at the jump host; NULL unless under way */
	struct VEC(struct task *) waiters;
	struct VEC(struct applicant) applicants;
	struct ssh_session *session; /**< NULL: none is open */
	size_t expected;             /**< checks that will ask for it */
	size_t users;                /**< those that have it */
	bool is_wanted;
	bool was_lost;           /**< the session that was closed had gone by itself */
	struct ssh_session *via; /**< the session of the jump host, which is used; NULL: none */
	bool expects_jump;       /**< the jump host is kept for it */
	struct met met;          /**< for the receipt; without target: nothing was dialled */
};

struct reach {
	struct context *context;
	struct vantage from;
	struct lans lans;
	struct handshakes *handshakes;
	struct connection *connections; /**< one for each target of the binding */
	/** Those to be dialled, in the order in which they were asked for. */
	struct VEC(struct connection *) queue;
	size_t started;
	/** Those that may log in through their jump host, in the order in which it became ready. */
	struct VEC(struct connection *) jumpers;
	size_t jumped;
	size_t idle;                        /**< sessions kept that nobody uses now */
	struct turns *turns;                /**< of those under way */
	struct seats *seats;                /**< of connections that are no logins */
	struct identity *identity;          /**< NULL until somebody asks, or if the run has none */
	struct VEC(struct check *) waiters; /**< for the identity */
	/** Those that hang on what the local tailscaled says of a peer, until it did. */
	struct VEC(struct connection *) predicted;
	bool knows_tailnet; /**< it was asked; `from.tailnet` is what it said */
	bool asked_tailnet;
	bool is_starting; /**< in start_waiting, which must not nest */
};

/** That of a target of the binding; there is always one. */
struct connection *connection_of(struct reach *reach, const struct target *target);

/**
 * Its routes for what is not SSH, from here or, with `is_from_host`, from its jump host.
 *
 * @param waiter  woken when the name of its host is known; connection_forget_waiter takes it back
 * @return        false: it is being looked up, ask again then
 */
bool connection_routes(struct connection *connection, uint16_t port, bool is_from_host,
		       struct task *waiter, struct routes *out);

/** The task does not wait any more. Harmless if it does not. */
void connection_forget_waiter(struct connection *connection, const struct task *waiter);

/**
 * Let those of the routes race that are permitted.
 *
 * @param via    the session of the jump host that connects to them; NULL: they are dialled here
 * @param ended  as of race_start; its cookie is the connection
 */
void connection_race(struct connection *connection, const struct routes *routes,
		     struct ssh_session *via,
		     void (*ended)(const struct race_facts *facts, void *cookie));

/** Keep what came of a race, and what became of each route. @return the one that decided */
const struct route *connection_keep(struct connection *connection, const struct race_facts *facts,
				    const struct routes *routes, struct race_attempt *attempts);

/** Find out how it can be reached, and put it into the queue; it is done if it cannot be. */
void connection_want(struct connection *connection);

/** Its place among those under way is free, and it is done. */
void connection_leave(struct connection *connection);

/** It is done: keep what the receipt says of it. */
void connection_note(struct connection *connection);

/** It is done: who waits for it gets the session, or learns that there is none. */
void connection_finish(struct connection *connection);

/** Start those whose turn it is. */
void reach_start_waiting(struct reach *reach);

/* ---- sessions */

/** As reach_session, for who has said nothing before. */
void connection_apply(struct connection *connection, struct applicant applicant);

/** Close the session unless somebody uses it, or will. */
void connection_keep_or_close(struct connection *connection);

/** Tell those who asked for a session. */
void connection_serve_all(struct connection *connection);

/* ---- jump hosts */

/** The jump host is to be kept until it is known whether it is needed. */
void connection_expect_jump(struct connection *connection);

/** No address of its own did: is there a way through a jump host, and is that worth a try? */
bool connection_may_jump(const struct connection *connection);

/** Ask for a session to the jump host, and log in through it. Its own place becomes free. */
void connection_jump(struct connection *connection);

/** There is a session to the jump host, and it is its turn. */
void connection_start_inner(struct connection *connection);

/** Nothing goes through the jump host any more. */
void connection_leave_jump(struct connection *connection);

#endif
