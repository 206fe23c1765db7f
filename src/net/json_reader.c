#include "net/json_reader.h"

#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "data/json.h"

/** Bytes of a value that a message quotes. */
#define QUOTED_BYTES 80

/** As a message names the place: JSON of a daemon is often one line. */
static void refuse_at(struct json_reader *reader, struct place where, const char *format,
		      va_list args) __attribute__((format(printf, 3, 0)));

static void refuse_at(struct json_reader *reader, struct place where, const char *format,
		      va_list args)
{
	AUTO(auto_str) struct str text = {.max = sizeof(reader->err.text)};
	AUTO(auto_str) struct str shown = {.max = sizeof(reader->err.text)};

	if (reader->err.code != ERR_NONE) {
		return;
	}
	str_vprintf(&text, format, args);
	str_add_printable(&shown, str_view(&text));
	err_fill(&reader->err, ERR_INPUT, "%s, line %d, column %d: %s", reader->what, where.line,
		 where.column, str_text(&shown));
}

void reader_refuse(struct json_reader *reader, const struct node *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse_at(reader, at->where, format, args);
	va_end(args);
}

/** Keep what is not JSON; a problem of all of it has no line. */
static void refuse_problem(struct json_reader *reader, const struct problem *problem)
{
	if (problem->where.line > 0) {
		err_fill(&reader->err, ERR_INPUT, "%s, line %d, column %d: %s", reader->what,
			 problem->where.line, problem->where.column, problem->message);
	} else {
		err_fill(&reader->err, ERR_INPUT, "%s: %s", reader->what, problem->message);
	}
}

/** Is it JSON without repeated keys? The reader's error says why not. */
static int load(struct json_reader *reader, struct text bytes)
{
	static const char no_name[] = "";
	AUTO(auto_problems) struct problems problems = {0};
	struct repeated_keys repeats = {0};
	struct node *root = NULL;

	if (json_load(&reader->tree, no_name, bytes, LOOKED_INTO, &problems, &repeats, &root)) {
		refuse_problem(reader, &problems.list.at[0]);
	} else if (repeats.len > 0) {
		struct node at = {.where = repeats.at[0].where};

		reader_refuse(reader, &at, "the key '%.*s' stands twice", QUOTED_BYTES,
			      repeats.at[0].key);
	}
	VEC_RELEASE(&repeats);
	reader->top = root;
	return reader->err.code != ERR_NONE ? -1 : 0;
}

int json_reader_open(struct json_reader *reader, struct arena *arena, const char *what,
		     struct text bytes, struct err *err)
{
	*reader = (struct json_reader){.arena = arena, .what = what};
	if (load(reader, bytes)) {
		*err = reader->err;
		arena_release(&reader->tree);
		return -1;
	}
	return 0;
}

int json_reader_close(struct json_reader *reader, struct err *err)
{
	arena_release(&reader->tree);
	reader->top = NULL;
	if (reader->err.code != ERR_NONE) {
		*err = reader->err;
		return -1;
	}
	return 0;
}

/** The sort of a value in the words of JSON. */
static const char *sort_of(const struct node *value)
{
	if (value->kind != NODE_SCALAR) {
		return value->kind == NODE_LIST ? "a list" : "a map";
	}
	if (value->is_quoted) {
		return "text";
	}
	return text_is(value->text, "true") || text_is(value->text, "false") ? "true or false"
									     : "a number";
}

/** Whatever stands there; NULL for null. */
static const struct node *present(const struct node *value)
{
	return value && value->kind == NODE_SCALAR && !value->is_quoted &&
			       text_is(value->text, "null")
		       ? NULL
		       : value;
}

/** The member if it is of the wanted kind; NULL, perhaps with a mistake, if not. */
static const struct node *member(struct json_reader *reader, const struct node *map,
				 const char *key, enum node_kind kind, const char *wanted)
{
	const struct node *value = present(node_get(map, key));

	if (value && value->kind != kind) {
		reader_refuse(reader, value, "'%.*s' is %s, expected %s", QUOTED_BYTES, key,
			      sort_of(value), wanted);
		return NULL;
	}
	return value;
}

const struct node *reader_map(struct json_reader *reader, const struct node *map, const char *key)
{
	return member(reader, map, key, NODE_MAP, "a map");
}

const struct node *reader_list(struct json_reader *reader, const struct node *map, const char *key)
{
	return member(reader, map, key, NODE_LIST, "a list");
}

static const char *value_text(struct json_reader *reader, const struct node *value, const char *key)
{
	if (!present(value)) {
		return NULL;
	}
	if (value->kind != NODE_SCALAR || !value->is_quoted) {
		reader_refuse(reader, value, "'%.*s' is %s, expected text", QUOTED_BYTES, key,
			      sort_of(value));
		return NULL;
	}
	return arena_copy(reader->arena, value->text.at, value->text.len);
}

const char *reader_text(struct json_reader *reader, const struct node *map, const char *key)
{
	return value_text(reader, node_get(map, key), key);
}

bool reader_value_bool(struct json_reader *reader, const struct node *value, const char *key)
{
	bool is_plain = value && value->kind == NODE_SCALAR && !value->is_quoted;
	bool is_true = is_plain && text_is(value->text, "true");

	if (present(value) && !is_true && !(is_plain && text_is(value->text, "false"))) {
		reader_refuse(reader, value, "'%.*s' is %s, expected true or false", QUOTED_BYTES,
			      key, sort_of(value));
	}
	return is_true;
}

bool reader_bool(struct json_reader *reader, const struct node *map, const char *key)
{
	return reader_value_bool(reader, node_get(map, key), key);
}

int64_t reader_int(struct json_reader *reader, const struct node *map, const char *key)
{
	const struct node *value = member(reader, map, key, NODE_SCALAR, "a number");
	struct err ignored = {0};
	int64_t number = 0;

	if (value &&
	    (value->is_quoted || parse_int(value->text, INT64_MIN, INT64_MAX, &number, &ignored))) {
		reader_refuse(reader, value, "'%.*s' is '%.*s', expected a whole number",
			      QUOTED_BYTES, key, QUOTED_BYTES, value->text.at);
	}
	return number;
}

struct set_time reader_time(struct json_reader *reader, const struct node *map, const char *key)
{
	static const char unset[] = "0001-01-01T00:00:00";
	const struct node *value = member(reader, map, key, NODE_SCALAR, "a time");
	struct set_time time = {0};
	struct err err = {0};

	if (!value || (value->is_quoted && value->text.len == 0) ||
	    text_starts(value->text, unset)) {
		return time;
	}
	if (!value->is_quoted || clock_parse_any_rfc3339(value->text, &time.utc_ms, &err)) {
		reader_refuse(reader, value,
			      "'%.*s' is '%.*s', expected a time like 2026-03-01T21:48:13Z",
			      QUOTED_BYTES, key, QUOTED_BYTES, value->text.at);
		return (struct set_time){0};
	}
	time.is_set = true;
	return time;
}

struct text_list reader_values(struct json_reader *reader, const struct node *list, const char *key)
{
	struct text_list texts = {0};

	if (!list || list->kind != NODE_LIST || list->count == 0) {
		return texts;
	}
	texts.at = arena_alloc(reader->arena, list->count * sizeof(*texts.at));
	for (const struct node *value = list->first; value; value = value->next) {
		const char *text = value_text(reader, value, key);

		if (text) {
			texts.at[texts.len++] = text;
		}
	}
	return texts;
}

struct text_list reader_texts(struct json_reader *reader, const struct node *map, const char *key)
{
	return reader_values(reader, reader_list(reader, map, key), key);
}

struct address_list reader_addresses(struct json_reader *reader, const struct node *map,
				     const char *key)
{
	struct text_list texts = reader_texts(reader, map, key);
	struct address_list list = {0};

	if (texts.len == 0) {
		return list;
	}
	list.at = arena_alloc(reader->arena, texts.len * sizeof(*list.at));
	for (size_t i = 0; i < texts.len; i++) {
		if (!address_parse(text_of(texts.at[i]), &list.at[list.len++])) {
			reader_refuse(reader, node_get(map, key), "'%.*s' in '%s' is no address",
				      QUOTED_BYTES, texts.at[i], key);
			return (struct address_list){0};
		}
	}
	return list;
}

/** A network, or an address as one of a single machine. */
static bool read_network(const char *text, struct network *out)
{
	struct address address = {0};

	if (network_parse(text_of(text), out)) {
		return true;
	}
	if (!address_parse(text_of(text), &address)) {
		return false;
	}
	*out = network_around(&address, address.family == ADDRESS_V4 ? 32 : 128);
	return true;
}

struct network_list reader_networks(struct json_reader *reader, const struct node *map,
				    const char *key)
{
	struct text_list texts = reader_texts(reader, map, key);
	struct network_list list = {0};

	if (texts.len == 0) {
		return list;
	}
	list.at = arena_alloc(reader->arena, texts.len * sizeof(*list.at));
	for (size_t i = 0; i < texts.len; i++) {
		if (!read_network(texts.at[i], &list.at[list.len++])) {
			reader_refuse(reader, node_get(map, key), "'%.*s' in '%s' is no network",
				      QUOTED_BYTES, texts.at[i], key);
			return (struct network_list){0};
		}
	}
	return list;
}

struct text_list reader_keys(struct json_reader *reader, const struct node *map, const char *key)
{
	const struct node *holder = reader_map(reader, map, key);
	struct text_list keys = {0};

	if (!holder || holder->count == 0) {
		return keys;
	}
	keys.at = arena_alloc(reader->arena, holder->count * sizeof(*keys.at));
	for (const struct node *value = holder->first; value; value = value->next) {
		keys.at[keys.len++] = arena_text(reader->arena, value->key);
	}
	return keys;
}

bool text_list_holds(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->len; i++) {
		if (strcmp(list->at[i], text) == 0) {
			return true;
		}
	}
	return false;
}
