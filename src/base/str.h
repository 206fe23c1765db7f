/**
 * Text: a view that owns nothing, and a growing string with a ceiling.
 *
 * A string that would pass its ceiling keeps what fitted and sets `overflow`; whoever fills a
 * string from a peer or a file checks it once at the end.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes that somebody else owns; not NUL-terminated. */
struct text {
	const char *at;
	size_t len;
};

/** A view of a NUL-terminated string. */
struct text text_of(const char *string);

/** Same bytes? */
bool text_equal(struct text left, struct text right);

/** Does `text` equal the NUL-terminated `string`? */
bool text_is(struct text text, const char *string);

/** Does `text` start with the NUL-terminated `prefix`? */
bool text_starts(struct text text, const char *prefix);

/**
 * Split off the bytes before the next `separator`.
 *
 * @param rest  moves behind the separator; at the end `rest->at` becomes NULL
 * @param part  what stood before it
 * @return      false once `rest->at` is NULL
 */
bool text_split(struct text *rest, char separator, struct text *part);

/** Without the white space of ASCII at both ends. */
struct text text_trim(struct text text);

/** Are all bytes printable ASCII? */
bool text_is_plain(struct text text);

/** Are the bytes well-formed UTF-8 (RFC 3629: shortest form, no surrogates)? */
bool text_is_utf8(struct text text);

/** Length in bytes of the well-formed UTF-8 character at the start of `text`; 0 where there is
 * none. `code` gets its code point then. */
size_t utf8_next(struct text text, uint32_t *code);

/** Do two strings mean the same, NULL being equal only to NULL? */
bool same_string(const char *left, const char *right);

/**
 * How many single-character edits (insert, delete, replace, swap neighbours) lead from one word to
 * the other; words over 63 bytes count as far apart.
 */
size_t edit_distance(const char *left, const char *right);

/** A growing, always NUL-terminated string. `{0}` is empty with the default ceiling. */
struct str {
	char *at;      /**< NULL while empty */
	size_t len;    /**< without the NUL */
	size_t cap;    /**< allocated */
	size_t max;    /**< ceiling in bytes; 0 means STR_MAX_BYTES */
	bool overflow; /**< something did not fit */
};

/** Ceiling of a string that names none. */
#define STR_MAX_BYTES ((size_t)64 * 1024 * 1024)

/** Append; what does not fit under the ceiling is left out and noted in `overflow`. */
void str_add(struct str *str, const char *string);
void str_add_bytes(struct str *str, const void *bytes, size_t len);
void str_add_char(struct str *str, char one);
void str_add_text(struct str *str, struct text text);
void str_printf(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *str, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/**
 * Append untrusted text so that it can be shown on a terminal: control characters, escape
 * sequences, bidirectional overrides, noncharacters and malformed UTF-8 become `\xNN`. A ceiling
 * cuts between characters, never inside of one.
 */
void str_add_printable(struct str *str, struct text text);

/** The string, "" while empty; valid until the next change. */
const char *str_text(const struct str *str);

/** A view of the bytes. */
struct text str_view(const struct str *str);

/** Keep the first `len` bytes, which is at most what there is; memory is kept. */
void str_cut(struct str *str, size_t len);

/** Length 0, memory kept. */
void str_clear(struct str *str);

/** Free the bytes; the string is empty and usable again, its ceiling kept. */
void str_release(struct str *str);

/** str_release for AUTO. */
static inline void auto_str(struct str *str)
{
	str_release(str);
}

#endif
