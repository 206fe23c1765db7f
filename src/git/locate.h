/**
 * Where the git directory of a work tree is, found without running git: the nearest `.git` upwards,
 * a directory or a file that names one (linked worktrees, submodules).
 */
#ifndef GIT_LOCATE_H
#define GIT_LOCATE_H

#include <stdbool.h>

#include "base/err.h"

/** `{0}` is "no git". Release with git_place_release. */
struct git_place {
	char *top;        /**< of the work tree; absolute, real; NULL: no git */
	char *git_dir;    /**< of this work tree; absolute */
	char *common_dir; /**< shared by all work trees of the repository; absolute */
	char *prefix;     /**< the root below `top`, with a trailing slash; NULL if it is the top */
	bool asks_git;    /**< object ids are not SHA-1, or the configuration is unreadable */
};

/**
 * @param root  absolute real path of a directory
 * @param out   zeroed; stays so where there is no git, in a bare repository, and where git's work
 *              tree is somewhere else (core.worktree)
 */
void git_locate(const char *root, struct git_place *out);

/**
 * Are the files that every git command opens really files? git waits for whoever writes to a pipe.
 *
 * @return  0 also where there is no git; -1 with ERR_INPUT
 */
int git_place_check(const struct git_place *place, struct err *err);

/** git_locate for a root that may lead over symbolic links, then git_place_check. -1 also if the
 * root does not exist. */
int git_place_find(const char *root, struct git_place *out, struct err *err);

void git_place_release(struct git_place *place);

static inline void auto_git_place(struct git_place *place)
{
	git_place_release(place);
}

#endif
