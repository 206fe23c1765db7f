/**
 * What knocking at a port means; pure.
 */
#ifndef CHECK_TCP_OPEN_H
#define CHECK_TCP_OPEN_H

#include "data/field.h"
#include "model/reason.h"
#include "model/verdict.h"
#include "net/knock.h"

/** Settings; without any, the SSH port of each target. */
struct tcp_open {
	int64_t port; /**< 0: the target's own SSH port */
	struct texts endpoints;
};

/** Why judge_knock came to its verdict; texts are static. */
struct knock_opinion {
	enum reason reason;
	const char *message; /**< NULL for a pass */
	const char *hint;    /**< NULL: nothing to add */
};

/**
 * A port that the machine itself says is closed fails; a machine that does not answer proves
 * nothing.
 *
 * @param is_optional  then one that does not answer is a skip
 */
enum verdict judge_knock(const struct knock_facts *facts, bool is_optional,
			 struct knock_opinion *why);

#endif
