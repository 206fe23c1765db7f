/**
 * The few settings of a repository's own `config` file that decide how its index is to be read.
 */
#ifndef GIT_GIT_CONFIG_H
#define GIT_GIT_CONFIG_H

#include <stdbool.h>

#include "base/mem.h"
#include "base/str.h"

struct git_config {
	bool is_bare;         /**< core.bare */
	bool has_other_oids;  /**< extensions.objectFormat is not sha1 */
	const char *worktree; /**< core.worktree; NULL: not set; in the arena */
};

/**
 * Pick the settings out of a file in git-config(1) syntax. Includes are not followed: git itself
 * takes these settings from the repository's own file only. Lines that make no sense are passed
 * over; the last of several equal settings counts.
 */
void git_config_parse(struct arena *arena, struct text bytes, struct git_config *out);

#endif
