#include "check/reach/no_session.h"

#include "check/reach/attempts.h"
#include "check/reach/jump.h"
#include "check/reach/no_route.h"
#include "check/reach/ssh_auth.h"

/** The login says why. */
static void report_login(struct check *check, const struct reached *reached, const char *what)
{
	const struct target *target = reached->target;
	const char *away =
		reached->is_verified ? NULL : home_cause(check, target, &reached->routes);
	struct login_opinion why = {0};
	enum verdict verdict = judge_login(&reached->facts, target->optional, &why);
	struct finding *finding = NULL;

	finding = check_add(check, verdict == VERDICT_SKIP ? verdict : VERDICT_UNKNOWN, why.reason,
			    target->row.subject, node_place(target->row.node, "host"), "%s: %s",
			    what, why.message);
	finding->path = reached->route->path;
	finding->hint = why.hint;
	if (verdict != VERDICT_SKIP) {
		finding->caused_by = away ? away
					  : check_text(check, "%s %s", target->row.subject,
						       reason_code(why.reason));
	}
}

/** Nobody can log in anywhere. */
static void report_no_identity(struct check *check, const struct target *target, const char *what)
{
	const struct identity_facts *identity = reach_identity(check->context->reach, check);
	enum reason reason = REASON_AUTH_NO_IDENTITY;
	struct finding *finding = NULL;

	if (identity) {
		(void)judge_identity(identity->state, &reason);
	}
	finding = check_add(check, VERDICT_UNKNOWN, reason, target->row.subject,
			    node_place(target->row.node, "id"), "%s without a usable key", what);
	finding->caused_by = check_text(check, "run:identity %s", reason_code(reason));
}

void report_no_session(struct check *check, const struct reached *reached, const char *what)
{
	const struct target *target = reached->target;

	if (report_jump(check, reached)) {
		return;
	}
	if (!routes_first(&reached->routes) && !reached->routes.jump.is_permitted) {
		(void)report_no_route(check, target, target->row.subject, &reached->routes);
	} else if (!reached->route) {
		report_no_identity(check, target, what);
	} else {
		report_login(check, reached, what);
	}
}
