/*
 * A tree of text files to measure with, the same every time: `make_tree DIRECTORY FILES BYTES`
 * writes about that many bytes in that many files below DIRECTORY, which `git init` has been run
 * in, and an index in which they are tracked.
 *
 * Sizes are spread as in source trees: most files are small, a few are large. Some files hold plain
 * tailnet addresses; many hold what only resembles one. The index is written here because `git add`
 * would compress every file into an object that nobody reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** One file in this many holds an address. */
#define HIT_EVERY 997

/** Largest file. */
#define FILE_MAX_BYTES ((size_t)1400 * 1024)

static uint64_t state = 88172645463325252U;

/** xorshift64 (Marsaglia 2003): no two machines differ. */
static uint64_t number(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static const char *const words[] = {
	"host",
	"service",
	"return",
	"static",
	"1.10.2",
	"10.0.0.1",
	"port: 8080",
	"100",
	"#",
	"version",
	"192.168.1.10",
	"if (ok) {",
	"}",
	"target",
	"0x64",
	"the",
	"of",
	"and",
	"enabled: true",
	"probe",
	"https://example.org/",
	"fd00::1",
	"2001:db8::1",
	"=",
	"struct",
	"const char *name",
	"10.64.1.2",
	"1000",
};

/** What a scanner must look at twice, and no other tool takes for an address either; one file in
 * SIMILAR_EVERY holds one. */
static const char *const similar[] = {
	"100.5 %\n",  "100.63.255.1\n", "1100.64.1.2\n",
	"100.64.1\n", "100.064.1.1\n",  "100.128.0.1\n",
};

#define SIMILAR_EVERY 16

#define WORDS (sizeof(words) / sizeof(words[0]))

/** Fill with lines of words, and put `special` into the middle. */
static size_t write_text(char *at, size_t size, const char *special)
{
	size_t len = 0;
	size_t line = 0;

	while (len + 64 < size) {
		const char *word = words[number(WORDS)];
		size_t word_len = strlen(word);

		memcpy(at + len, word, word_len);
		len += word_len;
		line += word_len + 1;
		at[len++] = line > 60 ? '\n' : ' ';
		line = line > 60 ? 0 : line;
		if (*special && len > size / 2) {
			memcpy(at + len, special, strlen(special));
			len += strlen(special);
			line = 0;
			special = "";
		}
	}
	at[len++] = '\n';
	return len;
}

/** What stands in the middle of a file: an address, something like one, or nothing. */
static const char *special_of(size_t file)
{
	static char text[64];

	if (file % HIT_EVERY == HIT_EVERY / 2) {
		(void)snprintf(text, sizeof(text), "address 100.%zu.%zu.%zu\n", 64 + file % 32,
			       file % 250, file % 199 + 1);
		return text;
	}
	return file % SIMILAR_EVERY == 0
		       ? similar[file / SIMILAR_EVERY % (sizeof(similar) / sizeof(similar[0]))]
		       : "";
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void make_dir(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST) {
		fail(path);
	}
}

/** Most files are a quarter to a whole of the mean, one in sixteen many times as large. */
static size_t size_of(size_t mean)
{
	size_t size = mean / 4 + (size_t)number(mean);

	if (number(16) == 0) {
		size += (size_t)number(mean * 8);
	}
	return size + 80 < FILE_MAX_BYTES ? size + 80 : FILE_MAX_BYTES;
}

/* ---- the index (gitformat-index(5), version 2) */

static void put(FILE *index, uint64_t value, int bytes)
{
	while (bytes-- > 0) {
		(void)fputc((int)(value >> 8 * bytes & 0xff), index);
	}
}

/** An entry with the stat data of the file, so that git takes it for unchanged. */
static void put_entry(FILE *index, const char *path, const struct stat *info)
{
	/* The id of the empty blob: nothing looks at it. */
	static const char oid[] = "\xe6\x9d\xe2\x9b\xb2\xd1\xd6\x43\x4b\x8b"
				  "\x29\xae\x77\x5a\xd8\xc2\xe4\x8c\x53\x91";
	size_t len = strlen(path);

	put(index, (uint64_t)info->st_ctime, 4);
	put(index, 0, 4);
	put(index, (uint64_t)info->st_mtime, 4);
	put(index, 0, 4);
	put(index, info->st_dev, 4);
	put(index, info->st_ino, 4);
	put(index, 0100644, 4);
	put(index, info->st_uid, 4);
	put(index, info->st_gid, 4);
	put(index, (uint64_t)info->st_size, 4);
	(void)fwrite(oid, 20, 1, index);
	put(index, len, 2);
	(void)fwrite(path, len, 1, index);
	put(index, 0, (int)(8 - (62 + len) % 8));
}

static FILE *open_index(size_t files)
{
	FILE *index = fopen(".git/index", "we");

	if (!index) {
		fail(".git/index");
	}
	(void)fwrite("DIRC", 4, 1, index);
	put(index, 2, 4);
	put(index, files, 4);
	return index;
}

/** No checksum: zeros, as git itself writes with index.skipHash. */
static void close_index(FILE *index)
{
	put(index, 0, 20);
	if (ferror(index) || fclose(index)) {
		fail(".git/index");
	}
}

static void write_file(const char *path, const char *bytes, size_t len, struct stat *info)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || fstat(fd, info) < 0 ||
	    close(fd) < 0) {
		fail(path);
	}
}

int main(int argc, char **argv)
{
	char *bytes = malloc(FILE_MAX_BYTES);
	size_t files = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	size_t mean = files ? strtoul(argv[3], NULL, 10) / files : 0;
	struct stat info = {0};
	FILE *index = NULL;
	char path[64];

	if (!bytes || mean == 0) {
		(void)fprintf(stderr, "usage: make_tree DIRECTORY FILES BYTES\n");
		return 64;
	}
	if (chdir(argv[1]) < 0) {
		fail(argv[1]);
	}
	index = open_index(files);
	for (size_t i = 0; i < files; i++) {
		size_t size = i == files / 2 ? FILE_MAX_BYTES : size_of(mean);

		(void)snprintf(path, sizeof(path), "area%02zu", i / 4096);
		make_dir(path);
		(void)snprintf(path, sizeof(path), "area%02zu/part%02zu", i / 4096, i / 64 % 64);
		make_dir(path);
		(void)snprintf(path, sizeof(path), "area%02zu/part%02zu/file%02zu.txt", i / 4096,
			       i / 64 % 64, i % 64);
		write_file(path, bytes, write_text(bytes, size, special_of(i)), &info);
		put_entry(index, path, &info);
	}
	close_index(index);
	free(bytes);
	return 0;
}
