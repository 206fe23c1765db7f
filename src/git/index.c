#include "git/index.h"

#include <string.h>
#include <strings.h>

#include "crypto/digest.h"

/*
 * Header, entries, extensions, checksum. The shape (lengths, NULs, padding) must hold at once; a
 * broken rule about an entry is kept until the extensions have been seen, because a split or sparse
 * index breaks such rules lawfully and says so only there.
 */

#define HEADER_BYTES 12
#define EXTENSION_HEADER_BYTES 8

/** Stat fields and mode before the object id: ten 32-bit numbers. */
#define STAT_BYTES 40

/** No entry of any version is shorter, with SHA-1; it bounds the count before allocation. */
#define ENTRY_LEAST_BYTES 64

/** Longer paths cannot be opened by anybody (Linux PATH_MAX with its NUL). */
#define PATH_MOST_BYTES 4095

/** Ceiling for all prefix-compressed paths of a version 4 index together, once spelt out. */
#define V4_PATHS_MAX_BYTES ((size_t)256 * 1024 * 1024)

#define FLAG_ASSUME_UNCHANGED 0x8000U
#define FLAG_EXTENDED 0x4000U
#define FLAG_STAGE_SHIFT 12
#define FLAG_NAME 0x0fffU
#define EXTENDED_SKIP_WORKTREE 0x4000U
#define EXTENDED_INTENT_TO_ADD 0x2000U

#define MODE_TYPE 0170000U
#define MODE_FILE 0100000U
#define MODE_DIRECTORY 0040000U

struct parser {
	struct arena *arena;
	const unsigned char *bytes;
	size_t at;  /**< next byte to read */
	size_t end; /**< where the checksum starts */
	size_t oid_bytes;
	uint32_t version;
	const struct index_entry *before; /**< the entry before this one; NULL for the first */
	size_t before_len;                /**< length of its path */
	size_t spelt;                     /**< bytes of version 4 paths so far */
	bool is_other;                    /**< git must be asked */
	struct err mistake;               /**< the first rule broken by an entry */
};

static uint32_t number32(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static unsigned number16(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static int broken(const struct parser *parser, const char *why, struct err *err)
{
	return err_set(err, ERR_INPUT, "git index: %s at byte %zu", why, parser->at);
}

/** Nearly every path holds nothing that could be a bad component: those start with a dot, or are
 * empty. */
static bool is_plain(const char *path, size_t len)
{
	char before = '/';

	for (size_t i = 0; i < len; i++) {
		if (before == '/' && (path[i] == '.' || path[i] == '/')) {
			return false;
		}
		before = path[i];
	}
	return before != '/';
}

/** Is this component one that may stand in a tracked path? */
static bool component_is_safe(struct text part)
{
	return part.len > 0 && !text_is(part, ".") && !text_is(part, "..") &&
	       !(part.len == 4 && strncasecmp(part.at, ".git", 4) == 0);
}

bool index_path_is_safe(struct text path)
{
	struct text rest = path;
	struct text part = {0};

	if (path.len == 0 || path.len > PATH_MOST_BYTES || memchr(path.at, '\0', path.len)) {
		return false;
	}
	if (is_plain(path.at, path.len)) {
		return true;
	}
	while (text_split(&rest, '/', &part)) {
		if (!component_is_safe(part)) {
			return false;
		}
	}
	return true;
}

/** Bytes order first, then length: as git sorts. */
static int compare_paths(const char *left, size_t left_len, const char *right, size_t right_len)
{
	int order = memcmp(left, right, left_len < right_len ? left_len : right_len);

	if (order == 0 && left_len != right_len) {
		return left_len < right_len ? -1 : 1;
	}
	return order;
}

/** Does the entry follow the one before it? Two stages of one path belong to a merge, 1 to 3. */
static bool is_in_order(const struct parser *parser, const struct index_entry *entry, size_t len)
{
	int order = 0;

	if (!parser->before) {
		return true;
	}
	order = compare_paths(parser->before->path, parser->before_len, entry->path, len);
	return order < 0 ||
	       (order == 0 && parser->before->stage > 0 && parser->before->stage < entry->stage);
}

/** Note the first rule that an entry breaks. */
static void check_entry(struct parser *parser, const struct index_entry *entry, size_t len)
{
	uint32_t type = entry->mode & MODE_TYPE;

	if (type == MODE_DIRECTORY) {
		parser->is_other = true;
		return;
	}
	if (parser->mistake.code != ERR_NONE) {
		return;
	}
	if (!index_path_is_safe((struct text){entry->path, len})) {
		err_fill(&parser->mistake, ERR_INPUT, "git index: unsafe path '%s'", entry->path);
	} else if (type != MODE_FILE && type != GIT_MODE_LINK && type != GIT_MODE_COMMIT) {
		err_fill(&parser->mistake, ERR_INPUT, "git index: '%s' has the mode %o",
			 entry->path, (unsigned)entry->mode);
	} else if (!is_in_order(parser, entry, len)) {
		err_fill(&parser->mistake, ERR_INPUT, "git index: '%s' is out of order",
			 entry->path);
	}
}

/** The path of a version 2 or 3 entry: NUL-terminated, padded with NULs to eight bytes. */
static int read_padded_path(struct parser *parser, size_t start, unsigned flags, struct text *path,
			    struct err *err)
{
	const char *at = (const char *)parser->bytes + parser->at;
	size_t room = parser->end - parser->at;
	size_t len = strnlen(at, room);
	size_t next = start + ((parser->at - start + len + 8) & ~(size_t)7);

	if (next > parser->end) {
		return broken(parser, "an entry ends too early", err);
	}
	if ((flags & FLAG_NAME) != (len < FLAG_NAME ? len : FLAG_NAME)) {
		return broken(parser, "a path is not as long as it says", err);
	}
	for (size_t i = parser->at + len; i < next; i++) {
		if (parser->bytes[i] != 0) {
			return broken(parser, "padding is not NUL", err);
		}
	}
	*path = (struct text){at, len};
	parser->at = next;
	return 0;
}

/** A number in the form of pack offsets: seven bits a byte, each further byte adding one. */
static int read_varint(struct parser *parser, size_t *out, struct err *err)
{
	size_t value = 0;
	unsigned char byte = 0;

	do {
		if (parser->at == parser->end || value > PATH_MOST_BYTES) {
			return broken(parser, "a prefix length makes no sense", err);
		}
		value += byte & 0x80 ? 1 : 0;
		byte = parser->bytes[parser->at++];
		value = value << 7 | (byte & 0x7fU);
	} while (byte & 0x80);
	*out = value;
	return 0;
}

/** The path of a version 4 entry: drop bytes from the end of the path before, then add some. */
static int read_compressed_path(struct parser *parser, unsigned flags, struct text *path,
				struct err *err)
{
	size_t dropped = 0;
	size_t kept = 0;
	size_t len = 0;
	const char *added = NULL;
	char *spelt = NULL;

	if (read_varint(parser, &dropped, err)) {
		return -1;
	}
	added = (const char *)parser->bytes + parser->at;
	len = strnlen(added, parser->end - parser->at);
	if (dropped > parser->before_len || len == parser->end - parser->at) {
		return broken(parser, "a compressed path makes no sense", err);
	}
	kept = parser->before_len - dropped;
	parser->at += len + 1;
	parser->spelt += kept + len + 1;
	if (kept + len > PATH_MOST_BYTES || parser->spelt > V4_PATHS_MAX_BYTES) {
		return err_set(err, ERR_LIMIT, "git index: paths are too long");
	}
	if ((flags & FLAG_NAME) != (kept + len < FLAG_NAME ? kept + len : FLAG_NAME)) {
		return broken(parser, "a path is not as long as it says", err);
	}
	spelt = arena_alloc(parser->arena, kept + len + 1);
	if (kept > 0) {
		memcpy(spelt, parser->before->path, kept);
	}
	memcpy(spelt + kept, added, len);
	*path = (struct text){spelt, kept + len};
	return 0;
}

/** The second flag word, which version 3 brought. */
static int read_extended(struct parser *parser, struct index_entry *entry, struct err *err)
{
	unsigned more = 0;

	if (parser->version < 3) {
		return broken(parser, "version 2 has no extended flags", err);
	}
	if (parser->end - parser->at < 2) {
		return broken(parser, "an entry ends too early", err);
	}
	more = number16(parser->bytes + parser->at);
	parser->at += 2;
	if (more & ~(EXTENDED_SKIP_WORKTREE | EXTENDED_INTENT_TO_ADD)) {
		return broken(parser, "an unknown flag is set", err);
	}
	entry->skip_worktree = (more & EXTENDED_SKIP_WORKTREE) != 0;
	entry->intent_to_add = (more & EXTENDED_INTENT_TO_ADD) != 0;
	return 0;
}

static int read_entry(struct parser *parser, struct index_entry *entry, struct err *err)
{
	const unsigned char *at = parser->bytes + parser->at;
	size_t start = parser->at;
	struct text path = {0};
	unsigned flags = 0;

	if (parser->end - parser->at < STAT_BYTES + parser->oid_bytes + 2) {
		return broken(parser, "an entry ends too early", err);
	}
	entry->mtime_s = number32(at + 8);
	entry->mtime_ns = number32(at + 12);
	entry->mode = number32(at + 24);
	entry->size = number32(at + 36);
	entry->oid = at + STAT_BYTES;
	flags = number16(at + STAT_BYTES + parser->oid_bytes);
	entry->stage = (uint8_t)(flags >> FLAG_STAGE_SHIFT & 3U);
	entry->assume_unchanged = (flags & FLAG_ASSUME_UNCHANGED) != 0;
	parser->at += STAT_BYTES + parser->oid_bytes + 2;
	if ((flags & FLAG_EXTENDED) && read_extended(parser, entry, err)) {
		return -1;
	}
	if (parser->version == 4 ? read_compressed_path(parser, flags, &path, err)
				 : read_padded_path(parser, start, flags, &path, err)) {
		return -1;
	}
	entry->path = path.at;
	check_entry(parser, entry, path.len);
	parser->before = entry;
	parser->before_len = path.len;
	return 0;
}

/**
 * Extensions up to the checksum. Those whose name starts with a capital letter may be ignored; any
 * other (`link`, `sdir`) changes what the entries mean.
 */
static int read_extensions(struct parser *parser, struct err *err)
{
	while (parser->at < parser->end) {
		const unsigned char *at = parser->bytes + parser->at;
		size_t room = parser->end - parser->at;
		size_t len = 0;

		if (room < EXTENSION_HEADER_BYTES) {
			return broken(parser, "bytes are left over", err);
		}
		len = number32(at + 4);
		if (len > room - EXTENSION_HEADER_BYTES) {
			return broken(parser, "an extension ends too early", err);
		}
		if (at[0] < 'A' || at[0] > 'Z') {
			parser->is_other = true;
		}
		parser->at += EXTENSION_HEADER_BYTES + len;
	}
	return 0;
}

/** Parse with one length of object ids. */
static int parse_as(struct parser *parser, struct index_list *out, struct err *err)
{
	size_t count = number32(parser->bytes + 8);
	struct index_entry *entries = NULL;

	parser->at = HEADER_BYTES;
	if (count > (parser->end - parser->at) / ENTRY_LEAST_BYTES) {
		return broken(parser, "more entries than bytes", err);
	}
	entries = arena_alloc(parser->arena, count * sizeof(*entries));
	for (size_t i = 0; i < count; i++) {
		if (read_entry(parser, &entries[i], err)) {
			return -1;
		}
	}
	if (read_extensions(parser, err)) {
		return -1;
	}
	if (!parser->is_other && parser->mistake.code != ERR_NONE) {
		*err = parser->mistake;
		return -1;
	}
	*out = (struct index_list){entries, count, parser->oid_bytes};
	return 0;
}

int index_parse(struct arena *arena, struct text bytes, enum index_form *form,
		struct index_list *out, struct err *err)
{
	struct parser parser = {
		.arena = arena,
		.bytes = (const unsigned char *)bytes.at,
		.oid_bytes = SHA1_BYTES,
	};
	struct parser wide = parser;
	struct index_list list = {0};
	struct err ignored = {0};

	if (bytes.len < HEADER_BYTES + SHA1_BYTES || memcmp(bytes.at, "DIRC", 4) != 0) {
		return err_set(err, ERR_INPUT, "not a git index");
	}
	parser.version = number32(parser.bytes + 4);
	if (parser.version < 2 || parser.version > 4) {
		*form = INDEX_OTHER;
		return 0;
	}
	parser.end = bytes.len - parser.oid_bytes;
	if (parse_as(&parser, &list, err) == 0) {
		*form = parser.is_other ? INDEX_OTHER : INDEX_READ;
		*out = list;
		if (parser.is_other) {
			*out = (struct index_list){0};
		}
		return 0;
	}
	/* Does it make sense with object ids of 32 bytes? Then it is git's, but not ours to read.
	 */
	wide.version = parser.version;
	wide.oid_bytes = SHA256_BYTES;
	wide.end = bytes.len < HEADER_BYTES + SHA256_BYTES ? 0 : bytes.len - SHA256_BYTES;
	if (wide.end > 0 && parse_as(&wide, &list, &ignored) == 0) {
		*form = INDEX_OTHER;
		*err = (struct err){0};
		return 0;
	}
	return -1;
}
