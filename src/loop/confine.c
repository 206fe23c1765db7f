#include "loop/confine.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "loop/confine_private.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

/** How long the launcher goes on killing what is left. */
#define SWEEP_MS 800

/** Words of the launcher before the command's. */
#define LAUNCHER_WORDS 3

struct confine_abilities confine_abilities(void)
{
#ifdef __linux__
	int version = confine_landlock_version();

	return (struct confine_abilities){
		.files = version > 0 && confine_has_filter(),
		.network = confine_has_filter(),
		.signals = version >= 6,
		.children = true,
	};
#else
	return (struct confine_abilities){0};
#endif
}

const char *confine_program(void)
{
#ifdef __linux__
	return "/proc/self/exe";
#else
	return NULL;
#endif
}

void confine_argv(const char *program, const char *scratch, bool has_network,
		  const char *const *argv, struct confine_words *out)
{
	if (program) {
		*VEC_ADD(out) = program;
		*VEC_ADD(out) = CONFINE_WORD;
		*VEC_ADD(out) = has_network ? "network" : "no-network";
		*VEC_ADD(out) = scratch;
	}
	for (size_t i = 0; argv[i]; i++) {
		*VEC_ADD(out) = argv[i];
	}
	*VEC_ADD(out) = NULL;
}

#ifdef __linux__

/** The parent of a process, from /proc/PID/stat; 0: it is gone. */
static pid_t parent_of(const char *pid)
{
	char path[64];
	char line[512];
	AUTO(auto_fclose) FILE *file = NULL;
	const char *behind = NULL;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	file = fopen(path, "re");
	len = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
	line[len] = '\0';
	behind = strrchr(line, ')'); /* the name before it may hold anything */
	/* ") S 1234 …": the state, then the parent. */
	return behind && strlen(behind) > 4 ? (pid_t)strtol(behind + 4, NULL, 10) : 0;
}

/** Kill each child; theirs become ours. */
static void kill_children(void)
{
	AUTO(auto_closedir) DIR *processes = opendir("/proc");
	const struct dirent *entry = NULL;

	while (processes && (entry = readdir(processes))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    parent_of(entry->d_name) == getpid()) {
			(void)kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
		}
	}
}

/** End everything that the command left behind. */
static void sweep(void)
{
	int64_t end_ms = clock_monotonic_ms() + SWEEP_MS;

	while (clock_monotonic_ms() < end_ms) {
		pid_t gone = 0;

		kill_children();
		do {
			gone = waitpid(-1, NULL, WNOHANG);
		} while (gone > 0);
		if (gone < 0 && errno == ECHILD) {
			return;
		}
		(void)usleep(1000);
	}
}

/** End as the command did, or by the signal that asked to stop. */
__attribute__((noreturn)) static void end_as(int status)
{
	sigset_t none;

	if (WIFSIGNALED(status)) {
		(void)sigemptyset(&none);
		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		(void)raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : CONFINE_NOT_STARTED);
}

/** For whoever reads the command's standard error; errno stays. */
static void say_why(const char *what, const char *command)
{
	AUTO(auto_str) struct str line = {0};
	int number = errno;

	str_printf(&line, "%s '%s': %s\n", what, command, strerror(number));
	(void)file_write_fd(STDERR_FILENO, str_view(&line));
	errno = number;
}

/** In the child: give up what must be given up, and become the command. */
__attribute__((noreturn)) static void become(char **argv, const sigset_t *signals)
{
	bool has_network = strcmp(argv[1], "network") == 0;
	const struct confine_abilities abilities = confine_abilities();

	(void)sigprocmask(SIG_SETMASK, signals, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || (abilities.files && confine_files(argv[2])) ||
	    (abilities.network && confine_calls(has_network))) {
		say_why("confine", argv[LAUNCHER_WORDS]);
		_exit(CONFINE_NOT_STARTED);
	}
	(void)execvp(argv[LAUNCHER_WORDS], argv + LAUNCHER_WORDS);
	say_why("start", argv[LAUNCHER_WORDS]);
	_exit(errno == ENOENT ? CONFINE_NOT_FOUND : CONFINE_NOT_STARTED);
}

/** Wait for the command, or for being asked to stop. @return how it ends, as wait(2) says it */
static int watch(pid_t command, const sigset_t *wanted)
{
	int status = 0;

	for (;;) {
		int number = sigwaitinfo(wanted, NULL);

		if (number < 0) {
			continue; /* interrupted */
		}
		if (number != SIGCHLD) {
			return number; /* as if a signal had ended it */
		}
		for (pid_t gone = 1; gone > 0;) {
			int how = 0;

			gone = waitpid(-1, &how, WNOHANG);
			if (gone == command) {
				status = how;
				return status;
			}
		}
	}
}

void confine_main(char **argv)
{
	static const int asked[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
	sigset_t wanted;
	sigset_t before;
	pid_t parent = getppid();
	pid_t command = 0;
	int status = 0;

	(void)sigemptyset(&wanted);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		(void)sigaddset(&wanted, asked[i]);
	}
	if (!argv[1] || !argv[2] || !argv[LAUNCHER_WORDS] ||
	    sigprocmask(SIG_BLOCK, &wanted, &before) || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent) {
		_exit(CONFINE_NOT_STARTED);
	}
	command = fork();
	if (command == 0) {
		become(argv, &before);
	}
	/* What it prints is read until nobody holds the other end any more. */
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	status = command > 0 ? watch(command, &wanted) : CONFINE_NOT_STARTED << 8;
	sweep();
	end_as(status);
}

#else

void confine_main(char **argv)
{
	(void)argv;
	_exit(CONFINE_NOT_STARTED);
}

#endif
