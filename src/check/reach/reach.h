/**
 * Reaching machines: one login per target and run, shared by every gate that asks. Its addresses
 * race (net/race.h); what they show about the networks of this machine counts for the targets after
 * it (net/lans.h).
 */
#ifndef CHECK_REACH_REACH_H
#define CHECK_REACH_REACH_H

#include "check/check.h"
#include "model/route.h"
#include "net/identity.h"
#include "net/race.h"

/**
 * Sessions kept at once for gates that will still come. More are closed, and logged in to again:
 * each costs a descriptor and some 60 KB.
 */
#define REACH_IDLE_MAX 128

/** Logins under way at once (ssh.md, section 2.1: 32 to 64 make no difference in wall time). */
#define REACH_CONCURRENCY 48

/** So long after its last answer a machine is waited for, but keeps nobody else from a login. */
#define REACH_PATIENCE_MS 500

/** The addresses that a jump host was to connect to, as routes of their own. */
struct legs {
	struct routes routes;
	struct race_attempt attempts[ROUTES_MAX]; /**< as the routes */
};

/** What became of one target. */
struct reached {
	const struct target *target;
	struct routes routes;
	const struct route
		*route; /**< the one that decided, of `routes` or `legs`; NULL: none was dialled */
	const char
		*user; /**< whom it logs in as; NULL: nothing was dialled yet. In the run's arena */
	bool is_done;
	bool is_verified;       /**< the machine proved a pinned key, over `route` */
	struct ssh_facts facts; /**< valid when done and a route was dialled */
	struct race_attempt attempts[ROUTES_MAX]; /**< as the routes */
	const struct reached *via; /**< the jump host that was to be used; NULL: none was */
	struct legs *legs; /**< what that tried, in the run's arena; NULL: it was not asked */
	char stranger[FINGERPRINT_BYTES]; /**< the key of another machine at the LAN address; "" */
};

struct reach;

/** Is it logged in to? */
bool reached_is_in(const struct reached *reached);

/** @param context  borrowed; gives repo, mode, loop, identity and deadline */
struct reach *reach_open(struct context *context);

/** Cancel what is under way; NULL is fine. */
void reach_free(struct reach *reach);

/**
 * The run's identity. Read by the first caller, before any packet; the agent may have to be asked.
 *
 * @param waiter  its task is woken when the identity is decided
 * @return        NULL: the run has none
 */
const struct identity_facts *reach_identity(struct reach *reach, struct check *waiter);

/**
 * The login of a target; started by the first caller, as soon as the identity is usable. Without a
 * usable one it is done and was not tried.
 *
 * @param waiter  its task is woken when the login ends
 */
const struct reached *reach_login(struct reach *reach, const struct target *target,
				  struct check *waiter);

/**
 * The check will ask for sessions to the targets that it selects, or connect to them through their
 * jump hosts, so those are kept until it did. Said before anything runs.
 */
void reach_expect(struct reach *reach, const struct check *check);

/** The check has ended: it connects no more. For each that was expected, whatever became of it. */
void reach_expect_no_more(struct reach *reach, const struct check *check);

/** Who will connect from this target keeps its session; reach_forgo when that is over. */
void reach_hold(struct reach *reach, const struct target *target);

/** The check will not ask for a session to this target after all. */
void reach_forgo(struct reach *reach, const struct target *target);

/**
 * A session to a target, after its login, which is started by the first caller.
 *
 * @param ready  called once, perhaps at once, with the session; with NULL if there is none, and
 *               `reached` says why. Whoever got a session gives it back with reach_leave
 */
void reach_session(struct reach *reach, const struct target *target,
		   void (*ready)(const struct reached *reached, struct ssh_session *session,
				 void *cookie),
		   void *cookie);

/** Who applied with this cookie does not want it any more. */
void reach_withdraw(struct reach *reach, const struct target *target, const void *cookie);

/** Nothing of the caller goes over the session any more. */
void reach_leave(struct reach *reach, const struct target *target);

/**
 * Which machine's session has gone by itself: the outermost one on the way to the target; NULL if
 * none has. That is the cause of whatever went over it.
 */
const struct target *reach_lost(struct reach *reach, const struct reached *reached);

/** The networks this machine is on, with what the run has found out so far; NULL: not known. */
const struct lans *reach_lans(const struct reach *reach);

#endif
