/*
 * What an integrity check costs at least: open each file of a folder, read it, SHA-256 it, close
 * it, on as many threads as gaterun takes. `hash_limit FOLDER THREADS`.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#define THREADS_MAX 64
#define GRAB 64
#define BUFFER_BYTES ((size_t)1024 * 1024)

static const char *folder;
static char **names;
static size_t count;
static atomic_size_t next;
static atomic_size_t total;

/** Names are ours and short: the folder before them fits. */
static size_t hash_file(const char *name, EVP_MD_CTX *context, const EVP_MD *method, char *buffer)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char path[4096];
	size_t bytes = 0;
	ssize_t got = 0;
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || !EVP_DigestInit_ex2(context, method, NULL)) {
		perror(path);
		exit(1);
	}
	while ((got = read(fd, buffer, BUFFER_BYTES)) > 0) {
		(void)EVP_DigestUpdate(context, buffer, (size_t)got);
		bytes += (size_t)got;
	}
	(void)EVP_DigestFinal_ex(context, digest, NULL);
	(void)close(fd);
	return bytes;
}

static void *work(void *unused)
{
	EVP_MD *method = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char *buffer = malloc(BUFFER_BYTES);
	size_t first = 0;
	size_t bytes = 0;

	(void)unused;
	while (buffer && context && (first = atomic_fetch_add(&next, GRAB)) < count) {
		for (size_t i = first; i < first + GRAB && i < count; i++) {
			bytes += hash_file(names[i], context, method, buffer);
		}
	}
	atomic_fetch_add(&total, bytes);
	EVP_MD_CTX_free(context);
	EVP_MD_free(method);
	free(buffer);
	return NULL;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/** The files of the folder in order; the program ends when it cannot be read. */
static void list_folder(void)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry = NULL;
	size_t space = 0;

	if (!dir) {
		perror(folder);
		exit(1);
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.') {
			continue;
		}
		if (count == space) {
			space = space ? space * 2 : 1024;
			names = realloc(names, space * sizeof(*names));
			if (!names) {
				exit(1);
			}
		}
		names[count++] = strdup(entry->d_name);
	}
	(void)closedir(dir);
	qsort(names, count, sizeof(*names), by_name);
}

int main(int argc, char **argv)
{
	size_t threads = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	pthread_t started[THREADS_MAX];

	if (threads == 0 || threads > THREADS_MAX) {
		(void)fprintf(stderr, "usage: hash_limit FOLDER THREADS\n");
		return 64;
	}
	folder = argv[1];
	list_folder();
	for (size_t i = 0; i < threads; i++) {
		if (pthread_create(&started[i], NULL, work, NULL)) {
			return 1;
		}
	}
	for (size_t i = 0; i < threads; i++) {
		(void)pthread_join(started[i], NULL);
	}
	(void)printf("%zu files, %zu bytes\n", count, (size_t)total);
	return 0;
}
