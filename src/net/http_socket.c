/*
 * Sockets for libcurl that are no TCP connections to a peer: unix sockets, and the bridge to a
 * stream.
 *
 * The bridge is a TCP connection of this machine to itself, not a socketpair, because libcurl 7.88
 * (of Debian 12) calls connect() on a socket although it is connected (curl issue 10626). TCP says
 * once more that all is well; a pair of unix sockets says EINVAL.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "net/http_private.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS; loop_open ignores SIGPIPE */
#endif

/** Bytes on their way in one direction at most. */
#define BRIDGE_BYTES (16 * 1024)

/** Rounds of one step, so that a flood leaves time for others. */
#define BRIDGE_ROUNDS 8

/* ---- making sockets */

static int set_flags(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -1 : 0;
}

int http_unix_socket(void)
{
	AUTO(auto_close) int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 || set_flags(fd) ? -1 : take_fd(&fd);
}

/** A listener on a free port of 127.0.0.1. */
static int listen_here(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	AUTO(auto_close) int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || set_flags(fd) || bind(fd, (const struct sockaddr *)&address, len) < 0 ||
	    listen(fd, 1) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		return -1;
	}
	*port = ntohs(address.sin_port);
	return take_fd(&fd);
}

/* ---- the bridge */

/** Bytes in one direction. */
struct lane {
	char bytes[BRIDGE_BYTES];
	size_t from;
	size_t len;
};

struct http_bridge {
	struct task task;
	struct stream *stream;
	int listener;      /**< -1 once the client's connection is there */
	uint16_t expected; /**< the client's port; 0: not known yet */
	int fd;            /**< of that connection; -1: it is not there yet */
	struct lane up;
	struct lane down;
	bool has_ended; /**< the stream has no more to say */
	struct http_bridge **gone;
};

/** @return whether something moved; sets `is_over` at the end or on an error */
static bool carry_up(struct http_bridge *bridge, bool *is_over)
{
	struct lane *up = &bridge->up;
	ssize_t done = 0;

	if (up->len == 0) {
		done = recv(bridge->fd, up->bytes, sizeof(up->bytes), 0);
		*is_over = done == 0 || (done < 0 && errno != EAGAIN && errno != EINTR);
		if (done <= 0) {
			return false;
		}
		up->from = 0;
		up->len = (size_t)done;
	}
	done = stream_write(bridge->stream, up->bytes + up->from, up->len);
	*is_over = done < 0 && done != -EAGAIN;
	if (done <= 0) {
		return false;
	}
	up->from += (size_t)done;
	up->len -= (size_t)done;
	return true;
}

static bool carry_down(struct http_bridge *bridge, bool *is_over)
{
	struct lane *down = &bridge->down;
	ssize_t done = 0;

	if (down->len == 0 && !bridge->has_ended) {
		done = stream_read(bridge->stream, down->bytes, sizeof(down->bytes));
		if (done == 0) {
			bridge->has_ended = true;
			(void)shutdown(bridge->fd, SHUT_WR);
		}
		*is_over = done < 0 && done != -EAGAIN;
		down->from = 0;
		down->len = done > 0 ? (size_t)done : 0;
	}
	if (down->len == 0) {
		return false;
	}
	done = send(bridge->fd, down->bytes + down->from, down->len, MSG_NOSIGNAL);
	*is_over = done < 0 && errno != EAGAIN && errno != EINTR;
	if (done <= 0) {
		return false;
	}
	down->from += (size_t)done;
	down->len -= (size_t)done;
	return true;
}

static void wait_for_both(struct http_bridge *bridge, struct wait *wait)
{
	unsigned here =
		(bridge->up.len == 0 ? WAIT_READ : 0U) | (bridge->down.len > 0 ? WAIT_WRITE : 0U);
	unsigned there = (bridge->down.len == 0 && !bridge->has_ended ? WAIT_READ : 0U) |
			 (bridge->up.len > 0 ? WAIT_WRITE : 0U);

	if (here) {
		wait_fd(wait, bridge->fd, here);
	}
	if (there) {
		stream_wait(bridge->stream, &bridge->task, wait, there);
	}
}

/** Take the client's connection; another's, of whoever tries ports here, is closed. */
static void take_client(struct http_bridge *bridge)
{
	struct sockaddr_in peer = {0};
	socklen_t len = sizeof(peer);
	AUTO(auto_close) int fd = accept(bridge->listener, (struct sockaddr *)&peer, &len);

	if (fd >= 0 && ntohs(peer.sin_port) == bridge->expected && set_flags(fd) == 0) {
		bridge->fd = take_fd(&fd);
		(void)close(bridge->listener);
		bridge->listener = -1;
	}
}

static enum step bridge_step(struct task *task, struct wait *wait)
{
	struct http_bridge *bridge = (struct http_bridge *)task;

	if (bridge->expected == 0) {
		return STEP_WAIT; /* for http_bridge_expect */
	}
	if (bridge->fd < 0) {
		take_client(bridge);
	}
	if (bridge->fd < 0) {
		wait_fd(wait, bridge->listener, WAIT_READ);
		return STEP_WAIT;
	}
	for (unsigned round = 0; round < BRIDGE_ROUNDS; round++) {
		bool is_over_up = false;
		bool is_over_down = false;
		bool has_moved = carry_up(bridge, &is_over_up);

		has_moved |= carry_down(bridge, &is_over_down);
		if (is_over_up || is_over_down) {
			return STEP_DONE;
		}
		if (!has_moved) {
			wait_for_both(bridge, wait);
			return STEP_WAIT;
		}
	}
	wait_until(wait, loop_now_ms(task->loop)); /* at once, after the others */
	return STEP_WAIT;
}

static void bridge_release(struct task *task)
{
	struct http_bridge *bridge = (struct http_bridge *)task;

	auto_close(&bridge->listener);
	auto_close(&bridge->fd);
	stream_close(bridge->stream);
}

static void bridge_ended(struct task *task, void *cookie)
{
	struct http_bridge *bridge = (struct http_bridge *)task;

	(void)cookie;
	*bridge->gone = NULL;
	free(bridge);
}

static const struct task_ops bridge_ops = {"http_bridge", bridge_step, bridge_release};

int http_bridge_open(struct loop *loop, struct stream *stream, struct http_bridge **out)
{
	struct http_bridge *bridge = NULL;
	uint16_t port = 0;
	int listener = listen_here(&port);

	if (listener < 0) {
		stream_close(stream);
		return -1;
	}
	bridge = mem_alloc(sizeof(*bridge));
	bridge->task.ops = &bridge_ops;
	bridge->task.ended = bridge_ended;
	bridge->stream = stream;
	bridge->listener = listener;
	bridge->fd = -1;
	bridge->gone = out;
	*out = bridge;
	task_start(loop, &bridge->task);
	return port;
}

void http_bridge_expect(struct http_bridge *bridge, int fd)
{
	struct sockaddr_in address = {0};
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
		bridge->expected = ntohs(address.sin_port);
		task_wake(&bridge->task);
	}
}

void http_bridge_close(struct http_bridge *bridge)
{
	if (bridge) {
		task_cancel(&bridge->task);
	}
}
