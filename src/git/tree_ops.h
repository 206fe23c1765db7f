/**
 * What a tree must be able to do; private to git/.
 *
 * To add a tree: a file with a struct that starts with `struct tree`, a `tree_open_<name>` in
 * tree.h, and one row of these functions. Keeping what was read is done once, in tree.c.
 */
#ifndef GIT_TREE_OPS_H
#define GIT_TREE_OPS_H

#include "base/mem.h"
#include "base/vec.h"
#include "git/tree.h"

struct tree_ops {
	bool is_on_disk; /**< as tree_is_on_disk */
	/** As tree_git_dir. */
	const char *(*git_dir)(struct tree *tree);
	/** As tree_blob_folder; NULL: this tree never has one. */
	const char *(*blob_folder)(struct tree *tree);
	/** As tree_list, called once; the entries live in the tree's arena. */
	int (*list)(struct tree *tree, struct tree_list *out, struct err *err);
	/** As tree_read, the bytes appended to `out`; the path has been checked. */
	enum tree_answer (*read)(struct tree *tree, const char *path, size_t max, struct str *out,
				 struct err *err);
	/** As tree_directory; the path has been checked. */
	enum tree_answer (*directory)(struct tree *tree, const char *path, struct tree_names *out,
				      struct err *err);
	/** As tree_stat; the path has been checked. */
	enum tree_answer (*stat)(struct tree *tree, const char *path, struct tree_stat *out,
				 struct err *err);
	/** As tree_open_entry; `entry`, `fd` -1 and the zeros are set already. */
	enum tree_answer (*open_entry)(const struct tree *tree, const struct tree_entry *entry,
				       struct tree_file *file, struct err *err);
	/** The paths that differ from a commit, each with a NUL behind it, as tree_changed. */
	int (*changed)(struct tree *tree, const char *commit, struct str *out, struct err *err);
	/** Let go of everything of its own, and of itself. */
	void (*free)(struct tree *tree);
};

/** One path that was asked for, and how that ended. */
struct tree_kept {
	char *path;
	bool is_read; /**< the members below are filled */
	enum tree_answer answer;
	size_t max; /**< the ceiling it was read with */
	struct str bytes;
	struct err err;
};

/** The head of every tree. */
struct tree {
	const struct tree_ops *ops;
	char *root;
	struct VEC(struct tree_kept *) kept; /**< sorted by path */
	struct arena arena;                  /**< of the list */
	struct tree_list list;
	struct err list_err; /**< why there is no list */
	bool has_list;       /**< `list` or `list_err` is filled */
};

/** Order of paths and names: by bytes. */
int compare_names(const void *left, const void *right);

#endif
