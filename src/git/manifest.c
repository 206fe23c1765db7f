#include "git/manifest.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/mem.h"
#include "git/tree_ops.h"

/** Bytes read at a time. */
#define CHUNK_BYTES ((size_t)64 * 1024)

/** Digest of a regular file, as long as `budget` lasts. 0, or -1. */
static int digest_file(int fd, size_t *budget, unsigned char out[SHA256_BYTES])
{
	AUTO(auto_free) unsigned char *chunk = mem_alloc(CHUNK_BYTES);
	struct sha256 *state = sha256_open();
	struct stat info = {0};
	ssize_t got = -1;

	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
		while ((got = read(fd, chunk, CHUNK_BYTES)) > 0 && (size_t)got <= *budget) {
			sha256_add(state, chunk, (size_t)got);
			*budget -= (size_t)got;
		}
	}
	sha256_close(state, out);
	return got == 0 ? 0 : -1;
}

static int digest_path(const struct beneath *beneath, const char *path, size_t *budget,
		       unsigned char out[SHA256_BYTES])
{
	AUTO(auto_close) int fd = beneath_open(beneath, path);
	char target[PATH_MAX];
	ssize_t len = -1;

	if (fd >= 0) {
		return digest_file(fd, budget, out);
	}
	if (errno == ELOOP) {
		len = beneath_readlink(beneath, path, target, sizeof(target));
	}
	if (len < 0) {
		return -1;
	}
	sha256(target, (size_t)len, out);
	return 0;
}

/** As sha256sum writes it: a line whose name holds a newline or a backslash starts with one. */
static void add_name(struct sha256 *state, const char *hex, const char *path)
{
	AUTO(auto_str) struct str line = {0};

	if (strpbrk(path, "\\\n")) {
		str_add_char(&line, '\\');
	}
	str_printf(&line, "%s  ", hex);
	for (const char *at = path; *at; at++) {
		if (*at == '\\') {
			str_add(&line, "\\\\");
		} else if (*at == '\n') {
			str_add(&line, "\\n");
		} else {
			str_add_char(&line, *at);
		}
	}
	str_add_char(&line, '\n');
	sha256_add(state, line.at, line.len);
}

void manifest_digest(struct manifest *manifest, const struct beneath *beneath,
		     char out[SHA256_HEX_BYTES])
{
	struct sha256 *state = sha256_open();
	unsigned char digest[SHA256_BYTES] = {0};
	AUTO(auto_str) struct str hex = {0};
	size_t budget = MANIFEST_MAX_BYTES;

	if (manifest->len > 0) {
		qsort(manifest->at, manifest->len, sizeof(manifest->at[0]), compare_names);
	}
	for (size_t i = 0; i < manifest->len; i++) {
		if (digest_path(beneath, manifest->at[i], &budget, digest)) {
			memset(digest, 0, sizeof(digest));
		}
		str_clear(&hex);
		hex_encode(&hex, digest, sizeof(digest));
		add_name(state, hex.at, manifest->at[i]);
	}
	sha256_close(state, digest);
	str_clear(&hex);
	hex_encode(&hex, digest, sizeof(digest));
	memcpy(out, hex.at, SHA256_HEX_BYTES);
}
