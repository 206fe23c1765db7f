/*
 * Landlock (Documentation/userspace-api/landlock.rst of Linux). Its constants are written here,
 * because the headers of a system may be older than its kernel.
 */
#include "loop/confine_private.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_ADD_RULE 445
#define LANDLOCK_RESTRICT_SELF 446

#define RULESET_VERSION 1U
#define RULE_PATH_BENEATH 1

/* Rights that change something; by the version that brought them. */
#define RIGHT_WRITE_FILE (UINT64_C(1) << 1)
#define RIGHTS_MAKE_AND_REMOVE (UINT64_C(0x1ff) << 4) /* 4 remove_dir … 12 make_sym */
#define RIGHT_REFER (UINT64_C(1) << 13)               /* 2 */
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)            /* 3 */
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15)           /* 5 */

#define SCOPES UINT64_C(3) /* 6: abstract unix sockets, signals */

struct ruleset_attributes {
	uint64_t files;
	uint64_t network;
	uint64_t scoped;
};

struct path_rule {
	uint64_t rights;
	int32_t parent_fd;
} __attribute__((packed));

int confine_landlock_version(void)
{
	long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

static uint64_t rights_of(int version)
{
	uint64_t rights = RIGHT_WRITE_FILE | RIGHTS_MAKE_AND_REMOVE;

	rights |= version >= 2 ? RIGHT_REFER : 0;
	rights |= version >= 3 ? RIGHT_TRUNCATE : 0;
	rights |= version >= 5 ? RIGHT_IOCTL_DEV : 0;
	return rights;
}

/** Rights that a rule about one file may name. */
#define RIGHTS_OF_A_FILE (RIGHT_WRITE_FILE | RIGHT_TRUNCATE | RIGHT_IOCTL_DEV)

static int allow(int ruleset, const char *path, uint64_t rights)
{
	AUTO(auto_close) int fd = open(path, O_PATH | O_CLOEXEC);
	struct path_rule rule = {.rights = rights, .parent_fd = fd};

	if (fd < 0) {
		return errno == ENOENT ? 0 : -1;
	}
	return (int)syscall(LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

int confine_files(const char *scratch)
{
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full"};
	int version = confine_landlock_version();
	uint64_t rights = rights_of(version);
	struct ruleset_attributes attributes = {
		.files = rights,
		.scoped = version >= 6 ? SCOPES : 0,
	};
	size_t size = version >= 6   ? sizeof(attributes)
		      : version >= 4 ? offsetof(struct ruleset_attributes, scoped)
				     : offsetof(struct ruleset_attributes, network);
	AUTO(auto_close) int ruleset = (int)syscall(LANDLOCK_CREATE_RULESET, &attributes, size, 0);

	if (ruleset < 0 || allow(ruleset, scratch, rights)) {
		return -1;
	}
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (allow(ruleset, devices[i], rights & RIGHTS_OF_A_FILE)) {
			return -1;
		}
	}
	return (int)syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0);
}

#else

int confine_landlock_version(void)
{
	return 0;
}

int confine_files(const char *scratch)
{
	(void)scratch;
	return -1;
}

#endif
