/**
 * What the facts of a login mean; pure, tested on captured facts.
 */
#ifndef CHECK_REACH_SSH_AUTH_H
#define CHECK_REACH_SSH_AUTH_H

#include "model/reason.h"
#include "model/verdict.h"
#include "net/identity.h"
#include "net/ssh.h"

/** Why judge_login came to its verdict; texts are static. */
struct login_opinion {
	enum reason reason;
	const char *message; /**< NULL for a pass */
	const char *hint;    /**< NULL: nothing to add */
};

/** @param is_optional  an unreachable optional target is a skip, not an unknown */
enum verdict judge_login(const struct ssh_facts *facts, bool is_optional,
			 struct login_opinion *why);

/** What the state of the run's identity means for each target. */
enum verdict judge_identity(enum identity_state state, enum reason *reason);

#endif
