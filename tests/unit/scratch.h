/**
 * For tests that need real files and a real git: a directory that is gone afterwards.
 *
 * Every function ends the test program when it cannot do its work.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/str.h"

/** The real path of the directory under test; set by scratch_make. */
static char scratch_dir[PATH_MAX];

__attribute__((unused)) static void scratch_fail(const char *what)
{
	(void)fprintf(stderr, "scratch: %s: %s\n", what, strerror(errno));
	abort();
}

/** Make the directory and an environment in which git reads no configuration but the repo's. */
__attribute__((unused)) static int scratch_make(void **state)
{
	const char *above = getenv("TMPDIR");
	char pattern[PATH_MAX];

	(void)state;
	(void)snprintf(pattern, sizeof(pattern), "%s/gaterun-test-XXXXXX", above ? above : "/tmp");
	if (!mkdtemp(pattern) || !realpath(pattern, scratch_dir)) {
		scratch_fail("mkdtemp");
	}
	(void)setenv("HOME", scratch_dir, 1);
	(void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	(void)setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	(void)setenv("GIT_AUTHOR_NAME", "test", 1);
	(void)setenv("GIT_AUTHOR_EMAIL", "test@example.org", 1);
	(void)setenv("GIT_COMMITTER_NAME", "test", 1);
	(void)setenv("GIT_COMMITTER_EMAIL", "test@example.org", 1);
	(void)setenv("LC_ALL", "C", 1);
	(void)unsetenv("GIT_DIR");
	(void)unsetenv("GIT_WORK_TREE");
	(void)unsetenv("GIT_INDEX_FILE");
	return 0;
}

__attribute__((unused)) static int scratch_remove_one(const char *path, const struct stat *info,
						      int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

__attribute__((unused)) static int scratch_remove(void **state)
{
	(void)state;
	return nftw(scratch_dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/** Absolute path of a name in the directory; good until the fourth call after it. */
__attribute__((unused)) static const char *scratch_path(const char *name)
{
	static char paths[4][2 * PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", scratch_dir, name);
	return path;
}

/** Write a file, making the directories above it. */
__attribute__((unused)) static void scratch_write_bytes(const char *name, const void *bytes,
							size_t len)
{
	const char *path = scratch_path(name);
	char *parent = strdup(path);
	struct err err = {0};

	*strrchr(parent, '/') = '\0';
	if (file_make_dirs(parent, 0755, &err) ||
	    file_replace(path, (struct text){bytes, len}, 0644, FILE_SYNC_NO, &err)) {
		scratch_fail(err.text);
	}
	free(parent);
}

__attribute__((unused)) static void scratch_write(const char *name, const char *text)
{
	scratch_write_bytes(name, text, strlen(text));
}

/** The whole content of a file below the directory; the caller releases it. */
__attribute__((unused)) static struct str scratch_read(const char *name)
{
	struct str out = {0};
	struct err err = {0};

	if (file_read(scratch_path(name), STR_MAX_BYTES, &out, &err)) {
		scratch_fail(err.text);
	}
	return out;
}

/** Arguments of a git command in the test's tables and calls. */
#define GIT(...) scratch_git("repo", NULL, (const char *const[]){"git", __VA_ARGS__, NULL})

/**
 * Run git in a folder below the directory; it must succeed.
 *
 * @param out  NULL, or appended with its standard output
 */
__attribute__((unused)) static void scratch_git(const char *folder, struct str *out,
						const char *const *argv)
{
	int ends[2] = {-1, -1};
	char buffer[4096];
	ssize_t got = 0;
	pid_t pid = 0;
	int status = 0;

	if (pipe(ends) < 0) {
		scratch_fail("pipe");
	}
	pid = fork();
	if (pid == 0) {
		if (chdir(scratch_path(folder)) < 0 || dup2(ends[1], STDOUT_FILENO) < 0) {
			_exit(126);
		}
		(void)close(ends[0]);
		(void)execvp("git", (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(ends[1]);
	while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
		if (out) {
			str_add_bytes(out, buffer, (size_t)got);
		}
	}
	(void)close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status)) {
		(void)fprintf(stderr, "scratch: git %s: status %d\n", argv[1], status);
		abort();
	}
}

/** A fresh, empty repository in `repo/`. */
__attribute__((unused)) static void scratch_repo(void)
{
	(void)mkdir(scratch_path("repo"), 0755);
	GIT("init", "-q", "-b", "main", ".");
}

#endif
