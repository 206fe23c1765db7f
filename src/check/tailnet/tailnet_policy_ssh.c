/*
 * Does a check (a page that a human has to visit) wait for somebody who is none?
 *
 * Tailscale looks at rules with `action: check` before those with `accept`, wherever they stand,
 * and the first that matches decides. So what a check rule covers is checked, whatever else accepts
 * it.
 */
#include <string.h>

#include "check/tailnet/tailnet_selector.h"

/** Does the rule lead only to devices of whoever asks? A tagged device belongs to nobody. */
static bool is_to_self(const struct node *rule)
{
	const struct node *dst = acl_members(rule, "dst");

	for (const struct node *node = dst; node; node = node->next) {
		if (node->kind != NODE_SCALAR || strcmp(node->text.at, "autogroup:self") != 0) {
			return false;
		}
	}
	return dst != NULL;
}

/** How a rule covers an identity: the most certain of its sources. */
static struct covering rule_covers(const struct acl *acl, const struct node *rule,
				   const char *identity, const struct node **source)
{
	struct covering best = {COVER_NO, NULL};

	if (selector_is_tagged(identity) && is_to_self(rule)) {
		return best;
	}
	for (const struct node *node = acl_members(rule, "src"); node; node = node->next) {
		struct covering one = {COVER_NO, NULL};

		if (node->kind == NODE_SCALAR) {
			one = selector_covers(acl, node->text.at, identity);
		}
		if (one.cover > best.cover) {
			best = one;
			*source = node;
		}
	}
	return best;
}

static void report_check(struct acl *acl, size_t index, size_t identity,
			 const struct covering *covering, const struct node *source)
{
	const char *name = acl->identities->at[identity];
	bool is_sure = covering->cover == COVER_YES;
	struct finding *finding = check_add(
		acl->check, is_sure ? VERDICT_FAIL : VERDICT_UNKNOWN,
		is_sure ? REASON_TAILNET_POLICY_CHECK : REASON_TAILNET_POLICY_CHECK_UNDECIDED,
		check_text(acl->check, "identity:%s", name), source->where,
		"ssh rule %zu (action check) %s %s: its src '%s' %s", index,
		is_sure ? "covers" : "may cover", name, source->text.at, covering->why);

	finding->detail = source->text.at;
	finding->hint =
		is_sure ? "take it out of the rule, and let an accept rule of its own cover "
			  "it; an accept rule alone does not help, as check rules come first"
			: "write the users or groups that are meant, so that it can be told";
	finding_relate(finding, acl->identities->nodes[identity]->where);
}

/** A check rule, and nobody said who acts without a human. */
static void report_nobody(struct acl *acl, const struct node *rule, size_t index)
{
	struct finding *finding = acl_add(
		acl, VERDICT_UNKNOWN, REASON_TAILNET_POLICY_NO_IDENTITIES, rule->where,
		"no identities",
		"ssh rule %zu has action check, and nothing says whom it must not cover", index);

	finding->hint = "list them under 'automation_identities' in the probe policy: users, tags, "
			"groups";
}

static void judge_check(struct acl *acl, const struct node *rule, size_t index)
{
	for (size_t i = 0; i < acl->identities->len; i++) {
		const struct node *source = NULL;
		struct covering covering = rule_covers(acl, rule, acl->identities->at[i], &source);

		if (covering.cover != COVER_NO) {
			report_check(acl, index, i, &covering, source);
		}
	}
}

/** The action of a rule; one that is neither is a finding. */
static bool is_check(struct acl *acl, const struct node *rule, size_t index)
{
	const struct node *action = acl_get(rule, "action");
	const char *word = action && action->kind == NODE_SCALAR ? action->text.at : "";
	struct finding *finding = NULL;

	if (strcmp(word, "check") == 0 || strcmp(word, "accept") == 0) {
		return word[0] == 'c';
	}
	if (action && action->kind != NODE_SCALAR) {
		return false; /* told when it was read */
	}
	finding = acl_add(acl, VERDICT_FAIL, REASON_TAILNET_POLICY_MALFORMED,
			  action ? action->where : rule->where, "ssh action",
			  action ? "the action of ssh rule %zu is neither accept nor check"
				 : "ssh rule %zu has no action",
			  index);
	finding->hint = "write \"accept\" or \"check\", in lower case";
	return false;
}

/** A rule for nobody said: what Tailscale makes of it, or refuses, is not for us to guess. */
static void judge_src(struct acl *acl, const struct node *rule, size_t index)
{
	if (!acl_get(rule, "src")) {
		acl_add(acl, VERDICT_FAIL, REASON_TAILNET_POLICY_MALFORMED, rule->where, "ssh src",
			"ssh rule %zu has no src", index)
			->hint = "say whom it is for: users, groups, tags";
	}
}

void acl_judge_ssh(struct acl *acl)
{
	const struct node *ssh = acl->sections[SECTION_SSH];
	bool is_told = false;
	size_t index = 0;

	for (const struct node *rule = ssh ? ssh->first : NULL; rule; rule = rule->next) {
		index++;
		if (rule->kind != NODE_MAP) {
			continue;
		}
		judge_src(acl, rule, index);
		if (!is_check(acl, rule, index)) {
			continue;
		}
		judge_check(acl, rule, index);
		if (acl->identities->len == 0 && !is_told) {
			report_nobody(acl, rule, index);
			is_told = true;
		}
	}
}
