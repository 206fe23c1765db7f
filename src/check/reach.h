/**
 * Reaching machines: one login per target and run, shared by every gate that asks.
 */
#ifndef CHECK_REACH_H
#define CHECK_REACH_H

#include "check/check.h"
#include "model/route.h"
#include "net/identity.h"
#include "net/ssh.h"

/** Logins under way at once (ssh.md, section 2.1: 32 to 64 make no difference in wall time). */
#define REACH_CONCURRENCY 48

/** What became of one target. */
struct reached {
	const struct target *target;
	struct routes routes;
	const struct route *route; /**< the one dialled; NULL: none is permitted */
	const char
		*user; /**< whom it logs in as; NULL: nothing was dialled yet. In the run's arena */
	bool is_done;
	struct ssh_facts facts; /**< valid when done and a route was dialled */
};

struct reach;

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

#endif
