/**
 * Trees whose files are blobs: the git index (index_tree.c) and a revision
 * (revision_tree.c); private to git/. They differ in how
 * their list is made; reading, following links and scanning are the same.
 *
 * Reading blobs from the object store costs about five times what reading files costs, so a file of
 * the work tree is taken instead where it is the blob. What proves that is the object id: git's
 * name for exactly these bytes. (Stat data would be a little cheaper, and leave file times,
 * filters, line endings and every attribute and setting that chooses them to be reasoned about.)
 */
#ifndef GIT_OBJECT_TREE_H
#define GIT_OBJECT_TREE_H

#include "git/beneath.h"
#include "git/blobs.h"
#include "git/locate.h"
#include "git/revision.h"
#include "git/tree_ops.h"

struct object_tree {
	struct tree tree;
	const char *name; /**< for messages: "the git index" */
	struct beneath beneath;
	struct git_place place;
	struct blobs *blobs;
	struct str listed;           /**< the list points into it */
	struct str index_file;       /**< of an index: its path */
	char commit[REVISION_BYTES]; /**< of a revision */
	char object[REVISION_BYTES]; /**< of a revision: the id of its tree */
};

/**
 * Fill the head of a tree.
 *
 * @param self  zeroed, allocated; object_tree_free lets go of it, also after -1
 * @param root  an existing directory
 */
int object_tree_init(struct object_tree *self, const char *root, struct err *err);

/* The functions of the row (tree_ops.h) that all of them share. */

/** As tree_git_dir. */
const char *object_tree_git_dir(struct tree *tree);
/** As tree_blob_folder. */
const char *object_tree_blob_folder(struct tree *tree);
/** As tree_read, over the links of the tree. */
enum tree_answer object_tree_read(struct tree *tree, const char *path, size_t max, struct str *out,
				  struct err *err);
/** As tree_directory: what the list has below the folder. */
enum tree_answer object_tree_directory(struct tree *tree, const char *path, struct tree_names *out,
				       struct err *err);
/** As tree_stat: what the list says. */
enum tree_answer object_tree_stat(struct tree *tree, const char *path, struct tree_stat *out,
				  struct err *err);
/** As tree_open_entry; the bytes are held. */
enum tree_answer object_tree_open_entry(const struct tree *tree, const struct tree_entry *entry,
					struct tree_file *file, struct err *err);
/** Lets go of everything, and of itself. */
void object_tree_free(struct tree *tree);

/* ---- object_content.c */

/** Content with what holds it. */
struct object_content {
	char *store; /**< freed by the caller */
	struct text bytes;
	size_t size; /**< more than `bytes` if that is only the start */
};

/**
 * The content of an entry, at most TREE_HELD_MAX_BYTES of it. Safe to call from several threads at
 * once.
 */
enum tree_answer object_content_fetch(const struct object_tree *self,
				      const struct tree_entry *entry, struct object_content *out,
				      struct err *err);

/* ---- object_path.c */

/** Where a path leads while its links are followed. `{0}` is the root. */
struct object_path {
	struct str done; /**< without links and dots, no slash at its ends; "" is the root */
	struct str rest; /**< to be followed still */
	unsigned links;  /**< how many were followed */
	bool is_link;    /**< the path itself names a link, not only a folder on its way */
};

void object_path_release(struct object_path *path);

/** object_path_release for AUTO. */
static inline void auto_object_path(struct object_path *path)
{
	object_path_release(path);
}

/** Follow a path over the links of the tree to its end, whether there is something or not. */
enum tree_answer object_path_follow(struct object_tree *self, const char *path,
				    struct object_path *walk, struct err *err);

#endif
