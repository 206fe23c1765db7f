#include "data/problem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/** Longest quoted line, with the marks that stand for what was cut off. */
#define QUOTE_BYTES ((size_t)160)

/** Stands for what was cut off: an ellipsis. */
#define CUT_MARK "\xe2\x80\xa6"

/** What is left of QUOTE_BYTES between two marks. */
#define QUOTE_ROOM (QUOTE_BYTES - 2 * (sizeof(CUT_MARK) - 1))

/** Longest message or hint: either may quote what the operator wrote, a megabyte if need be. */
#define MESSAGE_BYTES 1000

/** A tab is shown as so many spaces, so that a caret below it stands right on every terminal. */
#define TAB_SHOWN "    "

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool is_inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/** Line `line` of the file without its end and without a byte order mark; NULL if there is none. */
static struct text line_of(struct text source, int line)
{
	struct text part = {0};

	for (int i = 0; i < line; i++) {
		if (!text_split(&source, '\n', &part)) {
			return (struct text){0};
		}
	}
	if (line == 1 && text_starts(part, "\xef\xbb\xbf")) {
		part.at += 3;
		part.len -= 3;
	}
	if (part.len > 0 && part.at[part.len - 1] == '\r') {
		part.len--;
	}
	return part;
}

/** Append text as it is shown: printable, tabs as spaces. */
static void add_shown(struct str *out, struct text text)
{
	struct text part = {0};
	bool is_first = true;

	while (text_split(&text, '\t', &part)) {
		str_add(out, is_first ? "" : TAB_SHOWN);
		str_add_printable(out, part);
		is_first = false;
	}
}

/** Quote the line at the problem's place: all of it, or a window around the column. */
static void quote_line(struct problems *problems, struct problem *problem, struct text source)
{
	struct text line = line_of(source, problem->where.line);
	size_t column = problem->where.column > 0 ? (size_t)problem->where.column : 1;
	size_t at = least_of(column - 1, line.len);
	size_t start = at > QUOTE_BYTES ? at - QUOTE_BYTES : 0;
	size_t stop = least_of(line.len, at + QUOTE_BYTES);
	AUTO(auto_str) struct str before = {0};
	AUTO(auto_str) struct str after = {0};
	AUTO(auto_str) struct str quoted = {0};
	size_t from = 0;
	size_t until = 0;

	if (!line.at) {
		return;
	}
	add_shown(&before, (struct text){line.at + start, at - start});
	add_shown(&after, (struct text){line.at + at, stop - at});
	until = after.len;
	if (before.len + after.len > QUOTE_BYTES || start > 0 || stop < line.len) {
		size_t half = QUOTE_ROOM / 2;
		size_t most = after.len < half ? QUOTE_ROOM - after.len : half;

		from = before.len > most ? before.len - most : 0;
		until = least_of(after.len, QUOTE_ROOM - (before.len - from));
	}
	while (from < before.len && is_inside_character(before.at[from])) {
		from++;
	}
	while (until > 0 && is_inside_character(after.at[until])) {
		until--;
	}
	str_add(&quoted, start > 0 || from > 0 ? CUT_MARK : "");
	str_add_bytes(&quoted, str_text(&before) + from, before.len - from);
	problem->caret = problem->where.column > 0 ? (int)quoted.len + 1 : 0;
	str_add_bytes(&quoted, str_text(&after), until);
	str_add(&quoted, stop < line.len || until < after.len ? CUT_MARK : "");
	problem->quoted = arena_copy(&problems->arena, str_text(&quoted), quoted.len);
}

static const char *store_printable(struct problems *problems, struct text text)
{
	AUTO(auto_str) struct str clean = {.max = MESSAGE_BYTES};

	str_add_printable(&clean, text);
	if (clean.overflow) {
		clean.max += sizeof(CUT_MARK) - 1;
		str_add(&clean, CUT_MARK);
	}
	return arena_copy(&problems->arena, str_text(&clean), clean.len);
}

/** The file's name in the arena: the last problem's if it is the same. */
static const char *store_file(struct problems *problems, const char *file)
{
	size_t count = problems->list.len;
	const char *last = count > 0 ? problems->list.at[count - 1].where.file : NULL;

	if (!file || same_string(file, last)) {
		return last && file ? last : NULL;
	}
	return arena_text(&problems->arena, file);
}

void problems_add(struct problems *problems, enum problem_kind kind, struct place where,
		  struct text source, const char *hint, const char *format, ...)
{
	AUTO(auto_str) struct str message = {0};
	struct problem problem = {.kind = kind, .where = where};
	va_list args;

	problems->added++;
	if (problems->list.len > PROBLEMS_MAX) {
		return;
	}
	problem.where.file = store_file(problems, where.file);
	if (problems->list.len == PROBLEMS_MAX) {
		problem.where.line = 0;
		problem.where.column = 0;
		problem.message = "there are more mistakes than can be listed";
		*VEC_ADD(&problems->list) = problem;
		return;
	}
	va_start(args, format);
	str_vprintf(&message, format, args);
	va_end(args);
	problem.message = store_printable(problems, str_view(&message));
	problem.hint = hint ? store_printable(problems, text_of(hint)) : NULL;
	quote_line(problems, &problem, source);
	*VEC_ADD(&problems->list) = problem;
}

static int compare_names(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

static int compare_problems(const void *left, const void *right)
{
	const struct problem *a = left;
	const struct problem *b = right;
	int order = compare_names(a->where.file, b->where.file);

	if (order == 0) {
		order = (a->where.line > b->where.line) - (a->where.line < b->where.line);
	}
	if (order == 0) {
		order = (a->where.column > b->where.column) - (a->where.column < b->where.column);
	}
	return order ? order : strcmp(a->message, b->message);
}

void problems_sort(struct problems *problems)
{
	struct problem *at = problems->list.at;
	size_t kept = 0;

	if (problems->list.len == 0) {
		return;
	}
	qsort(at, problems->list.len, sizeof(*at), compare_problems);
	for (size_t i = 1; i < problems->list.len; i++) {
		if (compare_problems(&at[kept], &at[i]) != 0) {
			at[++kept] = at[i];
		}
	}
	problems->list.len = kept + 1;
}

void problems_release(struct problems *problems)
{
	arena_release(&problems->arena);
	VEC_RELEASE(&problems->list);
	problems->added = 0;
}

/** Append `mark` once for each character of `text`. */
static void add_per_character(struct str *out, struct text text, char mark)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_inside_character(text.at[i])) {
			str_add_char(out, mark);
		}
	}
}

/** The line below the quoted one: a caret under the first character, tildes under the token's rest.
 */
static void add_caret(const struct problem *problem, struct str *out)
{
	struct text before = {problem->quoted, (size_t)problem->caret - 1};
	const char *token = problem->quoted + before.len;
	struct text rest = {token, strcspn(token, " :")};

	if (rest.len > 0) {
		uint32_t code = 0;
		size_t first = utf8_next(rest, &code);

		rest.at += first;
		rest.len -= first;
	}
	str_add(out, "      | ");
	add_per_character(out, before, ' ');
	str_add_char(out, '^');
	add_per_character(out, rest, '~');
	str_add_char(out, '\n');
}

void problem_format(const struct problem *problem, struct str *out)
{
	if (problem->where.file) {
		str_add_printable(out, text_of(problem->where.file));
		if (problem->where.line > 0) {
			str_printf(out, ":%d:%d", problem->where.line, problem->where.column);
		}
		str_add(out, ": ");
	}
	str_printf(out, "%s\n", problem->message);
	if (problem->quoted) {
		str_printf(out, "%5d | %s\n", problem->where.line, problem->quoted);
	}
	if (problem->quoted && problem->caret > 0) {
		add_caret(problem, out);
	}
	if (problem->hint) {
		str_printf(out, "      = %s\n", problem->hint);
	}
}

/** Edits that still count as a slip of the finger, by length of the word. */
static size_t allowed_edits(size_t len)
{
	return len <= 3 ? 1 : 2;
}

const char *nearest_word(const char *word, const char *const *words)
{
	size_t len = strlen(word);
	size_t least = allowed_edits(len) + 1;
	const char *nearest = NULL;

	for (; *words; words++) {
		size_t other = strlen(*words);
		size_t apart = other > len ? other - len : len - other;
		size_t edits = apart < least ? edit_distance(word, *words) : apart;

		if (edits < least) {
			least = edits;
			nearest = *words;
		}
	}
	return nearest;
}
