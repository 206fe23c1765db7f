/**
 * Globs for paths, matched in linear time.
 *
 * `*` and `?` stand for characters of one component, `[a-z]` and `[!a-z]` for one of a set, `\x`
 * for `x` itself; `**` as a whole component stands for any number of components. A pattern is
 * matched against the whole path, relative to the root; one without a `/` against the last
 * component, at any depth. A `/` at the start changes nothing but that; one at the end means
 * everything below.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>

/** Longest pattern in bytes. */
#define GLOB_MAX_BYTES 255

/** Does the path match? A pattern with a mistake matches nothing. Bytes count, not characters. */
bool glob_match(const char *pattern, const char *path);

/** What is wrong with a pattern, for a message; NULL if it is good. */
const char *glob_mistake(const char *pattern);

#endif
