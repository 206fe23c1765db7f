#include "check/reach/no_route.h"

#include "check/reach/attempts.h"

struct finding *report_no_route(struct check *check, const struct target *target,
				const char *subject, const struct routes *routes)
{
	const struct route *first = &routes->at[0];
	bool is_rule = first->reason == REASON_MODE_PASSIVE || first->reason == REASON_MODE_STATIC;
	const char *cause =
		first->reason == REASON_NET_NOT_HOME ? home_cause(check, target, routes) : NULL;
	struct finding *finding =
		check_add(check, is_rule ? VERDICT_SKIP : VERDICT_UNKNOWN, first->reason, subject,
			  node_place(target->row.node, "host"), "%s: %s", first->text, first->why);

	finding->path = first->path;
	finding->caused_by = cause;
	if (first->reason == REASON_NET_NAME) {
		finding->hint =
			"does this machine's resolver know it? An address in `host` needs none";
	}
	return finding;
}
