/**
 * The endpoints a gate is about, each on its target: shared by the kinds that judge rows of
 * services.health.
 */
#ifndef CHECK_REACH_ENDPOINTS_H
#define CHECK_REACH_ENDPOINTS_H

#include "check/check.h"

/** One endpoint to be judged. */
struct endpoint_place {
	const struct endpoint *endpoint;
	const struct target *target;
};

/** How many places endpoints_choose may need. */
size_t endpoints_most(const struct check *check, const struct texts *ids);

/**
 * Choose those that are to be judged. What cannot be gets its finding here: an id that no row has,
 * a broken row, a host that is no target, a target that is decided otherwise (check_is_decided),
 * and one that is named but not enabled. Those on targets that the gate or the run does not select
 * are left out silently; so are those not enabled where none is named.
 *
 * @param ids  of the endpoints; empty: all
 * @param out  endpoints_most of them
 * @return     how many there are
 */
size_t endpoints_choose(struct check *check, const struct texts *ids, struct endpoint_place *out);

/** Does something decide the target already? Said once, however many endpoints are on it. */
bool endpoints_are_decided(struct check *check, const struct target *target);

#endif
