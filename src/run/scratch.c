#include "run/scratch.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "git/tree.h"
#include "loop/child.h"

/** Longest one git command may take. */
#define GIT_DEADLINE_MS 30000

/** Deepest folder that is copied or removed. */
#define DEPTH_MAX 32

/** A folder's files on their way into the repo. */
struct copying {
	struct scratch *scratch;
	const char *but;
	struct err *err;
};

/** "folder/name"; freed by the caller. */
static char *below(const char *folder, const char *name)
{
	AUTO(auto_str) struct str path = {0};

	str_printf(&path, "%s/%s", folder, name);
	return mem_copy(str_text(&path), path.len);
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* ---- git */

static int run_git(const struct scratch *scratch, const char *const *argv, int64_t when_utc_ms,
		   struct err *err)
{
	AUTO(auto_child_result) struct child_result result = {0};
	char when[CLOCK_RFC3339_BYTES];
	char author_date[64];
	char committer_date[64];
	const char *const env[] = {
		"GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=fixture",
		"GIT_AUTHOR_EMAIL=fixture@example.org",
		"GIT_COMMITTER_NAME=fixture",
		"GIT_COMMITTER_EMAIL=fixture@example.org",
		author_date,
		committer_date,
		NULL,
	};
	const struct child_spec spec = {
		.argv = argv,
		.env = env,
		.directory = scratch->root,
		.deadline_ms = clock_monotonic_ms() + GIT_DEADLINE_MS,
	};

	clock_format_rfc3339(when_utc_ms, when);
	(void)snprintf(author_date, sizeof(author_date), "GIT_AUTHOR_DATE=%.19sZ", when);
	(void)snprintf(committer_date, sizeof(committer_date), "GIT_COMMITTER_DATE=%.19sZ", when);
	child_run(&spec, &result);
	if (result.end == CHILD_EXITED && result.status == 0) {
		return 0;
	}
	if (result.end == CHILD_NO_START) {
		return err_set(err, result.error.code, "git could not be started: %s",
			       result.error.text);
	}
	return err_set(err, ERR_SYSTEM, "git %s in a scratch repo: %.200s", argv[1],
		       str_text(&result.errors));
}

/* ---- the folder */

int scratch_open(struct scratch *out, struct err *err)
{
	static const char *const argv[] = {"git", "init", "-q", "--template=", "-b", "main", NULL};
	const char *parent = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
	AUTO(auto_free) char *made = NULL;
	char real[PATH_MAX];

	made = below(parent && parent[0] ? parent : "/tmp", "gaterun.XXXXXX");
	if (!mkdtemp(made)) {
		return err_errno(err, "make a scratch folder '%s'", made);
	}
	out->top = mem_copy(made, strlen(made));
	if (!realpath(out->top, real)) {
		return err_errno(err, "find '%s'", out->top);
	}
	out->root = below(real, "repo");
	out->state = below(real, "state");
	if (mkdir(out->root, 0700) || mkdir(out->state, 0700)) {
		return err_errno(err, "make '%s'", out->root);
	}
	return run_git(out, argv, 0, err);
}

static void remove_folder(int parent, const char *name, int depth)
{
	AUTO(auto_closedir) DIR *dir = NULL;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *entry = NULL;

	if (fd < 0) {
		return;
	}
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return;
	}
	while ((entry = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe) */
		if (is_dots(entry->d_name) || unlinkat(fd, entry->d_name, 0) == 0) {
			continue;
		}
		if (depth > 0) {
			remove_folder(fd, entry->d_name, depth - 1);
		}
	}
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

void scratch_release(struct scratch *scratch)
{
	if (scratch->top) {
		/* git's folder lies deeper than what was copied. */
		remove_folder(AT_FDCWD, scratch->top, DEPTH_MAX + 8);
	}
	free(scratch->top);
	free(scratch->root);
	free(scratch->state);
	*scratch = (struct scratch){0};
}

/* ---- its files */

/** Make the folders that a file in the repo stands in. */
static int make_parents(const char *path, struct err *err)
{
	AUTO(auto_free) char *parent = mem_copy(path, strlen(path));

	*strrchr(parent, '/') = '\0';
	return file_make_dirs(parent, 0700, err);
}

static int put_file(struct scratch *scratch, const char *path, struct text bytes, mode_t mode,
		    struct err *err)
{
	struct stat there = {0};

	scratch->files++;
	scratch->bytes += bytes.len;
	if (scratch->files > SCRATCH_FILES_MAX || scratch->bytes > SCRATCH_BYTES_MAX) {
		return err_set(err, ERR_LIMIT, "there is more than %zu files or %zu bytes",
			       SCRATCH_FILES_MAX, SCRATCH_BYTES_MAX);
	}
	if (make_parents(path, err)) {
		return -1;
	}
	/* What the other fixture has as a link is replaced, never written through. */
	if (lstat(path, &there) == 0 && S_ISLNK(there.st_mode)) {
		(void)unlink(path);
	}
	if (file_replace(path, bytes, mode, FILE_SYNC_NO, err)) {
		return -1;
	}
	return chmod(path, mode) ? err_errno(err, "mode of '%s'", path) : 0;
}

static int copy_link(const struct copying *copying, const char *from, const char *to)
{
	char target[PATH_MAX];
	ssize_t len = readlink(from, target, sizeof(target) - 1);

	if (len < 0) {
		return err_errno(copying->err, "read link '%s'", from);
	}
	target[len] = '\0';
	if (make_parents(to, copying->err)) {
		return -1;
	}
	(void)unlink(to);
	return symlink(target, to) ? err_errno(copying->err, "make link '%s'", to) : 0;
}

static int copy_folder(const struct copying *copying, const char *from, const char *to, int depth);

static int copy_one(const struct copying *copying, const char *from, const char *to, int depth)
{
	AUTO(auto_str) struct str bytes = {0};
	struct stat stat = {0};

	if (lstat(from, &stat)) {
		return err_errno(copying->err, "look at '%s'", from);
	}
	if (S_ISDIR(stat.st_mode)) {
		return copy_folder(copying, from, to, depth + 1);
	}
	if (S_ISLNK(stat.st_mode)) {
		return copy_link(copying, from, to);
	}
	if (file_read(from, SCRATCH_BYTES_MAX, &bytes, copying->err)) {
		return -1;
	}
	return put_file(copying->scratch, to, str_view(&bytes), stat.st_mode & 0777, copying->err);
}

static int copy_folder(const struct copying *copying, const char *from, const char *to, int depth)
{
	AUTO(auto_closedir) DIR *dir = depth < DEPTH_MAX ? opendir(from) : NULL;
	const struct dirent *entry = NULL;

	if (!dir) {
		return err_errno(copying->err, "open folder '%s'", from);
	}
	while ((entry = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe) */
		AUTO(auto_free) char *source = below(from, entry->d_name);
		AUTO(auto_free) char *target = below(to, entry->d_name);

		if (is_dots(entry->d_name) || strcmp(entry->d_name, ".git") == 0 ||
		    (depth == 0 && same_string(entry->d_name, copying->but))) {
			continue;
		}
		if (copy_one(copying, source, target, depth)) {
			return -1;
		}
	}
	return 0;
}

int scratch_copy(struct scratch *scratch, const char *folder, const char *but, struct err *err)
{
	const struct copying copying = {scratch, but, err};

	return copy_folder(&copying, folder, scratch->root, 0);
}

int scratch_write(struct scratch *scratch, const char *path, struct text bytes, struct err *err)
{
	AUTO(auto_free) char *full = below(scratch->root, path);

	return tree_check_path(path, err) ? -1 : put_file(scratch, full, bytes, 0644, err);
}

int scratch_remove(struct scratch *scratch, const char *path, struct err *err)
{
	AUTO(auto_free) char *full = below(scratch->root, path);

	if (tree_check_path(path, err)) {
		return -1;
	}
	return remove(full) ? err_errno(err, "remove '%s'", path) : 0;
}

int scratch_commit(struct scratch *scratch, const struct texts *paths, int64_t when_utc_ms,
		   struct err *err)
{
	static const char *const commit[] = {
		"git",     "-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m",
		"fixture", NULL,
	};
	struct VEC(const char *) words = {0};
	struct arena arena = {0};
	int failed = 0;

	*VEC_ADD(&words) = "git";
	*VEC_ADD(&words) = "add";
	*VEC_ADD(&words) = "-A";
	*VEC_ADD(&words) = "-f";
	*VEC_ADD(&words) = "--";
	*VEC_ADD(&words) = ".";
	for (size_t i = 0; i < paths->len; i++) {
		*VEC_ADD(&words) = arena_printf(&arena, ":(exclude,literal)%s", paths->at[i]);
	}
	*VEC_ADD(&words) = NULL;
	failed = run_git(scratch, words.at, when_utc_ms, err);
	VEC_RELEASE(&words);
	arena_release(&arena);
	return failed ? -1 : run_git(scratch, commit, when_utc_ms, err);
}
