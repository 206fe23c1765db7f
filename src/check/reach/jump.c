#include "check/reach/jump.h"

#include "check/reach/attempts.h"
#include "check/reach/ssh_auth.h"

const char *lost_cause(struct check *check, const struct reached *reached)
{
	const struct target *lost = reach_lost(check->context->reach, reached);

	return lost ? check_text(check, "%s %s", lost->row.subject, reason_code(REASON_SSH_LOST))
		    : NULL;
}

/** The jump host that failed first: one may be behind another. */
static const struct reached *outermost(const struct reached *host)
{
	while (host->via && !reached_is_in(host->via)) {
		host = host->via;
	}
	return host;
}

/** Why nobody is logged in to it. */
static enum reason why_down(const struct reached *host)
{
	struct login_opinion why = {0};

	if (!host->route) {
		return host->routes.at[0].reason;
	}
	(void)judge_login(&host->facts, false, &why);
	return why.reason;
}

static struct finding *add(struct check *check, const struct reached *reached, enum verdict verdict,
			   enum reason reason, const char *text)
{
	const struct target *target = reached->target;
	const char *others = attempts_text(check, reached, NULL);
	bool is_skip = target->optional && verdict == VERDICT_UNKNOWN;
	struct finding *finding = check_add(
		check, is_skip ? VERDICT_SKIP : verdict, is_skip ? REASON_TARGET_OPTIONAL : reason,
		target->row.subject, node_place(target->row.node, "probe_via"), "%s%s%s", text,
		*others ? "; before: " : "", others);

	finding->path = PATH_JUMP;
	finding_add_attempts(check, finding, reached);
	return finding;
}

/** Its LAN address did not answer, and is of no network of this machine. */
static bool is_elsewhere(struct check *check, const struct reached *reached)
{
	const struct lans *lans = reach_lans(check->context->reach);
	enum ssh_outcome outcome = reached->facts.outcome;

	return reached->route && lans && address_is_local(&reached->route->address) &&
	       !lans_find(lans, &reached->route->address) &&
	       (outcome == SSH_UNREACHABLE_ROUTE || outcome == SSH_UNREACHABLE_TIMEOUT);
}

/** The only way would be its jump host, and that may not be used. */
static bool is_barred(struct check *check, const struct reached *reached)
{
	const struct jump *jump = &reached->routes.jump;

	return jump->host && !jump->is_permitted && jump->reason != REASON_NET_NOT_PERMITTED &&
	       jump->reason != REASON_NET_NAME &&
	       (!routes_first(&reached->routes) || is_elsewhere(check, reached));
}

/** @param barred  the target itself, or a jump host of its that is behind another */
static void fill_barred(struct check *check, const struct reached *barred, struct jump_trouble *out)
{
	const struct jump *jump = &barred->routes.jump;

	*out = (struct jump_trouble){
		.reason = jump->reason,
		.text = check_text(check, "behind %s: %s", jump->host->id, jump->why),
		.is_rule = jump->reason == REASON_MODE_PASSIVE ||
			   jump->reason == REASON_MODE_STATIC ||
			   jump->reason == REASON_POLICY_NEVER,
	};
}

bool jump_trouble(struct check *check, const struct reached *host, struct jump_trouble *out)
{
	const struct reached *down = outermost(host);

	if (reached_is_in(host)) {
		return false;
	}
	if (is_barred(check, down)) {
		fill_barred(check, down, out);
		return true;
	}
	*out = (struct jump_trouble){
		.reason = REASON_JUMP_DOWN,
		.text = check_text(check, "its jump host %s cannot be used", host->target->id),
		.cause = check_text(check, "%s %s", down->target->row.subject,
				    reason_code(why_down(down))),
	};
	return true;
}

static void report(struct check *check, const struct reached *reached,
		   const struct jump_trouble *trouble)
{
	add(check, reached, trouble->is_rule ? VERDICT_SKIP : VERDICT_UNKNOWN, trouble->reason,
	    trouble->text)
		->caused_by = trouble->cause;
}

bool report_jump(struct check *check, const struct reached *reached)
{
	const struct reached *host = reached->via;
	struct jump_trouble trouble = {0};

	if (!reached->routes.jump.host || reached_is_in(reached)) {
		return false;
	}
	if (!host && is_barred(check, reached)) {
		fill_barred(check, reached, &trouble);
	} else if (!host) {
		return false;
	} else if (!jump_trouble(check, host, &trouble)) {
		trouble = (struct jump_trouble){
			.reason = REASON_SSH_LOST,
			.text = check_text(check, "the connection to its jump host %s was lost",
					   host->target->id),
			.cause = lost_cause(check, host),
		};
	}
	if (trouble.reason == REASON_SSH_LOST && !trouble.cause) {
		return false;
	}
	report(check, reached, &trouble);
	return true;
}
