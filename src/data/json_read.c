#include "data/json_read.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "data/json.h"
#include "data/json_error.h"
#include "data/json_plain.h"

/** Steps through bytes that jansson found to be JSON. */
struct walker {
	struct builder *build;
	struct text json;
	size_t at;         /**< offset of the next byte */
	size_t line_start; /**< offset of its line */
	int line;          /**< from 1 */
};

static char peek(const struct walker *walker)
{
	if (walker->at == walker->json.len) {
		return '\0';
	}
	return walker->json.at[walker->at];
}

static void skip_space(struct walker *walker)
{
	while (peek(walker) == ' ' || peek(walker) == '\t' || peek(walker) == '\n' ||
	       peek(walker) == '\r') {
		bool is_end = peek(walker) == '\n';

		walker->at++;
		if (is_end) {
			walker->line++;
			walker->line_start = walker->at;
		}
	}
}

static struct place here(const struct walker *walker)
{
	return (struct place){
		.file = walker->build->file,
		.line = walker->line,
		.column = (int)(walker->at - walker->line_start) + 1,
	};
}

/** Four hexadecimal digits. */
static uint32_t read_hex(const char *digits)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++) {
		uint32_t digit = (unsigned char)digits[i];

		code = code << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
	}
	return code;
}

/** Write a character as UTF-8; returns how many bytes. */
static size_t put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/** Undo one escape; returns how many bytes of `raw`, which starts at the backslash, it took. */
static size_t unescape(const char *raw, char *out, size_t *len)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *found = strchr(escapes, raw[1]);
	uint32_t code = 0;

	if (found) {
		out[(*len)++] = meant[found - escapes];
		return 2;
	}
	assert(raw[1] == 'u');
	code = read_hex(raw + 2);
	if (code < 0xd800 || code > 0xdbff) {
		*len += put_utf8(out + *len, code);
		return 6;
	}
	/* A surrogate: the other half follows, or jansson would have refused it. */
	code = 0x10000 + ((code - 0xd800) << 10) + (read_hex(raw + 8) - 0xdc00);
	*len += put_utf8(out + *len, code);
	return 12;
}

/** The text in quotes at the walker, NUL-terminated in the arena. */
static struct text read_string(struct walker *walker)
{
	const char *raw = walker->json.at + walker->at + 1;
	size_t raw_len = 0;
	struct text text = {0};
	char *out = NULL;

	while (raw[raw_len] != '"') {
		raw_len += raw[raw_len] == '\\' ? 2 : 1;
	}
	walker->at += raw_len + 2;
	/* No escape is shorter than what it stands for. */
	out = arena_alloc(walker->build->arena, raw_len + 1);
	for (size_t i = 0; i < raw_len;) {
		if (raw[i] == '\\') {
			i += unescape(raw + i, out, &text.len);
		} else {
			out[text.len++] = raw[i++];
		}
	}
	text.at = out;
	return text;
}

/** A number, true, false or null as it is written. */
static struct text read_word(struct walker *walker)
{
	struct text word = {walker->json.at + walker->at, 0};

	while (peek(walker) != '\0' && !strchr(" \t\r\n,]}", peek(walker))) {
		walker->at++;
		word.len++;
	}
	word.at = arena_copy(walker->build->arena, word.at, word.len);
	return word;
}

/** Take a scalar or the start of a list or map. */
static void take_value(struct walker *walker)
{
	struct place where = here(walker);
	char first = peek(walker);

	if (first == '{' || first == '[') {
		walker->at++;
		(void)build_open(walker->build, first == '{' ? NODE_MAP : NODE_LIST, where);
	} else if (first == '"') {
		(void)build_scalar(walker->build, where, read_string(walker), true);
	} else {
		(void)build_scalar(walker->build, where, read_word(walker), false);
	}
}

/** Build the tree. The bytes are JSON, so that the next byte always says what comes. */
static void walk(struct walker *walker)
{
	for (skip_space(walker); peek(walker) != '\0' && !walker->build->is_over;
	     skip_space(walker)) {
		struct place where = here(walker);
		char next = peek(walker);

		if (next == '}' || next == ']') {
			walker->at++;
			build_close(walker->build);
		} else if (next == ',' || next == ':') {
			walker->at++;
		} else if (build_wants_key(walker->build)) {
			build_key(walker->build, read_string(walker).at, where, false);
		} else {
			take_value(walker);
		}
	}
}

/** Refuse what would make jansson take too much memory, then let it judge. */
static int judge(struct builder *build, struct text json)
{
	struct brackets brackets;
	json_error_t error = {0};
	json_t *value = NULL;

	json_scan(json, &brackets);
	if (brackets.is_too_deep) {
		build_problem(build, PROBLEM_SYNTAX, build_place(build, brackets.stopped_at), NULL,
			      "lists and maps are nested deeper than %d", JSON_DEPTH);
		return -1;
	}
	if (brackets.values / 2 > build->max_nodes) {
		build_problem(build, PROBLEM_SYNTAX, (struct place){.file = build->file}, NULL,
			      "the file holds more than %zu values", build->max_nodes);
		return -1;
	}
	if (json_is_plain(json, JSON_DEPTH)) {
		return 0;
	}
	value = json_loadb(json.at, json.len, JSON_DECODE_ANY, &error);
	if (!value) {
		json_report(build, json, error.text,
			    error.position > 0 ? (size_t)error.position : 0);
		return -1;
	}
	json_decref(value);
	return 0;
}

/** Is there nothing but white space? */
static bool is_blank(struct text bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (!strchr(" \t\r\n", bytes.at[i])) {
			return false;
		}
	}
	return true;
}

void json_start(struct builder *build, struct text bytes, enum strictness strictness)
{
	build->bytes = (struct text){bytes.at ? bytes.at : "", bytes.len};
	build->strictness = strictness;
	build->max_depth = JSON_DEPTH;
	build->max_nodes = strictness == OWN_FILE ? OWN_FILE_NODES : LOOKED_INTO_NODES;
}

int json_finish(struct builder *build, struct text json, struct repeated_keys *repeats,
		struct node **root)
{
	struct walker walker = {.build = build, .json = json, .line = 1};
	int result = -1;

	if (is_blank(json)) {
		build_problem(build, PROBLEM_SYNTAX, (struct place){.file = build->file}, NULL,
			      "the file is empty");
	} else if (!judge(build, json)) {
		walk(&walker);
	}
	result = build_finish(build, repeats, root);
	build_release(build);
	return result;
}

int json_load(struct arena *arena, const char *file, struct text bytes, enum strictness strictness,
	      struct problems *problems, struct repeated_keys *repeats, struct node **root)
{
	struct builder build = {.arena = arena, .file = file, .problems = problems};

	json_start(&build, bytes, strictness);
	if (build_check_bytes(&build)) {
		return -1;
	}
	return json_finish(&build, build.bytes, repeats, root);
}
