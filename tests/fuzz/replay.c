/**
 * Run a fuzz target over kept inputs instead of new ones: replay DIRECTORY. Links with any
 * fuzz_*.c.
 *
 * Each input is copied to memory of exactly its size, so that the sanitizer sees a read past its
 * end. Prints TAP: one test, which a crash leaves out.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ceiling of one input. */
#define INPUT_MAX_BYTES ((size_t)1024 * 1024)

static int replay(const char *directory, const char *name, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_free) uint8_t *exact = NULL;

	str_printf(&path, "%s/%s", directory, name);
	if (file_read(path.at, INPUT_MAX_BYTES, &bytes, err)) {
		return -1;
	}
	/* Said first: after a crash it is the last line. */
	printf("# %s\n", path.at);
	(void)fflush(stdout);
	exact = mem_alloc(bytes.len);
	if (bytes.len > 0) {
		memcpy(exact, bytes.at, bytes.len);
	}
	(void)LLVMFuzzerTestOneInput(exact, bytes.len);
	return 0;
}

int main(int argc, char **argv)
{
	AUTO(auto_closedir) DIR *directory = NULL;
	struct dirent *entry = NULL;
	struct err err = {0};
	int inputs = 0;

	printf("1..1\n");
	directory = argc == 2 ? opendir(argv[1]) : NULL;
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.') {
			continue;
		}
		if (replay(argv[1], entry->d_name, &err)) {
			printf("not ok 1 - replay\n# %s\n", err.text);
			return EXIT_FAILURE;
		}
		inputs++;
	}
	printf("%s 1 - replay of %d inputs\n", inputs > 0 ? "ok" : "not ok", inputs);
	return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
