#include "data/json_plain.h"

#include <string.h>

/** Digits that fit any 64-bit number. */
#define DIGITS_MAX 18

/** Steps through the bytes. */
struct reader {
	struct text json;
	size_t at;
	size_t depth; /**< how much deeper it may get */
};

/** The next byte; NUL at the end, which is no part of plain JSON either. */
static char peek(const struct reader *reader)
{
	if (reader->at == reader->json.len) {
		return '\0';
	}
	return reader->json.at[reader->at];
}

static void skip_space(struct reader *reader)
{
	while (peek(reader) == ' ' || peek(reader) == '\n' || peek(reader) == '\t' ||
	       peek(reader) == '\r') {
		reader->at++;
	}
}

/** Take this byte, if it is the next one. */
static bool take(struct reader *reader, char byte)
{
	if (peek(reader) != byte) {
		return false;
	}
	reader->at++;
	return true;
}

static bool take_text(struct reader *reader)
{
	if (!take(reader, '"')) {
		return false;
	}
	for (; peek(reader) >= ' ' && peek(reader) <= '~'; reader->at++) {
		if (take(reader, '"')) {
			return true;
		}
		if (take(reader, '\\') &&
		    (peek(reader) == '\0' || !strchr("\"\\/bfnrt", peek(reader)))) {
			return false;
		}
	}
	return false;
}

static bool take_number(struct reader *reader)
{
	size_t digits = 0;

	(void)take(reader, '-');
	if (take(reader, '0')) {
		return true;
	}
	while (peek(reader) >= '0' && peek(reader) <= '9') {
		reader->at++;
		digits++;
	}
	return digits > 0 && digits <= DIGITS_MAX;
}

static bool take_word(struct reader *reader, const char *word)
{
	struct text rest = {reader->json.at + reader->at, reader->json.len - reader->at};

	if (!text_starts(rest, word)) {
		return false;
	}
	reader->at += strlen(word);
	return true;
}

static bool take_value(struct reader *reader);

/** What stands between the brackets, and the closing one. */
static bool take_members(struct reader *reader, bool is_map)
{
	char close = is_map ? '}' : ']';

	skip_space(reader);
	if (take(reader, close)) {
		return true;
	}
	do {
		skip_space(reader);
		if (is_map) {
			if (!take_text(reader)) {
				return false;
			}
			skip_space(reader);
			if (!take(reader, ':')) {
				return false;
			}
			skip_space(reader);
		}
		if (!take_value(reader)) {
			return false;
		}
		skip_space(reader);
	} while (take(reader, ','));
	return take(reader, close);
}

static bool take_value(struct reader *reader)
{
	char first = peek(reader);
	bool is_taken = false;

	if (first == '"') {
		return take_text(reader);
	}
	if (first != '{' && first != '[') {
		/* What follows a number or a word is looked at by whoever asked for the value. */
		return take_word(reader, "true") || take_word(reader, "false") ||
		       take_word(reader, "null") || take_number(reader);
	}
	if (reader->depth == 0) {
		return false;
	}
	reader->at++;
	reader->depth--;
	is_taken = take_members(reader, first == '{');
	reader->depth++;
	return is_taken;
}

bool json_is_plain(struct text json, size_t depth)
{
	struct reader reader = {.json = json, .depth = depth};

	skip_space(&reader);
	if (!take_value(&reader)) {
		return false;
	}
	skip_space(&reader);
	return reader.at == json.len;
}
