/**
 * What a revision is: the commit that its name stands for, and what the root's folder was then.
 */
#ifndef GIT_REVISION_H
#define GIT_REVISION_H

#include "base/err.h"

/** Hexadecimal digits of the longest object id, and the NUL. */
#define REVISION_BYTES 65

/**
 * The id of the commit that a revision names, as git names revisions; a tag leads to its commit.
 *
 * @param root  the work tree, or a folder in it
 * @return      0; -1 with ERR_ABSENT if there is no git or no such commit, and in a sentence
 *              whether that may be because the clone is shallow
 */
int revision_commit(const char *root, const char *revision, char out[REVISION_BYTES],
		    struct err *err);

/** The id of the tree of a commit, whole or of the folder `below` with a trailing slash ("" for
 * the whole). -1 with ERR_ABSENT if the commit has no such folder. */
int revision_tree(const char *root, const char *commit, const char *below, char out[REVISION_BYTES],
		  struct err *err);

#endif
