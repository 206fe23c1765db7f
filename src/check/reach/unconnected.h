/**
 * What a connection that was not made means (check/reach/reach_connect.h): shared by the kinds that
 * need one.
 */
#ifndef CHECK_REACH_UNCONNECTED_H
#define CHECK_REACH_UNCONNECTED_H

#include "check/reach/reach_connect.h"

/** Why judge_connect came to its verdict; texts are static. */
struct connect_opinion {
	enum reason reason;
	const char *message; /**< NULL for a pass */
	const char *hint;    /**< NULL: nothing to add */
};

/**
 * A port that the machine itself says is closed fails; a machine that does not answer proves
 * nothing. Pure. What CONNECT_BARRED and the jump host's troubles mean is in the facts; the reason
 * here is only what stands in for them.
 *
 * @param is_optional  then one that does not answer is a skip
 */
enum verdict judge_connect(const struct connect_facts *facts, bool is_optional,
			   struct connect_opinion *why);

/**
 * Add the finding about a subject that needed a connection and has none: with its reason, the way,
 * every attempt, and its cause where that is another one's: the jump host's, or not being at home.
 *
 * @param target  whose row is pointed at, and which may be optional
 * @return        the finding, valid until the next one; NULL: it is open, nothing was added
 */
struct finding *report_unconnected(struct check *check, const struct target *target,
				   const char *subject, uint16_t port,
				   const struct connect_facts *facts);

#endif
