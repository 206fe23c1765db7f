#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "receipt/log_private.h"

/** Pause between two tries: an append takes less than this, unless disks are slow. */
#define LOCK_PAUSE_NS 2000000

int log_lock_file(const char *path, int64_t wait_ms, int *out, struct err *err)
{
	AUTO(auto_close) int fd = -1;
	int64_t deadline_ms = clock_monotonic_ms() + wait_ms;
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0) {
		return err_errno(err, "open '%s'", path);
	}
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			return err_errno(err, "lock '%s'", path);
		}
		if (clock_monotonic_ms() >= deadline_ms) {
			return err_set(err, ERR_BUSY,
				       "another gaterun holds '%s' for more than %lld ms", path,
				       (long long)wait_ms);
		}
		(void)nanosleep(&pause, NULL);
	}
	*out = take_fd(&fd);
	return 0;
}

int log_lock(struct log *log, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	log_path(log, &path, "lock");
	return log_lock_file(path.at, log->lock_wait_ms, &log->lock, err);
}

void log_unlock(struct log *log)
{
	if (log->lock >= 0) {
		(void)close(log->lock);
		log->lock = -1;
	}
}
