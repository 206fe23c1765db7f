/**
 * Brackets of JSON bytes, and what jansson says about bytes it cannot read as a sentence an
 * operator can act on. Inside of data only; names no type of jansson.
 */
#ifndef DATA_JSON_ERROR_H
#define DATA_JSON_ERROR_H

#include "data/build.h"

/** Most lists and maps inside each other (json.h). */
#define JSON_DEPTH 64

/** What a scan of the brackets found. */
struct brackets {
	size_t open[JSON_DEPTH]; /**< offsets of the brackets open at the end, innermost last */
	size_t depth;            /**< how many */
	size_t values;           /**< at least so many values, at most twice as many, are there */
	bool is_too_deep;        /**< the scan stopped at `stopped_at` */
	size_t stopped_at;
};

/** Look at brackets and commas outside of quotes, whether the rest is JSON or not. */
void json_scan(struct text bytes, struct brackets *brackets);

/** Offset behind the token that starts at `at`: a text, a run of letters and digits, or one byte.
 */
size_t json_token_end(struct text bytes, size_t at);

/**
 * Add the problem.
 *
 * @param json      what jansson read: the builder's bytes, or those of HuJSON with comments and
 *                  trailing commas blanked, at the same offsets
 * @param theirs    jansson's words
 * @param position  how many bytes it had consumed
 */
void json_report(struct builder *builder, struct text json, const char *theirs, size_t position);

#endif
