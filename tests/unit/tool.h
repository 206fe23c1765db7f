/**
 * For tests that compare with other people's programs: run one, without a shell.
 */
#ifndef TESTS_UNIT_TOOL_H
#define TESTS_UNIT_TOOL_H

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

/** Is there a program of that name on the PATH? */
__attribute__((unused)) static bool tool_exists(const char *name)
{
	struct text rest = text_of(getenv("PATH"));
	struct text folder = {0};

	while (text_split(&rest, ':', &folder)) {
		AUTO(auto_str) struct str path = {0};

		str_add_text(&path, folder);
		str_printf(&path, "/%s", name);
		if (access(path.at, X_OK) == 0) {
			return true;
		}
	}
	return false;
}

/**
 * Run `argv` with an empty standard input and wait.
 *
 * @param out  its standard output is appended; NULL throws it away
 * @return     its exit status; 128 + n for a signal, -1 if it could not be started
 */
__attribute__((unused)) static int tool_run(const char *const argv[], struct str *out)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	int ends[2] = {-1, -1};
	pid_t child = 0;
	int status = 0;
	char buffer[4096];
	ssize_t got = 0;

	if (pipe(ends) < 0) {
		return -1;
	}
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&files, ends[1], 1);
	(void)posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	/* posix_spawn(3) does not change the words, but says `char *` */
	status = posix_spawnp(&child, argv[0], &files, NULL, (char *const *)(uintptr_t)argv,
			      environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)close(ends[1]);
	while (status == 0 && (got = read(ends[0], buffer, sizeof(buffer))) > 0) {
		if (out) {
			str_add_bytes(out, buffer, (size_t)got);
		}
	}
	(void)close(ends[0]);
	if (status != 0 || waitpid(child, &status, 0) != child) {
		return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/** tool_run with the words in the call. */
#define TOOL_RUN(out, ...) tool_run((const char *[]){__VA_ARGS__, NULL}, (out))

#endif
