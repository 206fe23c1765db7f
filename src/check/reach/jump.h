/**
 * Findings about machines behind a jump host, where that is what stands in the way. The cause is
 * the jump host's, so that the report says it once.
 */
#ifndef CHECK_REACH_JUMP_H
#define CHECK_REACH_JUMP_H

#include "check/reach/reach.h"

/**
 * Report a target that could not be reached because of its jump host: it may not be used, could not
 * be logged in to, or its connection was lost.
 *
 * @return false: its jump host is not the cause, and nothing was added
 */
bool report_jump(struct check *check, const struct reached *reached);

/** What stands in the way of whoever wants to go through a jump host. Texts live in the run. */
struct jump_trouble {
	enum reason reason;
	const char *text;
	const char *cause; /**< NULL: itself */
	bool is_rule;      /**< that somebody wrote, so a skip */
};

/**
 * Why there is no session to a jump host: it, or one before it, may not be used, or could not be
 * logged in to.
 *
 * @return false: it is logged in to, and `out` is untouched
 */
bool jump_trouble(struct check *check, const struct reached *host, struct jump_trouble *out);

/**
 * The cause of what went over a session that was lost: "target:pve ssh.lost", of the outermost
 * machine on the way. NULL if none was.
 */
const char *lost_cause(struct check *check, const struct reached *reached);

#endif
