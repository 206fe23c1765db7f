#include "git/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "git/git.h"
#include "git/revision.h"
#include "git/tracked.h"
#include "git/tree_ops.h"

/** Most arguments that name the sides. */
#define SIDES_MAX 2

/** One form of the answer, whatever the user's diff settings are; nobody's driver is run. */
static const char *const diff_args[] = {
	"diff",         "--name-only",   "-z",
	"--no-color",   "--no-ext-diff", "--no-textconv",
	"--no-renames", "--relative",    "--ignore-submodules=all",
	"-O/dev/null",
};

#define DIFF_ARGS (sizeof(diff_args) / sizeof(diff_args[0]))

int changes_ask(const char *root, const char *index_file, const char *const *sides, struct str *out,
		struct err *err)
{
	const char *args[DIFF_ARGS + SIDES_MAX + 3] = {NULL};
	size_t len = DIFF_ARGS;

	memcpy(args, diff_args, sizeof(diff_args));
	for (size_t i = 0; i < SIDES_MAX && sides[i]; i++) {
		args[len++] = sides[i];
	}
	args[len++] = "--";
	args[len] = ".";
	return git_run_on(root, index_file, args, INDEX_MAX_BYTES, out, err);
}

int tree_changed(struct tree *tree, const char *revision, struct tree_changes *out, struct err *err)
{
	struct tree_changes found = {.answer = {.max = INDEX_MAX_BYTES}};
	struct VEC(const char *) paths = {0};
	struct text rest = {0};
	struct text path = {0};

	if (revision_commit(tree->root, revision, found.commit, err) ||
	    tree->ops->changed(tree, found.commit, &found.answer, err)) {
		str_release(&found.answer);
		return -1;
	}
	rest = str_view(&found.answer);
	while (rest.len > 0 && text_split(&rest, '\0', &path)) {
		*VEC_ADD(&paths) = path.at;
	}
	if (paths.len > 0) {
		qsort(paths.at, paths.len, sizeof(*paths.at), compare_names);
	}
	found.at = paths.at;
	found.len = paths.len;
	*out = found;
	return 0;
}

void tree_changes_release(struct tree_changes *changes)
{
	free(changes->at);
	str_release(&changes->answer);
	*changes = (struct tree_changes){0};
}

bool tree_changes_hold(const struct tree_changes *changes, const char *path)
{
	return changes->len > 0 && bsearch(&path, changes->at, changes->len, sizeof(*changes->at),
					   compare_names) != NULL;
}

bool tree_entry_differs(const struct tree_changes *changes, const struct tree_entry *entry)
{
	/* What is left out of the work tree (sparse) git compares by its object; what is there all
	 * the same is among the changes (worktree.c). */
	return (entry->is_unwatched && !entry->is_absent) || entry->is_conflicted ||
	       entry->is_intended || tree_changes_hold(changes, entry->path);
}

bool tree_is_unchanged(struct tree *tree, const struct tree_changes *changes, const char *path)
{
	const struct tree_entry *entry = tree_find(tree, path);

	return entry && entry->mode != GIT_MODE_LINK && !entry->is_unwatched &&
	       !tree_entry_differs(changes, entry);
}
