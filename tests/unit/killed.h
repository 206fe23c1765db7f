/**
 * For tests of what a killed process leaves behind: work is done in a child that is killed before
 * its system call number so-and-so of those that change something.
 *
 * Include it after <cmocka.h>, and only with __GLIBC__: elsewhere ptrace(2) is another.
 */
#ifndef TESTS_UNIT_KILLED_H
#define TESTS_UNIT_KILLED_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** What is done in the child. 0, or it has failed. */
struct killed_work {
	int (*run)(void *cookie);
	void *cookie;
};

/** Does this system call change a file or a folder? */
static bool is_change(uint64_t call)
{
	static const long calls[] = {
		SYS_write,    SYS_fsync,   SYS_openat,    SYS_linkat, SYS_unlinkat,
		SYS_renameat, SYS_mkdirat, SYS_renameat2, SYS_fchmod,
#ifdef SYS_link
		SYS_link,     SYS_unlink,  SYS_rename,    SYS_mkdir,  SYS_open,
#endif
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (call == (uint64_t)calls[i]) {
			return true;
		}
	}
	return false;
}

__attribute__((noreturn)) static void run_traced(const struct killed_work *work)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)raise(SIGSTOP);
	_exit(work->run(work->cookie) ? 1 : 0);
}

/** Go to the next system call that changes something. 1 there, 0 if the work is done, -1 on
 * failure.
 */
static int next_change(pid_t child)
{
	for (;;) {
		struct __ptrace_syscall_info info = {0};
		int status = 0;

		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) < 0 ||
		    waitpid(child, &status, 0) != child) {
			return -1;
		}
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return 0;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0) {
			return -1;
		}
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && is_change(info.entry.nr)) {
			return 1;
		}
	}
}

/**
 * Let the work go until its change number `last`, then kill it.
 *
 * @return 1 if it was killed, 0 if it was done before, -1 if tracing is not permitted
 */
static int run_until(const struct killed_work *work, int last)
{
	pid_t child = fork();
	int status = 0;
	int there = 1;

	if (child == 0) {
		run_traced(work);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD) < 0) {
		(void)kill(child, SIGKILL);
		return -1;
	}
	for (int i = 0; i < last && there > 0; i++) {
		there = next_change(child);
	}
	if (there == 0) {
		return 0;
	}
	(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) == child && !WIFSIGNALED(status)) {
	}
	return there;
}

#endif
