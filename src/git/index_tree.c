/* The git index as a tree: what is about to be committed. */
#include <string.h>

#include "git/changes.h"
#include "git/index_file.h"
#include "git/object_tree.h"
#include "git/tracked.h"

/** What is only intended is in no commit. */
static void drop_intended(struct tree *tree, struct tree_list *list)
{
	struct tree_entry *kept = NULL;
	size_t len = 0;

	while (len < list->len && !list->at[len].is_intended) {
		len++;
	}
	if (len == list->len) {
		return;
	}
	kept = arena_alloc(&tree->arena, list->len * sizeof(*kept));
	len = 0;
	for (size_t i = 0; i < list->len; i++) {
		if (!list->at[i].is_intended) {
			kept[len++] = list->at[i];
		}
	}
	list->at = kept;
	list->len = len;
}

static int index_tree_list(struct tree *tree, struct tree_list *out, struct err *err)
{
	struct object_tree *self = (struct object_tree *)tree;
	const struct tracked_source source = {
		.root = tree->root,
		.place = &self->place,
		.index_file = str_text(&self->index_file),
		.wants_intent = true,
	};
	struct tree_list list = {0};

	if (tracked_list(&source, &tree->arena, &self->listed, &list, err)) {
		return -1;
	}
	drop_intended(tree, &list);
	*out = list;
	return 0;
}

static int index_tree_changed(struct tree *tree, const char *commit, struct str *out,
			      struct err *err)
{
	const struct object_tree *self = (const struct object_tree *)tree;
	const char *const sides[] = {"--cached", commit, NULL};

	return changes_ask(tree->root, self->index_file.at, sides, out, err);
}

static const struct tree_ops index_tree_ops = {
	.git_dir = object_tree_git_dir,
	.blob_folder = object_tree_blob_folder,
	.list = index_tree_list,
	.read = object_tree_read,
	.directory = object_tree_directory,
	.stat = object_tree_stat,
	.open_entry = object_tree_open_entry,
	.changed = index_tree_changed,
	.free = object_tree_free,
};

int tree_open_index(const char *root, struct tree **out, struct err *err)
{
	struct object_tree *self = mem_alloc(sizeof(*self));
	struct tree_list list = {0};

	self->tree.ops = &index_tree_ops;
	self->name = "the git index";
	if (object_tree_init(self, root, err) ||
	    git_index_file(&self->place, &self->index_file, err) ||
	    tree_list(&self->tree, &list, err)) {
		tree_free(&self->tree);
		return -1;
	}
	*out = &self->tree;
	return 0;
}
