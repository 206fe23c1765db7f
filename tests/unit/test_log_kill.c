/**
 * A run is killed before each of its system calls that change something, in turn: the log must be
 * sound after each, and the next run must go through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#ifdef __GLIBC__
#include <sys/ptrace.h>
#include <sys/syscall.h>
#endif

#include "logs.h"

#ifdef __GLIBC__

/** More changes than a run makes. */
#define CHANGES_MAX 500

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

/** What a killed run may leave: entries are there or not, so up to two. */
static int64_t size_of(const struct history *history)
{
	AUTO(auto_log_report) struct log_report report = {0};

	if (!file_exists(history->state)) {
		return 0;
	}
	report = history_verify(history);
	for (size_t i = 0; i < report.problems.len; i++) {
		print_error("%s\n", report.problems.at[i].text);
	}
	assert_int_equal(report.problems.len, 0);
	return report.size;
}

static void run_traced(const struct history *history)
{
	struct err err = {0};

	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)raise(SIGSTOP);
	_exit(history_run(history, &err) ? 1 : 0);
}

/** Go to the next system call that changes something. 1 there, 0 if the run is done, -1 on failure.
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
 * Let a run go until its change number `last`, then kill it.
 *
 * @return 1 if it was killed, 0 if it was done before, -1 if tracing is not permitted
 */
static int run_until(const struct history *history, int last)
{
	pid_t child = fork();
	int status = 0;
	int there = 1;

	if (child == 0) {
		run_traced(history);
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

/** Kill the run at each stop; `before` runs are in the log already. */
static int kill_everywhere(const char *prefix, int before)
{
	int killed = 0;

	for (int stop = 1; stop < CHANGES_MAX; stop++) {
		char name[64];
		int outcome = 0;

		(void)snprintf(name, sizeof(name), "%s-%d", prefix, stop);
		{
			AUTO(auto_history) struct history history = history_of(name, 1);
			struct err err = {0};

			history_runs(&history, before);
			outcome = run_until(&history, stop);
			if (outcome < 0) {
				return -1;
			}
			if (outcome > 0 || before > 0) {
				int64_t size = 0;

				/* Before the log has its owner's name it cannot be read yet. */
				if (file_exists(history_path(&history, "log.vkey"))) {
					size = size_of(&history);
				}
				assert_in_range(size, 2 * before, 2 * before + 2);
				assert_int_equal(history_run(&history, &err), 0);
				assert_int_equal(size_of(&history), size + 2);
			}
			assert_int_equal(
				nftw(history.state, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS),
				0);
		}
		if (outcome == 0) {
			print_message("killed at %d places\n", killed);
			return killed;
		}
		killed++;
	}
	fail_msg("a run makes more than %d changes", CHANGES_MAX);
	return 0;
}

static void a_first_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	int killed = kill_everywhere("first", 0);

	(void)state;
	if (killed < 0) {
		print_message("tracing is not permitted here\n");
		skip();
	}
	assert_true(killed > 20);
}

static void a_later_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	int killed = kill_everywhere("later", 1);

	(void)state;
	if (killed < 0) {
		print_message("tracing is not permitted here\n");
		skip();
	}
	assert_true(killed > 20);
}

#else

static void a_first_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	(void)state;
	print_message("needs ptrace(2) as glibc has it\n");
	skip();
}

static void a_later_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	(void)state;
	print_message("needs ptrace(2) as glibc has it\n");
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_run_killed_anywhere_leaves_a_sound_log),
		cmocka_unit_test(a_later_run_killed_anywhere_leaves_a_sound_log),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
