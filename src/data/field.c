#include "data/field.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"

/** Where in its file a map stands, and whether it stands there at all. */
struct source_map {
	const struct node *map; /**< NULL: nothing there, only defaults are set */
	struct place where;     /**< for what is missing */
	bool is_absent;         /**< an optional struct that was not written: nothing is missing */
	const struct field *fields; /**< of decode_map: what the map may hold */
};

static void decode_map(struct decode *decode, struct source_map source, const struct field *fields,
		       void *out);

static void add_problem(struct decode *decode, enum problem_kind kind, struct place where,
			const char *hint, const struct str *message)
{
	problems_add(decode->problems, kind, where, decode->source, hint, "%s", str_text(message));
}

void decode_problem(struct decode *decode, enum problem_kind kind, const struct node *node,
		    const char *hint, const char *format, ...)
{
	AUTO(auto_str) struct str message = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&message, format, args);
	va_end(args);
	add_problem(decode, kind, node->where, hint, &message);
}

/** The largest value a row allows; `max` 0 beside a `min` above 0 is no limit. */
static int64_t upper_limit(const struct field *field)
{
	return field->max > 0 || field->min < 0 ? field->max : INT64_MAX;
}

/** "expected a list for 'packs', found text". */
static void wrong_sort(struct decode *decode, const struct node *node, const char *expected,
		       const char *name)
{
	decode_problem(decode, PROBLEM_TYPE, node, NULL, "expected %s for '%s', found %s", expected,
		       name, node_sort(node));
}

/** A scalar that is not null; else a problem. */
static bool is_text(struct decode *decode, const struct node *node, const char *expected,
		    const char *name)
{
	if (node->kind == NODE_SCALAR && !node_is_null(node)) {
		return true;
	}
	wrong_sort(decode, node, expected, name);
	return false;
}

static void decode_bool(struct decode *decode, const struct field *field, const struct node *node,
			bool *out)
{
	static const struct {
		const char *word;
		bool truth;
	} words[] = {
		{"true", true},   {"True", true},   {"TRUE", true}, {"yes", true}, {"Yes", true},
		{"YES", true},    {"on", true},     {"On", true},   {"ON", true},  {"false", false},
		{"False", false}, {"FALSE", false}, {"no", false},  {"No", false}, {"NO", false},
		{"off", false},   {"Off", false},   {"OFF", false},
	};

	if (!is_text(decode, node, "true or false", field->name)) {
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!text_is(node->text, words[i].word)) {
			continue;
		}
		if (node->is_quoted) {
			decode_problem(decode, PROBLEM_TYPE, node, "remove the quotes",
				       "expected true or false for '%s', found the text '%s'",
				       field->name, node->text.at);
			return;
		}
		*out = words[i].truth;
		return;
	}
	decode_problem(decode, PROBLEM_TYPE, node, NULL,
		       "expected true or false for '%s', found '%s'", field->name, node->text.at);
}

/** "expected a duration from 1s to 5m for 'timeout', found 'abc'". */
static void wrong_value(struct decode *decode, enum problem_kind kind, const struct field *field,
			const struct node *node, const char *hint)
{
	AUTO(auto_str) struct str described = {0};

	field_describe(field, &described);
	decode_problem(decode, kind, node, hint, "expected a %s for '%s', found '%s'",
		       str_text(&described), field->name, node->text.at);
}

static void decode_int(struct decode *decode, const struct field *field, const struct node *node,
		       int64_t *out)
{
	bool is_limited = field->min != 0 || field->max != 0;
	int64_t min = is_limited ? field->min : INT64_MIN;
	int64_t value = 0;
	struct err err = {0};

	if (!is_text(decode, node, "a whole number", field->name)) {
		return;
	}
	if (parse_int(node->text, INT64_MIN, INT64_MAX, &value, &err)) {
		wrong_value(decode, PROBLEM_TYPE, field, node, NULL);
	} else if (value < min || value > upper_limit(field)) {
		wrong_value(decode, PROBLEM_VALUE, field, node, NULL);
	} else {
		*out = value;
	}
}

static void decode_duration(struct decode *decode, const struct field *field,
			    const struct node *node, int64_t *out)
{
	int64_t value = 0;
	struct err err = {0};

	if (!is_text(decode, node, "a duration", field->name)) {
		return;
	}
	if (parse_duration_ms(node->text, upper_limit(field), &value, &err) || value < field->min) {
		wrong_value(decode, PROBLEM_VALUE, field, node,
			    "durations are written 500ms, 10s, 5m, 2h or 14d");
		return;
	}
	*out = value;
}

static void decode_date(struct decode *decode, const struct field *field, const struct node *node,
			int64_t *out)
{
	int64_t value = 0;
	struct err err = {0};

	if (!is_text(decode, node, "a date", field->name)) {
		return;
	}
	if (clock_parse_date(node->text, &value, &err)) {
		wrong_value(decode, PROBLEM_VALUE, field, node,
			    "dates are days of the calendar, written 2026-03-01");
		return;
	}
	*out = value;
}

struct words VEC(const char *);

static const char *nearest_choice(const struct choice *choices, const char *word)
{
	struct words words = {0};
	const char *nearest = NULL;

	for (; choices->word; choices++) {
		*VEC_ADD(&words) = choices->word;
	}
	*VEC_ADD(&words) = NULL;
	nearest = nearest_word(word, words.at);
	VEC_RELEASE(&words);
	return nearest;
}

static void decode_choice(struct decode *decode, const struct field *field, const struct node *node,
			  int *out)
{
	AUTO(auto_str) struct str expected = {0};
	const char *nearest = NULL;

	field_describe(field, &expected);
	if (!is_text(decode, node, str_text(&expected), field->name)) {
		return;
	}
	for (const struct choice *choice = field->choices; choice->word; choice++) {
		if (text_is(node->text, choice->word)) {
			*out = choice->value;
			return;
		}
	}
	nearest = nearest_choice(field->choices, node->text.at);
	decode_problem(decode, PROBLEM_CHOICE, node, NULL, "expected %s for '%s', found '%s'%s%s%s",
		       str_text(&expected), field->name, node->text.at,
		       nearest ? "; did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?" : "");
}

/** Store the scalars of a list, or the one scalar; wrong elements are left out. */
static void decode_texts(struct decode *decode, const char *name, const struct node *node,
			 struct texts *out)
{
	bool is_list = node->kind == NODE_LIST;
	const struct node *item = is_list ? node->first : node;
	size_t count = is_list ? node->count : 1;
	struct texts texts = {0};

	if (node->kind == NODE_MAP || node_is_null(node)) {
		wrong_sort(decode, node, "a list of text", name);
		return;
	}
	texts.at = arena_alloc(decode->arena, count * sizeof(*texts.at));
	texts.nodes = arena_alloc(decode->arena, count * sizeof(struct node *));
	for (; item; item = is_list ? item->next : NULL) {
		if (is_text(decode, item, "text in the list", name)) {
			texts.at[texts.len] = item->text.at;
			texts.nodes[texts.len] = item;
			texts.len++;
		}
	}
	*out = texts;
}

/** Decode a nested map, which messages call `what`. */
static void decode_nested(struct decode *decode, const char *what, struct source_map source,
			  const struct field *fields, void *out)
{
	const char *outer = decode->what;

	decode->what = what;
	decode_map(decode, source, fields, out);
	decode->what = outer;
}

static void decode_struct(struct decode *decode, const struct field *field, const struct node *node,
			  struct place where, void *out)
{
	struct source_map source = {.map = node, .where = where, .is_absent = !node};

	if (node && node->kind != NODE_MAP) {
		wrong_sort(decode, node, "a map", field->name);
		source.map = NULL;
		source.is_absent = true;
	}
	decode_nested(decode, arena_printf(decode->arena, "'%s' of %s", field->name, decode->what),
		      source, field->fields, out);
}

/** Decode the elements of a list that are maps; others are problems and left out. */
static void decode_list(struct decode *decode, const struct field *field, const struct node *node,
			struct rows *out)
{
	const char *what = NULL;
	struct rows rows = {0};

	if (node->kind != NODE_LIST) {
		wrong_sort(decode, node, "a list", field->name);
		return;
	}
	what = arena_printf(decode->arena, "an entry of '%s'", field->name);
	rows.at = arena_alloc(decode->arena, node->count * field->size);
	for (const struct node *item = node->first; item; item = item->next) {
		struct source_map source = {.map = item, .where = item->where};

		if (item->kind != NODE_MAP) {
			wrong_sort(decode, item, "a map in the list", field->name);
			continue;
		}
		decode_nested(decode, what, source, field->fields,
			      (char *)rows.at + rows.len * field->size);
		rows.len++;
	}
	*out = rows;
}

/** Decode the value of one free key; a map's element is made whatever the value is. */
static void decode_entry(struct decode *decode, const struct field *field, const struct node *node,
			 void *out)
{
	struct source_map source = {.map = node, .where = node->where};
	const char *what = NULL;

	if (!field->fields) {
		decode_texts(decode, node->key, node, out);
		return;
	}
	if (node->kind != NODE_MAP) {
		wrong_sort(decode, node, "a map", node->key);
		source.map = NULL;
		source.is_absent = true;
	}
	what = arena_printf(decode->arena, "'%s' of '%s'", node->key, field->name);
	decode_nested(decode, what, source, field->fields, out);
}

static void decode_entries(struct decode *decode, const struct field *field,
			   const struct node *node, struct entries *out)
{
	size_t size = field->fields ? field->size : sizeof(struct texts);
	struct entries entries = {0};

	if (node->kind != NODE_MAP) {
		wrong_sort(decode, node, "a map", field->name);
		return;
	}
	entries.keys = arena_alloc(decode->arena, node->count * sizeof(*entries.keys));
	entries.nodes = arena_alloc(decode->arena, node->count * sizeof(struct node *));
	entries.at = arena_alloc(decode->arena, node->count * size);
	for (const struct node *item = node->first; item; item = item->next) {
		entries.keys[entries.len] = item->key;
		entries.nodes[entries.len] = item;
		decode_entry(decode, field, item, (char *)entries.at + entries.len * size);
		entries.len++;
	}
	*out = entries;
}

/** Decode one value that is there. */
static void decode_value(struct decode *decode, const struct field *field, const struct node *node,
			 void *out)
{
	switch (field->type) {
	case FIELD_TEXT:
		if (is_text(decode, node, "text", field->name)) {
			*(const char **)out = node->text.at;
		}
		break;
	case FIELD_BOOL:
		decode_bool(decode, field, node, out);
		break;
	case FIELD_INT:
		decode_int(decode, field, node, out);
		break;
	case FIELD_DURATION:
		decode_duration(decode, field, node, out);
		break;
	case FIELD_DATE:
		decode_date(decode, field, node, out);
		break;
	case FIELD_CHOICE:
		decode_choice(decode, field, node, out);
		break;
	case FIELD_TEXTS:
		decode_texts(decode, field->name, node, out);
		break;
	case FIELD_STRUCT:
		decode_struct(decode, field, node, node->where, out);
		break;
	case FIELD_LIST:
		decode_list(decode, field, node, out);
		break;
	case FIELD_MAP:
		decode_entries(decode, field, node, out);
		break;
	case FIELD_NODE:
		*(const struct node **)out = node;
		break;
	case FIELD_CUSTOM:
		field->parse(decode, node, out);
		break;
	}
}

/** Decode a row's default. A wrong one is a bug in the table. */
static void decode_fallback(struct decode *decode, const struct field *field, struct place where,
			    void *out)
{
	AUTO(auto_problems) struct problems mistakes = {0};
	struct decode quiet = *decode;
	struct node *node = arena_alloc(decode->arena, sizeof(*node));

	quiet.problems = &mistakes;
	node->where = where;
	node->text = text_of(field->fallback);
	decode_value(&quiet, field, node, out);
	assert(mistakes.added == 0);
}

static void report_missing(struct decode *decode, const struct field *field,
			   struct source_map source)
{
	const char *slip = field_slip(source.fields, source.map, field->name);
	AUTO(auto_str) struct str message = {0};
	AUTO(auto_str) struct str hint = {0};

	str_printf(&message, "%s needs '%s'", decode->what, field->name);
	if (field->doc) {
		str_printf(&message, " (%s)", field->doc);
	}
	if (slip) {
		str_printf(&hint, "'%s' means nothing here; was '%s' meant?", slip, field->name);
	}
	add_problem(decode, PROBLEM_MISSING, source.where, slip ? str_text(&hint) : NULL, &message);
}

static void decode_row(struct decode *decode, struct source_map source, const struct field *field,
		       void *out)
{
	const struct node *node = NULL;
	bool is_missing = false;

	if (field->type == FIELD_NODE && field->name[0] == '\0') {
		*(const struct node **)out = source.map;
		return;
	}
	node = node_get(source.map, field->name);
	is_missing = !node && field->required && !source.is_absent;
	if (node && field->nullable && node_is_null(node)) {
		node = NULL;
	}
	if (is_missing) {
		report_missing(decode, field, source);
	}
	if (field->fallback) {
		decode_fallback(decode, field, source.where, out);
	}
	if (node) {
		decode_value(decode, field, node, out);
	} else if (field->type == FIELD_STRUCT) {
		decode_struct(decode, field, NULL, source.where, out);
	}
}

/** "unknown key 'x' in a gate; did you mean 'y'?", or the allowed keys as a hint. */
static void report_unknown(struct decode *decode, const struct node *node,
			   const struct field *fields)
{
	AUTO(auto_str) struct str message = {0};
	AUTO(auto_str) struct str hint = {0};
	struct words words = {0};
	const char *nearest = NULL;

	for (const struct field *field = fields; field->name; field++) {
		if (field->name[0] != '\0') {
			str_printf(&hint, "%s%s", words.len ? ", " : "allowed: ", field->name);
			*VEC_ADD(&words) = field->name;
		}
	}
	*VEC_ADD(&words) = NULL;
	nearest = nearest_word(node->key, words.at);
	VEC_RELEASE(&words);
	str_printf(&message, "unknown key '%s' in %s", node->key, decode->what);
	if (nearest) {
		str_printf(&message, "; did you mean '%s'?", nearest);
	}
	add_problem(decode, PROBLEM_UNKNOWN_KEY, node->key_where,
		    nearest || !hint.len ? NULL : str_text(&hint), &message);
}

static void decode_map(struct decode *decode, struct source_map source, const struct field *fields,
		       void *out)
{
	source.fields = fields;
	for (const struct field *field = fields; field->name; field++) {
		decode_row(decode, source, field, (char *)out + field->offset);
	}
	if (decode->keeps_unknown || !source.map) {
		return;
	}
	for (const struct node *child = source.map->first; child; child = child->next) {
		if (!field_is_known(fields, child->key)) {
			report_unknown(decode, child, fields);
		}
	}
}

int decode_fields(struct decode *decode, const struct node *map, struct place where,
		  const struct field *fields, void *out)
{
	size_t before = decode->problems->added;
	struct source_map source = {.where = where};

	if (!node_is_null(map)) {
		source.map = map;
		source.where = map->where;
	}
	if (source.map && map->kind != NODE_MAP) {
		decode_problem(decode, PROBLEM_TYPE, map, NULL, "expected a map for %s, found %s",
			       decode->what, node_sort(map));
		source.map = NULL;
		source.is_absent = true;
	}
	decode_map(decode, source, fields, out);
	return decode->problems->added == before ? 0 : -1;
}

bool texts_hold(const struct texts *list, const char *word)
{
	for (size_t i = 0; word && i < list->len; i++) {
		if (strcmp(list->at[i], word) == 0) {
			return true;
		}
	}
	return false;
}
