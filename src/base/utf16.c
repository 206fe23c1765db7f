#include "base/utf16.h"

#include <stdint.h>

#define REPLACEMENT 0xfffdU

bool utf16_has_mark(struct text bytes)
{
	return bytes.len >= 2 &&
	       (((unsigned char)bytes.at[0] == 0xff && (unsigned char)bytes.at[1] == 0xfe) ||
		((unsigned char)bytes.at[0] == 0xfe && (unsigned char)bytes.at[1] == 0xff));
}

static void add_utf8(struct str *out, uint32_t code)
{
	char bytes[4];
	size_t len = 0;

	if (code < 0x80) {
		bytes[len++] = (char)code;
	} else if (code < 0x800) {
		bytes[len++] = (char)(0xc0 | code >> 6);
		bytes[len++] = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		bytes[len++] = (char)(0xe0 | code >> 12);
		bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
		bytes[len++] = (char)(0x80 | (code & 0x3f));
	} else {
		bytes[len++] = (char)(0xf0 | code >> 18);
		bytes[len++] = (char)(0x80 | (code >> 12 & 0x3f));
		bytes[len++] = (char)(0x80 | (code >> 6 & 0x3f));
		bytes[len++] = (char)(0x80 | (code & 0x3f));
	}
	str_add_bytes(out, bytes, len);
}

/** The unit at `i`, which is inside. */
static uint32_t unit_at(struct text bytes, size_t i, bool is_big)
{
	unsigned char first = (unsigned char)bytes.at[i];
	unsigned char second = (unsigned char)bytes.at[i + 1];

	return is_big ? (uint32_t)first << 8 | second : (uint32_t)second << 8 | first;
}

void utf16_decode(struct text bytes, struct str *out)
{
	bool is_big = (unsigned char)bytes.at[0] == 0xfe;
	size_t i = 2;

	for (; i + 2 <= bytes.len; i += 2) {
		uint32_t code = unit_at(bytes, i, is_big);
		uint32_t low = i + 4 <= bytes.len ? unit_at(bytes, i + 2, is_big) : 0;

		if (code >= 0xd800 && code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		} else if (code >= 0xd800 && code < 0xe000) {
			code = REPLACEMENT;
		}
		add_utf8(out, code);
	}
	if (i < bytes.len) {
		add_utf8(out, REPLACEMENT);
	}
}
