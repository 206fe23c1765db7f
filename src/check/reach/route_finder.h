/**
 * The routes of one target in one run: by its row alone, or, where its host is a name, by what that
 * stands for once somebody has asked.
 */
#ifndef CHECK_REACH_ROUTE_FINDER_H
#define CHECK_REACH_ROUTE_FINDER_H

#include "check/check.h"
#include "loop/lookup.h"
#include "model/route.h"

/** Filled by the owner up to `cookie`; the rest is zero. */
struct route_finder {
	const struct target *target;
	const struct context *context;
	const struct vantage *from;
	void (*known)(void *cookie); /**< called when the name has been looked up */
	void *cookie;
	struct lookup *lookup; /**< NULL unless under way */
	struct named named;    /**< what its name stands for */
	bool is_known;
};

/** The routes as far as they are known now. */
void route_finder_routes(const struct route_finder *finder, struct routes *out);

/** Those that its jump host would dial, as far as they are known now. */
void route_finder_from_host(const struct route_finder *finder, struct routes *out);

/** Look the name up, unless that is under way. */
void route_finder_ask(struct route_finder *finder);

/** End a lookup; `known` is not called. */
void route_finder_release(struct route_finder *finder);

#endif
