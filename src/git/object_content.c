#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "git/object_tree.h"

/** Room for "blob <size>" and its NUL, which an object id covers too. */
#define HEADER_BYTES 32

/** Does the object id say exactly these bytes? They stand behind room for their header. */
static bool is_content(const struct object_tree *self, const struct tree_entry *entry, char *store,
		       size_t len)
{
	char header[HEADER_BYTES];
	unsigned char oid[OID_MAX_BYTES];
	size_t header_len = (size_t)snprintf(header, sizeof(header), "blob %zu", len) + 1;
	char *from = store + HEADER_BYTES - header_len;

	memcpy(from, header, header_len);
	if (self->tree.list.oid_bytes == SHA1_BYTES) {
		sha1(from, header_len + len, oid);
	} else {
		sha256(from, header_len + len, oid);
	}
	return memcmp(oid, entry->oid, self->tree.list.oid_bytes) == 0;
}

/** All bytes of a regular file, behind HEADER_BYTES; NULL if there are none to be had. */
static char *read_file(int fd, size_t *len)
{
	struct stat info = {0};
	char *store = NULL;
	size_t room = 0;
	size_t got = 0;

	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) ||
	    (uintmax_t)info.st_size > TREE_HELD_MAX_BYTES) {
		return NULL;
	}
	/* One byte more, so that the last read proves the end. */
	room = (size_t)info.st_size + 1;
	store = mem_resize(NULL, HEADER_BYTES + room);
	while (got < room) {
		ssize_t step = read(fd, store + HEADER_BYTES + got, room - got);

		if (step < 0 && errno == EINTR) {
			continue;
		}
		if (step <= 0) {
			break;
		}
		got += (size_t)step;
	}
	*len = got;
	return store;
}

/** What stands in the work tree where the entry would be, a link's target for a link. */
static char *read_candidate(const struct object_tree *self, const struct tree_entry *entry,
			    size_t *len)
{
	AUTO(auto_close) int fd = -1;
	char *store = NULL;
	ssize_t got = 0;

	if (entry->mode != GIT_MODE_LINK) {
		fd = beneath_open(&self->beneath, entry->path);
		return fd < 0 ? NULL : read_file(fd, len);
	}
	store = mem_alloc(HEADER_BYTES + PATH_MAX);
	got = beneath_readlink(&self->beneath, entry->path, store + HEADER_BYTES, PATH_MAX);
	if (got < 0) {
		free(store);
		return NULL;
	}
	*len = (size_t)got;
	return store;
}

/** Take the work tree's bytes if they are the entry's. */
static bool take_candidate(const struct object_tree *self, const struct tree_entry *entry,
			   struct object_content *out)
{
	size_t len = 0;
	char *store = read_candidate(self, entry, &len);

	if (!store) {
		return false;
	}
	if (!is_content(self, entry, store, len)) {
		free(store);
		return false;
	}
	*out = (struct object_content){store, {store + HEADER_BYTES, len}, len};
	return true;
}

enum tree_answer object_content_fetch(const struct object_tree *self,
				      const struct tree_entry *entry, struct object_content *out,
				      struct err *err)
{
	const struct text oid = {(const char *)entry->oid, self->tree.list.oid_bytes};
	struct str bytes = {.max = TREE_HELD_MAX_BYTES + 1};
	size_t size = 0;

	if (entry->is_conflicted) {
		err_fill(err, ERR_INPUT,
			 "'%s' has a merge conflict: none of its versions is staged", entry->path);
		return TREE_CONFLICTED;
	}
	if (entry->mode == GIT_MODE_COMMIT) {
		err_fill(err, ERR_INPUT, "'%s' is a submodule, not a file", entry->path);
		return TREE_REFUSED;
	}
	if (take_candidate(self, entry, out)) {
		return TREE_OK;
	}
	str_add_bytes(&bytes, "", 0);
	if (blobs_read(self->blobs, oid, TREE_HELD_MAX_BYTES, &bytes, &size, err)) {
		str_release(&bytes);
		(void)err_wrap(err, "read '%s' of %s", entry->path, self->name);
		return TREE_REFUSED;
	}
	*out = (struct object_content){bytes.at, str_view(&bytes), size};
	return TREE_OK;
}
