/**
 * Locals that clean up after themselves: `AUTO(auto_close) int fd = -1;`.
 *
 * The functions accept the empty value (-1, NULL), so a local may be declared before it is filled.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Cleaning up is a use: a local may be there for nothing else, which clang does not see. */
#define AUTO(function) __attribute__((cleanup(function), unused))

static inline void auto_close(const int *fd)
{
	if (*fd >= 0) {
		(void)close(*fd);
	}
}

static inline void auto_fclose(FILE **file)
{
	if (*file) {
		(void)fclose(*file);
	}
}

static inline void auto_closedir(DIR **dir)
{
	if (*dir) {
		(void)closedir(*dir);
	}
}

static inline void auto_free(void *pointer)
{
	free(*(void **)pointer);
}

/** Hand a descriptor over: the local keeps -1. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
