#include "check/text/text_pattern.h"

#include <string.h>

#include "base/clock.h"

/** One search: what does not change while it goes on. */
struct search {
	const struct text_pattern *pattern;
	struct text_searcher *searcher;
	struct text bytes;
	bool ignore_comments;
	int64_t give_up_ms;
};

const struct field text_must_not_fields[] = {
	{"", FIELD_NODE, offsetof(struct text_pattern, node), .doc = "the row itself"},
	{"name", FIELD_TEXT, offsetof(struct text_pattern, name), .required = true,
	 .doc = "what reports call it, and what identifies its findings"},
	{"regex", FIELD_TEXT, offsetof(struct text_pattern, regex_text), .required = true,
	 .doc = "the pattern (PCRE2, over bytes); ^ and $ hold at every line"},
	{"lines_with", FIELD_TEXT, offsetof(struct text_pattern, lines_with_text),
	 .doc = "a cheap pattern: only lines in which it is found are searched, each by itself, with "
		"those that continue it"},
	{"unless", FIELD_TEXT, offsetof(struct text_pattern, unless_text),
	 .doc = "a pattern that excuses a match when it is found in the same line, with those that "
		"continue it"},
	{"hint", FIELD_TEXT, offsetof(struct text_pattern, hint), .doc = "what to do about it"},
	{0},
};

const struct field text_must_fields[] = {
	{"", FIELD_NODE, offsetof(struct text_pattern, node), .doc = "the row itself"},
	{"name", FIELD_TEXT, offsetof(struct text_pattern, name), .required = true,
	 .doc = "what reports call it, and what identifies its findings"},
	{"regex", FIELD_TEXT, offsetof(struct text_pattern, regex_text), .required = true,
	 .doc = "the pattern (PCRE2, over bytes); ^ and $ hold at every line"},
	{"in_each", FIELD_BOOL, offsetof(struct text_pattern, in_each),
	 .doc = "true: every file must have it; false: all files together"},
	{"min", FIELD_INT, offsetof(struct text_pattern, min), .min = 0, .max = 1000000,
	 .fallback = "1", .doc = "so often at least"},
	{"max", FIELD_INT, offsetof(struct text_pattern, max), .min = 1, .max = 1000000,
	 .doc = "so often at most"},
	{"hint", FIELD_TEXT, offsetof(struct text_pattern, hint), .doc = "what to do about it"},
	{0},
};

static struct pattern *compile(struct decode *decode, const struct text_pattern *pattern,
			       const char *key)
{
	const struct node *node = node_get(pattern->node, key);

	return node ? pattern_decode(decode, node, PATTERN_SEARCH) : NULL;
}

void text_pattern_check(struct decode *decode, struct text_pattern *pattern)
{
	pattern->regex = compile(decode, pattern, "regex");
	pattern->lines_with = compile(decode, pattern, "lines_with");
	pattern->unless = compile(decode, pattern, "unless");
	if (pattern->max > 0 && pattern->max < pattern->min) {
		decode_problem(decode, PROBLEM_VALUE, node_get(pattern->node, "max"), NULL,
			       "'max' %lld is below 'min' %lld", (long long)pattern->max,
			       (long long)pattern->min);
	}
}

void text_pattern_release(struct text_pattern *pattern)
{
	pattern_free(pattern->regex);
	pattern_free(pattern->lines_with);
	pattern_free(pattern->unless);
	pattern->regex = pattern->lines_with = pattern->unless = NULL;
}

void text_pattern_prepare(struct text_pattern *pattern)
{
	pattern_prepare(pattern->regex);
	if (pattern->lines_with) {
		pattern_prepare(pattern->lines_with);
	}
	if (pattern->unless) {
		pattern_prepare(pattern->unless);
	}
}

static size_t line_start(struct text bytes, size_t at)
{
	while (at > 0 && bytes.at[at - 1] != '\n') {
		at--;
	}
	return at;
}

/** The end of the line that `at` is in, without its line feed. */
static size_t line_end(struct text bytes, size_t at)
{
	const char *end = memchr(bytes.at + at, '\n', bytes.len - at);

	return end ? (size_t)(end - bytes.at) : bytes.len;
}

static bool is_comment(struct text bytes, size_t start)
{
	struct text line = {bytes.at + start, bytes.len - start};

	while (line.len > 0 && (*line.at == ' ' || *line.at == '\t')) {
		line.at++;
		line.len--;
	}
	return text_starts(line, "#") || text_starts(line, "//") || text_starts(line, ";") ||
	       text_starts(line, "<!--");
}

/** Does the line that ends at `end` go on in the next? */
static bool is_continued(struct text bytes, size_t start, size_t end)
{
	if (end > start && bytes.at[end - 1] == '\r') {
		end--;
	}
	return end > start && bytes.at[end - 1] == '\\' && !is_comment(bytes, start);
}

/** The logical line that `at` is in, without its last line feed. */
static struct span logical_line(struct text bytes, size_t at)
{
	struct span line = {line_start(bytes, at), line_end(bytes, at)};

	while (line.start > 0) {
		size_t before = line_start(bytes, line.start - 1);

		if (!is_continued(bytes, before, line.start - 1) || is_comment(bytes, line.start)) {
			break;
		}
		line.start = before;
	}
	for (size_t start = line_start(bytes, at);
	     line.end < bytes.len && is_continued(bytes, start, line.end);) {
		start = line.end + 1;
		line.end = line_end(bytes, start);
	}
	return line;
}

static enum pattern_answer find(const struct search *search, struct pattern *pattern,
				struct text text, size_t from, struct span *out)
{
	return from > text.len ? PATTERN_NO
			       : pattern_find(pattern, search->searcher->matcher, text, from,
					      search->give_up_ms, out);
}

/** Where to look on: an empty match is not found again, nor once more between CR and LF. */
static size_t behind(struct text text, struct span span)
{
	struct text rest = {text.at + span.end, text.len - span.end};

	if (span.end > span.start) {
		return span.end;
	}
	return span.end + (text_starts(rest, "\r\n") ? 2 : 1);
}

/** The bytes of a logical line as one line: what joins it becomes blanks, so offsets stay. */
static struct text joined(const struct search *search, struct span line)
{
	struct str *copy = &search->searcher->line;
	struct text text = {search->bytes.at + line.start, line.end - line.start};

	if (!memchr(text.at, '\n', text.len)) {
		return text;
	}
	str_clear(copy);
	str_add_text(copy, text);
	for (size_t i = 0; i < copy->len; i++) {
		if (copy->at[i] != '\n') {
			continue;
		}
		copy->at[i] = ' ';
		for (size_t k = i; k > 0 && strchr("\r\\", copy->at[k - 1]); k--) {
			copy->at[k - 1] = ' ';
		}
	}
	return str_view(copy);
}

static void keep(const struct search *search, struct span span)
{
	*VEC_ADD(&search->searcher->spans) = span;
}

/** Search one logical line; its matches are found in the joined text, at the same offsets. */
static bool search_line(const struct search *search, struct span line)
{
	const struct text_pattern *pattern = search->pattern;
	struct text text = joined(search, line);
	enum pattern_answer answer = PATTERN_NO;
	struct span span = {0};

	if (search->ignore_comments && is_comment(search->bytes, line.start)) {
		return true;
	}
	answer = find(search, pattern->regex, text, 0, &span);
	if (answer == PATTERN_YES && pattern->unless) {
		struct span excuse = {0};
		enum pattern_answer excused = find(search, pattern->unless, text, 0, &excuse);

		if (excused != PATTERN_NO) {
			return excused == PATTERN_YES;
		}
	}
	while (answer == PATTERN_YES) {
		keep(search, (struct span){line.start + span.start, line.start + span.end});
		answer = find(search, pattern->regex, text, behind(text, span), &span);
	}
	return answer == PATTERN_NO;
}

/** Search the lines in which the cheap pattern is found. */
static bool search_lines(const struct search *search)
{
	enum pattern_answer answer = PATTERN_NO;
	struct span span = {0};
	size_t from = 0;

	while (from < search->bytes.len) {
		struct span line = {0};

		answer = find(search, search->pattern->lines_with, search->bytes, from, &span);
		if (answer != PATTERN_YES) {
			return answer == PATTERN_NO;
		}
		line = logical_line(search->bytes, span.start);
		if (!search_line(search, line)) {
			return false;
		}
		from = line.end + 1;
	}
	return true;
}

/** Does `unless` excuse the match? It is looked for in all lines that the match touches. */
static enum pattern_answer is_excused(const struct search *search, struct span span)
{
	struct span first = logical_line(search->bytes, span.start);
	struct span last =
		logical_line(search->bytes, span.end > span.start ? span.end - 1 : span.end);
	struct text text = {search->bytes.at + first.start, last.end - first.start};
	struct span excuse = {0};

	if (!search->pattern->unless) {
		return PATTERN_NO;
	}
	return find(search, search->pattern->unless, text, 0, &excuse);
}

static bool search_whole(const struct search *search)
{
	enum pattern_answer answer = PATTERN_NO;
	struct span span = {0};

	answer = find(search, search->pattern->regex, search->bytes, 0, &span);
	while (answer == PATTERN_YES) {
		enum pattern_answer excused = PATTERN_YES;

		if (!search->ignore_comments ||
		    !is_comment(search->bytes, line_start(search->bytes, span.start))) {
			excused = is_excused(search, span);
		}
		if (excused == PATTERN_LIMIT) {
			return false;
		}
		if (excused == PATTERN_NO) {
			keep(search, span);
		}
		answer = find(search, search->pattern->regex, search->bytes,
			      behind(search->bytes, span), &span);
	}
	return answer == PATTERN_NO;
}

bool text_pattern_search(const struct text_pattern *pattern, struct text_searcher *searcher,
			 struct text bytes, bool ignore_comments, int64_t give_up_ms)
{
	struct search search = {.pattern = pattern,
				.searcher = searcher,
				.bytes = bytes,
				.ignore_comments = ignore_comments,
				.give_up_ms = give_up_ms};

	searcher->spans.len = 0;
	if (bytes.len == 0) {
		return true; /* no line at all, and so not even an empty one */
	}
	return pattern->lines_with ? search_lines(&search) : search_whole(&search);
}
