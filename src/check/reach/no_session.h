/**
 * The finding about a target to which there is no session: shared by the kinds that work over one.
 */
#ifndef CHECK_REACH_NO_SESSION_H
#define CHECK_REACH_NO_SESSION_H

#include "check/reach/reach.h"

/**
 * Say why: its jump host, the rules, the run's key, or the login, which is the cause for all gates
 * that want to use it.
 *
 * @param what  that did not happen: "not run"
 */
void report_no_session(struct check *check, const struct reached *reached, const char *what);

#endif
