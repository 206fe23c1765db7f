/* tailnet_policy (G023): the tailnet's policy is whole, and asks no machine for a human. */
#include "check/tailnet/tailnet_policy.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

static const struct field fields[] = {
	{"required", FIELD_TEXTS, offsetof(struct tailnet_policy_settings, required),
	 .fallback = "acls|grants",
	 .doc = "sections that must be there, as in tagOwners; of acls|grants one is enough"},
	{"forbid", FIELD_TEXTS, offsetof(struct tailnet_policy_settings, forbid),
	 .doc = "what fails instead of being remarked on: allow_all, auto_approvers, danger_all, "
		"funnel, no_deny_tests, no_tests, nonroot_to_tags, tag_owners, "
		"uncovered_identities, unknown_autogroups, unknown_identities, unknown_sections, "
		"unused_tags, wildcard_grants"},
	{0},
};

/** The section of that name, in any mix of upper and lower case; SECTIONS if there is none. */
static enum section section_find(struct text name)
{
	enum section section = 0;

	while (section < SECTIONS &&
	       (strlen(section_forms[section].name) != name.len ||
		strncasecmp(section_forms[section].name, name.at, name.len) != 0)) {
		section++;
	}
	return section;
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct tailnet_policy_settings *self = settings;
	const char *const *words = acl_habit_words();

	(void)gate;
	for (size_t i = 0; i < self->required.len; i++) {
		struct text rest = text_of(self->required.at[i]);
		struct text name = {0};

		while (text_split(&rest, '|', &name)) {
			if (section_find(name) == SECTIONS) {
				decode_problem(decode, PROBLEM_CHOICE, self->required.nodes[i],
					       "names of sections are acls, grants, tagOwners, …",
					       "a policy has no section '%.*s'", (int)name.len,
					       name.at);
			}
		}
	}
	for (size_t i = 0; i < self->forbid.len; i++) {
		const char *word = self->forbid.at[i];
		const char *near = nearest_word(word, words);

		if (!near || strcmp(near, word) != 0) {
			decode_problem(decode, PROBLEM_CHOICE, self->forbid.nodes[i],
				       "`gaterun explain tailnet_policy` lists what there is",
				       near ? "'%s' cannot be forbidden; did you mean '%s'?"
					    : "'%s' cannot be forbidden",
				       word, near);
		}
	}
}

static void judge_problems(struct acl *acl, const struct problems *problems)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];

		acl_add(acl, VERDICT_FAIL, REASON_FILE_NOT_PARSED, problem->where, problem->message,
			"%s", problem->message)
			->hint = problem->hint;
	}
}

static void judge_repeats(struct acl *acl, const struct repeated_keys *repeats)
{
	for (size_t i = 0; i < repeats->len; i++) {
		const struct repeated_key *repeat = &repeats->at[i];
		struct finding *finding =
			acl_add(acl, VERDICT_FAIL, REASON_ASSERT_REPEATED_KEY, repeat->where,
				repeat->key, "the key '%s' stands twice in one map", repeat->key);

		finding->hint = "Tailscale takes the later one; keep one of them";
		finding_relate(finding, repeat->first);
	}
}

static void judge_required(struct acl *acl)
{
	for (size_t i = 0; i < acl->settings->required.len; i++) {
		const char *names = acl->settings->required.at[i];
		struct text rest = text_of(names);
		struct text name = {0};
		bool is_there = false;

		while (text_split(&rest, '|', &name)) {
			enum section section = section_find(name);

			is_there = is_there || (section < SECTIONS && acl->sections[section]);
		}
		if (!is_there) {
			acl_add(acl, VERDICT_FAIL, REASON_TAILNET_POLICY_SECTION, acl->root->where,
				names, "the policy has no section '%s'", names)
				->hint =
				"add it; an empty one says that nothing is meant to be there";
		}
	}
}

static void judge(struct check *check)
{
	const struct repo *repo = check->context->repo;
	const struct binding *file = &repo->tailnet_policy.binding;
	size_t looks = 0;
	struct acl acl = {
		.looks = &looks,
		.check = check,
		.settings = check->settings,
		.identities = &repo->policy.automation_identities,
		.subject = check_text(check, "file:%s", file->path),
		.root = file->root,
	};

	check->result->checked++;
	judge_problems(&acl, &file->problems);
	if (!acl.root) {
		return;
	}
	judge_repeats(&acl, &repo->tailnet_policy.repeats);
	if (acl.root->kind != NODE_MAP) {
		(void)acl_add(&acl, VERDICT_FAIL, REASON_TAILNET_POLICY_MALFORMED, acl.root->where,
			      node_sort(acl.root), "the policy is %s, expected a map of sections",
			      node_sort(acl.root));
		return;
	}
	acl_read(&acl);
	judge_required(&acl);
	acl_judge_names(&acl);
	acl_judge_ssh(&acl);
	acl_judge_habits(&acl);
	acl_release(&acl);
}

const struct kind kind_tailnet_policy = {
	.name = "tailnet_policy",
	.doc = "Reads the tailnet's policy file (HuJSON). Passes when it parses, has the required "
	       "sections, uses no name that it does not define, and no ssh rule with action check "
	       "covers an automation identity of the probe policy",
	.fields = fields,
	.settings_size = sizeof(struct tailnet_policy_settings),
	.mode = MODE_STATIC,
	.needs = NEEDS_TAILNET_POLICY,
	.check_settings = check_settings,
	.judge = judge,
};
