/*
 * A tailscaled and nodes of a tailnet as somebody has written them down, for live tests:
 *
 *	tailnet_stub SOCKET FOLDER KIND@ADDRESS[:PORT]...
 *
 * At SOCKET a LocalAPI answers: /localapi/v0/status with what FOLDER/status has at that moment, and
 * so on ('/' in a path becomes '_'). The first line of such a file is the status of HTTP. Without a
 * file there is no answer, ever: an order that hangs.
 *
 * At each ADDRESS, on PORT or one that the system chooses, a node listens:
 *
 *	silent		accepts, and says nothing
 *	alert		ends each handshake at once with alert 80 (internal error)
 *	late		likewise, after 1.2 s
 *	closed		accepts and closes
 *	plain		HTTP without TLS
 *	tls		TLS with FOLDER/ADDRESS.crt and .key, then HTTP status 200
 *	gateway		likewise, and 502
 *
 * Prints "KIND ADDRESS PORT" for each, then "ready". SIGTERM ends all of it. Each connection has a
 * process of its own.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NODES_MAX 40
#define BYTES 16384

static const char *folder;

struct node {
	const char *kind;
	const char *address; /**< NULL: the LocalAPI */
	int fd;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/** Until somebody ends us. */
static void hang(void)
{
	for (;;) {
		(void)pause();
	}
}

static void say(int fd, const char *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t)len) {
		exit(0);
	}
}

/** Read a request's head. */
static void hear(int fd, char head[BYTES])
{
	ssize_t len = read(fd, head, BYTES - 1);

	head[len < 0 ? 0 : len] = '\0';
}

/* ---- the LocalAPI */

static void answer_api(int fd)
{
	static char head[BYTES];
	static char body[BYTES * 8];
	static const char start[] = "GET /localapi/v0/";
	const char *path = head + sizeof(start) - 1;
	char file[1024] = "";
	char line[256] = "";
	FILE *found = NULL;
	size_t len = 0;

	hear(fd, head);
	if (strncmp(head, start, sizeof(start) - 1) != 0) {
		return;
	}
	head[sizeof(start) - 1 + strcspn(path, " ?")] = '\0';
	for (char *at = head + sizeof(start) - 1; *at; at++) {
		*at = (char)(*at == '/' ? '_' : *at);
	}
	(void)snprintf(file, sizeof(file), "%s/%.400s", folder, path);
	found = fopen(file, "re");
	if (!found || !fgets(line, sizeof(line), found)) {
		hang();
		return;
	}
	line[strcspn(line, "\n")] = '\0';
	len = fread(body, 1, sizeof(body), found);
	(void)fclose(found);
	(void)snprintf(head, sizeof(head),
		       "HTTP/1.1 %s Stub\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", line,
		       len);
	say(fd, head, strlen(head));
	say(fd, body, len);
}

/* ---- nodes */

static void answer_tls(int fd, const struct node *node)
{
	bool is_good = strcmp(node->kind, "tls") == 0;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL *ssl = NULL;
	char path[512];
	char head[BYTES];
	char text[128];

	(void)snprintf(path, sizeof(path), "%s/%s.crt", folder, node->address);
	if (SSL_CTX_use_certificate_chain_file(context, path) != 1) {
		die(path);
	}
	(void)snprintf(path, sizeof(path), "%s/%s.key", folder, node->address);
	if (SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) != 1) {
		die(path);
	}
	ssl = SSL_new(context);
	if (SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1) {
		return;
	}
	if (SSL_read(ssl, head, sizeof(head)) > 0) {
		(void)snprintf(text, sizeof(text), "HTTP/1.1 %d Stub\r\nContent-Length: 0\r\n\r\n",
			       is_good ? 200 : 502);
		(void)SSL_write(ssl, text, (int)strlen(text));
	}
	(void)SSL_shutdown(ssl);
}

static void answer(int fd, const struct node *node)
{
	static const char alert[] = "\x15\x03\x03\x00\x02\x02\x50";
	static const char http[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	static const char bad[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
	const struct timespec late = {1, 200000000};
	static char head[BYTES];

	if (!node->address) {
		answer_api(fd);
	} else if (strcmp(node->kind, "tls") == 0 || strcmp(node->kind, "gateway") == 0) {
		answer_tls(fd, node);
	} else if (strcmp(node->kind, "silent") == 0) {
		hang();
	} else if (strcmp(node->kind, "plain") == 0) {
		hear(fd, head);
		if (head[0] == 'G') {
			say(fd, http, sizeof(http) - 1);
		} else {
			say(fd, bad, sizeof(bad) - 1);
		}
	} else if (strcmp(node->kind, "closed") != 0) {
		hear(fd, head);
		if (strcmp(node->kind, "late") == 0) {
			(void)nanosleep(&late, NULL);
		}
		say(fd, alert, sizeof(alert) - 1);
	}
	/* What is unread makes the kernel reset the connection, and the alert is lost. */
	(void)shutdown(fd, SHUT_WR);
	while (strcmp(node->kind, "closed") != 0 && read(fd, head, sizeof(head)) > 0) {
	}
}

/* ---- listening */

static int listen_unix(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 64) != 0) {
		die(path);
	}
	return fd;
}

static int listen_at(const char *address, unsigned *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
	const int yes = 1; /* a connection that ended a minute ago does not hold the port */
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		die(address);
	}
	*port = ntohs(at.sin_port);
	return fd;
}

static void end_all(int signal)
{
	(void)signal;
	(void)kill(0, SIGKILL);
}

int main(int argc, char **argv)
{
	struct node nodes[NODES_MAX] = {0};
	struct pollfd polled[NODES_MAX] = {0};
	nfds_t count = 0;

	if (argc < 3 || argc > NODES_MAX) {
		return 64;
	}
	folder = argv[2];
	(void)setpgid(0, 0);
	(void)signal(SIGTERM, end_all);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	nodes[count++] = (struct node){"api", NULL, listen_unix(argv[1])};
	for (int i = 3; i < argc; i++) {
		char *address = strchr(argv[i], '@');
		char *colon = strchr(argv[i], ':');
		unsigned port = 0;

		if (!address) {
			return 64;
		}
		*address++ = '\0';
		if (colon) {
			*colon = '\0';
			port = (unsigned)strtoul(colon + 1, NULL, 10);
		}
		nodes[count] = (struct node){argv[i], address, listen_at(address, &port)};
		(void)printf("%s %s %u\n", argv[i], address, port);
		count++;
	}
	(void)printf("ready\n");
	(void)fflush(stdout);
	for (;;) {
		for (nfds_t i = 0; i < count; i++) {
			polled[i] = (struct pollfd){.fd = nodes[i].fd, .events = POLLIN};
		}
		if (poll(polled, count, -1) <= 0) {
			continue;
		}
		for (nfds_t i = 0; i < count; i++) {
			int fd = polled[i].revents ? accept(nodes[i].fd, NULL, NULL) : -1;

			if (fd >= 0 && fork() == 0) {
				answer(fd, &nodes[i]);
				exit(0);
			}
			if (fd >= 0) {
				(void)close(fd);
			}
		}
	}
}
