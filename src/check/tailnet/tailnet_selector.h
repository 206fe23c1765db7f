/**
 * Selectors of a tailnet's policy: who is meant by "group:ops", "autogroup:member", "*".
 */
#ifndef CHECK_TAILNET_TAILNET_SELECTOR_H
#define CHECK_TAILNET_TAILNET_SELECTOR_H

#include "check/tailnet/tailnet_policy.h"

/** Does it cover somebody? The order is that of certainty. */
enum cover {
	COVER_NO,
	COVER_MAYBE, /**< the policy file alone does not say */
	COVER_YES,
};

struct covering {
	enum cover cover;
	const char *why; /**< "is everybody", after the selector; NULL for COVER_NO */
};

/** Does a selector cover an identity (a user, a tag, a group)? */
struct covering selector_covers(const struct acl *acl, const char *selector, const char *identity);

/** Is it a tag, or all of them? Such devices belong to no user. */
bool selector_is_tagged(const char *selector);

/** Does it mean everybody, or all members, or all tagged devices? */
bool selector_is_broad(const char *selector);

/** Does everybody, whatever the policy says elsewhere, belong to it? */
bool selector_is_anybody(const char *selector);

/** The autogroup that may be meant by one that Tailscale does not have; "" if none is near; NULL if
 * it is no such word. */
const char *selector_unknown_autogroup(const char *selector);

/** An address, a range of them, or a network. */
bool selector_is_address(const char *selector);

/** A group that comes from an identity provider ("group:ops@example.com"), not from the file. */
bool selector_is_synced_group(const char *selector);

#endif
