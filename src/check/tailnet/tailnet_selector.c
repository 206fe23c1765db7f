#include "check/tailnet/tailnet_selector.h"

#include <string.h>
#include <strings.h>

/** A group is no member of a group; what says otherwise is followed no deeper than this. */
#define GROUP_DEPTH 2

/** Members of groups that are looked at in all: a hundred rules and as many identities with two
 * hundred users each. What is beyond is undecided, instead of a gate without an end. */
#define LOOKS_MAX ((size_t)2000000)

/** Autogroups, and whether a file says who belongs to them. */
static const struct {
	const char *name;
	const char *why; /**< COVER_MAYBE: why nobody can say from the file who belongs to it */
} autogroups[] = {
	{"autogroup:member", NULL},
	{"autogroup:members", NULL}, /* its name until 2023 */
	{"autogroup:tagged", NULL},
	{"autogroup:danger-all", NULL},
	{"autogroup:admin", "is users by role, which the policy does not name"},
	{"autogroup:owner", "is users by role, which the policy does not name"},
	{"autogroup:it-admin", "is users by role, which the policy does not name"},
	{"autogroup:network-admin", "is users by role, which the policy does not name"},
	{"autogroup:billing-admin", "is users by role, which the policy does not name"},
	{"autogroup:auditor", "is users by role, which the policy does not name"},
	{"autogroup:shared", "is users of other tailnets, which the policy does not name"},
	{"autogroup:self", "is the devices of whoever asks"},
	{"autogroup:internet", "is what lies behind an exit node"},
	{"autogroup:nonroot", "is users of a host"},
};

#define AUTOGROUPS (sizeof(autogroups) / sizeof(autogroups[0]))

static bool starts(const char *text, const char *prefix)
{
	return text_starts(text_of(text), prefix);
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(text, *words) == 0) {
			return true;
		}
	}
	return false;
}

/** An autogroup of a name that is not in the table: misspelt, or younger than this program. */
static bool is_unknown_autogroup(const char *selector)
{
	if (!starts(selector, "autogroup:")) {
		return false;
	}
	for (size_t i = 0; i < AUTOGROUPS; i++) {
		if (strcmp(selector, autogroups[i].name) == 0) {
			return false;
		}
	}
	return true;
}

static bool is_member(const char *selector)
{
	static const char *const words[] = {"autogroup:member", "autogroup:members", NULL};

	return is_one_of(selector, words);
}

bool selector_is_anybody(const char *selector)
{
	static const char *const words[] = {"*", "autogroup:danger-all", NULL};

	return is_one_of(selector, words);
}

bool selector_is_tagged(const char *selector)
{
	return starts(selector, "tag:") || strcmp(selector, "autogroup:tagged") == 0;
}

bool selector_is_broad(const char *selector)
{
	return selector_is_anybody(selector) || is_member(selector) ||
	       strcmp(selector, "autogroup:tagged") == 0;
}

bool selector_is_synced_group(const char *selector)
{
	return starts(selector, "group:") && strchr(selector, '@');
}

const char *selector_unknown_autogroup(const char *selector)
{
	const char *words[AUTOGROUPS + 1] = {0};
	const char *near = NULL;

	for (size_t i = 0; i < AUTOGROUPS; i++) {
		words[i] = autogroups[i].name;
	}
	if (!is_unknown_autogroup(selector)) {
		return NULL;
	}
	near = nearest_word(selector, words);
	return near ? near : "";
}

bool selector_is_address(const char *selector)
{
	struct text rest = text_of(selector);
	struct text part = {0};
	struct address address;

	/* Of a network or a range the first address says enough. */
	(void)text_split(&rest, '/', &part);
	rest = part;
	(void)text_split(&rest, '-', &part);
	if (part.len > 2 && part.at[0] == '[' && part.at[part.len - 1] == ']') {
		part = (struct text){part.at + 1, part.len - 2};
	}
	return address_parse(part, &address);
}

/** A user, or something that stands for users. */
static bool is_of_users(const char *selector)
{
	return strchr(selector, '@') || starts(selector, "group:") || starts(selector, "user:") ||
	       (starts(selector, "autogroup:") && !selector_is_tagged(selector));
}

/** "alice@example.com" of "user:alice@example.com". */
static const char *login(const char *user)
{
	return starts(user, "user:") ? user + strlen("user:") : user;
}

/** Does a pattern ("*@example.com") mean the user, among others? */
static bool is_user_of(const char *user, const char *pattern)
{
	const char *domain = strrchr(user, '@');

	return starts(pattern, "*@") && domain && strcasecmp(pattern + 1, domain) == 0;
}

/** Do two logins mean one user, or a pattern and a user of it? */
static struct covering covers_user(struct check *check, const char *selector, const char *identity)
{
	const char *user = login(selector);

	if (strcasecmp(user, login(identity)) == 0) {
		return (struct covering){COVER_YES, "is the identity itself"};
	}
	if (is_user_of(login(identity), user)) {
		return (struct covering){COVER_YES,
					 check_text(check, "is every user of %s", user + 2)};
	}
	if (is_user_of(user, login(identity))) {
		return (struct covering){COVER_YES, "is one of them"};
	}
	return (struct covering){COVER_NO, NULL};
}

static struct covering covers(const struct acl *acl, const char *selector, const char *identity,
			      int depth);

/** Of what the members of a group give, the best. The group is the selector if `is_selector`, else
 * the identity. */
static struct covering covers_members(const struct acl *acl, const char *group, const char *other,
				      bool is_selector, int depth)
{
	const struct node *list = acl_definition(acl, group);
	struct covering best = {COVER_NO, NULL};

	if (!list || list->kind != NODE_LIST || depth == GROUP_DEPTH) {
		best.cover = COVER_MAYBE;
		best.why = is_selector
				   ? "is a group whose members the policy does not name"
				   : "may hold a member of the identity, which it does not name";
		return best;
	}
	for (const struct node *member = list->first; member; member = member->next) {
		struct covering one = {COVER_NO, NULL};

		if (*acl->looks >= LOOKS_MAX) {
			return (struct covering){COVER_MAYBE,
						 "may do so; the groups are too large to look "
						 "through for all rules and identities"};
		}
		++*acl->looks;
		if (member->kind == NODE_SCALAR) {
			one = is_selector ? covers(acl, member->text.at, other, depth + 1)
					  : covers(acl, other, member->text.at, depth + 1);
		}
		if (one.cover > best.cover) {
			best.cover = one.cover;
			best.why = check_text(acl->check,
					      is_selector ? "holds %s" : "covers its member %s",
					      member->text.at);
		}
	}
	return best;
}

/** A selector that stands for users, and an identity that does. */
static struct covering covers_users(const struct acl *acl, const char *selector,
				    const char *identity, int depth)
{
	if (is_member(selector)) {
		return (struct covering){COVER_YES, "is every user"};
	}
	if (is_member(identity)) {
		return (struct covering){COVER_YES, "is one of all users"};
	}
	for (size_t i = 0; i < AUTOGROUPS; i++) {
		if (strcmp(selector, autogroups[i].name) == 0 ||
		    strcmp(identity, autogroups[i].name) == 0) {
			return (struct covering){COVER_MAYBE, autogroups[i].why};
		}
	}
	if (starts(selector, "group:")) {
		return covers_members(acl, selector, identity, true, depth);
	}
	if (starts(identity, "group:")) {
		return covers_members(acl, identity, selector, false, depth);
	}
	return covers_user(acl->check, selector, identity);
}

static struct covering covers(const struct acl *acl, const char *selector, const char *identity,
			      int depth)
{
	bool is_tag = selector_is_tagged(identity);

	if (selector_is_anybody(selector)) {
		return (struct covering){COVER_YES, "is everybody"};
	}
	if (strcmp(selector, identity) == 0) {
		return (struct covering){COVER_YES, "is the identity itself"};
	}
	if (selector_is_anybody(identity)) {
		return (struct covering){COVER_YES, "is somebody"};
	}
	if (is_unknown_autogroup(selector)) {
		return (struct covering){COVER_MAYBE, "is no autogroup that this program knows"};
	}
	if (is_unknown_autogroup(identity) || (!is_tag && !is_of_users(identity))) {
		return (struct covering){COVER_MAYBE,
					 "may be that identity, which is neither a user nor a tag "
					 "nor a group"};
	}
	if (selector_is_tagged(selector)) {
		bool is_all = is_tag && (strcmp(selector, "autogroup:tagged") == 0 ||
					 strcmp(identity, "autogroup:tagged") == 0);

		return is_all ? (struct covering){COVER_YES, "is every tagged device"}
			      : (struct covering){COVER_NO, NULL};
	}
	if (!is_of_users(selector)) {
		return (struct covering){COVER_MAYBE, "is a device, whoever uses it"};
	}
	return is_tag ? (struct covering){COVER_NO, NULL}
		      : covers_users(acl, selector, identity, depth);
}

struct covering selector_covers(const struct acl *acl, const char *selector, const char *identity)
{
	return covers(acl, selector, identity, 0);
}
