/**
 * Tracked files that git was told not to look at (skip-worktree, assume-unchanged): `git status`
 * and `git diff` call them unchanged whatever is in them.
 */
#ifndef GIT_UNWATCHED_H
#define GIT_UNWATCHED_H

#include "git/manifest.h"
#include "git/tree.h"

/** Largest file that is compared; a larger one counts as changed. */
#define UNWATCHED_MAX_BYTES ((size_t)64 * 1024 * 1024)

/**
 * Find those whose content is not what the index says, byte for byte; one that may be absent and is
 * counts as unchanged.
 *
 * @param out  appended to; the paths are relative to the root and belong to the tree
 * @return     0; -1 if there is no list of tracked files
 */
int unwatched_changes(struct tree *tree, struct manifest *out, struct err *err);

#endif
