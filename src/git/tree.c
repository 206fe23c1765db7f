#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "git/tree_ops.h"

#define MIB ((size_t)1024 * 1024)

int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *tree_root(const struct tree *tree)
{
	return tree->root;
}

const char *tree_git_dir(struct tree *tree)
{
	return tree->ops->git_dir(tree);
}

const char *tree_blob_folder(struct tree *tree)
{
	return tree->ops->blob_folder ? tree->ops->blob_folder(tree) : NULL;
}

bool tree_has_git(struct tree *tree)
{
	return tree_git_dir(tree) != NULL;
}

int tree_list(struct tree *tree, struct tree_list *out, struct err *err)
{
	if (!tree->has_list) {
		(void)tree->ops->list(tree, &tree->list, &tree->list_err);
		tree->has_list = true;
	}
	if (tree->list_err.code != ERR_NONE) {
		*err = tree->list_err;
		return -1;
	}
	*out = tree->list;
	return 0;
}

static int compare_entry(const void *key, const void *element)
{
	return strcmp(key, ((const struct tree_entry *)element)->path);
}

const struct tree_entry *tree_find(struct tree *tree, const char *path)
{
	struct tree_list list = {0};
	struct err err = {0};

	if (tree_list(tree, &list, &err) || list.len == 0) {
		return NULL;
	}
	return bsearch(path, list.at, list.len, sizeof(*list.at), compare_entry);
}

int tree_check_path(const char *path, struct err *err)
{
	struct text rest = text_of(path);
	struct text part = {0};

	if (path[0] == '\0') {
		return err_set(err, ERR_INPUT, "'' is not a path");
	}
	if (path[0] == '/') {
		return err_set(err, ERR_INPUT,
			       "'%s' is an absolute path; paths are relative to the repo", path);
	}
	while (text_split(&rest, '/', &part)) {
		if (text_is(part, "..")) {
			return err_set(err, ERR_INPUT, "'%s' leads out of the repo with '..'",
				       path);
		}
	}
	return 0;
}

/** Where the path stands among those kept, or would stand. */
static size_t place_of(const struct tree *tree, const char *path)
{
	size_t low = 0;
	size_t high = tree->kept.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(tree->kept.at[middle]->path, path) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static struct tree_kept *find_kept(struct tree *tree, const char *path)
{
	size_t place = place_of(tree, path);
	struct tree_kept *kept = NULL;

	if (place < tree->kept.len && strcmp(tree->kept.at[place]->path, path) == 0) {
		return tree->kept.at[place];
	}
	(void)VEC_ADD(&tree->kept);
	memmove(&tree->kept.at[place + 1], &tree->kept.at[place],
		(tree->kept.len - 1 - place) * sizeof(tree->kept.at[0]));
	kept = mem_alloc(sizeof(*kept));
	kept->path = mem_copy(path, strlen(path));
	tree->kept.at[place] = kept;
	return kept;
}

static enum tree_answer too_large(const char *path, size_t max, struct err *err)
{
	if (max >= MIB && max % MIB == 0) {
		err_fill(err, ERR_LIMIT, "'%s' is larger than %zu MiB", path, max / MIB);
	} else {
		err_fill(err, ERR_LIMIT, "'%s' is larger than %zu bytes", path, max);
	}
	return TREE_REFUSED;
}

/** Read what was not read yet, or not with so high a ceiling. */
static void fill_kept(struct tree *tree, struct tree_kept *kept, size_t max)
{
	if (kept->is_read && (kept->err.code != ERR_LIMIT || max <= kept->max)) {
		return;
	}
	kept->is_read = true;
	kept->err = (struct err){0};
	kept->max = max;
	kept->bytes.max = max + 1;
	kept->answer = tree->ops->read(tree, kept->path, max, &kept->bytes, &kept->err);
	if (kept->answer != TREE_OK) {
		str_release(&kept->bytes);
	}
}

enum tree_answer tree_read(struct tree *tree, const char *path, size_t max, struct text *bytes,
			   struct err *err)
{
	struct tree_kept *kept = NULL;

	if (tree_check_path(path, err)) {
		return TREE_REFUSED;
	}
	kept = find_kept(tree, path);
	fill_kept(tree, kept, max);
	if (kept->err.code == ERR_LIMIT || kept->bytes.len > max) {
		return too_large(path, max, err);
	}
	if (kept->answer != TREE_OK) {
		*err = kept->err;
		return kept->answer;
	}
	*bytes = str_view(&kept->bytes);
	return TREE_OK;
}

enum tree_answer tree_directory(struct tree *tree, const char *path, struct tree_names *out,
				struct err *err)
{
	if (tree_check_path(path, err)) {
		return TREE_REFUSED;
	}
	return tree->ops->directory(tree, path, out, err);
}

bool tree_is_on_disk(const struct tree *tree)
{
	return tree->ops->is_on_disk;
}

enum tree_answer tree_stat(struct tree *tree, const char *path, struct tree_stat *out,
			   struct err *err)
{
	if (tree_check_path(path, err)) {
		return TREE_REFUSED;
	}
	return tree->ops->stat(tree, path, out, err);
}

void tree_names_release(struct tree_names *names)
{
	for (size_t i = 0; i < names->len; i++) {
		free(names->at[i]);
	}
	free(names->at);
	*names = (struct tree_names){0};
}

void tree_digest(struct tree *tree, const char *path, size_t max, char out[65])
{
	struct text bytes = {0};
	struct err err = {0};

	if (tree_read(tree, path, max, &bytes, &err) != TREE_OK) {
		out[0] = '\0';
		return;
	}
	sha256_hex(bytes.at, bytes.len, out);
}

void tree_free(struct tree *tree)
{
	if (!tree) {
		return;
	}
	for (size_t i = 0; i < tree->kept.len; i++) {
		free(tree->kept.at[i]->path);
		str_release(&tree->kept.at[i]->bytes);
		free(tree->kept.at[i]);
	}
	VEC_RELEASE(&tree->kept);
	arena_release(&tree->arena);
	free(tree->root);
	tree->ops->free(tree);
}
