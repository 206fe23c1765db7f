/* Removing a folder with everything in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/** Folders in folders that are followed: each holds a descriptor open meanwhile. */
#define DEPTH_MAX 64

static int remove_in(int parent, const char *name, int depth);

/** Everything in an open folder. */
static int empty_folder(int fd, int depth)
{
	AUTO(auto_closedir) DIR *folder = fdopendir(dup(fd));
	const struct dirent *entry = NULL;
	int result = folder ? 0 : -1;

	while (folder && (entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    remove_in(fd, entry->d_name, depth)) {
			result = -1;
		}
	}
	return result;
}

/** A file, a link, or a folder with everything in it; no link is followed. */
static int remove_in(int parent, const char *name, int depth)
{
	AUTO(auto_close) int fd = -1;

	if (unlinkat(parent, name, 0) == 0) {
		return 0;
	}
	if (errno != EISDIR && errno != EPERM) {
		return -1;
	}
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || depth == DEPTH_MAX) {
		errno = fd < 0 ? errno : ELOOP;
		return -1;
	}
	if (empty_folder(fd, depth + 1)) {
		return -1;
	}
	return unlinkat(parent, name, AT_REMOVEDIR);
}

int file_remove_tree(const char *path, struct err *err)
{
	return remove_in(AT_FDCWD, path, 0) ? err_errno(err, "remove '%s'", path) : 0;
}
