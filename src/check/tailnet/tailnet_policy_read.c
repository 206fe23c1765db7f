/* The sections of a policy, and every name that stands in them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "check/tailnet/tailnet_policy.h"

const struct section_form section_forms[SECTIONS] = {
	[SECTION_ACLS] = {"acls", NODE_LIST},
	[SECTION_GRANTS] = {"grants", NODE_LIST},
	[SECTION_SSH] = {"ssh", NODE_LIST},
	[SECTION_TESTS] = {"tests", NODE_LIST},
	[SECTION_SSH_TESTS] = {"sshTests", NODE_LIST},
	[SECTION_NODE_ATTRS] = {"nodeAttrs", NODE_LIST},
	[SECTION_GROUPS] = {"groups", NODE_MAP},
	[SECTION_HOSTS] = {"hosts", NODE_MAP},
	[SECTION_IPSETS] = {"ipsets", NODE_MAP},
	[SECTION_TAG_OWNERS] = {"tagOwners", NODE_MAP},
	[SECTION_AUTO_APPROVERS] = {"autoApprovers", NODE_MAP},
	[SECTION_POSTURES] = {"postures", NODE_MAP},
	[SECTION_DEFAULT_POSTURE] = {"defaultSrcPosture", NODE_LIST},
	[SECTION_DERP_MAP] = {"derpMap", NODE_MAP},
	[SECTION_DISABLE_IPV4] = {"disableIPv4", NODE_SCALAR},
	[SECTION_ONE_CGNAT_ROUTE] = {"OneCGNATRoute", NODE_SCALAR},
	[SECTION_RANDOMIZE_PORT] = {"randomizeClientPort", NODE_SCALAR},
};

/** Where in a section names stand. */
enum spot {
	RULE_LIST,  /**< a list under `key` in each rule */
	RULE_TEXT,  /**< one name under `key` in each rule */
	EACH_LIST,  /**< a list under each key of the section */
	KEY_LIST,   /**< a list under `key` of the section */
	KEY_LISTS,  /**< a list under each key of the map under `key` of the section */
	WHOLE_LIST, /**< the section is the list */
};

/** A row for each place of names. */
struct list_form {
	enum section section;
	enum spot spot;
	const char *key; /**< NULL where the spot has none */
	enum role role;
	bool has_ports; /**< "host:22": what stands behind the last colon are ports */
};

static const struct list_form list_forms[] = {
	{SECTION_ACLS, RULE_LIST, "src", ROLE_SRC, false},
	{SECTION_ACLS, RULE_LIST, "users", ROLE_SRC, false}, /* src until 2021 */
	{SECTION_ACLS, RULE_LIST, "dst", ROLE_DST, true},
	{SECTION_ACLS, RULE_LIST, "ports", ROLE_DST, true}, /* dst until 2021 */
	{SECTION_ACLS, RULE_LIST, "srcPosture", ROLE_POSTURE, false},
	{SECTION_GRANTS, RULE_LIST, "src", ROLE_SRC, false},
	{SECTION_GRANTS, RULE_LIST, "dst", ROLE_DST, false},
	{SECTION_GRANTS, RULE_LIST, "via", ROLE_VIA, false},
	{SECTION_GRANTS, RULE_LIST, "ip", ROLE_WORD, false},
	{SECTION_GRANTS, RULE_LIST, "srcPosture", ROLE_POSTURE, false},
	{SECTION_SSH, RULE_TEXT, "action", ROLE_WORD, false},
	{SECTION_SSH, RULE_LIST, "src", ROLE_SRC, false},
	{SECTION_SSH, RULE_LIST, "dst", ROLE_DST, false},
	{SECTION_SSH, RULE_LIST, "users", ROLE_WORD, false},
	{SECTION_SSH, RULE_LIST, "recorder", ROLE_VIA, false},
	{SECTION_SSH, RULE_LIST, "srcPosture", ROLE_POSTURE, false},
	{SECTION_TESTS, RULE_TEXT, "src", ROLE_SRC, false},
	{SECTION_TESTS, RULE_TEXT, "user", ROLE_SRC, false},
	{SECTION_TESTS, RULE_LIST, "accept", ROLE_DST, true},
	{SECTION_TESTS, RULE_LIST, "allow", ROLE_DST, true},
	{SECTION_TESTS, RULE_LIST, "deny", ROLE_DST, true},
	{SECTION_SSH_TESTS, RULE_TEXT, "src", ROLE_SRC, false},
	{SECTION_SSH_TESTS, RULE_LIST, "dst", ROLE_DST, false},
	{SECTION_NODE_ATTRS, RULE_LIST, "target", ROLE_TARGET, false},
	{SECTION_NODE_ATTRS, RULE_LIST, "attr", ROLE_WORD, false},
	{SECTION_GROUPS, EACH_LIST, NULL, ROLE_MEMBER, false},
	{SECTION_IPSETS, EACH_LIST, NULL, ROLE_WORD, false},
	{SECTION_TAG_OWNERS, EACH_LIST, NULL, ROLE_OWNER, false},
	{SECTION_AUTO_APPROVERS, KEY_LISTS, "routes", ROLE_APPROVER, false},
	{SECTION_AUTO_APPROVERS, KEY_LISTS, "services", ROLE_APPROVER, false},
	{SECTION_AUTO_APPROVERS, KEY_LIST, "exitNode", ROLE_APPROVER, false},
	{SECTION_POSTURES, EACH_LIST, NULL, ROLE_WORD, false},
	{SECTION_DEFAULT_POSTURE, WHOLE_LIST, NULL, ROLE_POSTURE, false},
};

/** Sections whose keys are names that may be used elsewhere. */
static const enum section defining[] = {SECTION_GROUPS, SECTION_HOSTS, SECTION_IPSETS,
					SECTION_TAG_OWNERS, SECTION_POSTURES};

struct finding *acl_add(struct acl *acl, enum verdict verdict, enum reason reason,
			struct place where, const char *detail, const char *format, ...)
{
	AUTO(auto_str) struct str message = {0};
	struct finding *finding = NULL;
	va_list args;

	va_start(args, format);
	str_vprintf(&message, format, args);
	va_end(args);
	finding = check_add(acl->check, verdict, reason, acl->subject, where, "%s",
			    str_text(&message));
	finding->detail = detail;
	return finding;
}

const struct node *acl_get(const struct node *map, const char *key)
{
	const struct node *found = NULL;

	if (!map || map->kind != NODE_MAP) {
		return NULL;
	}
	for (const struct node *child = map->first; child; child = child->next) {
		if (strcasecmp(child->key, key) == 0) {
			found = child;
		}
	}
	return node_is_null(found) ? NULL : found;
}

const struct node *acl_members(const struct node *map, const char *key)
{
	const struct node *list = acl_get(map, key);

	return list && list->kind == NODE_LIST ? list->first : NULL;
}

/* ---- what is not as it should be */

static void malformed(struct acl *acl, const struct node *node, const char *what,
		      const char *expected)
{
	(void)acl_add(acl, VERDICT_FAIL, REASON_TAILNET_POLICY_MALFORMED, node->where,
		      check_text(acl->check, "%s %s", what, node_sort(node)),
		      "'%s' is %s, expected %s", what, node_sort(node), expected);
}

/** "acls" and "ACLs" are one key to Tailscale; the reader of JSON found those that are the same. */
static void judge_spellings(struct acl *acl, const struct node *map, const char *key)
{
	const struct node *first = NULL;

	for (const struct node *child = map->first; child; child = child->next) {
		struct finding *finding = NULL;

		if (strcasecmp(child->key, key) != 0) {
			continue;
		}
		if (!first) {
			first = child;
			continue;
		}
		finding = acl_add(acl, VERDICT_FAIL, REASON_ASSERT_REPEATED_KEY, child->key_where,
				  key, "'%s' and '%s' are one key to Tailscale", first->key,
				  child->key);
		finding->hint = "keep one of them";
		finding_relate(finding, first->key_where);
	}
}

/* ---- names */

/** Offset of the colon before the ports; 0 if none are written. */
static size_t ports_at(const char *name)
{
	static const char *const prefixes[] = {"tag", "group", "autogroup", "ipset", "svc", NULL};
	const char *colon = strrchr(name, ':');
	size_t len = colon ? (size_t)(colon - name) : 0;

	if (len == 0 || !colon[1] || colon[1 + strspn(colon + 1, "0123456789,-*")]) {
		return 0;
	}
	for (size_t i = 0; prefixes[i]; i++) {
		if (text_is((struct text){name, len}, prefixes[i])) {
			return 0;
		}
	}
	return len;
}

static void add_use(struct acl *acl, const struct list_form *form, const struct node *rule,
		    size_t index, const struct node *node)
{
	size_t colon = form->has_ports ? ports_at(node->text.at) : 0;
	struct use use = {
		.section = form->section,
		.role = form->role,
		.index = index,
		.rule = rule,
		.node = node,
		.name = node->text.at,
	};

	if (colon > 0) {
		use.name = arena_copy(acl->check->context->arena, node->text.at, colon);
		use.ports = node->text.at + colon + 1;
	}
	if (text_starts(text_of(use.name), "host:")) {
		use.name += strlen("host:");
	}
	*VEC_ADD(&acl->uses) = use;
}

/** Take the names of a list in a rule, or of a list of its own. */
static void read_list(struct acl *acl, const struct list_form *form, const struct node *rule,
		      size_t index, const struct node *list)
{
	if (list->kind != NODE_LIST) {
		malformed(acl, list, list->key ? list->key : section_forms[form->section].name,
			  "a list of texts");
		return;
	}
	for (const struct node *node = list->first; node; node = node->next) {
		if (node->kind == NODE_SCALAR && node->is_quoted) {
			add_use(acl, form, rule, index, node);
		} else {
			malformed(acl, node, list->key ? list->key : "member", "a text");
		}
	}
}

static void read_rule(struct acl *acl, const struct list_form *form, const struct node *rule,
		      size_t index)
{
	const struct node *value = acl_get(rule, form->key);

	judge_spellings(acl, rule, form->key);
	if (!value) {
		return;
	}
	if (form->spot == RULE_LIST) {
		read_list(acl, form, rule, index, value);
	} else if (value->kind == NODE_SCALAR) {
		add_use(acl, form, rule, index, value);
	} else {
		malformed(acl, value, form->key, "a text");
	}
}

static void read_rules(struct acl *acl, const struct list_form *form, const struct node *section)
{
	size_t index = 0;

	for (const struct node *rule = section->first; rule; rule = rule->next) {
		index++;
		if (rule->kind == NODE_MAP) {
			read_rule(acl, form, rule, index);
		}
	}
}

/** Take the names of all lists of a map. */
static void read_lists(struct acl *acl, const struct list_form *form, const struct node *map)
{
	for (const struct node *list = map->first; list; list = list->next) {
		if (!node_is_null(list)) {
			read_list(acl, form, list, 0, list);
		}
	}
}

static void read_form(struct acl *acl, const struct list_form *form)
{
	const struct node *section = acl->sections[form->section];
	const struct node *value = form->key ? acl_get(section, form->key) : NULL;

	if (!section) {
		return;
	}
	switch (form->spot) {
	case RULE_LIST:
	case RULE_TEXT:
		read_rules(acl, form, section);
		return;
	case EACH_LIST:
		read_lists(acl, form, section);
		return;
	case KEY_LIST:
		if (value) {
			read_list(acl, form, value, 0, value);
		}
		return;
	case KEY_LISTS:
		if (value && value->kind != NODE_MAP) {
			malformed(acl, value, form->key, "a map");
		} else if (value) {
			read_lists(acl, form, value);
		}
		return;
	case WHOLE_LIST:
		read_list(acl, form, section, 0, section);
		return;
	}
}

/* ---- sections */

static void read_section(struct acl *acl, enum section section)
{
	const struct section_form *form = &section_forms[section];
	const struct node *node = acl_get(acl->root, form->name);

	judge_spellings(acl, acl->root, form->name);
	if (node && node->kind != form->kind) {
		malformed(acl, node, form->name,
			  form->kind == NODE_LIST  ? "a list"
			  : form->kind == NODE_MAP ? "a map"
						   : "a value");
		return;
	}
	acl->sections[section] = node;
	if (!node || form->kind != NODE_LIST || section == SECTION_DEFAULT_POSTURE) {
		return;
	}
	for (const struct node *rule = node->first; rule; rule = rule->next) {
		if (rule->kind != NODE_MAP) {
			malformed(acl, rule, form->name, "a map for each rule");
		}
	}
}

/* ---- definitions */

static int compare_keys(const void *left, const void *right)
{
	const struct node *a = *(const struct node *const *)left;
	const struct node *b = *(const struct node *const *)right;

	return strcmp(a->key, b->key);
}

static void read_definitions(struct acl *acl)
{
	for (size_t i = 0; i < sizeof(defining) / sizeof(defining[0]); i++) {
		const struct node *section = acl->sections[defining[i]];
		const struct node *child = section ? section->first : NULL;

		for (; child; child = child->next) {
			*VEC_ADD(&acl->defined) = child;
		}
	}
	if (acl->defined.len > 1) {
		qsort(acl->defined.at, acl->defined.len, sizeof(*acl->defined.at), compare_keys);
	}
}

const struct node *acl_definition(const struct acl *acl, const char *name)
{
	struct node wanted = {.key = name};
	const struct node *key = &wanted;
	const struct node *const *found = NULL;

	if (acl->defined.len > 0) {
		found = bsearch(&key, acl->defined.at, acl->defined.len, sizeof(*acl->defined.at),
				compare_keys);
	}
	return found ? *found : NULL;
}

void acl_read(struct acl *acl)
{
	for (enum section section = 0; section < SECTIONS; section++) {
		read_section(acl, section);
	}
	for (size_t i = 0; i < sizeof(list_forms) / sizeof(list_forms[0]); i++) {
		read_form(acl, &list_forms[i]);
	}
	read_definitions(acl);
}

void acl_release(struct acl *acl)
{
	VEC_RELEASE(&acl->uses);
	VEC_RELEASE(&acl->defined);
}
