/**
 * The forms inside a known_hosts line. Private to net/known_hosts*.c.
 */
#ifndef NET_KNOWN_HOSTS_FORM_H
#define NET_KNOWN_HOSTS_FORM_H

#include "base/str.h"

/** Append the salt and the hash of "|1|salt|hash". @return false if it is nothing of the kind */
bool hashed_name_split(struct text names, struct str *salt, struct str *hash);

/** Split off a length-prefixed string of the SSH wire form (RFC 4251, section 5). */
bool ssh_string_split(struct text *rest, struct text *string);

#endif
