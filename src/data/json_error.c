#include "data/json_error.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/** Where a problem is shown. */
enum shown_at {
	SHOWN_TOKEN, /**< where the token starts */
	SHOWN_LAST,  /**< at the last byte that jansson consumed */
	SHOWN_NEXT,  /**< at the byte behind it */
};

/** A message of jansson, by how it starts, and ours. */
struct sentence {
	const char *theirs;
	const char *ours;
	enum shown_at shown;
};

static const struct sentence sentences[] = {
	{"unexpected token", "expected a value", SHOWN_TOKEN},
	{"string or '}' expected", "expected a key in double quotes, or '}'", SHOWN_TOKEN},
	{"':' expected", "expected ':' after the key", SHOWN_TOKEN},
	{"'}' expected", "expected ',' or '}'", SHOWN_TOKEN},
	{"']' expected", "expected ',' or ']'", SHOWN_TOKEN},
	{"end of file expected", "expected nothing more after the value", SHOWN_TOKEN},
	{"invalid token", "this is no JSON value", SHOWN_TOKEN},
	{"premature end of input", "this quote is never closed", SHOWN_TOKEN},
	{"unexpected newline", "this quote is not closed on its line", SHOWN_TOKEN},
	{"control character", "a control character stands in the text", SHOWN_NEXT},
	{"invalid escape", "no such escape after '\\'", SHOWN_LAST},
	{"invalid Unicode", "the text holds an escape that names no character", SHOWN_TOKEN},
	{"\\u0000 is not allowed", "the text holds a NUL character", SHOWN_TOKEN},
	{"NUL byte in object key", "the text holds a NUL character", SHOWN_TOKEN},
	{"real number overflow", "the number is too large", SHOWN_TOKEN},
	{"too big", "the number does not fit into 64 bits", SHOWN_TOKEN},
};

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_punctuation(char byte)
{
	return byte != '\0' && strchr("[]{},:", byte) != NULL;
}

size_t json_token_end(struct text bytes, size_t at)
{
	size_t end = at + 1;

	if (is_punctuation(bytes.at[at])) {
		return end;
	}
	if (bytes.at[at] != '"') {
		while (end < bytes.len && !is_space(bytes.at[end]) && bytes.at[end] != '"' &&
		       !is_punctuation(bytes.at[end])) {
			end++;
		}
		return end;
	}
	while (end < bytes.len && bytes.at[end] != '"') {
		end += bytes.at[end] == '\\' ? 2 : 1;
	}
	return end < bytes.len ? end + 1 : bytes.len;
}

/** Start of the token that ends at or behind `position`; the length if there is none. */
static size_t token_start(struct text bytes, size_t position)
{
	size_t at = 0;

	while (at < bytes.len) {
		size_t end = 0;

		if (is_space(bytes.at[at])) {
			at++;
			continue;
		}
		end = json_token_end(bytes, at);
		if (end >= position) {
			return at;
		}
		at = end;
	}
	return bytes.len;
}

void json_scan(struct text bytes, struct brackets *brackets)
{
	size_t next = 0;

	*brackets = (struct brackets){.values = 1};
	for (size_t at = 0; at < bytes.len; at = next) {
		char byte = bytes.at[at];

		next = byte == '"' ? json_token_end(bytes, at) : at + 1;
		brackets->values += byte == ',' || byte == '[' || byte == '{';
		if ((byte == ']' || byte == '}') && brackets->depth > 0) {
			brackets->depth--;
		}
		if (byte != '[' && byte != '{') {
			continue;
		}
		if (brackets->depth == JSON_DEPTH) {
			brackets->is_too_deep = true;
			brackets->stopped_at = at;
			return;
		}
		brackets->open[brackets->depth++] = at;
	}
}

/** The file ends too early: show what is still open. */
static void report_end(struct builder *builder, struct text json, const char *ours)
{
	struct brackets brackets;

	json_scan(json, &brackets);
	if (brackets.depth > 0) {
		size_t at = brackets.open[brackets.depth - 1];

		build_problem(builder, PROBLEM_SYNTAX, build_place(builder, at), NULL,
			      "this '%c' is never closed", builder->bytes.at[at]);
		return;
	}
	build_problem(builder, PROBLEM_SYNTAX, build_place(builder, builder->bytes.len), NULL,
		      "%s, found the end of the file", ours);
}

/** A mistake that people make, and what is to be done about it in JSON and in HuJSON. */
struct slip {
	char at; /**< the byte that gives it away; ',' also for a bracket behind one */
	const char *in_json;
	const char *in_hujson;
};

static const struct slip slips[] = {
	{'/', "JSON has no comments", "a comment is written // to the end of the line, or /* */"},
	{'#', "JSON has no comments", "a comment is written // to the end of the line, or /* */"},
	{'\'', "texts are written in double quotes", "texts are written in double quotes"},
	{',', "JSON allows no comma before the closing bracket",
	 "one comma may stand behind the last value, and none where there is no value"},
};

/** Does a comma stand right before the bracket at `at`? */
static bool is_behind_comma(struct text json, size_t at)
{
	while (at > 0 && is_space(json.at[at - 1])) {
		at--;
	}
	return at > 0 && json.at[at - 1] == ',';
}

/** What to do about the token at `at`, where that can be guessed. */
static const char *hint_for(struct text json, size_t at, bool is_hujson)
{
	char mistake = json.at[at];

	if (mistake == ',' && !is_hujson) {
		return NULL;
	}
	if ((mistake == ']' || mistake == '}') && is_behind_comma(json, at)) {
		mistake = ',';
	}
	for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
		if (slips[i].at == mistake) {
			return is_hujson ? slips[i].in_hujson : slips[i].in_json;
		}
	}
	return NULL;
}

void json_report(struct builder *builder, struct text json, const char *theirs, size_t position)
{
	const struct sentence *sentence = NULL;
	const char *ours = theirs;
	size_t at = token_start(json, position);

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]) && !sentence; i++) {
		if (text_starts(text_of(theirs), sentences[i].theirs)) {
			sentence = &sentences[i];
			ours = sentence->ours;
		}
	}
	if (at == json.len || strstr(theirs, "near end of file")) {
		report_end(builder, json, ours);
		return;
	}
	if (sentence && sentence->shown == SHOWN_LAST && position > 0) {
		at = position - 1;
	}
	if (sentence && sentence->shown == SHOWN_NEXT && position < json.len) {
		at = position;
	}
	build_problem(builder, PROBLEM_SYNTAX, build_place(builder, at),
		      hint_for(json, at, json.at != builder->bytes.at), "%s", ours);
}
