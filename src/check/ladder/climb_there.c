/* The machine of a peer's node: which target it is, and why its daemon was not read. */
#include "check/ladder/climb_private.h"
#include "check/reach/ssh_auth.h"
#include "check/tailnet/tailnet_node.h"

static bool has_address(const struct tailnet_node *node, const struct address *address)
{
	for (size_t i = 0; i < node->tailscale_ips.len; i++) {
		if (address_equal(&node->tailscale_ips.at[i], address)) {
			return true;
		}
	}
	return false;
}

/** Names are not looked up for this, nor believed. */
static bool is_machine_of(const struct target *target, const struct tailnet_node *node)
{
	return !target->row.is_broken && (has_address(node, &target->tailscale_ip.address) ||
					  has_address(node, &target->host.address));
}

const struct target *climb_find_there(const struct climb *climb, struct question *why_not)
{
	const struct context *context = climb->context;
	const struct targets *targets = &context->repo->targets;
	const struct target *found = NULL;

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];
		const struct never_rule *rule = NULL;

		if (!is_machine_of(target, climb->evidence.owner.node)) {
			continue;
		}
		rule = kind_forbidden(&context->repo->policy, &kind_tailnet_node, target);
		if (rule) { /* of one row; so of the machine, which others may be about as well */
			question_bar(why_not, REASON_POLICY_NEVER,
				     arena_printf(context->arena, "%s, never by policy: %s",
						  target->row.subject, rule->reason));
			return NULL;
		}
		found = found ? found : target;
	}
	if (!found) {
		why_not->why_not = "no target has the address of that node, so its own daemon is "
				   "not read";
	} else if (!selector_chooses(&context->targets, found)) {
		why_not->why_not =
			arena_printf(context->arena, "the run leaves %s out", found->row.subject);
		found = NULL;
	}
	return found;
}

/** Why nobody is logged in to it. */
static const char *why_unreached(const struct reached *reached)
{
	const struct jump *jump = &reached->routes.jump;
	struct login_opinion why = {0};

	if (reached->via && !reached_is_in(reached->via)) {
		return "its jump host cannot be used";
	}
	if (!routes_first(&reached->routes) && !jump->is_permitted) {
		return jump->host ? jump->why : reached->routes.at[0].why;
	}
	if (!reached->route) {
		return "there is no usable key";
	}
	(void)judge_login(&reached->facts, false, &why);
	return why.message;
}

const char *climb_why_not_read(const struct climb *climb, enum daemon_part which)
{
	const struct daemon_answer *answer = daemon_ask_for(climb->daemon, which, NULL, NULL);
	const struct reached *reached = daemon_reached(climb->daemon);
	const char *why = answer->is_unreached && reached ? why_unreached(reached) : NULL;

	if (answer->is_unreached) { /* names the target */
		return why ? arena_printf(climb->context->arena, "%s: %s", answer->why, why)
			   : answer->why;
	}
	return climb->there ? arena_printf(climb->context->arena, "%s: %s",
					   climb->there->row.subject, answer->why)
			    : answer->why;
}

bool climb_is_of_node(const struct climb *climb)
{
	const struct tailnet_status *status = daemon_status(climb->daemon);
	const struct tailnet_node *node = climb->evidence.owner.node;

	for (size_t i = 0; status && i < node->tailscale_ips.len; i++) {
		if (has_address(&status->self, &node->tailscale_ips.at[i])) {
			return true;
		}
	}
	return false;
}
