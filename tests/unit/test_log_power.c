/**
 * Power fails at each call of a run that changes something, and a disk keeps only what it was asked
 * to: a file that was not synced is empty, a name that was made in a folder that was not synced
 * since is gone, or both. (All that was not synced, which includes the pin: a file system that
 * forgets an earlier change of names keeps no later one.) What was acknowledged must be there, and
 * the next run go through.
 *
 * The run is a child that ends without a word; what it had synced it leaves in shared memory. The
 * program calls the functions below instead of those of the C library, because a program's own come
 * first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logs.h"

#ifdef __linux__

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** More than a run makes. */
#define CALLS_MAX 200
#define KEPT_MAX 512

/** What the disk was asked to keep; shared with the child. */
static struct disk {
	int calls;    /**< that change something, so far */
	int fails_at; /**< the call before which power fails; 0: it does not */
	size_t synced_count;
	ino_t synced[KEPT_MAX]; /**< files whose bytes are on disk */
	size_t named_count;
	ino_t named[KEPT_MAX]; /**< files and folders whose name is */
} * disk;

/** Before something is changed. */
static void change(void)
{
	if (disk && disk->fails_at && ++disk->calls >= disk->fails_at) {
		_exit(99);
	}
}

static void keep(ino_t *list, size_t *count, ino_t inode)
{
	if (*count == KEPT_MAX) {
		_exit(98);
	}
	list[(*count)++] = inode;
}

static bool is_kept(const ino_t *list, size_t count, ino_t inode)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == inode) {
			return true;
		}
	}
	return false;
}

/** All names that are in a folder now are on disk. */
static void keep_names(int folder)
{
	DIR *directory = fdopendir((int)syscall(SYS_openat, folder, ".", O_RDONLY | O_DIRECTORY));
	const struct dirent *entry = NULL;
	struct stat info = {0};

	while (directory && (entry = readdir(directory))) {
		if (fstatat(folder, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
		    strcmp(entry->d_name, "..") != 0) {
			keep(disk->named, &disk->named_count, info.st_ino);
		}
	}
	if (directory) {
		(void)closedir(directory);
	}
}

/* The C library has names for the parameters that no program may use.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
ssize_t write(int fd, const void *bytes, size_t len)
{
	change();
	return syscall(SYS_write, fd, bytes, len);
}

int fsync(int fd)
{
	struct stat info = {0};

	change();
	if (disk && fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
		keep_names(fd);
	} else if (disk) {
		keep(disk->synced, &disk->synced_count, info.st_ino);
	}
	return 0;
}

int link(const char *from, const char *to)
{
	change();
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/** Keep the inode of what loses its name, so that no other file gets its number. */
static void hold(const char *path)
{
	(void)syscall(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
}

int rename(const char *from, const char *to)
{
	change();
	hold(to);
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	change();
	hold(path);
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int mkdir(const char *path, mode_t mode)
{
	change();
	return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/** How the disk forgets. */
enum forgetting {
	FORGETS_BYTES = 1,
	FORGETS_NAMES = 2,
};

static int forgetting;

static int forget(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)ftw;
	if ((forgetting & FORGETS_NAMES) &&
	    !is_kept(disk->named, disk->named_count, info->st_ino)) {
		/* Contents first (FTW_DEPTH): whoever has no name takes what is in it along. */
		(void)nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	} else if ((forgetting & FORGETS_BYTES) && type == FTW_F &&
		   !is_kept(disk->synced, disk->synced_count, info->st_ino)) {
		assert_int_equal(truncate(path, 0), 0);
	}
	return 0;
}

/** What is there before a run is on disk. */
static int remember(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)path;
	(void)type;
	(void)ftw;
	keep(disk->synced, &disk->synced_count, info->st_ino);
	keep(disk->named, &disk->named_count, info->st_ino);
	return 0;
}

/** A run during which power fails before call number `at`. @return was it over before? */
static bool run_until(const struct history *history, int at)
{
	pid_t child = 0;
	int status = 0;

	*disk = (struct disk){0};
	(void)nftw(history->state, remember, 16, FTW_PHYS);
	disk->fails_at = at;
	child = fork();
	if (child == 0) {
		struct err err = {0};

		_exit(history_run(history, &err) ? 97 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	disk->fails_at = 0;
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 99);
	return WEXITSTATUS(status) == 0;
}

/** The head of the log before, and whether it is still a part of it. */
static void assert_goes_on(struct history *history, int before, bool was_over)
{
	struct err err = {0};
	AUTO(auto_log_report) struct log_report report = {0};

	if (was_over) {
		assert_sound(history, 2 * before + 2);
	}
	if (history_run(history, &err)) {
		scratch_fail(err.text);
	}
	assert_sound(history, -1);
	report = history_verify(history);
	assert_in_range(report.size, 2 * before + (was_over ? 4 : 2), 2 * before + 4);
}

static void fail_everywhere(const char *prefix, int before, int how)
{
	bool was_over = false;
	int at = 1;

	for (; !was_over; at++) {
		char name[64];

		assert_true(at < CALLS_MAX);
		(void)snprintf(name, sizeof(name), "%s-%d-%d-%d", prefix, before, how, at);
		{
			AUTO(auto_history) struct history history = history_of(name, 1);

			history_runs(&history, before);
			was_over = run_until(&history, at);
			forgetting = how;
			(void)nftw(history.state, forget, 16, FTW_DEPTH | FTW_PHYS);
			assert_goes_on(&history, before, was_over);
			(void)nftw(history.state, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
		}
	}
	print_message("power failed at %d places\n", at - 2);
	assert_true(at > 15);
}

static void files_that_were_not_synced_are_empty(void **state)
{
	(void)state;
	fail_everywhere("bytes", 0, FORGETS_BYTES);
	fail_everywhere("bytes", 2, FORGETS_BYTES);
}

static void names_that_were_not_synced_are_gone(void **state)
{
	(void)state;
	fail_everywhere("names", 0, FORGETS_NAMES);
	fail_everywhere("names", 2, FORGETS_NAMES);
}

static void what_was_not_synced_is_empty_or_gone(void **state)
{
	(void)state;
	fail_everywhere("both", 0, FORGETS_BYTES | FORGETS_NAMES);
	fail_everywhere("both", 2, FORGETS_BYTES | FORGETS_NAMES);
}

static int make_disk(void **state)
{
	disk = mmap(NULL, sizeof(*disk), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(disk != MAP_FAILED);
	return scratch_make(state);
}

static int remove_disk(void **state)
{
	(void)munmap(disk, sizeof(*disk));
	disk = NULL;
	return scratch_remove(state);
}

#endif

int main(void)
{
#ifdef __linux__
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_that_were_not_synced_are_empty),
		cmocka_unit_test(names_that_were_not_synced_are_gone),
		cmocka_unit_test(what_was_not_synced_is_empty_or_gone),
	};

	return cmocka_run_group_tests(tests, make_disk, remove_disk);
#else
	(void)puts("1..0 # SKIP the system calls are those of Linux");
	return 0;
#endif
}
