/**
 * Authorities of one's own: the file that a gate's setting `ca` names.
 */
#ifndef CHECK_REACH_AUTHORITIES_H
#define CHECK_REACH_AUTHORITIES_H

#include "check/check.h"
#include "net/tls.h"

/**
 * Read it.
 *
 * @param path  in the repo
 * @param out   as tls_roots_read
 * @return      false: it cannot be used, and the check has the finding that says so
 */
bool authorities_read(struct check *check, const char *path, const struct tls_roots **out);

#endif
