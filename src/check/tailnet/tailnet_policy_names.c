/* Names that are used, and names that are defined: Tailscale refuses a policy where they differ. */
#include <stdlib.h>
#include <string.h>

#include "check/tailnet/tailnet_selector.h"

/** A meant name is looked for among so many; in larger policies nobody waits for a guess. */
#define GUESSED_AMONG 1000

/** What a name has to be defined as. */
struct sort {
	const char *prefix;
	const char *section;
	const char *hint;
};

static const struct sort sorts[] = {
	{"tag:", "tagOwners", "give the tag owners, or correct its name"},
	{"group:", "groups", "define the group, or correct its name"},
	{"ipset:", "ipsets", "define the ipset, or correct its name"},
	{"posture:", "postures", "define the posture, or correct its name"},
};

static const struct sort host_sort = {
	NULL, "hosts",
	"a user has an '@', an address is written out; define the host, or correct it"};

/** What the name has to be defined as; NULL if it needs no definition. */
static const struct sort *sort_of(const struct use *use)
{
	const char *name = use->name;

	if (use->role == ROLE_WORD || selector_is_synced_group(name)) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (text_starts(text_of(name), sorts[i].prefix)) {
			return &sorts[i];
		}
	}
	/* Only where packets come from or go to a host may stand. */
	if ((use->role != ROLE_SRC && use->role != ROLE_DST && use->role != ROLE_TARGET) ||
	    strchr(name, '@') || selector_is_anybody(name) || selector_is_address(name) ||
	    strchr(name, ':')) {
		return NULL;
	}
	return &host_sort;
}

/** A name that nothing defines. */
struct undefined {
	const struct use *use;
	const struct sort *sort;
	size_t order;
};

static int compare_undefined(const void *left, const void *right)
{
	const struct undefined *a = left;
	const struct undefined *b = right;
	int order = strcmp(a->use->name, b->use->name);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/** The defined name that may be meant; NULL if none is near. */
static const char *meant(const struct acl *acl, const char *name)
{
	const char *words[GUESSED_AMONG + 1] = {0};

	if (acl->defined.len > GUESSED_AMONG) {
		return NULL;
	}
	for (size_t i = 0; i < acl->defined.len; i++) {
		words[i] = acl->defined.at[i]->key;
	}
	return nearest_word(name, words);
}

/** `count` uses of one name, as one finding. */
static void report(struct acl *acl, const struct undefined *uses, size_t count)
{
	const struct use *use = uses[0].use;
	const char *near = meant(acl, use->name);
	struct finding *finding = acl_add(acl, VERDICT_FAIL, REASON_TAILNET_POLICY_UNDEFINED,
					  use->node->where, use->name,
					  near ? "'%s' is not defined in '%s'; did you mean '%s'?"
					       : "'%s' is not defined in '%s'",
					  use->name, uses[0].sort->section, near);

	finding->hint = uses[0].sort->hint;
	for (size_t i = 1; i < count && i <= RELATED_MAX; i++) {
		finding_relate(finding, uses[i].use->node->where);
	}
}

void acl_judge_names(struct acl *acl)
{
	struct VEC(struct undefined) found = {0};
	size_t first = 0;

	for (size_t i = 0; i < acl->uses.len; i++) {
		const struct use *use = &acl->uses.at[i];
		const struct sort *sort = sort_of(use);

		if (sort && !acl_definition(acl, use->name)) {
			*VEC_ADD(&found) = (struct undefined){use, sort, i};
		}
	}
	if (found.len > 1) {
		qsort(found.at, found.len, sizeof(*found.at), compare_undefined);
	}
	for (size_t i = 1; i <= found.len; i++) {
		if (i == found.len ||
		    strcmp(found.at[i].use->name, found.at[first].use->name) != 0) {
			report(acl, &found.at[first], i - first);
			first = i;
		}
	}
	VEC_RELEASE(&found);
}
