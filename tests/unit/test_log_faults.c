/**
 * A disk that fails: each system call of a run that changes something fails in turn, once or from
 * then on. A run either says that it failed, or its receipt is there; the log is sound after each,
 * and goes on when the disk is well again.
 *
 * The program calls the functions below instead of those of the C library, because a program's own
 * come first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logs.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/** What fails. */
enum call {
	CALL_WRITE,
	CALL_SYNC,
	CALL_LINK,
	CALL_CREATE,
	CALL_RENAME,
	CALL_FOLDER,
	CALLS
};

/** More calls of one sort than a run makes. */
#define CALLS_MAX 100

/** How the disk fails; nothing fails while `is_on` is false. */
static struct fault {
	bool is_on;
	enum call call;
	int number;    /**< errno; 0: a write that writes a byte less than it should */
	int at;        /**< the first that fails, from 1 */
	bool lasts;    /**< all from there on fail */
	int count;     /**< so many were called */
	bool happened; /**< one failed */
} fault;

static bool fails(enum call call)
{
	if (!fault.is_on || fault.call != call) {
		return false;
	}
	fault.count++;
	if (fault.count != fault.at && !(fault.lasts && fault.count > fault.at)) {
		return false;
	}
	fault.happened = true;
	errno = fault.number;
	return true;
}

/* The C library has names for the parameters that no program may use.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
ssize_t write(int fd, const void *bytes, size_t len)
{
	if (len > 0 && fails(CALL_WRITE)) {
		if (fault.number) {
			return -1;
		}
		len = len > 1 ? len - 1 : len;
	}
	return syscall(SYS_write, fd, bytes, len);
}

int fsync(int fd)
{
	return fails(CALL_SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int link(const char *from, const char *to)
{
	return fails(CALL_LINK) ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int rename(const char *from, const char *to)
{
	return fails(CALL_RENAME) ? -1
				  : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdir(const char *path, mode_t mode)
{
	return fails(CALL_FOLDER) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & O_CREAT) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
		if (fails(CALL_CREATE)) {
			return -1;
		}
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/** How many entries are there; the log is sound, or not there yet. */
static int64_t size_now(struct history *history)
{
	AUTO(auto_log_report) struct log_report report = {0};

	if (!file_exists(history_path(history, "log.vkey"))) {
		return 0;
	}
	report = history_verify(history);
	for (size_t i = 0; i < report.problems.len; i++) {
		print_error("%s: %s\n", log_flaw_word(report.problems.at[i].flaw),
			    report.problems.at[i].text);
	}
	assert_int_equal(report.problems.len, 0);
	return report.size;
}

/** A run on the failing disk. True if something failed. */
static bool run_once(struct history *history, const struct fault *with)
{
	int64_t before = size_now(history);
	struct err err = {0};
	int64_t after = 0;
	int failed = 0;

	fault = *with;
	fault.is_on = true;
	failed = history_run(history, &err);
	fault.is_on = false;
	assert_true(!failed || fault.happened);
	assert_true(!failed || err.text[0] != '\0');
	after = size_now(history);
	/* What was acknowledged is there. */
	assert_in_range(after, before + (failed ? 0 : 2), before + 2);
	/* The disk is well again: the log goes on. */
	if (history_run(history, &err)) {
		scratch_fail(err.text);
	}
	assert_int_equal(size_now(history), after + 2);
	return fault.happened;
}

/** Fail each call of this sort in turn. How many there were. */
static int fail_each(struct fault with, int before)
{
	for (with.at = 1; with.at < CALLS_MAX; with.at++) {
		char name[64];
		bool happened = false;

		(void)snprintf(name, sizeof(name), "fault-%d-%d-%d-%d-%d", (int)with.call,
			       with.number, with.lasts, before, with.at);
		{
			AUTO(auto_history) struct history history = history_of(name, 1);

			history_runs(&history, before);
			happened = run_once(&history, &with);
			assert_int_equal(
				nftw(history.state, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS),
				0);
		}
		if (!happened) {
			return with.at - 1;
		}
	}
	fail_msg("more than %d calls", CALLS_MAX);
	return 0;
}

static void fail_everywhere(enum call call, int number, int at_least)
{
	for (int lasts = 0; lasts < 2; lasts++) {
		for (int before = 0; before < 2; before++) {
			struct fault with = {.call = call, .number = number, .lasts = lasts};
			int count = fail_each(with, before);

			assert_true(count >= at_least);
		}
	}
}

static void a_full_disk_at_any_write_loses_nothing(void **state)
{
	(void)state;
	fail_everywhere(CALL_WRITE, ENOSPC, 4);
	fail_everywhere(CALL_CREATE, ENOSPC, 4);
	fail_everywhere(CALL_LINK, ENOSPC, 2);
}

static void a_write_that_is_cut_short_is_gone_on_with(void **state)
{
	(void)state;
	fail_everywhere(CALL_WRITE, 0, 4);
}

static void a_disk_that_cannot_sync_loses_nothing_that_was_acknowledged(void **state)
{
	(void)state;
	fail_everywhere(CALL_SYNC, EIO, 3);
	fail_everywhere(CALL_WRITE, EIO, 4);
}

static void a_folder_that_cannot_be_written_to_is_told(void **state)
{
	static const enum call calls[] = {CALL_CREATE, CALL_LINK, CALL_RENAME};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		fail_everywhere(calls[i], EROFS, 1);
		fail_everywhere(calls[i], EACCES, 1);
	}
	assert_true(fail_each((struct fault){.call = CALL_FOLDER, .number = EROFS}, 0) >= 3);
}

#endif

int main(void)
{
#ifdef __linux__
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_at_any_write_loses_nothing),
		cmocka_unit_test(a_write_that_is_cut_short_is_gone_on_with),
		cmocka_unit_test(a_disk_that_cannot_sync_loses_nothing_that_was_acknowledged),
		cmocka_unit_test(a_folder_that_cannot_be_written_to_is_told),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
#else
	(void)puts("1..0 # SKIP the system calls are those of Linux");
	return 0;
#endif
}
