/**
 * Files outside the repo tree: read with a ceiling, replaced atomically. (Repo content is read
 * through git/tree.h.)
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/**
 * Read a whole regular file; directories, FIFOs and devices are refused without blocking.
 *
 * @param max  ceiling in bytes; more is ERR_LIMIT
 * @param out  appended to; its own ceiling holds too
 * @return     0; -1 with ERR_ABSENT, ERR_SYSTEM, ERR_INPUT (not a regular file) or ERR_LIMIT
 */
int file_read(const char *path, size_t max, struct str *out, struct err *err);

/** As file_read, from an open descriptor of a regular file. `path` is for the message only. */
int file_read_fd(int fd, const char *path, size_t max, struct str *out, struct err *err);

/** Write all bytes, however many calls that takes. @return 0; -1 with errno set */
int file_write_fd(int fd, struct text bytes);

enum file_sync {
	FILE_SYNC_NO,  /**< atomic, but may be lost in a crash */
	FILE_SYNC_YES, /**< file and directory are on disk when the call returns */
};

/** Write beside `path`, then rename over it: readers see the old or the new bytes, never a part. */
int file_replace(const char *path, struct text bytes, mode_t mode, enum file_sync sync,
		 struct err *err);

/** As file_replace, but never over an existing file: link(2) decides. -1 with ERR_BUSY if it
 * exists. */
int file_create(const char *path, struct text bytes, mode_t mode, enum file_sync sync,
		struct err *err);

/** fsync a directory, so that names made in it survive a crash. */
int file_sync_dir(const char *path, struct err *err);

/** mkdir -p; made directories get `mode`. */
int file_make_dirs(const char *path, mode_t mode, struct err *err);

/** Remove a file, or a folder with everything in it (folders up to 64 deep). Follows no link. */
int file_remove_tree(const char *path, struct err *err);

/** "a directory", "a FIFO", … for messages about what is not a regular file. */
const char *file_sort(mode_t mode);

/** Does the path exist (whatever it is)? */
bool file_exists(const char *path);

#endif
