/**
 * A target's addresses in the order they would be tried, for people and programs.
 */
#ifndef CLI_ROUTES_H
#define CLI_ROUTES_H

#include "data/json.h"
#include "model/binding.h"
#include "model/policy.h"
#include "report/style.h"

/** {id, access_policy, user, port, probe_via, routes: [...]}; the caller's. */
struct json *routes_json(const struct target *target, enum mode mode, const struct policy *policy);

/** The target, and a line for each address. */
void routes_write(const struct target *target, enum mode mode, const struct policy *policy,
		  const struct style *style, struct str *out);

#endif
