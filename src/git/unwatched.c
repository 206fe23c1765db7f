#include "git/unwatched.h"

#include <string.h>

#include "base/cleanup.h"
#include "crypto/digest.h"

/** Bytes read at a time. */
#define CHUNK_BYTES ((size_t)64 * 1024)

/** Is `content` what git names by this id? */
static bool is_blob(struct text content, const unsigned char *oid, size_t oid_bytes)
{
	AUTO(auto_str) struct str object = {.max = UNWATCHED_MAX_BYTES + 64};
	unsigned char digest[OID_MAX_BYTES];

	str_printf(&object, "blob %zu", content.len);
	str_add_char(&object, '\0');
	str_add_text(&object, content);
	if (oid_bytes == SHA1_BYTES) {
		sha1(object.at, object.len, digest);
	} else {
		sha256(object.at, object.len, digest);
	}
	return memcmp(digest, oid, oid_bytes) == 0;
}

/** Read all of an open file; false if that is not possible, or more than is compared. */
static bool read_all(struct tree_file *file, struct str *out)
{
	AUTO(auto_free) char *chunk = mem_alloc(CHUNK_BYTES);
	struct err ignored = {0};

	while (!file->at_end && !out->overflow) {
		size_t got = 0;

		if (tree_file_read(file, chunk, CHUNK_BYTES, &got, &ignored) != TREE_OK) {
			return false;
		}
		str_add_bytes(out, chunk, got);
	}
	return !out->overflow;
}

static bool is_changed(struct tree *tree, const struct tree_entry *entry, size_t oid_bytes)
{
	AUTO(auto_str) struct str content = {.max = UNWATCHED_MAX_BYTES};
	struct tree_file file = {.fd = -1, .link = &content};
	struct err ignored = {0};
	enum tree_answer answer = tree_open_entry(tree, entry, &file, &ignored);
	bool is_same = false;

	if (answer != TREE_OK) {
		return answer == TREE_REFUSED || !entry->is_absent;
	}
	is_same = (file.fd < 0) == (entry->mode == GIT_MODE_LINK) &&
		  (file.fd < 0 || read_all(&file, &content)) &&
		  is_blob(str_view(&content), entry->oid, oid_bytes);
	tree_file_close(&file);
	return !is_same;
}

int unwatched_changes(struct tree *tree, struct manifest *out, struct err *err)
{
	struct tree_list list = {0};

	if (tree_list(tree, &list, err)) {
		return -1;
	}
	for (size_t i = 0; i < list.len; i++) {
		const struct tree_entry *entry = &list.at[i];

		if (entry->is_unwatched && entry->mode != GIT_MODE_COMMIT &&
		    is_changed(tree, entry, list.oid_bytes)) {
			*VEC_ADD(out) = entry->path;
		}
	}
	return 0;
}
