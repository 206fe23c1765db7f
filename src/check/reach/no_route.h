/**
 * The finding about a target of which no address may be dialled: shared by the kinds that talk to
 * targets.
 */
#ifndef CHECK_REACH_NO_ROUTE_H
#define CHECK_REACH_NO_ROUTE_H

#include "check/check.h"
#include "model/route.h"

/**
 * A mode is a rule somebody wrote, so a skip; the rest is not known.
 *
 * @return  the finding, valid until the next one
 */
struct finding *report_no_route(struct check *check, const struct target *target,
				const char *subject, const struct routes *routes);

#endif
