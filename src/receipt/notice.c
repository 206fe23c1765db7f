#include "receipt/notice.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "receipt/note.h"
#include "receipt/statement_private.h"

/** Every origin of ours starts with this; the repo and a digest follow. */
#define ORIGIN_HEAD "gaterun/"

/** Hexadecimal digits at the end of an origin. */
#define ORIGIN_DIGITS 16

#define COUNT .type = FIELD_INT, .min = 0, .max = TREE_SIZE_MAX, .required = true
#define TEXT .type = FIELD_TEXT, .required = true
#define GROUP .type = FIELD_STRUCT, .required = true

#define AT(member) .offset = offsetof(struct notice_identity, member)
static const struct field identity_fields[] = {
	{"logOrigin", TEXT, AT(log_origin)},
	{"prev", TEXT, AT(prev)},
	{"schema", COUNT, AT(schema)},
	{"seq", COUNT, AT(seq)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct notice_head, member)
static const struct field head_fields[] = {
	{"origin", TEXT, AT(origin)},
	{"root", TEXT, AT(root)},
	{"size", COUNT, AT(size)},
	{0},
};
#undef AT

/* Groups of one member need no struct of their own: their rows count from the notice. */
#define AT(member) .offset = offsetof(struct notice, member)
static const struct field time_fields[] = {
	{"notedAt", TEXT, AT(noted_at)},
	{0},
};

static const struct field next_fields[] = {
	{"vkey", TEXT, AT(next_vkey)},
	{0},
};

#define IDENTITY                                                           \
	{                                                                  \
		"identity", GROUP, AT(identity), .fields = identity_fields \
	}
#define TIME                                                      \
	{                                                         \
		"time", GROUP, .offset = 0, .fields = time_fields \
	}

static const struct field fields_of_head[] = {
	{"head", GROUP, AT(head), .fields = head_fields},
	IDENTITY,
	TIME,
	{0},
};

static const struct field fields_of_close[] = {
	IDENTITY,
	{"next", GROUP, .offset = 0, .fields = next_fields},
	TIME,
	{0},
};
#undef AT

/** In the order of enum notice_kind. */
static const struct {
	const char *word;
	const char *type;
	const struct field *fields; /**< of the predicate */
} notice_kinds[] = {
	[NOTICE_OPEN] = {"log-open", NOTICE_OPEN_TYPE, fields_of_head},
	[NOTICE_CLOSE] = {"log-close", NOTICE_CLOSE_TYPE, fields_of_close},
	[NOTICE_SEEN] = {"seen", NOTICE_SEEN_TYPE, fields_of_head},
};

#define KINDS (sizeof(notice_kinds) / sizeof(notice_kinds[0]))

const char *notice_word(enum notice_kind kind)
{
	return notice_kinds[kind].word;
}

struct notice_head notice_head_of(const struct checkpoint *head, struct arena *arena)
{
	AUTO(auto_str) struct str root = {0};

	hex_encode(&root, head->root.bytes, sizeof(head->root.bytes));
	return (struct notice_head){
		.origin = arena_text(arena, head->origin),
		.size = (int64_t)head->size,
		.root = arena_text(arena, str_text(&root)),
	};
}

void notice_checkpoint(const struct notice *notice, struct checkpoint *out)
{
	struct checkpoint head = {.size = (uint64_t)notice->head.size};
	struct err ignored = {0};

	memcpy(head.origin, notice->head.origin, strlen(notice->head.origin) + 1);
	(void)hex_decode(text_of(notice->head.root), head.root.bytes, SHA256_BYTES, &ignored);
	*out = head;
}

/* ---- writing */

/** What it is about, as a file that others can hash. */
static struct json *write_subject(const struct notice *notice)
{
	struct json *list = json_list();
	struct json *file = json_map();
	struct json *digest = json_map();
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str name = {0};
	char hex[SHA256_HEX_BYTES];

	if (notice->kind == NOTICE_CLOSE) {
		struct text rest = text_of(notice->next_vkey);
		struct text origin = {0};

		(void)text_split(&rest, '+', &origin);
		str_add_text(&name, origin);
		str_printf(&bytes, "%s\n", notice->next_vkey);
	} else {
		struct checkpoint head = {0};

		notice_checkpoint(notice, &head);
		str_add(&name, head.origin);
		checkpoint_body(&head, &bytes);
	}
	sha256_hex(str_text(&bytes), bytes.len, hex);
	json_put_text(digest, "sha256", hex);
	json_put_text(file, "name", str_text(&name));
	json_put(file, "digest", digest);
	json_add(list, file);
	return list;
}

void notice_write(const struct notice *notice, struct str *out)
{
	AUTO(auto_json) struct json *document = json_map();

	json_put_text(document, "_type", STATEMENT_TYPE);
	json_put_text(document, "predicateType", notice_kinds[notice->kind].type);
	json_put(document, "subject", write_subject(notice));
	json_put(document, "predicate", form_write(notice_kinds[notice->kind].fields, notice));
	json_write(document, JSON_CANONICAL, out);
}

/* ---- reading */

bool notice_is_likely(struct text bytes)
{
	for (size_t i = 0; i < KINDS && bytes.len <= NOTICE_BYTES; i++) {
		const char *type = notice_kinds[i].type;

		if (memmem(bytes.at, bytes.len, type, strlen(type))) {
			return true;
		}
	}
	return false;
}

/** The repo in the middle of an origin of ours; false if it is none. */
static bool repo_of(const char *origin, struct text *repo)
{
	size_t head = strlen(ORIGIN_HEAD);
	size_t len = strlen(origin);

	if (len >= ORIGIN_BYTES || len < head + 1 + 1 + ORIGIN_DIGITS ||
	    strncmp(origin, ORIGIN_HEAD, head) != 0 || origin[len - ORIGIN_DIGITS - 1] != '/' ||
	    !is_lower_hex(origin + len - ORIGIN_DIGITS, ORIGIN_DIGITS)) {
		return false;
	}
	*repo = (struct text){origin + head, len - head - 1 - ORIGIN_DIGITS};
	return note_is_name(text_of(origin));
}

static int check_identity(const struct notice *notice, struct text *repo, struct err *err)
{
	const struct notice_identity *identity = &notice->identity;
	int64_t utc_ms = 0;

	if (identity->schema != NOTICE_SCHEMA) {
		return err_set(err, ERR_INPUT, "schema is %lld, expected %d",
			       (long long)identity->schema, NOTICE_SCHEMA);
	}
	if (!repo_of(identity->log_origin, repo)) {
		return err_set(err, ERR_INPUT, "logOrigin is '%.80s', expected that of a log",
			       identity->log_origin);
	}
	if (!is_lower_hex(identity->prev, identity->seq == 0 ? 0 : SHA256_HEX_BYTES - 1)) {
		return err_set(err, ERR_INPUT,
			       "prev is '%.80s', expected the hash of the entry "
			       "before",
			       identity->prev);
	}
	if (clock_parse_rfc3339(text_of(notice->noted_at), &utc_ms, err)) {
		return err_wrap(err, "notedAt");
	}
	return 0;
}

static int check_head(const struct notice *notice, struct err *err)
{
	const struct notice_head *head = &notice->head;

	if (strlen(head->origin) >= ORIGIN_BYTES || !note_is_name(text_of(head->origin))) {
		return err_set(err, ERR_INPUT, "head.origin is '%.80s', expected that of a log",
			       head->origin);
	}
	if (strcmp(head->origin, notice->identity.log_origin) == 0) {
		return err_set(err, ERR_INPUT, "it names a head of its own log");
	}
	if (head->size < 1) {
		return err_set(err, ERR_INPUT, "head.size is %lld, expected at least 1",
			       (long long)head->size);
	}
	if (!is_lower_hex(head->root, SHA256_HEX_BYTES - 1)) {
		return err_set(err, ERR_INPUT,
			       "head.root is '%.80s', expected 64 hexadecimal "
			       "digits",
			       head->root);
	}
	return 0;
}

static int check_open(const struct notice *notice, struct text repo, struct err *err)
{
	struct text before = {0};

	if (notice->identity.seq != 0) {
		return err_set(err, ERR_INPUT, "a log is opened by its first entry alone");
	}
	if (!repo_of(notice->head.origin, &before) || !text_equal(before, repo)) {
		return err_set(err, ERR_INPUT,
			       "it continues '%.80s', which is not a log of the "
			       "same repo",
			       notice->head.origin);
	}
	return 0;
}

static int check_close(const struct notice *notice, struct text repo, struct err *err)
{
	AUTO(auto_str) struct str name = {0};
	AUTO(auto_str) struct str again = {0};
	char claimed[ORIGIN_BYTES];
	char origin[ORIGIN_BYTES];
	struct public_key key = {0};

	if (notice->identity.seq == 0) {
		return err_set(err, ERR_INPUT, "a log without entries is not closed");
	}
	if (vkey_read(text_of(notice->next_vkey), claimed, &key, err)) {
		return err_wrap(err, "next.vkey");
	}
	vkey_write(claimed, &key, &again);
	if (!text_is(str_view(&again), notice->next_vkey)) {
		return err_set(err, ERR_INPUT, "next.vkey is not written as it should be");
	}
	str_add_text(&name, repo);
	if (origin_make(str_text(&name), &key, origin, err) || strcmp(origin, claimed) != 0 ||
	    strcmp(origin, notice->identity.log_origin) == 0) {
		return err_set(err, ERR_INPUT,
			       "it names '%.80s' as the next log, which is not "
			       "another log of the same repo by that key",
			       claimed);
	}
	return 0;
}

/** Forms of all values, and what members say about each other. */
static int check(const struct notice *notice, struct err *err)
{
	struct text repo = {0};

	if (check_identity(notice, &repo, err)) {
		return -1;
	}
	switch (notice->kind) {
	case NOTICE_OPEN:
		return check_head(notice, err) || check_open(notice, repo, err) ? -1 : 0;
	case NOTICE_CLOSE:
		return check_close(notice, repo, err);
	case NOTICE_SEEN:
		return check_head(notice, err);
	}
	return -1;
}

static bool has_text(const struct node *map, const char *key, const char *text)
{
	const struct node *value = node_get(map, key);

	return value && value->kind == NODE_SCALAR && value->is_quoted &&
	       text_is(value->text, text);
}

/** Is it one of ours, and not of a later version? */
static enum statement_reading find_kind(const struct node *root, struct notice *out,
					struct err *err)
{
	const struct node *predicate = node_get(root, "predicate");
	const struct node *schema = node_get(node_get(predicate, "identity"), "schema");
	struct err ignored = {0};
	int64_t number = 0;
	size_t kind = 0;

	while (kind < KINDS && !has_text(root, "predicateType", notice_kinds[kind].type)) {
		kind++;
	}
	if (!has_text(root, "_type", STATEMENT_TYPE) || kind == KINDS || !predicate) {
		(void)err_set(err, ERR_INPUT, "not an in-toto statement about a log of gaterun");
		return STATEMENT_FOREIGN;
	}
	if (schema && parse_int(schema->text, 0, INT64_MAX, &number, &ignored) == 0 &&
	    number > NOTICE_SCHEMA) {
		(void)err_set(err, ERR_INPUT, "made by a newer gaterun (schema %lld, known: %d)",
			      (long long)number, NOTICE_SCHEMA);
		return STATEMENT_NEWER;
	}
	out->kind = (enum notice_kind)kind;
	return STATEMENT_GOOD;
}

enum statement_reading notice_read(struct arena *arena, struct text bytes, struct notice *out,
				   struct err *err)
{
	AUTO(auto_str) struct str again = {0};
	const struct node *root = NULL;
	struct notice read = {0};
	enum statement_reading reading = STATEMENT_BROKEN;

	if (bytes.len > NOTICE_BYTES) {
		(void)err_set(err, ERR_LIMIT, "larger than %zu bytes", NOTICE_BYTES);
		return STATEMENT_BROKEN;
	}
	if (form_parse(arena, "the notice", bytes, &root, err)) {
		return STATEMENT_BROKEN;
	}
	reading = find_kind(root, &read, err);
	if (reading != STATEMENT_GOOD) {
		return reading;
	}
	if (form_read(arena, "the notice", node_get(root, "predicate"),
		      notice_kinds[read.kind].fields, &read, err) ||
	    check(&read, err)) {
		return STATEMENT_BROKEN;
	}
	notice_write(&read, &again);
	if (!text_equal(str_view(&again), bytes)) {
		(void)err_set(err, ERR_INPUT, "it is not written as what it says is written");
		return STATEMENT_BROKEN;
	}
	*out = read;
	return STATEMENT_GOOD;
}
