/*
 * path (G012): a target that is to be reached at home was reached there.
 *
 * It sends nothing that ssh_auth does not send: both look at the one login of a target.
 */
#include "check/reach/path.h"

#include <stdlib.h>

#include "check/reach/jump.h"
#include "check/reach/no_route.h"

enum verdict judge_path(const struct path_facts *facts, struct login_opinion *why)
{
	*why = (struct login_opinion){0};
	if (!facts->is_verified) {
		enum verdict verdict = judge_login(&facts->login, facts->is_optional, why);

		/* What is wrong with the login is for ssh_auth to say; the way is not known. */
		return verdict == VERDICT_SKIP ? VERDICT_SKIP : VERDICT_UNKNOWN;
	}
	if (!facts->is_fallback) {
		return VERDICT_PASS;
	}
	if (facts->home != HOME_POSSIBLE) {
		why->reason = REASON_NET_NOT_HOME;
		why->message = "this machine is not on its LAN";
		return VERDICT_UNKNOWN;
	}
	if (facts->is_stranger) {
		why->reason = REASON_NET_LAN_FOREIGN;
		why->message = "another machine has its LAN address";
		why->hint = "find out which; then correct the address, there or in the binding";
		return VERDICT_FAIL;
	}
	why->reason = REASON_PATH_FALLBACK;
	why->message = "its LAN address did not do";
	why->hint = "see what is wrong on the LAN; if that is how it is to be reached, say "
		    "`access_policy: tailscale_required`";
	return VERDICT_FAIL;
}

static void report(struct check *check, const struct reached *reached)
{
	const struct target *target = reached->target;
	const struct lan *ignored = NULL;
	const struct path_facts facts = {
		.is_verified = reached->is_verified,
		.is_fallback = reached->route->is_fallback,
		.is_stranger = reached->stranger[0] != '\0',
		.home = routes_home(target, &reached->routes, reach_lans(check->context->reach),
				    &ignored),
		.login = reached->facts,
		.is_optional = target->optional,
	};
	struct login_opinion why = {0};
	enum verdict verdict = judge_path(&facts, &why);
	const char *others = attempts_text(check, reached, reached->route);
	const char *cause = NULL;
	struct finding *finding = NULL;

	check->result->checked += verdict == VERDICT_PASS || verdict == VERDICT_FAIL;
	if (verdict == VERDICT_PASS) {
		return;
	}
	cause = why.reason == REASON_NET_NOT_HOME ? home_cause(check, target, &reached->routes)
						  : NULL;
	finding = check_add(check, verdict, why.reason, target->row.subject,
			    node_place(target->row.node, "host"), "%s%s: %s%s%s",
			    reached->is_verified ? "reached at " : "", reached->route->text,
			    why.message, *others ? "; " : "", others);
	finding->hint = why.hint;
	finding->caused_by = cause;
	finding->path = reached->route->path;
	finding_add_attempts(check, finding, reached);
}

/* ---- the gate */

struct state {
	const struct reached **reached; /**< the logins this gate waits for */
	size_t count;
};

static void begin(struct check *check)
{
	const struct targets *targets = &check->context->repo->targets;
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	state->reached = mem_alloc((targets->len + 1) * sizeof(struct reached *));
	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];

		if (check_selects(check, target) && !check_is_decided(check, target)) {
			state->reached[state->count++] =
				reach_login(check->context->reach, target, check);
		}
	}
}

static bool is_ready(const struct check *check)
{
	const struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		if (!state->reached[i]->is_done) {
			return false;
		}
	}
	return true;
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		const struct reached *reached = state->reached[i];
		const struct target *target = reached->target;

		if (!reached->is_done) {
			(void)check_add(check, VERDICT_UNKNOWN, check->expired, target->row.subject,
					node_place(target->row.node, "host"),
					"no result before the deadline");
		} else if (report_jump(check, reached)) {
			continue;
		} else if (reached->route) {
			report(check, reached);
		} else if (routes_first(&reached->routes)) {
			(void)check_add(check, VERDICT_UNKNOWN, REASON_AUTH_NO_IDENTITY,
					target->row.subject, node_place(target->row.node, "id"),
					"not tried without a usable key");
		} else {
			(void)report_no_route(check, target, target->row.subject, &reached->routes);
		}
	}
	free(state->reached);
	free(state);
	check->state = NULL;
}

const struct kind kind_path = {
	.name = "path",
	.doc = "Reaches each target as ssh_auth does and looks at the way. Passes when a lan_first target "
	       "was reached at its LAN address, any other one over what its policy says; the silent "
	       "fallback to the tailnet fails",
	.fields = no_settings,
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS,
	.is_per_target = true,
	.acts_as = "ssh_auth",
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
