#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

/** Bytes asked for in one read(2). */
#define READ_BYTES 65536

const char *file_sort(mode_t mode)
{
	if (S_ISDIR(mode)) {
		return "a directory";
	}
	if (S_ISFIFO(mode)) {
		return "a FIFO";
	}
	if (S_ISLNK(mode)) {
		return "a symbolic link";
	}
	if (S_ISSOCK(mode)) {
		return "a socket";
	}
	return "a device";
}

static int read_all(int fd, const char *path, size_t max, struct str *out, struct err *err)
{
	char buffer[READ_BYTES];
	size_t total = 0;
	ssize_t got = 0;

	while ((got = read(fd, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return err_errno(err, "read '%s'", path);
		}
		total += (size_t)got;
		if (total > max) {
			return err_set(err, ERR_LIMIT, "'%s' is larger than %zu bytes", path, max);
		}
		str_add_bytes(out, buffer, (size_t)got);
	}
	if (out->overflow) {
		return err_set(err, ERR_LIMIT, "'%s' is too large", path);
	}
	return 0;
}

int file_read_fd(int fd, const char *path, size_t max, struct str *out, struct err *err)
{
	struct stat info = {0};
	size_t before = out->len;

	if (fstat(fd, &info) < 0) {
		return err_errno(err, "stat '%s'", path);
	}
	if (!S_ISREG(info.st_mode)) {
		return err_set(err, ERR_INPUT, "'%s' is %s, not a file", path,
			       file_sort(info.st_mode));
	}
	if (read_all(fd, path, max, out, err)) {
		str_cut(out, before);
		return -1;
	}
	return 0;
}

int file_read(const char *path, size_t max, struct str *out, struct err *err)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		return err_errno(err, "open '%s'", path);
	}
	return file_read_fd(fd, path, max, out, err);
}

int file_write_fd(int fd, struct text bytes)
{
	while (bytes.len > 0) {
		ssize_t put = write(fd, bytes.at, bytes.len);

		if (put < 0 && errno == EINTR) {
			continue;
		}
		if (put < 0) {
			return -1;
		}
		bytes.at += put;
		bytes.len -= (size_t)put;
	}
	return 0;
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash) {
		return mem_copy(".", 1);
	}
	return mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

int file_sync_dir(const char *path, struct err *err)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);

	if (fd < 0) {
		return err_errno(err, "open directory '%s'", path);
	}
	if (fsync(fd) < 0 && errno != EINVAL) {
		return err_errno(err, "sync directory '%s'", path);
	}
	return 0;
}

/** Write the bytes to a fresh file beside `path`; `aside` gets its name. */
static int write_aside(const char *path, struct text bytes, mode_t mode, enum file_sync sync,
		       struct str *aside, struct err *err)
{
	AUTO(auto_close) int fd = -1;

	str_printf(aside, "%s.XXXXXX", path);
	fd = mkstemp(aside->at);
	if (fd < 0) {
		return err_errno(err, "create a file beside '%s'", path);
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (fchmod(fd, mode) < 0 || file_write_fd(fd, bytes) < 0 ||
	    (sync == FILE_SYNC_YES && fsync(fd) < 0)) {
		int failed = err_errno(err, "write '%s'", path);

		(void)unlink(aside->at);
		return failed;
	}
	if (close(take_fd(&fd)) < 0) {
		int failed = err_errno(err, "write '%s'", path);

		(void)unlink(aside->at);
		return failed;
	}
	return 0;
}

static int sync_parent(const char *path, enum file_sync sync, struct err *err)
{
	AUTO(auto_free) char *parent = parent_of(path);

	return sync == FILE_SYNC_YES ? file_sync_dir(parent, err) : 0;
}

int file_replace(const char *path, struct text bytes, mode_t mode, enum file_sync sync,
		 struct err *err)
{
	AUTO(auto_str) struct str aside = {0};

	if (write_aside(path, bytes, mode, sync, &aside, err)) {
		return -1;
	}
	if (rename(aside.at, path) < 0) {
		int failed = err_errno(err, "replace '%s'", path);

		(void)unlink(aside.at);
		return failed;
	}
	return sync_parent(path, sync, err);
}

int file_create(const char *path, struct text bytes, mode_t mode, enum file_sync sync,
		struct err *err)
{
	AUTO(auto_str) struct str aside = {0};
	int linked = 0;
	int number = 0;

	if (write_aside(path, bytes, mode, sync, &aside, err)) {
		return -1;
	}
	linked = link(aside.at, path);
	number = errno;
	(void)unlink(aside.at);
	if (linked < 0 && number == EEXIST) {
		return err_set(err, ERR_BUSY, "'%s' exists already", path);
	}
	if (linked < 0) {
		errno = number;
		return err_errno(err, "create '%s'", path);
	}
	return sync_parent(path, sync, err);
}

static int make_dir(const char *path, mode_t mode, struct err *err)
{
	struct stat info = {0};

	if (mkdir(path, mode) == 0) {
		return 0;
	}
	if (errno != EEXIST) {
		return err_errno(err, "create directory '%s'", path);
	}
	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
		return 0;
	}
	return err_set(err, ERR_INPUT, "'%s' is not a directory", path);
}

int file_make_dirs(const char *path, mode_t mode, struct err *err)
{
	AUTO(auto_free) char *part = mem_copy(path, strlen(path));

	for (char *slash = part + 1; *part && *slash; slash++) {
		if (*slash != '/') {
			continue;
		}
		*slash = '\0';
		if (make_dir(part, mode, err)) {
			return -1;
		}
		*slash = '/';
	}
	return make_dir(part, mode, err);
}

bool file_exists(const char *path)
{
	struct stat info = {0};

	return lstat(path, &info) == 0;
}
