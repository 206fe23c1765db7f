/**
 * The answer of `git ls-tree -r -z`: the files of a revision.
 */
#ifndef GIT_LS_TREE_H
#define GIT_LS_TREE_H

#include "base/mem.h"
#include "git/tree.h"

/**
 * Make a list of the answer.
 *
 * @param bytes  the paths of the list point into it
 * @return       0; -1 with ERR_INPUT where the answer, a path or the order makes no sense
 */
int ls_tree_parse(struct arena *arena, struct text bytes, struct tree_list *out, struct err *err);

#endif
