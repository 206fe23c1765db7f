/**
 * Files below one directory, opened without ever following a symbolic link: not in the last
 * component, not in any before it. Safe to use from several threads at once.
 */
#ifndef GIT_BENEATH_H
#define GIT_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct beneath {
	int root_fd;      /**< the directory; -1 when closed */
	bool has_openat2; /**< the kernel checks the whole path in one call (Linux 5.6) */
};

/** Open the directory itself. 0, or -1 with errno. */
int beneath_open_root(struct beneath *beneath, const char *directory);

void beneath_close(struct beneath *beneath);

/**
 * Open for reading; FIFOs and devices do not block.
 *
 * @param path  relative, without `..`
 * @return      a descriptor; -1 with errno: ELOOP or ENOTDIR where a link is in the way
 */
int beneath_open(const struct beneath *beneath, const char *path);

/** readlink(2) of the last component; -1 with errno where there is no link, or one before it. */
ssize_t beneath_readlink(const struct beneath *beneath, const char *path, char *out, size_t room);

#endif
