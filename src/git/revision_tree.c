/* A revision as a tree, through git's objects alone: nothing is checked out. */
#include <string.h>

#include "base/cleanup.h"
#include "git/changes.h"
#include "git/git.h"
#include "git/ls_tree.h"
#include "git/object_tree.h"
#include "git/revision.h"
#include "git/tracked.h"

static int revision_tree_list(struct tree *tree, struct tree_list *out, struct err *err)
{
	struct object_tree *self = (struct object_tree *)tree;
	const char *const args[] = {"ls-tree", "-r", "-z", "--full-tree", self->object, NULL};

	self->listed.max = INDEX_MAX_BYTES;
	if (git_run(tree->root, args, INDEX_MAX_BYTES, &self->listed, err)) {
		return -1;
	}
	return ls_tree_parse(&tree->arena, str_view(&self->listed), out, err);
}

static int revision_tree_changed(struct tree *tree, const char *commit, struct str *out,
				 struct err *err)
{
	const struct object_tree *self = (const struct object_tree *)tree;
	const char *const sides[] = {commit, self->commit, NULL};

	return changes_ask(tree->root, NULL, sides, out, err);
}

static const struct tree_ops revision_tree_ops = {
	.git_dir = object_tree_git_dir,
	.blob_folder = object_tree_blob_folder,
	.list = revision_tree_list,
	.read = object_tree_read,
	.directory = object_tree_directory,
	.stat = object_tree_stat,
	.open_entry = object_tree_open_entry,
	.changed = revision_tree_changed,
	.free = object_tree_free,
};

int tree_open_revision(const char *root, const char *revision, struct tree **out, struct err *err)
{
	struct object_tree *self = mem_alloc(sizeof(*self));
	struct tree_list list = {0};
	int failed = 0;

	self->tree.ops = &revision_tree_ops;
	failed = object_tree_init(self, root, err);
	failed = failed || revision_commit(root, revision, self->commit, err) ||
		 revision_tree(root, self->commit, self->place.prefix ? self->place.prefix : "",
			       self->object, err);
	if (failed || tree_list(&self->tree, &list, err)) {
		tree_free(&self->tree);
		return -1;
	}
	self->name = arena_printf(&self->tree.arena, "revision %s", revision);
	*out = &self->tree;
	return 0;
}
