/**
 * A target's addresses in the order they would be tried, for people and programs.
 */
#ifndef CLI_ROUTES_H
#define CLI_ROUTES_H

#include "data/json.h"
#include "model/route.h"
#include "report/style.h"

/** {id, access_policy, user, port, probe_via, jump: {...}, routes: [...]}; the caller's. */
struct json *routes_json(const struct target *target, const struct vantage *from);

/** The target, and a line for each address. */
void routes_write(const struct target *target, const struct vantage *from,
		  const struct style *style, struct str *out);

/** See which networks this machine is on, for a vantage; without that nothing is ruled out. */
void routes_look_around(struct vantage *from, struct lans *lans);

#endif
