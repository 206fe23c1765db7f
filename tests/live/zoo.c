/*
 * A zoo of hostile SSH servers on loopback, for live tests: zoo KNOWN_HOSTS [KIND=COUNT]...
 *
 * Each kind of zoo/ gets a port of its own on 127.0.0.1 (COUNT ports, none for 0). Prints a line
 * "KIND PORT GATE VERDICT REASON" for each, where GATE is the kind of gate that has something to
 * say about it, writes KNOWN_HOSTS with the name KIND-PORT for it, and then the line "ready". On
 * SIGTERM it prints "seen KIND PORT CONNECTIONS FURTHEST-PHASE" for each and ends.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/vec.h"
#include "zoo/kinds.h"

#define COUNT_MAX 1000

/** One port. */
struct cage {
	const struct kind *kind;
	unsigned port;
	int fd;
	unsigned connections;
	enum phase furthest;
};

/** One connection. */
struct visit {
	struct cage *cage;
	int fd;
};

/** Guards the counts of all cages. */
static pthread_mutex_t counts = PTHREAD_MUTEX_INITIALIZER;

_Noreturn static void die(const char *text)
{
	(void)fprintf(stderr, "zoo: %s\n", text);
	exit(70);
}

static void start_thread(void *(*run)(void *), void *cookie)
{
	pthread_t thread;
	pthread_attr_t attributes;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, (size_t)1024 * 1024);
	if (pthread_create(&thread, &attributes, run, cookie)) {
		die("no thread to be had");
	}
	(void)pthread_attr_destroy(&attributes);
	(void)pthread_detach(thread);
}

static void *serve(void *cookie)
{
	struct visit *visit = cookie;
	enum phase furthest = AT_ACCEPT;

	kind_serve(visit->cage->kind, visit->fd, &furthest);
	(void)pthread_mutex_lock(&counts);
	if (furthest > visit->cage->furthest) {
		visit->cage->furthest = furthest;
	}
	(void)pthread_mutex_unlock(&counts);
	free(visit);
	return NULL;
}

static void *listen_for_ever(void *cookie)
{
	struct cage *cage = cookie;

	for (;;) {
		int fd = accept(cage->fd, NULL, NULL);
		struct visit *visit = NULL;

		if (fd < 0) {
			continue;
		}
		(void)pthread_mutex_lock(&counts);
		cage->connections++;
		(void)pthread_mutex_unlock(&counts);
		visit = mem_alloc(sizeof(*visit));
		*visit = (struct visit){cage, fd};
		start_thread(serve, visit);
	}
	return NULL;
}

static void open_cage(struct cage *cage, const struct kind *kind)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int small = 2048;
	int moderate = 65536;

	*cage = (struct cage){.kind = kind};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cage->fd = socket(AF_INET, SOCK_STREAM, 0);
	/* Little room for what is not read, so that a client who must not wait is seen to wait; and
	 * a flood costs no more than the client takes of it. */
	(void)setsockopt(cage->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	(void)setsockopt(cage->fd, SOL_SOCKET, SO_SNDBUF, &moderate, sizeof(moderate));
	if (cage->fd < 0 || bind(cage->fd, (struct sockaddr *)&address, len) ||
	    listen(cage->fd, 64) || getsockname(cage->fd, (struct sockaddr *)&address, &len)) {
		die("no port to be had");
	}
	cage->port = ntohs(address.sin_port);
}

static void pin(FILE *file, const char *name, const struct key *key)
{
	struct public_key public_key;
	struct str line = {0};

	key_public(key, &public_key);
	public_key_write_ssh(&public_key, "", &line);
	(void)fprintf(file, "%s %s", name, line.at);
	str_release(&line);
}

static void write_known_hosts(const char *path, const struct cage *cages, size_t len)
{
	FILE *file = fopen(path, "we");

	if (!file) {
		die("cannot write known_hosts");
	}
	for (size_t i = 0; i < len; i++) {
		struct str name = {0};

		str_printf(&name, "%s-%u", cages[i].kind->name, cages[i].port);
		pin(file, name.at, zoo_keys.pinned);
		str_release(&name);
	}
	pin(file, "@revoked *", zoo_keys.revoked);
	if (fclose(file)) {
		die("cannot write known_hosts");
	}
}

static void print_cage(const struct cage *cage)
{
	const struct kind *kind = cage->kind;

	(void)printf("%s %u %s %s %s\n", kind->name, cage->port,
		     kind->at < AT_OPEN ? "ssh_auth" : "ssh_command", kind->verdict, kind->reason);
}

/** How many of a kind does the command line want? */
static int64_t wanted(const struct kind *kind, char **words)
{
	struct err err = {0};
	int64_t count = 1;

	for (; *words; words++) {
		size_t len = strlen(kind->name);

		if (strncmp(*words, kind->name, len) == 0 && (*words)[len] == '=' &&
		    parse_int(text_of(*words + len + 1), 0, COUNT_MAX, &count, &err)) {
			die(err.text);
		}
	}
	return count;
}

int main(int argc, char **argv)
{
	struct VEC(struct cage) cages = {0};
	sigset_t ends;
	int ignored = 0;

	if (argc < 2) {
		die("usage: zoo KNOWN_HOSTS [KIND=COUNT]...");
	}
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	zoo_keys = (struct zoo_keys){key_generate(), key_generate(), key_generate()};
	for (size_t i = 0; kind_at(i); i++) {
		for (int64_t left = wanted(kind_at(i), argv + 2); left > 0; left--) {
			open_cage(VEC_ADD(&cages), kind_at(i));
		}
	}
	write_known_hosts(argv[1], cages.at, cages.len);
	for (size_t i = 0; i < cages.len; i++) {
		start_thread(listen_for_ever, &cages.at[i]);
		print_cage(&cages.at[i]);
	}
	(void)printf("ready\n");
	(void)fflush(stdout);
	(void)sigwait(&ends, &ignored);
	(void)pthread_mutex_lock(&counts);
	for (size_t i = 0; i < cages.len; i++) {
		(void)printf("seen %s %u %u %s\n", cages.at[i].kind->name, cages.at[i].port,
			     cages.at[i].connections, phase_name(cages.at[i].furthest));
	}
	(void)fflush(stdout);
	_exit(0);
}
