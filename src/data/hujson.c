/*
 * Comments and trailing commas become blanks in a copy of the bytes, which then are JSON at the
 * same offsets. So one reader makes trees of both, and every place is right by itself.
 */
#include "data/hujson.h"

#include <stdlib.h>
#include <string.h>

#include "data/json_error.h"
#include "data/json_read.h"

/** Goes once over the bytes. */
struct blanker {
	char *at; /**< the copy */
	size_t len;
	size_t comma; /**< offset of a comma with nothing but blanks behind it so far */
	bool has_comma;
	bool has_value; /**< a value or a closing bracket came last, so a comma may follow */
};

static struct text rest(const struct blanker *self, size_t at)
{
	return (struct text){self->at + at, self->len - at};
}

/** Blank the bytes from `at` to `end`; lines stay lines. */
static void blank(struct blanker *self, size_t at, size_t end)
{
	for (; at < end; at++) {
		if (self->at[at] != '\n') {
			self->at[at] = ' ';
		}
	}
}

/** Offset behind the comment that starts at `at`; 0 if it never ends. */
static size_t comment_end(const struct blanker *self, size_t at)
{
	bool is_line = self->at[at + 1] == '/';
	size_t end = at + 2;

	while (end < self->len) {
		if (is_line && self->at[end] == '\n') {
			return end;
		}
		if (!is_line && text_starts(rest(self, end), "*/")) {
			return end + 2;
		}
		end++;
	}
	return is_line ? end : 0;
}

/** A token of JSON: notes commas, and blanks the last one before a closing bracket. */
static void pass_token(struct blanker *self, size_t at)
{
	char byte = self->at[at];
	bool is_closing = byte == ']' || byte == '}';

	if (is_closing && self->has_comma) {
		blank(self, self->comma, self->comma + 1);
	}
	/* Only a comma behind a value is one too many; any other is a mistake. */
	self->has_comma = byte == ',' && self->has_value;
	self->comma = at;
	self->has_value = !strchr("[{,:", byte);
}

/** @return 0; -1 with the offset of a comment that never ends */
static int blank_all(struct blanker *self, size_t *open)
{
	size_t next = 0;

	for (size_t at = 0; at < self->len; at = next) {
		if (strchr(" \t\r\n", self->at[at])) {
			next = at + 1;
			continue;
		}
		if (text_starts(rest(self, at), "//") || text_starts(rest(self, at), "/*")) {
			next = comment_end(self, at);
			if (next == 0) {
				*open = at;
				return -1;
			}
			blank(self, at, next);
			continue;
		}
		next = self->at[at] == '"' ? json_token_end(rest(self, at), 0) + at : at + 1;
		pass_token(self, at);
	}
	return 0;
}

int hujson_load(struct arena *arena, const char *file, struct text bytes,
		enum strictness strictness, struct problems *problems,
		struct repeated_keys *repeats, struct node **root)
{
	struct builder build = {.arena = arena, .file = file, .problems = problems};
	struct blanker blanker = {0};
	size_t open = 0;
	int result = -1;

	json_start(&build, bytes, strictness);
	if (build_check_bytes(&build)) {
		return -1;
	}
	blanker.at = mem_copy(build.bytes.at, build.bytes.len);
	blanker.len = build.bytes.len;
	if (blank_all(&blanker, &open)) {
		build_problem(&build, PROBLEM_SYNTAX, build_place(&build, open),
			      "end it with */; such comments do not nest",
			      "this comment is never closed");
	} else {
		result = json_finish(&build, rest(&blanker, 0), repeats, root);
	}
	free(blanker.at);
	return result;
}
