/**
 * Which index is about to be committed: git says so to its hooks with GIT_INDEX_FILE, which names
 * another file than the repository's own for `commit -a` and `commit -- path`.
 */
#ifndef GIT_INDEX_FILE_H
#define GIT_INDEX_FILE_H

#include "base/str.h"
#include "git/locate.h"

/**
 * Append the absolute path of the index of this work tree.
 *
 * @return  0; -1 with ERR_ABSENT where there is no git, and with ERR_INPUT if GIT_DIR or
 *          GIT_INDEX_FILE are about another repository: then nobody can tell what is meant
 */
int git_index_file(const struct git_place *place, struct str *out, struct err *err);

#endif
