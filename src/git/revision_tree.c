/* A revision as a tree, through git's objects alone: nothing is checked out. */
#include <string.h>

#include "base/cleanup.h"
#include "git/git.h"
#include "git/ls_tree.h"
#include "git/object_tree.h"
#include "git/tracked.h"

/** Ceiling of an object id and its newline. */
#define ID_BYTES ((size_t)256)

/** The tree object of the root's folder in the revision, so that a moving branch is read once. */
static int find_tree(const struct object_tree *self, const char *revision, struct str *out,
		     struct err *err)
{
	AUTO(auto_str) struct str name = {0};
	const char *const args[] = {"rev-parse", "--verify", "-q", "--end-of-options", NULL, NULL};
	const char *words[sizeof(args) / sizeof(args[0])];

	/* "^{commit}" first: a tag is peeled, a file of that name is not meant. */
	str_printf(&name, "%s^{commit}:%s", revision, self->place.prefix ? self->place.prefix : "");
	memcpy(words, args, sizeof(args));
	words[4] = name.at;
	if (git_run(self->tree.root, words, ID_BYTES, out, err)) {
		return err_set(err, ERR_ABSENT, "'%s' is no revision that has this folder",
			       revision);
	}
	while (out->len > 0 && out->at[out->len - 1] == '\n') {
		str_cut(out, out->len - 1);
	}
	return 0;
}

static int revision_tree_list(struct tree *tree, struct tree_list *out, struct err *err)
{
	struct object_tree *self = (struct object_tree *)tree;
	const char *const args[] = {"ls-tree", "-r", "-z", "--full-tree", self->object.at, NULL};

	self->listed.max = INDEX_MAX_BYTES;
	if (git_run(tree->root, args, INDEX_MAX_BYTES, &self->listed, err)) {
		return -1;
	}
	return ls_tree_parse(&tree->arena, str_view(&self->listed), out, err);
}

static const struct tree_ops revision_tree_ops = {
	.git_dir = object_tree_git_dir,
	.list = revision_tree_list,
	.read = object_tree_read,
	.directory = object_tree_directory,
	.open_entry = object_tree_open_entry,
	.free = object_tree_free,
};

int tree_open_revision(const char *root, const char *revision, struct tree **out, struct err *err)
{
	struct object_tree *self = mem_alloc(sizeof(*self));
	struct tree_list list = {0};
	int failed = 0;

	self->tree.ops = &revision_tree_ops;
	failed = object_tree_init(self, root, err);
	if (!failed && !self->place.git_dir) {
		failed = err_set(err, ERR_ABSENT, "'%s' is not in a git work tree", root);
	}
	if (failed || find_tree(self, revision, &self->object, err) ||
	    tree_list(&self->tree, &list, err)) {
		tree_free(&self->tree);
		return -1;
	}
	self->name = arena_printf(&self->tree.arena, "revision %s", revision);
	*out = &self->tree;
	return 0;
}
