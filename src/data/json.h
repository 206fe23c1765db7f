/**
 * JSON in and out. The only home of jansson.
 *
 * In: jansson judges whether the bytes are JSON (RFC 8259, and its own strictness: UTF-8, no NUL,
 * int64); because it keeps no positions, a small walker then makes the located tree from bytes
 * known to be valid. Out: values are built with json_* and written indented or canonically (sorted
 * keys, compact), the form that is signed. There are no reals: numbers are int64.
 */
#ifndef DATA_JSON_H
#define DATA_JSON_H

#include <stdint.h>

#include "data/node.h"
#include "data/yaml.h"

/**
 * Parse JSON bytes into a located tree; scalars: strings have is_quoted set, numbers, true, false
 * and null are plain text. Depth is limited to 64.
 *
 * OWN_FILE: a repeated key (compared after unescaping) is a problem. LOOKED_INTO: it is handed
 * back.
 * @return 0; -1 when at least one problem was added
 */
int json_load(struct arena *arena, const char *file, struct text bytes, enum strictness strictness,
	      struct problems *problems, struct repeated_keys *repeats, struct node **root);

/** A value under construction; jansson's, opaque here. */
struct json;

/** An empty map; keys are added with the functions below. */
struct json *json_map(void);

/** An empty list. */
struct json *json_list(void);

/** Release a value and everything in it; NULL is fine. */
void json_free(struct json *value);

static inline void auto_json(struct json **value)
{
	json_free(*value);
}

/** Text that is not UTF-8 is stored in the printable form of str_add_printable; NULL stores null.
 */
void json_put_text(struct json *map, const char *key, const char *text);
void json_put_int(struct json *map, const char *key, int64_t number);
void json_put_bool(struct json *map, const char *key, bool truth);
void json_put_null(struct json *map, const char *key);

/** Put a value into a map or at the end of a list; the container owns it from then on. */
void json_put(struct json *map, const char *key, struct json *value);
void json_add(struct json *list, struct json *value);
void json_add_text(struct json *list, const char *text);

enum json_form {
	JSON_INDENTED,  /**< two spaces, insertion order, final newline */
	JSON_LINE,      /**< compact, insertion order, final newline: one object a line */
	JSON_CANONICAL, /**< compact, sorted keys, no newline: the bytes that are signed */
};

/** Append the text of a value. */
void json_write(const struct json *value, enum json_form form, struct str *out);

#endif
