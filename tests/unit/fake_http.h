/**
 * A scripted HTTP server in a process of its own: it says what it is told to, and then closes,
 * resets, falls silent, floods or dribbles. A process for each connection. For TLS there are real
 * servers in the live tests.
 */
#ifndef TESTS_UNIT_FAKE_HTTP_H
#define TESTS_UNIT_FAKE_HTTP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

/** What happens after `answer` was said. */
enum fake_then {
	FAKE_CLOSE,
	FAKE_RESET,
	FAKE_STALL,   /**< until the client goes */
	FAKE_REPEAT,  /**< `more` without end */
	FAKE_DRIBBLE, /**< `more` without end, a byte every few milliseconds */
};

/** Its script. */
struct fake_http {
	struct text answer;
	enum fake_then then;
	const char *more;
	bool echoes;             /**< the body is what was asked, and nothing above counts */
	bool is_deaf;            /**< says it all without reading the question */
	const char *unix_socket; /**< path of its socket; NULL: a port of 127.0.0.1 */
};

struct fake_server {
	pid_t pid;
	uint16_t port;
};

/** Read a question until its headers end, and a form behind them. */
static inline size_t fake_read_question(int fd, char *bytes, size_t room)
{
	size_t len = 0;
	const char *end = NULL;
	const char *form = NULL;

	while (len + 1 < room) {
		ssize_t got = recv(fd, bytes + len, room - len - 1, 0);

		if (got <= 0) {
			break;
		}
		len += (size_t)got;
		bytes[len] = '\0';
		end = strstr(bytes, "\r\n\r\n");
		form = strstr(bytes, "Content-Length: ");
		if (end && (!form || strlen(end + 4) >= strtoul(form + 16, NULL, 10))) {
			break;
		}
	}
	return len;
}

static inline void fake_say(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t done = send(fd, bytes, len, MSG_NOSIGNAL);

		if (done <= 0) {
			_exit(0);
		}
		bytes += done;
		len -= (size_t)done;
	}
}

/** Wait until the client has gone. */
static inline void fake_stall(int fd)
{
	char byte = 0;

	while (recv(fd, &byte, 1, 0) > 0) {
	}
}

static inline void fake_repeat(int fd, const struct fake_http *script)
{
	size_t len = strlen(script->more);

	for (size_t i = 0;; i++) {
		if (script->then == FAKE_REPEAT) {
			fake_say(fd, script->more, len);
		} else {
			fake_say(fd, script->more + i % len, 1);
			(void)poll(NULL, 0, 5);
		}
	}
}

static inline void fake_serve(int fd, const struct fake_http *script)
{
	struct linger linger = {1, 0};
	char question[8192] = "";
	char head[100] = "";
	size_t len = script->is_deaf ? 0 : fake_read_question(fd, question, sizeof(question));

	if (script->echoes) {
		(void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
			       len);
		fake_say(fd, head, strlen(head));
		fake_say(fd, question, len);
		return;
	}
	fake_say(fd, script->answer.at, script->answer.len);
	switch (script->then) {
	case FAKE_CLOSE:
		break;
	case FAKE_RESET:
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		break;
	case FAKE_STALL:
		fake_stall(fd);
		break;
	case FAKE_REPEAT:
	case FAKE_DRIBBLE:
		fake_repeat(fd, script);
		break;
	}
}

static inline int fake_listen(const struct fake_http *script, uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(address);
	int fd = socket(script->unix_socket ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	int status = 0;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (script->unix_socket) {
		(void)snprintf(local.sun_path, sizeof(local.sun_path), "%s", script->unix_socket);
		status = bind(fd, (struct sockaddr *)&local, sizeof(local));
	} else {
		status = bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
			 getsockname(fd, (struct sockaddr *)&address, &len);
		*port = ntohs(address.sin_port);
	}
	if (status || listen(fd, 1024)) {
		abort();
	}
	return fd;
}

/** Start it; it is listening when this returns. */
static inline struct fake_server fake_http_start(const struct fake_http *script)
{
	struct fake_server server = {0};
	int listener = fake_listen(script, &server.port);

	server.pid = fork();
	if (server.pid == 0) {
		(void)setpgid(0, 0);
		(void)signal(SIGCHLD, SIG_IGN);
		while (true) {
			int fd = accept(listener, NULL, NULL);

			if (fd >= 0 && fork() == 0) {
				fake_serve(fd, script);
				_exit(0);
			}
			(void)close(fd);
		}
	}
	(void)setpgid(server.pid, server.pid);
	(void)close(listener);
	return server;
}

/** With all its connections. */
static inline void fake_http_stop(const struct fake_server *server)
{
	(void)kill(-server->pid, SIGKILL);
	(void)waitpid(server->pid, NULL, 0);
}

/** A port of 127.0.0.1 at which nothing listens. */
static inline uint16_t fake_closed_port(void)
{
	struct fake_http nobody = {0};
	uint16_t port = 0;

	(void)close(fake_listen(&nobody, &port));
	return port;
}

#endif
