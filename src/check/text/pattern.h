/**
 * Patterns: PCRE2 over bytes, compiled once, used by any number of threads. The only home of PCRE2.
 *
 * Bytes, not characters: `.` and `\w` mean one byte and ASCII, so that no file is too broken to be
 * searched. A line ends with LF, CR or CR LF. Every match has limits, so that a pattern that
 * explodes costs a second and is reported, never a hang.
 */
#ifndef CHECK_TEXT_PATTERN_H
#define CHECK_TEXT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "data/field.h"

enum pattern_use {
	PATTERN_SEARCH, /**< in a file: ^ and $ at every line */
	PATTERN_VALUE,  /**< in one value: ^ and $ at its very beginning and end */
};

/** A compiled pattern; threads share it. */
struct pattern;

/** Which library decides what a pattern matches, and its version. */
const char *pattern_library(void);

/** What matching writes to: one for each thread, for all patterns. */
struct matcher;

enum pattern_answer {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_LIMIT, /**< given up: too expensive */
};

/** Part of a text, as offsets. */
struct span {
	size_t start;
	size_t end;
};

/**
 * Compile.
 *
 * @param offset  where in the regex a mistake is; set on -1
 * @return        the pattern, NULL with ERR_INPUT; freed with pattern_free
 */
struct pattern *pattern_compile(struct text regex, enum pattern_use use, size_t *offset,
				struct err *err);

/**
 * Compile the regex that a gate's setting holds; a mistake in it is a problem at its place.
 *
 * @return  NULL with a problem
 */
struct pattern *pattern_decode(struct decode *decode, const struct node *regex,
			       enum pattern_use use);

/**
 * Let its first use make it fast: worth it for a pattern that many texts are searched with. Before
 * threads share it.
 */
void pattern_prepare(struct pattern *pattern);

/** NULL is fine. */
void pattern_free(struct pattern *pattern);

/** Freed with matcher_free. */
struct matcher *matcher_new(void);

/** NULL is fine. */
void matcher_free(struct matcher *matcher);

static inline void auto_matcher(struct matcher **matcher)
{
	matcher_free(*matcher);
}

/** Most milliseconds that pattern_find spends on one text, whatever the pattern. */
#define PATTERN_BUDGET_MS 1000

/**
 * Find the first match that starts at or after `from`; what precedes `from` is looked back at. It
 * may be empty: `^$` is a match, so whoever looks on must start behind it.
 *
 * @param give_up_ms  monotonic: PATTERN_LIMIT once it is later; 0: PATTERN_BUDGET_MS from now
 * @param out         set on PATTERN_YES
 */
enum pattern_answer pattern_find(struct pattern *pattern, struct matcher *matcher, struct text text,
				 size_t from, int64_t give_up_ms, struct span *out);

/**
 * The same in a text that was cut short: a match that looked at its end, which is none, is not
 * found. So no `$` and no `(?!…)` is true only because the rest is missing.
 */
enum pattern_answer pattern_find_in_start(struct pattern *pattern, struct matcher *matcher,
					  struct text text, struct span *out);

#endif
