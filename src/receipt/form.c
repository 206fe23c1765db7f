#include "receipt/form.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

/* ---- writing */

void form_add_text(struct str *out, const char *text)
{
	AUTO(auto_str) struct str fit = {0};
	struct text all = text_of(text);

	if (all.len <= FORM_TEXT_BYTES && text_is_plain(all)) {
		str_add_text(out, all);
		return;
	}
	str_add_printable(&fit, all);
	if (fit.len > FORM_TEXT_BYTES) {
		fit.len = FORM_TEXT_BYTES;
	}
	while (!text_is_utf8(str_view(&fit))) {
		fit.len--;
	}
	str_add_text(out, str_view(&fit));
}

static void put_text(struct json *map, const char *key, const char *text)
{
	AUTO(auto_str) struct str fit = {0};

	form_add_text(&fit, text);
	json_put_text(map, key, str_text(&fit));
}

static struct json *write_texts(const struct texts *texts)
{
	struct json *list = json_list();

	for (size_t i = 0; i < texts->len; i++) {
		AUTO(auto_str) struct str fit = {0};

		form_add_text(&fit, texts->at[i]);
		json_add_text(list, str_text(&fit));
	}
	return list;
}

static struct json *write_rows(const struct field *field, const struct rows *rows)
{
	struct json *list = json_list();

	for (size_t i = 0; i < rows->len; i++) {
		json_add(list, form_write(field->fields, (const char *)rows->at + i * field->size));
	}
	return list;
}

static void write_member(struct json *map, const struct field *field, const void *from)
{
	const char *text = NULL;

	switch (field->type) {
	case FIELD_TEXT:
		text = *(const char *const *)from;
		if (text) {
			put_text(map, field->name, text);
		}
		break;
	case FIELD_BOOL:
		if (field->required || *(const bool *)from) {
			json_put_bool(map, field->name, *(const bool *)from);
		}
		break;
	case FIELD_INT:
		if (field->required || *(const int64_t *)from != 0) {
			json_put_int(map, field->name, *(const int64_t *)from);
		}
		break;
	case FIELD_CHOICE:
		put_text(map, field->name, choice_word(field->choices, *(const int *)from));
		break;
	case FIELD_TEXTS:
		if (field->required || ((const struct texts *)from)->len > 0) {
			json_put(map, field->name, write_texts(from));
		}
		break;
	case FIELD_STRUCT:
		json_put(map, field->name, form_write(field->fields, from));
		break;
	case FIELD_LIST:
		if (field->required || ((const struct rows *)from)->len > 0) {
			json_put(map, field->name, write_rows(field, from));
		}
		break;
	case FIELD_DURATION:
	case FIELD_DATE:
	case FIELD_MAP:
	case FIELD_NODE:
	case FIELD_CUSTOM:
		break; /* no table of receipts has them */
	}
}

struct json *form_write(const struct field *fields, const void *from)
{
	struct json *map = json_map();

	for (; fields->name; fields++) {
		write_member(map, fields, (const char *)from + fields->offset);
	}
	return map;
}

/* ---- comparing what was read */

static void add_number(int64_t number, struct str *out)
{
	str_add_bytes(out, &number, sizeof(number));
}

/** With its length before it; a text that is not there has a length that none has. */
static void add_sized(const char *text, struct str *out)
{
	add_number(text ? (int64_t)strlen(text) : -1, out);
	str_add(out, text ? text : "");
}

static void add_member(const struct field *field, const void *from, struct str *out)
{
	const struct texts *texts = from;
	const struct rows *rows = from;

	switch (field->type) {
	case FIELD_TEXT:
		add_sized(*(const char *const *)from, out);
		break;
	case FIELD_BOOL:
		add_number(*(const bool *)from, out);
		break;
	case FIELD_INT:
		add_number(*(const int64_t *)from, out);
		break;
	case FIELD_CHOICE:
		add_number(*(const int *)from, out);
		break;
	case FIELD_TEXTS:
		add_number((int64_t)texts->len, out);
		for (size_t i = 0; i < texts->len; i++) {
			add_sized(texts->at[i], out);
		}
		break;
	case FIELD_STRUCT:
		form_flatten(field->fields, from, out);
		break;
	case FIELD_LIST:
		add_number((int64_t)rows->len, out);
		for (size_t i = 0; i < rows->len; i++) {
			form_flatten(field->fields, (const char *)rows->at + i * field->size, out);
		}
		break;
	case FIELD_DURATION:
	case FIELD_DATE:
	case FIELD_MAP:
	case FIELD_NODE:
	case FIELD_CUSTOM:
		break; /* no table of receipts has them */
	}
}

void form_flatten(const struct field *fields, const void *from, struct str *out)
{
	for (; fields->name; fields++) {
		add_member(fields, (const char *)from + fields->offset, out);
	}
}

/* ---- reading */

static int first_problem(const struct problems *problems, const char *what, struct err *err)
{
	const struct problem *first = problems->list.at;

	if (problems->list.len == 0) {
		return err_set(err, ERR_INPUT, "%s is not JSON", what);
	}
	return err_set(err, ERR_INPUT, "%s: line %d, column %d: %s", what, first->where.line,
		       first->where.column, first->message);
}

/** Does form_write leave the text as it is? */
static bool is_kept(struct text text)
{
	AUTO(auto_str) struct str fit = {0};

	if (text.len <= FORM_TEXT_BYTES && text_is_plain(text)) {
		return true;
	}
	form_add_text(&fit, text.at);
	return text_equal(text, str_view(&fit));
}

/** Are all texts such that form_write leaves them as they are? */
static int check_texts(const char *what, const struct node *node, struct err *err)
{
	if (node->kind == NODE_SCALAR && !is_kept(node->text)) {
		return err_set(err, ERR_INPUT,
			       "%s: line %d, column %d: text with control characters, or longer "
			       "than %zu bytes",
			       what, node->where.line, node->where.column, FORM_TEXT_BYTES);
	}
	for (const struct node *child = node->first; child; child = child->next) {
		if (check_texts(what, child, err)) {
			return -1;
		}
	}
	return 0;
}

int form_parse(struct arena *arena, const char *what, struct text bytes, const struct node **root,
	       struct err *err)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct node *tree = NULL;

	if (text_starts(bytes, "\xef\xbb\xbf")) {
		return err_set(err, ERR_INPUT, "%s starts with a byte order mark", what);
	}
	if (json_load(arena, what, bytes, OWN_FILE, &problems, NULL, &tree)) {
		return first_problem(&problems, what, err);
	}
	*root = tree;
	return 0;
}

int form_read(struct arena *arena, const char *what, const struct node *map,
	      const struct field *fields, void *out, struct err *err)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct decode decode = {.arena = arena, .problems = &problems, .what = what};

	if (map->kind != NODE_MAP) {
		return err_set(err, ERR_INPUT, "%s is not a map", what);
	}
	if (check_texts(what, map, err)) {
		return -1;
	}
	if (decode_fields(&decode, map, map->where, fields, out)) {
		return first_problem(&problems, what, err);
	}
	return 0;
}

/** The JSON of a located tree; false where it holds what no receipt has: a real number, or
 * something that is neither text, map nor list inside a list. */
static bool copy_value(const struct node *node, struct json **out);

static bool copy_scalar(const struct node *node, struct json *map)
{
	int64_t number = 0;
	struct err ignored = {0};

	if (node->is_quoted) {
		json_put_text(map, node->key, node->text.at);
	} else if (text_is(node->text, "true") || text_is(node->text, "false")) {
		json_put_bool(map, node->key, node->text.at[0] == 't');
	} else if (text_is(node->text, "null")) {
		json_put_null(map, node->key);
	} else if (parse_int(node->text, INT64_MIN, INT64_MAX, &number, &ignored) == 0) {
		json_put_int(map, node->key, number);
	} else {
		return false;
	}
	return true;
}

static bool copy_map(const struct node *node, struct json *out)
{
	for (const struct node *child = node->first; child; child = child->next) {
		struct json *value = NULL;

		if (child->kind == NODE_SCALAR) {
			if (!copy_scalar(child, out)) {
				return false;
			}
			continue;
		}
		if (!copy_value(child, &value)) {
			return false;
		}
		json_put(out, child->key, value);
	}
	return true;
}

static bool copy_list(const struct node *node, struct json *out)
{
	for (const struct node *child = node->first; child; child = child->next) {
		struct json *value = NULL;

		if (child->kind == NODE_SCALAR) {
			if (!child->is_quoted) {
				return false;
			}
			json_add_text(out, child->text.at);
			continue;
		}
		if (!copy_value(child, &value)) {
			return false;
		}
		json_add(out, value);
	}
	return true;
}

static bool copy_value(const struct node *node, struct json **out)
{
	struct json *value = node->kind == NODE_MAP ? json_map() : json_list();
	bool is_copied = node->kind == NODE_MAP ? copy_map(node, value) : copy_list(node, value);

	if (!is_copied) {
		json_free(value);
		return false;
	}
	*out = value;
	return true;
}

bool form_same(const struct node *node, const struct json *json)
{
	AUTO(auto_json) struct json *copy = NULL;
	AUTO(auto_str) struct str found = {0};
	AUTO(auto_str) struct str expected = {0};

	if (!node || node->kind == NODE_SCALAR || !copy_value(node, &copy)) {
		return false;
	}
	json_write(copy, JSON_CANONICAL, &found);
	json_write(json, JSON_CANONICAL, &expected);
	return text_equal(str_view(&found), str_view(&expected));
}
