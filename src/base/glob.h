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

#include "base/str.h"

/** Longest pattern in bytes. */
#define GLOB_MAX_BYTES 255

/** Does the path match? A pattern with a mistake matches nothing. Bytes count, not characters. */
bool glob_match(const char *pattern, const char *path);

/** What there is to do for one path. */
enum glob_form {
	GLOB_WHOLE, /**< the path is the literal */
	GLOB_END,   /**< the path ends with the literal */
	GLOB_NAME,  /**< its last component is the literal */
	GLOB_OTHER, /**< the literal is somewhere in it, and glob_match says yes */
};

/** A pattern to be matched against many paths: most are settled by a look at one literal. */
struct glob_prepared {
	const char *pattern; /**< borrowed */
	enum glob_form form;
	struct text literal; /**< in the pattern */
};

/** Prepare a pattern. */
struct glob_prepared glob_prepare(const char *pattern);

/** As glob_match, for a path without empty components; a view of a NUL-terminated string. */
bool glob_prepared_match(const struct glob_prepared *glob, struct text path);

/** What is wrong with a pattern, for a message; NULL if it is good. */
const char *glob_mistake(const char *pattern);

#endif
