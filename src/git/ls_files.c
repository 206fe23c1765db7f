#include "git/ls_files.h"

#include <string.h>

#include "base/codec.h"
#include "crypto/digest.h"

const char *const ls_files_args[] = {"ls-files", "-s", "-v", "-z", NULL};

/** Longest part of a record that a message quotes. */
#define QUOTED_BYTES 200

static int nonsense(struct text record, struct err *err)
{
	int len = (int)(record.len < QUOTED_BYTES ? record.len : QUOTED_BYTES);

	return err_set(err, ERR_INPUT, "git ls-files: unexpected '%.*s'", len, record.at);
}

size_t ls_records(struct text bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		count += bytes.at[i] == '\0';
	}
	return count;
}

int ls_mode_parse(struct text text, uint32_t *out)
{
	uint32_t mode = 0;

	if (text.len != 6) {
		return -1;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '7') {
			return -1;
		}
		mode = mode << 3 | (uint32_t)(text.at[i] - '0');
	}
	*out = mode;
	return 0;
}

/** `H 100644 <oid> 0<TAB>path`, without the NUL that follows it. */
static int parse_record(struct arena *arena, struct text record, struct tree_entry *entry,
			size_t *oid_bytes, struct err *err)
{
	struct text rest = record;
	struct text tag = {0};
	struct text mode = {0};
	struct text oid = {0};
	struct text stage = {0};
	struct err ignored = {0};
	unsigned char *id = arena_alloc(arena, OID_MAX_BYTES);

	if (!text_split(&rest, ' ', &tag) || !text_split(&rest, ' ', &mode) ||
	    !text_split(&rest, ' ', &oid) || !text_split(&rest, '\t', &stage) || !rest.at) {
		return nonsense(record, err);
	}
	*oid_bytes = oid.len / 2;
	if (tag.len != 1 || stage.len != 1 || ls_mode_parse(mode, &entry->mode) ||
	    (*oid_bytes != SHA1_BYTES && *oid_bytes != SHA256_BYTES) ||
	    hex_decode(oid, id, *oid_bytes, &ignored) || !index_path_is_safe(rest)) {
		return nonsense(record, err);
	}
	entry->path = rest.at;
	entry->oid = id;
	/* In lower case, whatever the letter: assume-unchanged. */
	entry->is_absent = tag.at[0] == 'S' || tag.at[0] == 's';
	entry->is_unwatched = entry->is_absent || (tag.at[0] >= 'a' && tag.at[0] <= 'z');
	entry->is_conflicted = stage.at[0] != '0';
	return 0;
}

int ls_files_parse(struct arena *arena, struct text bytes, struct tree_list *out, struct err *err)
{
	size_t room = ls_records(bytes);
	struct tree_entry *at = arena_alloc(arena, room * sizeof(*at));
	struct text record = {0};
	size_t oid_bytes = SHA1_BYTES;
	size_t len = 0;

	if (bytes.len > 0 && bytes.at[bytes.len - 1] != '\0') {
		return err_set(err, ERR_INPUT, "git ls-files: the answer ends too early");
	}
	for (size_t i = 0; i < room; i++) {
		int order = -1;

		(void)text_split(&bytes, '\0', &record);
		if (parse_record(arena, record, &at[len], &oid_bytes, err)) {
			return -1;
		}
		order = len > 0 ? strcmp(at[len - 1].path, at[len].path) : -1;
		if (order > 0) {
			return err_set(err, ERR_INPUT, "git ls-files: '%s' is out of order",
				       at[len].path);
		}
		len += order < 0 ? 1 : 0;
	}
	*out = (struct tree_list){at, len, oid_bytes};
	return 0;
}
