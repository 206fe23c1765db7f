#include "data/json.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"

/*
 * struct json is never defined: a pointer to one is jansson's own pointer. jansson returns errors
 * only for misuse and for want of memory; both end the program here.
 */

static json_t *theirs(struct json *value)
{
	return (json_t *)value;
}

static struct json *ours(json_t *value)
{
	assert(value);
	return (struct json *)value;
}

struct json *json_map(void)
{
	return ours(json_object());
}

struct json *json_list(void)
{
	return ours(json_array());
}

void json_free(struct json *value)
{
	json_decref(theirs(value));
}

/** A string; text that is not UTF-8 in its printable form; NULL as null. */
static struct json *text_value(const char *text)
{
	AUTO(auto_str) struct str clean = {0};

	if (!text) {
		return ours(json_null());
	}
	if (text_is_utf8(text_of(text))) {
		return ours(json_string_nocheck(text));
	}
	str_add_printable(&clean, text_of(text));
	return ours(json_stringn_nocheck(str_text(&clean), clean.len));
}

void json_put(struct json *map, const char *key, struct json *value)
{
	int failed = json_object_set_new(theirs(map), key, theirs(value));

	assert(!failed);
}

void json_add(struct json *list, struct json *value)
{
	int failed = json_array_append_new(theirs(list), theirs(value));

	assert(!failed);
}

void json_put_text(struct json *map, const char *key, const char *text)
{
	json_put(map, key, text_value(text));
}

void json_put_int(struct json *map, const char *key, int64_t number)
{
	json_put(map, key, ours(json_integer(number)));
}

void json_put_bool(struct json *map, const char *key, bool truth)
{
	json_put(map, key, ours(json_boolean(truth)));
}

void json_put_null(struct json *map, const char *key)
{
	json_put(map, key, ours(json_null()));
}

void json_add_text(struct json *list, const char *text)
{
	json_add(list, text_value(text));
}

static int write_chunk(const char *bytes, size_t len, void *out)
{
	str_add_bytes(out, bytes, len);
	return 0;
}

void json_write(const struct json *value, enum json_form form, struct str *out)
{
	size_t flags = JSON_ENCODE_ANY | JSON_INDENT(2);
	int failed = 0;

	if (form == JSON_CANONICAL) {
		flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS;
	}
	if (form == JSON_LINE) {
		flags = JSON_ENCODE_ANY | JSON_COMPACT;
	}
	failed = json_dump_callback((const json_t *)value, write_chunk, out, flags);
	assert(!failed);
	if (form != JSON_CANONICAL) {
		str_add_char(out, '\n');
	}
}
