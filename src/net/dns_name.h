/**
 * Comparing DNS names as people and programs write them: in any case, with or without the dot of
 * the root at the end. Whether a name is one at all is name_is_valid (net/address.h).
 */
#ifndef NET_DNS_NAME_H
#define NET_DNS_NAME_H

#include "base/mem.h"
#include "base/str.h"

/** The name without the dot at its end. */
struct text dns_name_bare(struct text name);

/** A copy of it without that dot; NULL if nothing is left, or for NULL. */
const char *dns_name_copy(struct arena *arena, const char *name);

/** Are they one name? */
bool dns_name_same(const char *left, const char *right);

/** Has the name labels before a dot and the suffix? Below NULL and "" is nothing. */
bool dns_name_is_below(const char *name, const char *suffix);

#endif
