/**
 * The lines of known_hosts by the names that they spell out, so that the time for a look-up does
 * not grow with the file. Lines with patterns spell nothing out; those are looked at each time.
 * Hashed names are in known_hosts_hashed.h. Private to net/known_hosts*.c.
 */
#ifndef NET_KNOWN_HOSTS_INDEX_H
#define NET_KNOWN_HOSTS_INDEX_H

#include "net/known_hosts.h"

/** Make the index of the lines, in the arena. @return NULL if there are none */
const struct known_hosts_index *known_hosts_index(struct arena *arena,
						  const struct known_hosts *hosts);

/**
 * The first line from number `from` on that may name the host: one with its name, spelled out or
 * hashed, or one with patterns.
 *
 * @return  its number; the number of lines if there is none
 */
size_t known_hosts_candidate(const struct known_hosts *hosts, const struct host_name *wanted,
			     size_t from);

/** How many hashed names were compared so far. */
size_t known_hosts_work(const struct known_hosts *hosts);

#endif
