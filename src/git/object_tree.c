#include "git/object_tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

static const struct object_tree *object_tree_of_const(const struct tree *tree)
{
	return (const struct object_tree *)tree;
}

static struct object_tree *object_tree_of(struct tree *tree)
{
	return (struct object_tree *)tree;
}

const char *object_tree_git_dir(struct tree *tree)
{
	return object_tree_of(tree)->place.git_dir;
}

const char *object_tree_blob_folder(struct tree *tree)
{
	return object_tree_of(tree)->place.common_dir;
}

/* ---- files by path */

/** The first entry whose path is not before `path`. */
static size_t place_of(const struct tree_list *list, const char *path)
{
	size_t low = 0;
	size_t high = list->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(list->at[middle].path, path) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/** The range of entries below a directory: `*first` up to the returned index. */
static size_t entries_below(const struct tree_list *list, const char *directory, size_t *first,
			    size_t *prefix_len)
{
	AUTO(auto_str) struct str prefix = {0};
	size_t end = 0;

	str_add(&prefix, directory);
	if (prefix.len > 0) {
		str_add_char(&prefix, '/');
	}
	*prefix_len = prefix.len;
	*first = place_of(list, str_text(&prefix));
	for (end = *first; end < list->len; end++) {
		if (strncmp(list->at[end].path, str_text(&prefix), prefix.len) != 0) {
			break;
		}
	}
	return end;
}

static bool is_directory(const struct tree_list *list, const char *path)
{
	size_t first = 0;
	size_t prefix_len = 0;

	return *path == '\0' || entries_below(list, path, &first, &prefix_len) > first;
}

static enum tree_answer absent(const struct object_tree *self, const char *path,
			       const struct object_path *walk, struct err *err)
{
	if (walk->is_link) {
		err_fill(err, ERR_INPUT,
			 "'%s' leads over a symbolic link to '%s', which is not in %s", path,
			 str_text(&walk->done), self->name);
		return TREE_REFUSED;
	}
	err_fill(err, ERR_ABSENT, "'%s' is not in %s", path, self->name);
	return TREE_ABSENT;
}

enum tree_answer object_tree_read(struct tree *tree, const char *path, size_t max, struct str *out,
				  struct err *err)
{
	struct object_tree *self = object_tree_of(tree);
	AUTO(auto_object_path) struct object_path walk = {0};
	const struct tree_entry *entry = NULL;
	struct object_content content = {0};
	enum tree_answer answer = object_path_follow(self, path, &walk, err);

	if (answer != TREE_OK) {
		return answer;
	}
	entry = tree_find(tree, str_text(&walk.done));
	if (!entry && is_directory(&tree->list, str_text(&walk.done))) {
		err_fill(err, ERR_INPUT, "'%s' is a directory, not a file", path);
		return TREE_REFUSED;
	}
	if (!entry) {
		return absent(self, path, &walk, err);
	}
	answer = object_content_fetch(self, entry, &content, err);
	if (answer != TREE_OK) {
		return answer;
	}
	if (content.size > max || content.size > content.bytes.len) {
		answer = TREE_REFUSED;
		err_fill(err, ERR_LIMIT, "'%s' is larger than %zu bytes", path, max);
	} else {
		str_add_text(out, content.bytes);
	}
	free(content.store);
	return answer;
}

enum tree_answer object_tree_stat(struct tree *tree, const char *path, struct tree_stat *out,
				  struct err *err)
{
	struct object_tree *self = object_tree_of(tree);
	AUTO(auto_object_path) struct object_path walk = {0};
	const struct tree_entry *entry = NULL;
	bool is_folder = false;
	enum tree_answer answer = object_path_follow(self, path, &walk, err);

	if (answer != TREE_OK) {
		return answer;
	}
	entry = tree_find(tree, str_text(&walk.done));
	is_folder = !entry && is_directory(&tree->list, str_text(&walk.done));
	if (!entry && !is_folder) {
		return absent(self, path, &walk, err);
	}
	*out = (struct tree_stat){
		.is_directory = is_folder || entry->mode == GIT_MODE_COMMIT,
		.is_link = walk.is_link,
		.is_executable = entry && (entry->mode & S_IXUSR),
	};
	return TREE_OK;
}

enum tree_answer object_tree_directory(struct tree *tree, const char *path, struct tree_names *out,
				       struct err *err)
{
	struct object_tree *self = object_tree_of(tree);
	AUTO(auto_object_path) struct object_path walk = {0};
	struct VEC(char *) names = {0};
	size_t prefix_len = 0;
	size_t first = 0;
	size_t end = 0;
	enum tree_answer answer = object_path_follow(self, path, &walk, err);

	if (answer != TREE_OK) {
		return answer;
	}
	if (tree_find(tree, str_text(&walk.done))) {
		err_fill(err, ERR_INPUT, "'%s' is not a directory", path);
		return TREE_REFUSED;
	}
	end = entries_below(&tree->list, str_text(&walk.done), &first, &prefix_len);
	if (first == end && walk.done.len > 0) {
		return absent(self, path, &walk, err);
	}
	for (size_t i = first; i < end; i++) {
		const char *name = tree->list.at[i].path + prefix_len;
		size_t len = strcspn(name, "/");

		if (names.len == 0 || strncmp(names.at[names.len - 1], name, len) != 0 ||
		    names.at[names.len - 1][len] != '\0') {
			*VEC_ADD(&names) = mem_copy(name, len);
		}
	}
	if (names.len > 0) {
		qsort(names.at, names.len, sizeof(names.at[0]), compare_names);
	}
	*out = (struct tree_names){names.at, names.len};
	return TREE_OK;
}

/* ---- for scanning */

enum tree_answer object_tree_open_entry(const struct tree *tree, const struct tree_entry *entry,
					struct tree_file *file, struct err *err)
{
	struct object_content content = {0};
	enum tree_answer answer =
		object_content_fetch(object_tree_of_const(tree), entry, &content, err);

	if (answer != TREE_OK) {
		return answer;
	}
	if (entry->mode == GIT_MODE_LINK) {
		str_add_text(file->link, content.bytes);
		file->is_link = true;
		file->at_end = true;
		free(content.store);
		return TREE_OK;
	}
	file->store = content.store;
	file->held = content.bytes;
	file->size = content.size;
	return TREE_OK;
}

void object_tree_free(struct tree *tree)
{
	struct object_tree *self = object_tree_of(tree);

	blobs_free(self->blobs);
	git_place_release(&self->place);
	beneath_close(&self->beneath);
	str_release(&self->index_file);
	str_release(&self->listed);
	free(self);
}

int object_tree_init(struct object_tree *self, const char *root, struct err *err)
{
	char *real = realpath(root, NULL);

	self->beneath.root_fd = -1;
	self->tree.root = real;
	if (!real || beneath_open_root(&self->beneath, real)) {
		return err_errno(err, "open directory '%s'", root);
	}
	self->blobs = blobs_open(real);
	git_locate(real, &self->place);
	return 0;
}
