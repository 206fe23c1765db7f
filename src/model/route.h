/**
 * The one resolver: which addresses of a target would be tried, in which order, and why (or why
 * not). Pure; sends nothing. `gaterun resolve`, `plan` and the SSH kinds all ask here.
 */
#ifndef MODEL_ROUTE_H
#define MODEL_ROUTE_H

#include "model/binding.h"
#include "model/policy.h"
#include "model/reason.h"

/** Most addresses one target has: its host and its tailnet address. */
#define ROUTES_MAX 2

struct route {
	struct address address;
	const char *text; /**< as written in the binding: an address, or a name */
	enum path path;
	bool is_permitted;  /**< may be dialled in this mode */
	enum reason reason; /**< why not; REASON_NONE if permitted */
	const char *why;    /**< a short clause for people: "lan_first: LAN before tailnet" */
};

struct routes {
	struct route at[ROUTES_MAX];
	size_t len;
};

/** The routes of a target in the order they would be tried in `mode`. */
void routes_of(const struct target *target, enum mode mode, const struct policy *policy,
	       struct routes *out);

#endif
