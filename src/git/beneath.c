#include "git/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#if defined(__linux__) && defined(SYS_openat2) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif

#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
#define DIRECTORY_FLAGS (O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY)

#ifdef RESOLVE_NO_SYMLINKS

/*
 * Without links, `..` and a leading slash a path cannot lead out; RESOLVE_BENEATH would cost seven
 * percent of a scan to say the same.
 */

/** The kernel gives EAGAIN when something was renamed meanwhile; more often than this is no race.
 */
#define RACE_TRIES 16

static int open_whole(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	long fd = -1;

	for (int i = 0; i < RACE_TRIES; i++) {
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) {
			break;
		}
	}
	return (int)fd;
}

#else

static int open_whole(int root_fd, const char *path, int flags)
{
	(void)root_fd;
	(void)path;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

#endif

/** Component by component, each in the directory opened before: slower, but as safe. */
static int open_by_component(int root_fd, const char *path, int flags)
{
	AUTO(auto_close) int directory = -1;
	const char *slash = strchr(path, '/');

	while (slash) {
		char name[NAME_MAX + 1];
		size_t len = (size_t)(slash - path);
		int next = -1;

		if (len > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		next = openat(directory < 0 ? root_fd : directory, name, DIRECTORY_FLAGS);
		auto_close(&directory);
		directory = next;
		if (directory < 0) {
			return -1;
		}
		path = slash + 1;
		slash = strchr(path, '/');
	}
	return openat(directory < 0 ? root_fd : directory, path, flags);
}

static int open_at(const struct beneath *beneath, const char *path, int flags)
{
	return beneath->has_openat2 ? open_whole(beneath->root_fd, path, flags)
				    : open_by_component(beneath->root_fd, path, flags);
}

int beneath_open_root(struct beneath *beneath, const char *directory)
{
	int fd = open(directory, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	int probe = -1;

	if (fd < 0) {
		return -1;
	}
	/* Old kernels say ENOSYS, some sandboxes EPERM: whatever it is, do without. */
	probe = open_whole(fd, ".", DIRECTORY_FLAGS);
	*beneath = (struct beneath){fd, probe >= 0};
	auto_close(&probe);
	return 0;
}

void beneath_close(struct beneath *beneath)
{
	auto_close(&beneath->root_fd);
	beneath->root_fd = -1;
}

int beneath_open(const struct beneath *beneath, const char *path)
{
	return open_at(beneath, path, FILE_FLAGS);
}

ssize_t beneath_readlink(const struct beneath *beneath, const char *path, char *out, size_t room)
{
	AUTO(auto_close) int directory = -1;
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	if (!slash) {
		return readlinkat(beneath->root_fd, path, out, room);
	}
	if ((size_t)(slash - path) >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	directory = open_at(beneath, parent, DIRECTORY_FLAGS);
	return directory < 0 ? -1 : readlinkat(directory, slash + 1, out, room);
}
