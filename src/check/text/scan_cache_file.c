#include "check/text/scan_cache_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/** The form of the file; another form, another number. */
static const char magic[16] = "gaterun-scan 1\n";

/** A number whose bytes differ. */
#define BYTE_ORDER_MARK 0x01020304U

struct header {
	char magic[sizeof(magic)];
	uint32_t byte_order;
	uint32_t oid_bytes;
	uint32_t rule_count;
	uint32_t blob_count;
};

/* ---- the form */

static bool header_holds(const struct header *header, size_t oid_bytes)
{
	return memcmp(header->magic, magic, sizeof(magic)) == 0 &&
	       header->byte_order == BYTE_ORDER_MARK && header->oid_bytes == oid_bytes &&
	       header->rule_count <= SCAN_CACHE_RULES && header->blob_count <= SCAN_CACHE_BLOBS;
}

/** Are the ids in order, each once, and does each say only what can be said? */
static bool blobs_hold(const struct scan_cache_content *content)
{
	const size_t width = content->oid_bytes + SCAN_CACHE_FACT_BYTES;
	const uint64_t marks = content->rule_count == SCAN_CACHE_RULES
				       ? UINT64_MAX
				       : SCAN_CACHE_MARK(content->rule_count) - 1;

	for (size_t i = 0; i < content->blob_count; i++) {
		const unsigned char *blob = content->blobs + i * width;
		uint64_t fact = 0;

		memcpy(&fact, blob + content->oid_bytes, sizeof(fact));
		if ((fact & 0xff) < SCAN_CLASS_TEXT || (fact & 0xff) > SCAN_CLASS_BINARY ||
		    (fact & ~marks) != 0 ||
		    (i > 0 && memcmp(blob - width, blob, content->oid_bytes) >= 0)) {
			return false;
		}
	}
	return true;
}

bool scan_cache_parse(struct text bytes, size_t oid_bytes, struct scan_cache_content *out)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	const size_t width = oid_bytes + SCAN_CACHE_FACT_BYTES;
	struct scan_cache_content content = {.oid_bytes = oid_bytes};
	struct header header = {0};
	unsigned char digest[SHA256_BYTES];

	if (bytes.len < sizeof(header) + sizeof(digest)) {
		return false;
	}
	memcpy(&header, at, sizeof(header));
	if (!header_holds(&header, oid_bytes) ||
	    bytes.len != sizeof(header) + (size_t)header.rule_count * SHA256_BYTES +
				 header.blob_count * width + sizeof(digest)) {
		return false;
	}
	sha256(at, bytes.len - sizeof(digest), digest);
	if (memcmp(digest, at + bytes.len - sizeof(digest), sizeof(digest)) != 0) {
		return false;
	}
	content.rules = at + sizeof(header);
	content.rule_count = header.rule_count;
	content.blobs = content.rules + content.rule_count * SHA256_BYTES;
	content.blob_count = header.blob_count;
	if (!blobs_hold(&content)) {
		return false;
	}
	*out = content;
	return true;
}

void scan_cache_write(const struct scan_cache_content *content, struct str *out)
{
	const size_t width = content->oid_bytes + SCAN_CACHE_FACT_BYTES;
	struct header header = {
		.byte_order = BYTE_ORDER_MARK,
		.oid_bytes = (uint32_t)content->oid_bytes,
		.rule_count = (uint32_t)content->rule_count,
		.blob_count = (uint32_t)content->blob_count,
	};
	unsigned char digest[SHA256_BYTES];

	memcpy(header.magic, magic, sizeof(magic));
	str_add_bytes(out, &header, sizeof(header));
	str_add_bytes(out, content->rules, content->rule_count * SHA256_BYTES);
	str_add_bytes(out, content->blobs, content->blob_count * width);
	sha256(out->at, out->len, digest);
	str_add_bytes(out, digest, sizeof(digest));
}

/* ---- the file */

void scan_cache_path(const char *folder, struct str *out)
{
	str_printf(out, "%s/gaterun-scan-%lu", folder, (unsigned long)geteuid());
}

/** Is it a file that this user alone can have written? */
static bool is_own(const struct stat *info)
{
	return S_ISREG(info->st_mode) && info->st_uid == geteuid() && info->st_nlink == 1 &&
	       (info->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool scan_cache_load(const char *path, struct str *out)
{
	AUTO(auto_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat info = {0};
	struct err ignored = {0};

	if (fd < 0 || fstat(fd, &info) < 0 || !is_own(&info)) {
		return false;
	}
	out->max = SCAN_CACHE_MAX_BYTES + 1;
	return file_read_fd(fd, path, SCAN_CACHE_MAX_BYTES, out, &ignored) == 0;
}

/**
 * Open the one file that a new cache is written to, as the only one who does. Its lock ends with
 * its holder, so what a killed run left behind is in nobody's way, and there is never more than
 * one.
 */
static int open_aside(const char *aside)
{
	AUTO(auto_close)
	int fd = open(aside, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		      0600);
	struct stat held = {0};
	struct stat named = {0};

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
		return -1;
	}
	/* Whoever held it before may have renamed it: then it is the cache by now. */
	if (fstat(fd, &held) < 0 || lstat(aside, &named) < 0 || held.st_ino != named.st_ino ||
	    held.st_dev != named.st_dev || !is_own(&held) || ftruncate(fd, 0) < 0) {
		return -1;
	}
	return take_fd(&fd);
}

void scan_cache_replace(const char *path, struct text bytes)
{
	AUTO(auto_str) struct str aside = {0};
	AUTO(auto_close) int fd = -1;

	str_printf(&aside, "%s.new", path);
	fd = open_aside(aside.at);
	if (fd < 0) {
		return;
	}
	if (file_write_fd(fd, bytes) < 0 || rename(aside.at, path) < 0) {
		(void)unlink(aside.at);
	}
}
