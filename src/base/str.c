#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct text text_of(const char *string)
{
	return (struct text){string, string ? strlen(string) : 0};
}

bool text_equal(struct text left, struct text right)
{
	return left.len == right.len && (left.len == 0 || memcmp(left.at, right.at, left.len) == 0);
}

bool text_is(struct text text, const char *string)
{
	return text_equal(text, text_of(string));
}

bool text_starts(struct text text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.at, prefix, len) == 0;
}

struct text text_trim(struct text text)
{
	while (text.len > 0 && isspace((unsigned char)text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && isspace((unsigned char)text.at[text.len - 1])) {
		text.len--;
	}
	return text;
}

bool text_split(struct text *rest, char separator, struct text *part)
{
	const char *found = NULL;

	if (!rest->at) {
		return false;
	}
	found = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
	part->at = rest->at;
	if (!found) {
		part->len = rest->len;
		*rest = (struct text){0};
		return true;
	}
	part->len = (size_t)(found - rest->at);
	rest->len -= part->len + 1;
	rest->at = found + 1;
	return true;
}

/** How many continuation bytes follow a lead byte, and the smallest code point that needs them. */
static int utf8_lead(unsigned char lead, uint32_t *bits, uint32_t *least)
{
	if (lead < 0x80) {
		*bits = lead;
		*least = 0;
		return 0;
	}
	if (lead >= 0xc2 && lead < 0xe0) {
		*bits = lead & 0x1fU;
		*least = 0x80;
		return 1;
	}
	if (lead >= 0xe0 && lead < 0xf0) {
		*bits = lead & 0x0fU;
		*least = 0x800;
		return 2;
	}
	if (lead >= 0xf0 && lead < 0xf5) {
		*bits = lead & 0x07U;
		*least = 0x10000;
		return 3;
	}
	return -1;
}

size_t utf8_next(struct text text, uint32_t *code)
{
	uint32_t least = 0;
	int more = text.len ? utf8_lead((unsigned char)text.at[0], code, &least) : -1;

	if (more < 0 || text.len < (size_t)more + 1) {
		return 0;
	}
	for (int i = 1; i <= more; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if ((byte & 0xc0) != 0x80) {
			return 0;
		}
		*code = *code << 6 | (byte & 0x3fU);
	}
	if (*code < least || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) {
		return 0;
	}
	return (size_t)more + 1;
}

/** Length of the ASCII at the start: most texts are nothing else. */
static size_t ascii_len(struct text text)
{
	size_t len = 0;

	while (len < text.len && (unsigned char)text.at[len] < 0x80) {
		len++;
	}
	return len;
}

/** Length of the ASCII at the start that is printable as it stands. */
static size_t plain_len(struct text text)
{
	size_t len = 0;

	while (len < text.len && text.at[len] >= ' ' && text.at[len] <= '~') {
		len++;
	}
	return len;
}

bool text_is_plain(struct text text)
{
	return plain_len(text) == text.len;
}

bool text_is_utf8(struct text text)
{
	while (text.len > 0) {
		uint32_t code = 0;
		size_t plain = ascii_len(text);
		size_t step = plain > 0 ? plain : utf8_next(text, &code);

		if (step == 0) {
			return false;
		}
		text.at += step;
		text.len -= step;
	}
	return true;
}

bool same_string(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

/** Longest word edit_distance compares; longer ones are "far apart". */
#define EDIT_WORD_BYTES 63

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t edit_distance(const char *left, const char *right)
{
	size_t rows[3][EDIT_WORD_BYTES + 1];
	size_t left_len = strlen(left);
	size_t right_len = strlen(right);
	size_t *before = rows[0];
	size_t *above = rows[1];
	size_t *row = rows[2];

	if (left_len > EDIT_WORD_BYTES || right_len > EDIT_WORD_BYTES) {
		return EDIT_WORD_BYTES;
	}
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= right_len; j++) {
		above[j] = j;
	}
	for (size_t i = 1; i <= left_len; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= right_len; j++) {
			size_t cost = left[i - 1] != right[j - 1];

			row[j] = least_of(above[j] + 1,
					  least_of(row[j - 1] + 1, above[j - 1] + cost));
			if (i > 1 && j > 1 && left[i - 1] == right[j - 2] &&
			    left[i - 2] == right[j - 1]) {
				row[j] = least_of(row[j], before[j - 2] + 1);
			}
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[right_len];
}

/** Room for `more` bytes and the NUL; returns how many of them fit under the ceiling. */
static size_t make_room(struct str *str, size_t more)
{
	size_t max = str->max ? str->max : STR_MAX_BYTES;

	if (more > max - str->len) {
		more = max - str->len;
		str->overflow = true;
	}
	if (str->len + more + 1 > str->cap) {
		size_t cap = str->cap ? str->cap : 64;

		while (cap < str->len + more + 1) {
			cap *= 2;
		}
		str->at = mem_resize(str->at, cap);
		str->cap = cap;
	}
	return more;
}

void str_add_bytes(struct str *str, const void *bytes, size_t len)
{
	len = make_room(str, len);
	if (len > 0) {
		memcpy(str->at + str->len, bytes, len);
	}
	str->len += len;
	str->at[str->len] = '\0';
}

void str_add(struct str *str, const char *string)
{
	str_add_bytes(str, string, strlen(string));
}

void str_add_char(struct str *str, char one)
{
	str_add_bytes(str, &one, 1);
}

void str_add_text(struct str *str, struct text text)
{
	str_add_bytes(str, text.at, text.len);
}

void str_vprintf(struct str *str, const char *format, va_list args)
{
	va_list again;
	int len = 0;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len > 0) {
		char *buffer = mem_alloc((size_t)len + 1);

		(void)vsnprintf(buffer, (size_t)len + 1, format, again);
		str_add_bytes(str, buffer, (size_t)len);
		free(buffer);
	}
	va_end(again);
}

void str_printf(struct str *str, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	str_vprintf(str, format, args);
	va_end(args);
}

/** Characters that reorder or hide text: zero-width, line separators, bidirectional controls, BOM.
 * And what is no character, and therefore forbidden in XML. */
static bool is_deceptive(uint32_t code)
{
	return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

/** Append bytes, or none of them if they do not fit. */
static void add_whole(struct str *str, const char *bytes, size_t len)
{
	size_t max = str->max ? str->max : STR_MAX_BYTES;

	if (str->overflow || len > max - str->len) {
		str->overflow = true;
		return;
	}
	str_add_bytes(str, bytes, len);
}

void str_add_printable(struct str *str, struct text text)
{
	size_t plain = plain_len(text);

	if (plain > 0) {
		str_add_bytes(str, text.at, plain);
		text.at += plain;
		text.len -= plain;
	}
	while (text.len > 0) {
		uint32_t code = 0;
		size_t step = utf8_next(text, &code);
		bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
		char escaped[5];

		if (step == 0) {
			step = 1;
			is_control = true;
		}
		if (!is_control && !is_deceptive(code)) {
			add_whole(str, text.at, step);
		}
		for (size_t i = 0; i < step && (is_control || is_deceptive(code)); i++) {
			(void)snprintf(escaped, sizeof(escaped), "\\x%02x",
				       (unsigned)(unsigned char)text.at[i]);
			add_whole(str, escaped, 4);
		}
		text.at += step;
		text.len -= step;
	}
}

const char *str_text(const struct str *str)
{
	return str->at ? str->at : "";
}

struct text str_view(const struct str *str)
{
	return (struct text){str_text(str), str->len};
}

void str_cut(struct str *str, size_t len)
{
	str->len = len;
	str->overflow = false;
	if (str->at) {
		str->at[len] = '\0';
	}
}

void str_clear(struct str *str)
{
	str_cut(str, 0);
}

void str_release(struct str *str)
{
	free(str->at);
	*str = (struct str){.max = str->max};
}
