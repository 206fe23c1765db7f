/**
 * The hooks: where git looks for them, what they say, and whose they are.
 */
#ifndef CLI_HOOK_FILE_H
#define CLI_HOOK_FILE_H

#include "base/err.h"
#include "base/str.h"

/** Hooks that gaterun writes. */
enum hook {
	HOOK_PRE_COMMIT,
	HOOK_PRE_MERGE_COMMIT, /**< a merge without conflicts runs no pre-commit */
	HOOK_PRE_PUSH,
	HOOK_COUNT,
};

/** Where a hook of a repository is; release with hook_place_release. */
struct hook_place {
	enum hook which;
	struct str folder; /**< absolute; need not exist */
	struct str hook;   /**< folder/pre-commit, say */
	struct str local;  /**< folder/pre-commit.local: what stood there before */
	struct str below;  /**< the root below git's top; "" if it is the top */
};

enum hook_owner {
	HOOK_ABSENT,
	HOOK_OURS,    /**< just as hook_script makes it, whichever version did */
	HOOK_CHANGED, /**< ours, with changes */
	HOOK_FOREIGN, /**< somebody else's */
};

/**
 * Find the folder that git takes hooks from, core.hooksPath included.
 *
 * @return 0; -1 with ERR_ABSENT without git, ERR_INPUT if other repositories use the folder too
 */
int hook_place_find(const char *root, enum hook which, struct hook_place *out, struct err *err);

/** Append the root's folder below git's top; nothing if it is the top. -1 as hook_place_find. */
int hook_below(const char *root, struct str *out, struct err *err);

void hook_place_release(struct hook_place *place);

/** Append the script for an ops repo that is in this folder below git's top; "" for the top. */
void hook_script(enum hook which, const char *below, struct str *out);

/** Whose is the file? A link is somebody else's. -1 if it cannot be read. */
int hook_owner(const char *path, enum hook_owner *out, struct err *err);

/**
 * Put the hook into its place. One of somebody else, or with changes, becomes pre-commit.local and
 * is run first.
 *
 * @param has_moved  whether there was one
 * @return           0; -1 with ERR_BUSY if there is a pre-commit.local already
 */
int hook_install(const struct hook_place *place, bool *has_moved, struct err *err);

/**
 * Take the hook away and put back what stood there before. One of somebody else stays.
 *
 * @param owner  whose it was
 * @return       0; -1 with ERR_INPUT if it is ours with changes, or stands for commits and is not
 * ours
 */
int hook_uninstall(const struct hook_place *place, enum hook_owner *owner, struct err *err);

#endif
