#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/** Sent bytes that nobody acknowledges for so long end the connection (ssh.md, trap 11). */
#define UNACKNOWLEDGED_MS 10000

void dial_init(struct dial *dial, const struct address *address, uint16_t port)
{
	*dial = (struct dial){.address = *address, .port = port, .fd = -1};
}

static int open_socket(int family)
{
#ifdef SOCK_CLOEXEC
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
#endif
}

/** What makes a connection quicker to use or to give up; none of it is needed. */
static void set_options(int fd)
{
	int yes = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
#ifdef TCP_USER_TIMEOUT
	unsigned limit_ms = UNACKNOWLEDGED_MS;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof(limit_ms));
#endif
}

/** Start the TCP handshake. @return 0, EINPROGRESS or what went wrong */
static int begin(struct dial *dial)
{
	struct sockaddr_storage socket_address;
	socklen_t len = address_to_socket(&dial->address, dial->port, &socket_address);

	dial->fd = open_socket(socket_address.ss_family);
	if (dial->fd < 0) {
		return errno;
	}
	set_options(dial->fd);
	if (connect(dial->fd, (const struct sockaddr *)&socket_address, len) < 0) {
		/* Interrupted, it goes on by itself (POSIX). */
		return errno == EINTR ? EINPROGRESS : errno;
	}
	return 0;
}

/** How the handshake stands. @return 0, EINPROGRESS or what went wrong */
static int look(const struct dial *dial)
{
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);
	int error = 0;
	socklen_t error_len = sizeof(error);

	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &error_len) < 0) {
		return errno;
	}
	if (error == 0 && getpeername(dial->fd, (struct sockaddr *)&peer, &peer_len) < 0) {
		return errno == ENOTCONN ? EINPROGRESS : errno;
	}
	return error;
}

enum step dial_step(struct dial *dial, struct wait *wait, struct err *err)
{
	int error = dial->fd < 0 ? begin(dial) : look(dial);
	char text[ADDRESS_TEXT_BYTES] = "";

	if (error == 0) {
		return STEP_DONE;
	}
	if (error == EINPROGRESS) {
		wait_fd(wait, dial->fd, WAIT_WRITE);
		return STEP_WAIT;
	}
	address_format(&dial->address, text);
	dial->error = error;
	errno = error;
	(void)err_errno(err, "connect to %s port %u", text, (unsigned)dial->port);
	return STEP_FAIL;
}

enum dial_end dial_end_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return DIAL_REFUSED;
	case ECONNRESET:
	case EPIPE:
		return DIAL_RESET;
	case ETIMEDOUT:
		return DIAL_TIMEOUT;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EACCES: /* broadcast, or a firewall of ours */
	case EPERM:
		return DIAL_NO_ROUTE;
	default:
		return DIAL_BROKEN;
	}
}

void dial_release(struct dial *dial)
{
	if (dial->fd >= 0) {
		(void)close(dial->fd);
	}
	dial->fd = -1;
}
