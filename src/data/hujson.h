/**
 * HuJSON, "JSON for humans": what Tailscale's policies are written in.
 *
 * JSON, and beyond it comments (from two slashes to the end of the line, or between slash-star and
 * star-slash, not nested) wherever white space may stand, and one comma behind the last value of a
 * list or map. Nothing else: no keys without quotes, no single quotes, no hexadecimal numbers.
 */
#ifndef DATA_HUJSON_H
#define DATA_HUJSON_H

#include "data/json.h"

/** As json_load. Places, and the lines that problems quote, are those of the bytes as they are. */
int hujson_load(struct arena *arena, const char *file, struct text bytes,
		enum strictness strictness, struct problems *problems,
		struct repeated_keys *repeats, struct node **root);

#endif
