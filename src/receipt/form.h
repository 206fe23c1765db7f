/**
 * JSON of receipts by field tables: one table says how a struct is written and how it is read.
 *
 * Reading is data/field.h's decoding, which is friendly to people who write YAML by hand (yes, no,
 * a number for a text). Receipts are not written by hand, so whoever reads one compares what it
 * read, written again, with what stood there: form_same.
 *
 * Of the types of fields, FIELD_TEXT, FIELD_BOOL, FIELD_INT, FIELD_CHOICE, FIELD_TEXTS,
 * FIELD_STRUCT and FIELD_LIST are known here. A member that is not required and empty, zero or
 * false is not written.
 */
#ifndef RECEIPT_FORM_H
#define RECEIPT_FORM_H

#include "base/err.h"
#include "data/field.h"
#include "data/json.h"

/** Longest text in a receipt, in bytes; longer ones are cut when written. */
#define FORM_TEXT_BYTES ((size_t)2048)

/** The JSON of a struct; the caller frees it. Texts are made printable and cut. */
struct json *form_write(const struct field *fields, const void *from);

/**
 * Append the members as bytes that are the same for two structs exactly where form_write gives the
 * same for both; for texts that were read. A tenth of the time of form_write, and no format: not to
 * be kept.
 */
void form_flatten(const struct field *fields, const void *from, struct str *out);

/** Append a text as form_write writes it: printable, cut, never half a character. */
void form_add_text(struct str *out, const char *text);

/**
 * Parse bytes that must be one JSON value without repeated keys, byte order mark or anything
 * behind it, all texts of which form_write could have written.
 *
 * @param what  for the message: "the envelope"
 * @param root  in the arena
 */
int form_parse(struct arena *arena, const char *what, struct text bytes, const struct node **root,
	       struct err *err);

/** decode_fields, with the first problem as an error. */
int form_read(struct arena *arena, const char *what, const struct node *map,
	      const struct field *fields, void *out, struct err *err);

/** Is the value that stands at `node` (NULL: nothing) the same as `json`, whatever its spacing? */
bool form_same(const struct node *node, const struct json *json);

#endif
