#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "git/beneath.h"
#include "git/changes.h"
#include "git/locate.h"
#include "git/tracked.h"
#include "git/tree_ops.h"

struct worktree {
	struct tree tree;
	char *real_root; /**< what realpath(3) gives for the root */
	struct beneath beneath;
	struct git_place place;
	bool is_located;   /**< `place` is filled */
	struct str listed; /**< index bytes or git's answer; the list points into them */
};

static const struct worktree *worktree_of_const(const struct tree *tree)
{
	return (const struct worktree *)tree;
}

static struct worktree *worktree_of(struct tree *tree)
{
	return (struct worktree *)tree;
}

static const struct git_place *locate(struct worktree *worktree)
{
	if (!worktree->is_located) {
		git_locate(worktree->real_root, &worktree->place);
		worktree->is_located = true;
	}
	return &worktree->place;
}

static const char *worktree_git_dir(struct tree *tree)
{
	return locate(worktree_of(tree))->git_dir;
}

/* ---- the list */

static int worktree_list(struct tree *tree, struct tree_list *out, struct err *err)
{
	struct worktree *worktree = worktree_of(tree);
	const struct tracked_source source = {.root = tree->root, .place = locate(worktree)};

	return tracked_list(&source, &tree->arena, &worktree->listed, out, err);
}

/* ---- files by path, links followed */

static bool is_inside(const char *real, const char *root)
{
	size_t len = strlen(root);

	return strcmp(root, "/") == 0 ||
	       (strncmp(real, root, len) == 0 && (real[len] == '/' || real[len] == '\0'));
}

/** Why realpath(3) gave nothing. */
static enum tree_answer explain_missing(const char *full, const char *path, struct err *err)
{
	char target[PATH_MAX] = {0};
	int number = errno;

	if (number != ENOENT && number != ENOTDIR) {
		(void)err_errno(err, "open '%s'", path);
		return TREE_REFUSED;
	}
	if (readlink(full, target, sizeof(target) - 1) > 0) {
		err_fill(err, ERR_INPUT, "'%s' is a symbolic link to '%s', which does not exist",
			 path, target);
		return TREE_REFUSED;
	}
	err_fill(err, ERR_ABSENT, "'%s' does not exist", path);
	return TREE_ABSENT;
}

/**
 * Open what a path finally names. Its real path is found first and then opened without following
 * anything, so that a link swapped in between cannot lead out.
 */
static enum tree_answer open_real(const struct worktree *worktree, const char *path, int *fd,
				  struct err *err)
{
	AUTO(auto_str) struct str full = {0};
	AUTO(auto_free) char *real = NULL;
	const char *below = NULL;

	str_printf(&full, "%s/%s", worktree->real_root, path);
	real = realpath(full.at, NULL);
	if (!real) {
		return explain_missing(full.at, path, err);
	}
	if (!is_inside(real, worktree->real_root)) {
		err_fill(err, ERR_INPUT, "'%s' leads out of the repo, to '%s'", path, real);
		return TREE_REFUSED;
	}
	below = real + strlen(worktree->real_root);
	while (*below == '/') {
		below++;
	}
	*fd = beneath_open(&worktree->beneath, *below ? below : ".");
	if (*fd >= 0) {
		return TREE_OK;
	}
	if (errno == ENXIO) {
		err_fill(err, ERR_INPUT, "'%s' is a socket, not a file", path);
	} else {
		(void)err_errno(err, "open '%s'", path);
	}
	return TREE_REFUSED;
}

static enum tree_answer worktree_read(struct tree *tree, const char *path, size_t max,
				      struct str *out, struct err *err)
{
	AUTO(auto_close) int fd = -1;
	enum tree_answer answer = open_real(worktree_of(tree), path, &fd, err);

	if (answer == TREE_OK && file_read_fd(fd, path, max, out, err)) {
		return TREE_REFUSED;
	}
	return answer;
}

static enum tree_answer worktree_directory(struct tree *tree, const char *path,
					   struct tree_names *out, struct err *err)
{
	AUTO(auto_close) int fd = -1;
	AUTO(auto_closedir) DIR *directory = NULL;
	struct VEC(char *) names = {0};
	const struct dirent *entry = NULL;
	enum tree_answer answer = open_real(worktree_of(tree), path, &fd, err);

	if (answer != TREE_OK) {
		return answer;
	}
	directory = fdopendir(fd);
	if (!directory) {
		err_fill(err, ERR_INPUT, "'%s' is not a directory", path);
		return TREE_REFUSED;
	}
	(void)take_fd(&fd);
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			*VEC_ADD(&names) = mem_copy(entry->d_name, strlen(entry->d_name));
		}
	}
	if (names.len > 0) {
		qsort(names.at, names.len, sizeof(names.at[0]), compare_names);
	}
	*out = (struct tree_names){names.at, names.len};
	return TREE_OK;
}

static enum tree_answer worktree_stat(struct tree *tree, const char *path, struct tree_stat *out,
				      struct err *err)
{
	AUTO(auto_close) int fd = -1;
	AUTO(auto_str) struct str full = {0};
	struct stat info = {0};
	struct stat named = {0};
	enum tree_answer answer = open_real(worktree_of(tree), path, &fd, err);

	if (answer != TREE_OK) {
		return answer;
	}
	str_printf(&full, "%s/%s", worktree_of(tree)->real_root, path);
	if (fstat(fd, &info) || lstat(full.at, &named)) {
		(void)err_errno(err, "look at '%s'", path);
		return TREE_REFUSED;
	}
	*out = (struct tree_stat){
		.is_directory = S_ISDIR(info.st_mode),
		.is_link = S_ISLNK(named.st_mode),
		.is_executable = (info.st_mode & S_IXUSR) != 0,
		.is_on_disk = true,
		.mode = info.st_mode & 07777,
		.uid = info.st_uid,
		.mtime_utc_ms = (int64_t)info.st_mtime * 1000,
	};
	return TREE_OK;
}

/* ---- tracked files, no link followed */

/** The content of what may be a symbolic link. */
static enum tree_answer read_entry_link(const struct worktree *worktree, const char *path,
					struct tree_file *out, struct err *err)
{
	char target[PATH_MAX];
	ssize_t len = beneath_readlink(&worktree->beneath, path, target, sizeof(target));

	if (len < 0) {
		err_fill(err, ERR_ABSENT, "'%s' is below a symbolic link", path);
		return TREE_ABSENT;
	}
	str_add_bytes(out->link, target, (size_t)len);
	out->is_link = true;
	out->at_end = true;
	return TREE_OK;
}

static enum tree_answer worktree_open_entry(const struct tree *tree, const struct tree_entry *entry,
					    struct tree_file *file, struct err *err)
{
	const struct worktree *worktree = worktree_of_const(tree);

	file->fd = beneath_open(&worktree->beneath, entry->path);
	if (file->fd >= 0) {
		return TREE_OK;
	}
	if (errno == ELOOP) {
		return read_entry_link(worktree, entry->path, file, err);
	}
	if (errno == ENXIO) {
		err_fill(err, ERR_INPUT, "'%s' is a socket, not a file", entry->path);
		return TREE_REFUSED;
	}
	(void)err_errno(err, "open '%s'", entry->path);
	return err->code == ERR_ABSENT ? TREE_ABSENT : TREE_REFUSED;
}

/** Git was told to leave these files out, so it says nothing of those that are there all the same.
 */
static void add_left_out(const struct worktree *worktree, const struct tree_list *list,
			 struct str *out)
{
	struct stat info = {0};

	for (size_t i = 0; i < list->len; i++) {
		const char *path = list->at[i].path;

		if (list->at[i].is_absent &&
		    fstatat(worktree->beneath.root_fd, path, &info, AT_SYMLINK_NOFOLLOW) == 0) {
			str_add_bytes(out, path, strlen(path) + 1);
		}
	}
}

static int worktree_changed(struct tree *tree, const char *commit, struct str *out, struct err *err)
{
	const char *const sides[] = {commit, NULL};
	struct tree_list list = {0};

	if (tree_list(tree, &list, err) || changes_ask(tree->root, NULL, sides, out, err)) {
		return -1;
	}
	add_left_out(worktree_of_const(tree), &list, out);
	return out->overflow ? err_set(err, ERR_LIMIT, "too many files differ") : 0;
}

static void worktree_free(struct tree *tree)
{
	struct worktree *worktree = worktree_of(tree);

	git_place_release(&worktree->place);
	beneath_close(&worktree->beneath);
	str_release(&worktree->listed);
	free(worktree->real_root);
	free(worktree);
}

static const struct tree_ops worktree_ops = {
	.is_on_disk = true,
	.git_dir = worktree_git_dir,
	.list = worktree_list,
	.read = worktree_read,
	.directory = worktree_directory,
	.stat = worktree_stat,
	.open_entry = worktree_open_entry,
	.changed = worktree_changed,
	.free = worktree_free,
};

int tree_open_worktree(const char *root, struct tree **out, struct err *err)
{
	AUTO(auto_free) char *real = realpath(root, NULL);
	struct worktree *worktree = NULL;
	struct beneath beneath = {.root_fd = -1};
	size_t len = strlen(root);

	if (root[0] != '/') {
		return err_set(err, ERR_INTERNAL, "'%s' is not an absolute path", root);
	}
	if (!real || beneath_open_root(&beneath, real)) {
		return err_errno(err, "open directory '%s'", root);
	}
	while (len > 1 && root[len - 1] == '/') {
		len--;
	}
	worktree = mem_alloc(sizeof(*worktree));
	worktree->tree.ops = &worktree_ops;
	worktree->tree.root = mem_copy(root, len);
	worktree->real_root = mem_copy(real, strlen(real));
	worktree->beneath = beneath;
	*out = &worktree->tree;
	return 0;
}
