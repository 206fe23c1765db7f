/*
 * What a scan of files costs at least: open each of them, read it until it says that it ended,
 * close it, on two threads, and look at nothing. `limit LIST` reads paths, one a line, relative to
 * the current directory.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 2
#define GRAB 32
#define BUFFER_BYTES ((size_t)256 * 1024)

static char **paths;
static size_t count;
static atomic_size_t next;
static atomic_size_t total;

static void *work(void *unused)
{
	char *buffer = malloc(BUFFER_BYTES);
	size_t first = 0;
	size_t bytes = 0;

	(void)unused;
	while (buffer && (first = atomic_fetch_add(&next, GRAB)) < count) {
		for (size_t i = first; i < first + GRAB && i < count; i++) {
			int fd = open(paths[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
			ssize_t got = 0;

			while (fd >= 0 && (got = read(fd, buffer, BUFFER_BYTES)) > 0) {
				bytes += (size_t)got;
			}
			if (fd >= 0) {
				(void)close(fd);
			}
		}
	}
	atomic_fetch_add(&total, bytes);
	free(buffer);
	return NULL;
}

/** The list as lines; the program ends when it cannot be read. */
static void read_list(const char *name)
{
	FILE *file = fopen(name, "re");
	char *line = NULL;
	size_t room = 0;
	size_t space = 0;
	ssize_t len = 0;

	if (!file) {
		perror(name);
		exit(1);
	}
	while ((len = getline(&line, &room, file)) > 0) {
		line[len - 1] = '\0';
		if (count == space) {
			space = space ? space * 2 : 1024;
			paths = realloc(paths, space * sizeof(*paths));
			if (!paths) {
				exit(1);
			}
		}
		paths[count++] = strdup(line);
	}
	free(line);
	(void)fclose(file);
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	if (argc != 2) {
		(void)fprintf(stderr, "usage: limit LIST\n");
		return 64;
	}
	read_list(argv[1]);
	for (size_t i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL)) {
			return 1;
		}
	}
	for (size_t i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
	}
	(void)printf("%zu files, %zu bytes\n", count, (size_t)total);
	return 0;
}
