#include "git/ls_tree.h"

#include <string.h>

#include "base/codec.h"
#include "crypto/digest.h"
#include "git/ls_files.h"

static int nonsense(struct text record, struct err *err)
{
	int len = (int)(record.len < 200 ? record.len : 200);

	return err_set(err, ERR_INPUT, "git ls-tree: unexpected '%.*s'", len, record.at);
}

/** `100644 blob <oid><TAB>path`, without the NUL that follows it. */
static int parse_record(struct arena *arena, struct text record, struct tree_entry *entry,
			size_t *oid_bytes, struct err *err)
{
	struct text rest = record;
	struct text mode = {0};
	struct text type = {0};
	struct text oid = {0};
	struct err ignored = {0};
	unsigned char *id = arena_alloc(arena, OID_MAX_BYTES);

	if (!text_split(&rest, ' ', &mode) || !text_split(&rest, ' ', &type) ||
	    !text_split(&rest, '\t', &oid) || !rest.at) {
		return nonsense(record, err);
	}
	*oid_bytes = oid.len / 2;
	if (ls_mode_parse(mode, &entry->mode) ||
	    !text_is(type, entry->mode == GIT_MODE_COMMIT ? "commit" : "blob") ||
	    (*oid_bytes != SHA1_BYTES && *oid_bytes != SHA256_BYTES) ||
	    hex_decode(oid, id, *oid_bytes, &ignored) || !index_path_is_safe(rest)) {
		return nonsense(record, err);
	}
	entry->path = rest.at;
	entry->oid = id;
	return 0;
}

int ls_tree_parse(struct arena *arena, struct text bytes, struct tree_list *out, struct err *err)
{
	size_t room = ls_records(bytes);
	struct tree_entry *at = arena_alloc(arena, room * sizeof(*at));
	struct text record = {0};
	size_t oid_bytes = SHA1_BYTES;

	if (bytes.len > 0 && bytes.at[bytes.len - 1] != '\0') {
		return err_set(err, ERR_INPUT, "git ls-tree: the answer ends too early");
	}
	for (size_t i = 0; i < room; i++) {
		size_t before = oid_bytes;

		(void)text_split(&bytes, '\0', &record);
		if (parse_record(arena, record, &at[i], &oid_bytes, err)) {
			return -1;
		}
		if (i > 0 && (before != oid_bytes || strcmp(at[i - 1].path, at[i].path) >= 0)) {
			return err_set(err, ERR_INPUT, "git ls-tree: '%s' is out of order",
				       at[i].path);
		}
	}
	*out = (struct tree_list){at, room, oid_bytes};
	return 0;
}
