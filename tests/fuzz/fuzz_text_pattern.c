/*
 * Any pattern over any bytes: the first line is the pattern, the second one `lines_with`, the third
 * one `unless` (empty: none), the rest is the text. What is found lies in the text, in order.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "check/text/text_pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

/** NULL for an empty line, and for what is no pattern. */
static struct pattern *pattern_from(struct text line)
{
	struct err err = {0};
	size_t offset = 0;
	struct pattern *pattern = NULL;

	if (line.len == 0) {
		return NULL;
	}
	pattern = pattern_compile(line, PATTERN_SEARCH, &offset, &err);
	require(pattern || (err.text[0] != '\0' && offset <= line.len));
	return pattern;
}

static void search(const struct text_pattern *pattern, struct text text, bool ignore_comments)
{
	struct text_searcher searcher = {.matcher = matcher_new()};
	size_t before = 0;

	/* Given up or not: what was found until then is right. */
	(void)text_pattern_search(pattern, &searcher, text,
				  ignore_comments ? &comments_usual : NULL,
				  clock_monotonic_ms() + 200);
	for (size_t i = 0; i < searcher.spans.len; i++) {
		struct span span = searcher.spans.at[i];

		require(span.start <= span.end && span.end <= text.len && span.start >= before);
		before = span.end + (span.start == span.end);
	}
	str_release(&searcher.line);
	VEC_RELEASE(&searcher.spans);
	matcher_free(searcher.matcher);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* An exact copy, so that a read behind the end is seen. */
	char *copy = malloc(len ? len : 1);
	struct text rest = {copy, len};
	struct text line = {0};
	struct text_pattern pattern = {.name = "p"};

	require(copy != NULL);
	memcpy(copy, bytes, len);
	if (text_split(&rest, '\n', &line)) {
		pattern.regex = pattern_from(line);
	}
	if (pattern.regex && text_split(&rest, '\n', &line)) {
		pattern.lines_with = pattern_from(line);
	}
	if (pattern.regex && text_split(&rest, '\n', &line)) {
		pattern.unless = pattern_from(line);
	}
	if (pattern.regex && rest.at) {
		search(&pattern, rest, false);
		text_pattern_prepare(&pattern);
		search(&pattern, rest, true);
	}
	text_pattern_release(&pattern);
	free(copy);
	return 0;
}
