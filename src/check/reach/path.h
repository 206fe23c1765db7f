/**
 * What the way to a machine means; pure, tested on made-up facts.
 */
#ifndef CHECK_REACH_PATH_H
#define CHECK_REACH_PATH_H

#include "check/reach/attempts.h"
#include "check/reach/ssh_auth.h"

/** How a target was reached, as far as that matters here. */
struct path_facts {
	bool is_verified; /**< the machine proved its key at all */
	bool is_fallback; /**< over the tailnet, although it is to be reached at home */
	bool is_stranger; /**< another machine has its LAN address */
	enum home home;
	struct ssh_facts login; /**< why not, where it is not verified */
	bool is_optional;
};

/** REASON_NET_NOT_HOME hangs on a cause (home_cause); the rest stands for itself. */
enum verdict judge_path(const struct path_facts *facts, struct login_opinion *why);

#endif
