/*
 * What answers on the socket of a tailscaled, good or hostile: localapi_peer SOCKET KIND [FOLDER]
 *
 * Listens on the unix socket, prints "ready", and goes on until it is killed.
 *
 *	files      GET /localapi/v0/NAME gives FOLDER/NAME.json, or 404. As the daemon does, it
 *answers 403 to any Host but its own, and to whatever a browser would send. What was asked is a
 *line in FOLDER/asked forbidden  403, whatever is asked huge       a body of 1 GB endless    a body
 *without a length that never ends silent     not a word garbage    something that is not HTTP half
 *a body that ends before its length bound      a socket that nobody listens on
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"

/** Bytes of a request. */
#define REQUEST_BYTES 8192

#define GIGABYTE ((size_t)1024 * 1024 * 1024)

static const char *kind;
static const char *folder;
static pthread_mutex_t asked_lock = PTHREAD_MUTEX_INITIALIZER;

static void send_all(int fd, struct text bytes)
{
	(void)file_write_fd(fd, bytes);
}

static void answer(int fd, const char *status, struct text body)
{
	AUTO(auto_str) struct str head = {0};

	str_printf(&head,
		   "HTTP/1.1 %s\r\nContent-Type: application/json\r\nTailscale-Version: "
		   "1.98.9-tabc\r\nTailscale-Cap: 130\r\nContent-Length: %zu\r\n\r\n",
		   status, body.len);
	send_all(fd, str_view(&head));
	send_all(fd, body);
}

/** Send until nobody reads any more, or so much. */
static void pour(int fd, const char *piece, size_t total)
{
	struct text bytes = text_of(piece);

	for (size_t sent = 0; sent < total; sent += bytes.len) {
		if (file_write_fd(fd, bytes)) {
			return;
		}
	}
}

/** The whole request; false if it does not come. */
static bool read_request(int fd, char request[REQUEST_BYTES])
{
	size_t len = 0;

	while (len < REQUEST_BYTES - 1) {
		ssize_t got = read(fd, request + len, REQUEST_BYTES - 1 - len);

		if (got <= 0) {
			return false;
		}
		len += (size_t)got;
		request[len] = '\0';
		if (strstr(request, "\r\n\r\n")) {
			return true;
		}
	}
	return false;
}

static void note(const char *request)
{
	AUTO(auto_str) struct str path = {0};
	FILE *file = NULL;

	str_printf(&path, "%s/asked", folder);
	(void)pthread_mutex_lock(&asked_lock);
	file = fopen(str_text(&path), "ae");
	if (file) {
		(void)fprintf(file, "%.*s\n", (int)strcspn(request, "\r\n"), request);
		(void)fclose(file);
	}
	(void)pthread_mutex_unlock(&asked_lock);
}

static void answer_file(int fd, const char *request)
{
	static const char start[] = "GET /localapi/v0/";
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str body = {0};
	const char *name = request + sizeof(start) - 1;
	struct err ignored = {0};

	note(request);
	if (!strstr(request, "\r\nHost: local-tailscaled.sock\r\n") ||
	    strcasestr(request, "\r\nOrigin:") || strcasestr(request, "\r\nReferer:")) {
		answer(fd, "403 Forbidden", text_of("invalid localapi request"));
		return;
	}
	if (strncmp(request, start, sizeof(start) - 1) != 0) {
		answer(fd, "405 Method Not Allowed", text_of("want GET"));
		return;
	}
	str_printf(&path, "%s/%.*s.json", folder, (int)strcspn(name, " ?/"), name);
	if (file_read(str_text(&path), GIGABYTE, &body, &ignored)) {
		answer(fd, "404 Not Found", text_of("404 page not found"));
	} else {
		answer(fd, "200 OK", str_view(&body));
	}
}

static void serve(int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
	static const char chunk[] = "40\r\n[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
				    "[[[[[[[[\r\n";
	char request[REQUEST_BYTES];

	if (!read_request(fd, request)) {
		return;
	}
	if (strcmp(kind, "files") == 0) {
		answer_file(fd, request);
	} else if (strcmp(kind, "forbidden") == 0) {
		answer(fd, "403 Forbidden", text_of("invalid localapi request\n"));
	} else if (strcmp(kind, "huge") == 0) {
		send_all(fd, text_of(head));
		send_all(fd, text_of("Content-Length: 1073741824\r\n\r\n"));
		pour(fd, "                                                                ",
		     GIGABYTE);
	} else if (strcmp(kind, "endless") == 0) {
		send_all(fd, text_of(head));
		send_all(fd, text_of("Transfer-Encoding: chunked\r\n\r\n"));
		pour(fd, chunk, SIZE_MAX);
	} else if (strcmp(kind, "garbage") == 0) {
		send_all(fd, text_of("SSH-2.0-OpenSSH_9.2p1\r\n"));
	} else if (strcmp(kind, "half") == 0) {
		send_all(fd, text_of(head));
		send_all(fd, text_of("Content-Length: 100\r\n\r\n{\"BackendState\":"));
	} else {
		(void)read(fd, request, sizeof(request)); /* silent: until the other side leaves */
	}
}

static void *run_one(void *cookie)
{
	int *fd = cookie;

	serve(*fd);
	(void)close(*fd);
	free(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc < 3 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		(void)fprintf(stderr, "usage: localapi_peer SOCKET KIND [FOLDER]\n");
		return 64;
	}
	kind = argv[2];
	folder = argc > 3 ? argv[3] : ".";
	(void)signal(SIGPIPE, SIG_IGN);
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    (strcmp(kind, "bound") != 0 && listen(listener, 64))) {
		perror(argv[1]);
		return 1;
	}
	(void)puts("ready");
	(void)fflush(stdout);
	while (strcmp(kind, "bound") != 0) {
		int *fd = mem_alloc(sizeof(*fd));
		pthread_t thread;

		*fd = accept(listener, NULL, NULL);
		if (*fd >= 0 && !pthread_create(&thread, NULL, run_one, fd)) {
			(void)pthread_detach(thread);
		} else {
			free(fd);
		}
	}
	return 0;
}
