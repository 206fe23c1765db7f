/**
 * The question to git which files differ; private to git/. What callers see of it is tree_changed.
 */
#ifndef GIT_CHANGES_H
#define GIT_CHANGES_H

#include "base/err.h"
#include "base/str.h"

/**
 * Append the paths, relative to the root and each with a NUL behind it, in which two sides differ.
 *
 * @param index_file  as for git_run_on
 * @param sides       arguments of `git diff` that name the sides, at most two; ends with NULL
 */
int changes_ask(const char *root, const char *index_file, const char *const *sides, struct str *out,
		struct err *err);

#endif
