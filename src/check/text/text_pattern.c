#include "check/text/text_pattern.h"

#include <string.h>

#include "base/clock.h"

/** One search: what does not change while it goes on. */
struct search {
	const struct text_pattern *pattern;
	struct text_searcher *searcher;
	struct text bytes;
	const struct texts *ignored; /**< how comment lines start that do not count; NULL: all do */
	int64_t give_up_ms;
};

static const struct field between_fields[] = {
	{"from", FIELD_TEXT, offsetof(struct text_between, from_text), .required = true,
	 .doc = "a pattern: what stands behind a line in which it is found counts"},
	{"to", FIELD_TEXT, offsetof(struct text_between, to_text),
	 .doc = "a pattern: and before the next line in which this one is found; without it, all of it"},
	{0},
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
	{"between", FIELD_STRUCT, offsetof(struct text_pattern, between), .fields = between_fields,
	 .doc = "only there it counts: in parts of a file between two lines"},
	{"allow", FIELD_TEXTS, offsetof(struct text_pattern, allow),
	 .doc = "texts that may stand there: a match that is one of them, as a whole, does not count"},
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
	{"between", FIELD_STRUCT, offsetof(struct text_pattern, between), .fields = between_fields,
	 .doc = "only there it counts: in parts of a file between two lines"},
	{"hint", FIELD_TEXT, offsetof(struct text_pattern, hint), .doc = "what to do about it"},
	{0},
};

static struct pattern *compile(struct decode *decode, const struct node *map, const char *key)
{
	const struct node *node = node_get(map, key);

	return node ? pattern_decode(decode, node, PATTERN_SEARCH) : NULL;
}

void text_pattern_check(struct decode *decode, struct text_pattern *pattern)
{
	const struct node *between = node_get(pattern->node, "between");

	pattern->regex = compile(decode, pattern->node, "regex");
	pattern->lines_with = compile(decode, pattern->node, "lines_with");
	pattern->unless = compile(decode, pattern->node, "unless");
	pattern->between.from = compile(decode, between, "from");
	pattern->between.to = compile(decode, between, "to");
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
	pattern_free(pattern->between.from);
	pattern_free(pattern->between.to);
	pattern->regex = pattern->lines_with = pattern->unless = NULL;
	pattern->between.from = pattern->between.to = NULL;
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

/** A comment line goes on in no other one, whether or not what is in it counts. */
static bool is_comment(struct text bytes, size_t start)
{
	return comments_start(&comments_usual, bytes, start);
}

/** Does nothing count that starts in that line? */
static bool is_ignored(const struct search *search, size_t start)
{
	return search->ignored && comments_start(search->ignored, search->bytes, start);
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

	if (is_ignored(search, line.start)) {
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

		if (!is_ignored(search, line_start(search->bytes, span.start))) {
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

/** The part that starts behind the next line with `from`. False if there is none; `*limit` where
 * the search for it was given up. */
static bool next_part(const struct search *search, size_t from, struct span *part, bool *limit)
{
	const struct text_between *between = &search->pattern->between;
	enum pattern_answer answer = PATTERN_NO;
	struct span mark = {0};

	answer = find(search, between->from, search->bytes, from, &mark);
	*limit = answer == PATTERN_LIMIT;
	if (answer != PATTERN_YES) {
		return false;
	}
	*part = (struct span){line_end(search->bytes, mark.end), search->bytes.len};
	if (between->to) {
		answer = find(search, between->to, search->bytes, part->start, &mark);
		*limit = answer == PATTERN_LIMIT;
		part->end =
			answer == PATTERN_YES ? line_start(search->bytes, mark.start) : part->end;
	}
	/* The mark may stand in the line where the part would begin. */
	part->end = part->end < part->start ? part->start : part->end;
	return true;
}

/** Drop what was found outside of the parts that count. */
static bool keep_between(const struct search *search)
{
	struct spans *spans = &search->searcher->spans;
	struct span part = {0};
	bool limit = false;
	size_t from = 0;
	size_t kept = 0;
	size_t at = 0;

	while (at < spans->len && next_part(search, from, &part, &limit)) {
		for (; at < spans->len && spans->at[at].start < part.end; at++) {
			if (spans->at[at].start >= part.start) {
				spans->at[kept++] = spans->at[at];
			}
		}
		from = part.end > from ? part.end : from + 1;
	}
	spans->len = kept;
	return !limit;
}

/** Drop what may stand there. */
static void drop_allowed(const struct search *search)
{
	struct spans *spans = &search->searcher->spans;
	size_t kept = 0;

	for (size_t i = 0; i < spans->len; i++) {
		struct span span = spans->at[i];
		struct text found = {search->bytes.at + span.start, span.end - span.start};
		bool is_allowed = false;

		for (size_t k = 0; k < search->pattern->allow.len && !is_allowed; k++) {
			is_allowed = text_is(found, search->pattern->allow.at[k]);
		}
		if (!is_allowed) {
			spans->at[kept++] = span;
		}
	}
	spans->len = kept;
}

bool text_pattern_search(const struct text_pattern *pattern, struct text_searcher *searcher,
			 struct text bytes, const struct texts *ignored, int64_t give_up_ms)
{
	struct search search = {.pattern = pattern,
				.searcher = searcher,
				.bytes = bytes,
				.ignored = ignored,
				.give_up_ms = give_up_ms};
	bool is_done = true;

	searcher->spans.len = 0;
	if (bytes.len == 0) {
		return true; /* no line at all, and so not even an empty one */
	}
	is_done = pattern->lines_with ? search_lines(&search) : search_whole(&search);
	if (is_done && pattern->between.from) {
		is_done = keep_between(&search);
	}
	if (pattern->allow.len > 0) {
		drop_allowed(&search);
	}
	return is_done;
}
