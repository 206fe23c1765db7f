/*
 * What Tailscale allows and is seldom wise: remarks, or failures where the gate forbids them.
 *
 * To add one: its function, its row in `habits`, its word in the doc of `forbid`
 * (tailnet_policy.c), its reason, a test.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "check/tailnet/tailnet_selector.h"

struct habit {
	const char *word; /**< for `forbid` */
	enum reason reason;
	const char *hint;
	void (*judge)(struct acl *acl, const struct habit *habit);
};

/** Tell it at a place; `detail` is what it is about. */
__attribute__((format(printf, 5, 6))) static void note(struct acl *acl, const struct habit *habit,
						       struct place where, const char *detail,
						       const char *format, ...)
{
	AUTO(auto_str) struct str message = {0};
	bool is_forbidden = texts_hold(&acl->settings->forbid, habit->word);
	va_list args;

	va_start(args, format);
	str_vprintf(&message, format, args);
	va_end(args);
	acl_add(acl, is_forbidden ? VERDICT_FAIL : VERDICT_PASS, habit->reason, where, detail, "%s",
		str_text(&message))
		->hint = habit->hint;
}

static const char *section_name(const struct use *use)
{
	return section_forms[use->section].name;
}

/** Is it in a rule that lets packets through? */
static bool is_access(const struct use *use)
{
	return use->section == SECTION_ACLS || use->section == SECTION_GRANTS;
}

/** Does a list of the rule hold the word? */
static bool holds(const struct node *rule, const char *key, const char *word)
{
	for (const struct node *node = acl_members(rule, key); node; node = node->next) {
		if (node->kind == NODE_SCALAR && strcmp(node->text.at, word) == 0) {
			return true;
		}
	}
	return false;
}

/** What a question about a rule was answered, while its names pass by. */
struct answer {
	const struct node *rule;
	bool is_yes;
};

/** Ask once for each rule: a long list of names is not read once for each of them. */
static bool ask(struct answer *last, const struct use *use, bool (*question)(const struct use *))
{
	if (last->rule != use->rule) {
		*last = (struct answer){use->rule, question(use)};
	}
	return last->is_yes;
}

/* ---- who may reach what */

/** Does a list of the rule hold everybody? */
static bool is_from_all(const struct node *rule, const char *key)
{
	return holds(rule, key, "*") || holds(rule, key, "autogroup:danger-all");
}

/** Does the rule let everybody reach every port of everything? */
static bool is_everything(const struct use *use)
{
	const struct node *rule = use->rule;

	if (!is_from_all(rule, "src") && !is_from_all(rule, "users")) {
		return false;
	}
	if (use->section == SECTION_ACLS) {
		return holds(rule, "dst", "*:*") || holds(rule, "ports", "*:*");
	}
	return holds(rule, "dst", "*") && (holds(rule, "ip", "*") || holds(rule, "ip", "*:*"));
}

static void judge_allow_all(struct acl *acl, const struct habit *habit)
{
	struct answer everything = {0};

	if (!acl->sections[SECTION_ACLS] && !acl->sections[SECTION_GRANTS]) {
		note(acl, habit, acl->root->where, "no rules",
		     "there is neither 'acls' nor 'grants', which lets everybody reach everything");
	}
	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];

		if (is_access(use) && use->role == ROLE_DST && strcmp(use->name, "*") == 0 &&
		    ask(&everything, use, is_everything)) {
			note(acl, habit, use->node->where, "a rule",
			     "%s rule %zu lets everybody reach everything", section_name(use),
			     use->index);
		}
	}
}

/** What allow_all tells of a rule is not told again. */
static void judge_wildcards(struct acl *acl, const struct habit *habit)
{
	struct answer everything = {0};

	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];
		bool is_src = use->role == ROLE_SRC;

		if (is_access(use) && strcmp(use->name, "*") == 0 &&
		    (is_src || use->role == ROLE_DST) && !ask(&everything, use, is_everything)) {
			note(acl, habit, use->node->where, is_src ? "src" : "dst",
			     is_src ? "%s rule %zu is for everybody"
				    : "%s rule %zu leads to all devices",
			     section_name(use), use->index);
		}
	}
}

static void judge_danger_all(struct acl *acl, const struct habit *habit)
{
	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];

		if (strcmp(use->name, "autogroup:danger-all") == 0) {
			note(acl, habit, use->node->where, section_name(use),
			     "autogroup:danger-all is everybody, also outside of the tailnet");
		}
	}
}

static bool lets_nonroot(const struct use *use)
{
	return holds(use->rule, "users", "autogroup:nonroot");
}

static void judge_nonroot(struct acl *acl, const struct habit *habit)
{
	struct answer nonroot = {0};
	size_t told = 0;

	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];

		if (use->section != SECTION_SSH || use->role != ROLE_DST || use->index == told ||
		    !selector_is_tagged(use->name) || !ask(&nonroot, use, lets_nonroot)) {
			continue;
		}
		told = use->index;
		note(acl, habit, use->node->where, use->name,
		     "ssh rule %zu lets its src be any user but root of %s", use->index, use->name);
	}
}

/* ---- tags, routes, attributes */

static void judge_tag_owners(struct acl *acl, const struct habit *habit)
{
	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];

		if (use->role == ROLE_OWNER && selector_is_broad(use->name)) {
			note(acl, habit, use->node->where, use->rule->key,
			     "'%s' lets %s take the tag", use->rule->key, use->name);
		}
	}
}

static void judge_auto_approvers(struct acl *acl, const struct habit *habit)
{
	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];

		if (use->role == ROLE_APPROVER && selector_is_broad(use->name)) {
			note(acl, habit, use->node->where, use->rule->key,
			     "'%s' of %s needs nobody's approval", use->rule->key, use->name);
		}
	}
}

static bool has_funnel(const struct use *use)
{
	return holds(use->rule, "attr", "funnel");
}

static void judge_funnel(struct acl *acl, const struct habit *habit)
{
	struct answer funnel = {0};

	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];

		if (use->role == ROLE_TARGET && selector_is_broad(use->name) &&
		    ask(&funnel, use, has_funnel)) {
			note(acl, habit, use->node->where, use->name,
			     "%s may publish what they serve to the Internet (funnel)", use->name);
		}
	}
}

static int compare_words(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

struct words VEC(const char *);

/** Tags that stand anywhere as values: also in what is not read, such as app connectors. */
static void add_tags(const struct node *node, struct words *used)
{
	if (node->kind == NODE_SCALAR && text_starts(node->text, "tag:")) {
		*VEC_ADD(used) = node->text.at;
	}
	for (const struct node *child = node->first; child; child = child->next) {
		add_tags(child, used);
	}
}

/** Tags that something other than a test uses, sorted. */
static void find_used_tags(const struct acl *acl, struct words *used)
{
	for (const struct node *section = acl->root->first; section; section = section->next) {
		if (section != acl->sections[SECTION_TESTS] &&
		    section != acl->sections[SECTION_SSH_TESTS]) {
			add_tags(section, used);
		}
	}
	/* With ports they do not stand for themselves. */
	for (size_t i = 0; i < acl->uses.len; i++) {
		if (acl->uses.at[i].ports && is_access(&acl->uses.at[i])) {
			*VEC_ADD(used) = acl->uses.at[i].name;
		}
	}
	if (used->len > 1) {
		qsort(used->at, used->len, sizeof(*used->at), compare_words);
	}
}

static void judge_unused_tags(struct acl *acl, const struct habit *habit)
{
	const struct node *tags = acl->sections[SECTION_TAG_OWNERS];
	struct words used = {0};

	find_used_tags(acl, &used);
	for (const struct node *tag = tags ? tags->first : NULL; tag; tag = tag->next) {
		if (used.len == 0 ||
		    !bsearch(&tag->key, used.at, used.len, sizeof(*used.at), compare_words)) {
			note(acl, habit, tag->key_where, tag->key, "no rule uses '%s'", tag->key);
		}
	}
	VEC_RELEASE(&used);
}

/* ---- tests */

static bool has_tests(const struct acl *acl)
{
	return acl->sections[SECTION_TESTS] && acl->sections[SECTION_TESTS]->count > 0;
}

/** A section that the gate requires is missed already. */
static void judge_no_tests(struct acl *acl, const struct habit *habit)
{
	bool is_missed = !acl->sections[SECTION_TESTS] &&
			 texts_hold(&acl->settings->required, section_forms[SECTION_TESTS].name);

	if (!has_tests(acl) && !is_missed) {
		note(acl, habit, node_place(acl->root, "tests"), "tests",
		     "the policy has no tests, so a slip in a rule is found by nobody");
	}
}

static void judge_no_deny_tests(struct acl *acl, const struct habit *habit)
{
	const struct node *tests = acl->sections[SECTION_TESTS];

	for (const struct node *test = has_tests(acl) ? tests->first : NULL; test;
	     test = test->next) {
		if (acl_members(test, "deny")) {
			return;
		}
	}
	if (has_tests(acl)) {
		note(acl, habit, tests->where, "deny",
		     "no test says what is denied, so a rule too wide is found by nobody");
	}
}

/* ---- words */

static const char *nearest_section(const char *word)
{
	const char *words[SECTIONS + 1] = {0};

	for (size_t i = 0; i < SECTIONS; i++) {
		words[i] = section_forms[i].name;
	}
	return nearest_word(word, words);
}

static void judge_sections(struct acl *acl, const struct habit *habit)
{
	const struct node *child = acl->root->first;

	for (; child; child = child->next) {
		const char *near = nearest_section(child->key);
		bool is_known = false;

		for (size_t i = 0; i < SECTIONS && !is_known; i++) {
			is_known = strcasecmp(section_forms[i].name, child->key) == 0;
		}
		if (!is_known) {
			note(acl, habit, child->key_where, child->key,
			     near ? "there is no section '%s'; did you mean '%s'?"
				  : "there is no section '%s'",
			     child->key, near);
		}
	}
}

static void judge_autogroups(struct acl *acl, const struct habit *habit)
{
	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];
		const char *near = selector_unknown_autogroup(use->name);

		if (near) {
			note(acl, habit, use->node->where, use->name,
			     near[0] ? "there is no '%s'; did you mean '%s'?" : "there is no '%s'",
			     use->name, near);
		}
	}
}

/* ---- identities of automation */

static void judge_identities(struct acl *acl, const struct habit *habit)
{
	for (size_t i = 0; i < acl->identities->len; i++) {
		const char *name = acl->identities->at[i];
		bool is_defined_here =
			text_starts(text_of(name), "tag:") ||
			(text_starts(text_of(name), "group:") && !selector_is_synced_group(name));

		if (is_defined_here && !acl_definition(acl, name)) {
			note(acl, habit, acl->identities->nodes[i]->where, name,
			     "automation identity '%s' is not defined in %s", name,
			     acl->check->context->repo->tailnet_policy.binding.path);
		}
	}
}

static bool is_let_in(const struct acl *acl, const char *identity)
{
	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];

		if (use->section == SECTION_SSH && use->role == ROLE_SRC &&
		    selector_covers(acl, use->name, identity).cover != COVER_NO) {
			return true;
		}
	}
	return false;
}

static void judge_uncovered(struct acl *acl, const struct habit *habit)
{
	const struct node *ssh = acl->sections[SECTION_SSH];

	for (size_t i = 0; ssh && ssh->count > 0 && i < acl->identities->len; i++) {
		const char *name = acl->identities->at[i];

		if (!is_let_in(acl, name)) {
			note(acl, habit, ssh->where, name,
			     "no ssh rule covers automation identity '%s'", name);
		}
	}
}

static const struct habit habits[] = {
	{"allow_all", REASON_TAILNET_POLICY_ALLOW_ALL, "say who may reach what", judge_allow_all},
	{"auto_approvers", REASON_TAILNET_POLICY_AUTO_APPROVERS,
	 "let a tag or a group approve, so that not any device can become a router",
	 judge_auto_approvers},
	{"danger_all", REASON_TAILNET_POLICY_DANGER_ALL, "write autogroup:member, or narrower",
	 judge_danger_all},
	{"funnel", REASON_TAILNET_POLICY_FUNNEL, "give the attribute to the tags that need it",
	 judge_funnel},
	{"no_deny_tests", REASON_TAILNET_POLICY_NO_DENY_TESTS, "add a test with 'deny'",
	 judge_no_deny_tests},
	{"no_tests", REASON_TAILNET_POLICY_NO_TESTS, "add 'tests' with 'accept' and 'deny'",
	 judge_no_tests},
	{"nonroot_to_tags", REASON_TAILNET_POLICY_NONROOT_TO_TAGS,
	 "name the users; any user but root may be one that can become root", judge_nonroot},
	{"tag_owners", REASON_TAILNET_POLICY_TAG_OWNERS,
	 "let few own a tag: who takes it gets all it may reach", judge_tag_owners},
	{"uncovered_identities", REASON_TAILNET_POLICY_UNCOVERED,
	 "add an accept rule for it, unless it logs in with OpenSSH alone", judge_uncovered},
	{"unknown_autogroups", REASON_TAILNET_POLICY_UNKNOWN_AUTOGROUP, NULL, judge_autogroups},
	{"unknown_identities", REASON_TAILNET_POLICY_UNKNOWN_IDENTITY,
	 "correct it: of a name that is not in use nothing can be said", judge_identities},
	{"unknown_sections", REASON_TAILNET_POLICY_UNKNOWN_SECTION, NULL, judge_sections},
	{"unused_tags", REASON_TAILNET_POLICY_UNUSED_TAG,
	 "remove the tag, or write the rule it was meant for", judge_unused_tags},
	{"wildcard_grants", REASON_TAILNET_POLICY_WILDCARD,
	 "name the groups or tags that are meant", judge_wildcards},
};

#define HABITS (sizeof(habits) / sizeof(habits[0]))

const char *const *acl_habit_words(void)
{
	static const char *words[HABITS + 1];

	for (size_t i = 0; i < HABITS; i++) {
		words[i] = habits[i].word;
	}
	return words;
}

void acl_judge_habits(struct acl *acl)
{
	for (size_t i = 0; i < HABITS; i++) {
		habits[i].judge(acl, &habits[i]);
	}
}
