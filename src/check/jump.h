/**
 * Findings about machines behind a jump host, where that is what stands in the way. The cause is
 * the jump host's, so that the report says it once.
 */
#ifndef CHECK_JUMP_H
#define CHECK_JUMP_H

#include "check/reach.h"

/**
 * Report a target that could not be reached because of its jump host: it may not be used, could not
 * be logged in to, or its connection was lost.
 *
 * @return false: its jump host is not the cause, and nothing was added
 */
bool report_jump(struct check *check, const struct reached *reached);

/**
 * The cause of what went over a session that was lost: "target:pve ssh.lost", of the outermost
 * machine on the way. NULL if none was.
 */
const char *lost_cause(struct check *check, const struct reached *reached);

#endif
