/*
 * killed N PROGRAM WORD...: run a program, and kill it before its Nth system call that gives a file
 * its name: what it writes shows nowhere before. Ends with 0 if it was killed, with 3 if it was
 * done before (and succeeded), 1 if it failed, 77 if tracing is not permitted here.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#define KILLED 0
#define FAILED 1
#define DONE 3
#define NOT_PERMITTED 77

static bool gives_a_name(uint64_t call)
{
	static const long calls[] = {
		SYS_linkat, SYS_renameat, SYS_renameat2,
#ifdef SYS_link
		SYS_link,   SYS_rename,
#endif
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (call == (uint64_t)calls[i]) {
			return true;
		}
	}
	return false;
}

/** Go to the next change; -1, or what to end with where there is none. */
static int next_change(pid_t child)
{
	for (;;) {
		struct __ptrace_syscall_info info = {0};
		int status = 0;

		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) < 0 ||
		    waitpid(child, &status, 0) != child) {
			return FAILED;
		}
		if (WIFEXITED(status)) {
			return WEXITSTATUS(status) == 0 ? DONE : FAILED;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0) {
			return FAILED;
		}
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && gives_a_name(info.entry.nr)) {
			return -1;
		}
	}
}

int main(int argc, char **argv)
{
	long last = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	pid_t child = last > 0 ? fork() : -1;
	int status = 0;
	int ended = -1;

	if (child == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)execv(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		return FAILED;
	}
	if (!WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD) < 0) {
		(void)kill(child, SIGKILL);
		return NOT_PERMITTED;
	}
	for (long i = 0; i < last && ended < 0; i++) {
		ended = next_change(child);
	}
	if (ended >= 0) {
		return ended;
	}
	(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) == child && !WIFSIGNALED(status)) {
	}
	return KILLED;
}
#else
int main(void)
{
	return 77;
}
#endif
