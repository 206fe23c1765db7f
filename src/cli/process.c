#include "cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/run.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECK 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_LEAK_CHECK 1
#endif

static void open_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
			/* The lowest free number is this one. Children may inherit it. */
			int got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);

			(void)got;
		}
	}
}

/** libuv aborts when it gets no thread or descriptor, and so does a failed assertion. Nothing is
 * half written then: what is written at all is renamed into its place when it is whole. */
static void on_abort(int number)
{
	static const char text[] =
		"gaterun: stopped in the middle: too few descriptors, threads or "
		"memory, or a mistake in gaterun itself\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)number;
	(void)ignored;
	_exit(EXIT_INTERNAL);
}

mode_t process_prepare(void)
{
	struct rlimit no_core = {0};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction abort_handler = {.sa_handler = on_abort};

	open_standard_descriptors();
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGXFSZ, &ignore, NULL);
	(void)sigaction(SIGABRT, &abort_handler, NULL);
	return umask(077);
}

int process_write(int fd, struct text bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t put = write(fd, bytes.at, bytes.len);

		if (put < 0 && errno == EINTR) {
			continue;
		}
		if (put < 0 && errno == EAGAIN) {
			struct pollfd room = {.fd = fd, .events = POLLOUT};

			(void)poll(&room, 1, -1); /* somebody gave us a non-blocking pipe */
			continue;
		}
		if (put < 0) {
			return err_errno(err, "write");
		}
		bytes.at += put;
		bytes.len -= (size_t)put;
	}
	return 0;
}

void process_end(int status)
{
#ifdef HAS_LEAK_CHECK
	exit(status);
#else
	_exit(status);
#endif
}
