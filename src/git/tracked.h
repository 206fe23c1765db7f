/**
 * The list of tracked files that an index gives, whatever form the index has: read here, or asked
 * for with `git ls-files`. Private to git/.
 */
#ifndef GIT_TRACKED_H
#define GIT_TRACKED_H

#include "base/mem.h"
#include "git/locate.h"
#include "git/tree.h"

/** Ceiling of an index, and of git's answer about it: five million files. */
#define INDEX_MAX_BYTES ((size_t)512 * 1024 * 1024)

/** Whose index it is. Borrowed. */
struct tracked_source {
	const char *root; /**< files below it are listed, with paths relative to it */
	const struct git_place *place;
	const char *index_file; /**< another index than the place's own; NULL: that one */
	bool wants_intent;      /**< fill `is_intended` even where git must be asked */
};

/**
 * List the files; an index that does not exist is an empty list.
 *
 * @param arena  owns the entries
 * @param bytes  zeroed; the paths of the list may point into it, so it lives as long
 * @return       0; -1 with ERR_ABSENT where there is no git
 */
int tracked_list(const struct tracked_source *source, struct arena *arena, struct str *bytes,
		 struct tree_list *out, struct err *err);

#endif
