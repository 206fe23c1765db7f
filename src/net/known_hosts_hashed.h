/**
 * The hashed names of known_hosts. Each costs an HMAC for each name that is asked for; so a name is
 * computed once, whoever asks for it, and a line whose name was found is not tried with others.
 * Private to net/known_hosts*.c; for one thread.
 */
#ifndef NET_KNOWN_HOSTS_HASHED_H
#define NET_KNOWN_HOSTS_HASHED_H

#include "net/known_hosts.h"

struct known_hosts_hashed;

/** Collect them, in the arena, which is used later too. @return NULL if there are none */
struct known_hosts_hashed *known_hosts_hashed(struct arena *arena, const struct known_hosts *hosts);

/**
 * The first line from number `from` on whose hashed name this is.
 *
 * @param name  in lower case; with a port, "[name]:port"
 * @return      its number; SIZE_MAX if there is none
 */
size_t known_hosts_hashed_next(struct known_hosts_hashed *hashed, struct text name, size_t from);

/** HMACs made so far. */
size_t known_hosts_hashed_work(const struct known_hosts_hashed *hashed);

#endif
