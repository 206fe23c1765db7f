/**
 * The forms inside a known_hosts line. Private to net/known_hosts*.c.
 */
#ifndef NET_KNOWN_HOSTS_FORM_H
#define NET_KNOWN_HOSTS_FORM_H

#include "base/str.h"

/** The letter in lower case; names are compared in it, whatever the locale. */
char known_host_lower(char one);

/** Append the salt and the hash of "|1|salt|hash". @return false if it is nothing of the kind */
bool hashed_name_split(struct text names, struct str *salt, struct str *hash);

#endif
