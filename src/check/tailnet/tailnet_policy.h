/**
 * A tailnet's policy file as the kind tailnet_policy judges it. Inside of that kind only.
 *
 * tailnet_policy_read.c finds the sections and every name that stands in them, _names.c judges
 * whether the names are defined, _ssh.c whether a check waits for automation, and _habits.c, by a
 * table, what is allowed and seldom wise. None of them does I/O.
 */
#ifndef CHECK_TAILNET_TAILNET_POLICY_H
#define CHECK_TAILNET_TAILNET_POLICY_H

#include "base/vec.h"
#include "check/check.h"

/** Sections of a policy; the names are in `section_forms`. */
enum section {
	SECTION_ACLS,
	SECTION_GRANTS,
	SECTION_SSH,
	SECTION_TESTS,
	SECTION_SSH_TESTS,
	SECTION_NODE_ATTRS,
	SECTION_GROUPS,
	SECTION_HOSTS,
	SECTION_IPSETS,
	SECTION_TAG_OWNERS,
	SECTION_AUTO_APPROVERS,
	SECTION_POSTURES,
	SECTION_DEFAULT_POSTURE,
	SECTION_DERP_MAP,
	SECTION_DISABLE_IPV4,
	SECTION_ONE_CGNAT_ROUTE,
	SECTION_RANDOMIZE_PORT,
	SECTIONS,
};

/** What a section is called, and what it holds. */
struct section_form {
	const char *name;
	enum node_kind kind;
};

/** By enum section. */
extern const struct section_form section_forms[SECTIONS];

/** What a name in the policy is there for. */
enum role {
	ROLE_SRC,
	ROLE_DST,
	ROLE_VIA,
	ROLE_MEMBER,   /**< of a group or ipset */
	ROLE_OWNER,    /**< of a tag */
	ROLE_APPROVER, /**< whose routes need no approval */
	ROLE_TARGET,   /**< of a nodeAttrs entry */
	ROLE_POSTURE,
	ROLE_WORD, /**< no name at all: a user of a host, an attribute */
};

/** A name, where it stands. */
struct use {
	enum section section;
	enum role role;
	size_t index;            /**< of the rule in its section, from 1; 0: not in a rule */
	const struct node *rule; /**< the rule; else the list that the name is in */
	const struct node *node;
	const char *name;  /**< without "host:" and ports; in the run's arena */
	const char *ports; /**< "22,80-90" or "*"; NULL: none are written */
};

struct tailnet_policy_settings {
	struct texts required; /**< each "section" or "section|section" */
	struct texts forbid;   /**< words of habits */
};

struct acl {
	struct check *check;
	const struct tailnet_policy_settings *settings;
	const struct texts *identities; /**< of the probe policy: who acts without a human */
	const char *subject;            /**< "file:…" */
	size_t *looks;                  /**< members of groups that were looked at so far */
	const struct node *root;
	const struct node *sections[SECTIONS];   /**< NULL: not there, or null */
	struct VEC(struct use) uses;             /**< in the order of the table of lists */
	struct VEC(const struct node *) defined; /**< whatever defines a name, sorted by key */
};

/** Read a policy that is a map; what is not of the form it should have is a finding. */
void acl_read(struct acl *acl);

void acl_release(struct acl *acl);

/** The value of a key in any mix of upper and lower case, the last one; NULL if it is null. */
const struct node *acl_get(const struct node *map, const char *key);

/** The members of a list; NULL if it is none. */
const struct node *acl_members(const struct node *map, const char *key);

/** What defines the tag, group, ipset, posture or host; NULL if nothing does. */
const struct node *acl_definition(const struct acl *acl, const char *name);

/** A finding about the file. `detail` makes the fingerprint. */
struct finding *acl_add(struct acl *acl, enum verdict verdict, enum reason reason,
			struct place where, const char *detail, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/** Are the names that are used defined, and do the identities of automation exist? */
void acl_judge_names(struct acl *acl);

/** Does a check wait for an identity of automation? */
void acl_judge_ssh(struct acl *acl);

/** What is seldom wise. */
void acl_judge_habits(struct acl *acl);

/** The words for `forbid`, ended by NULL. */
const char *const *acl_habit_words(void);

#endif
