/**
 * One pattern of a text_match gate, and the search for it in the bytes of one file.
 *
 * A logical line is a line with those that continue it: each that ends with a backslash is joined
 * with the next. A comment line is one whose first bytes after blanks start a comment (comments.h);
 * it stands alone.
 */
#ifndef CHECK_TEXT_TEXT_PATTERN_H
#define CHECK_TEXT_TEXT_PATTERN_H

#include "base/vec.h"
#include "check/text/comments.h"
#include "check/text/pattern.h"

/** Parts of a file: from behind each line that has `from` to before the next that has `to`. */
struct text_between {
	const char *from_text;
	const char *to_text;
	struct pattern *from; /**< NULL: the whole file counts */
	struct pattern *to;   /**< NULL: up to the end */
};

/** A row of `must_not` or `must`. */
struct text_pattern {
	const struct node *node; /**< the row itself */
	const char *name;
	const char *regex_text;
	const char *lines_with_text;
	const char *unless_text;
	struct text_between between; /**< what is found elsewhere does not count */
	struct texts allow;          /**< of `must_not`: texts that may stand there */
	const char *hint;
	bool in_each; /**< of `must`: every file must have it */
	int64_t min;  /**< of `must`: so often at least */
	int64_t max;  /**< of `must`: so often at most; 0: no limit */
	struct pattern *regex;
	struct pattern *lines_with; /**< NULL: the whole text is searched at once */
	struct pattern *unless;     /**< NULL: nothing excuses a match */
};

extern const struct field text_must_not_fields[];
extern const struct field text_must_fields[];

/** Compile the row's patterns; mistakes are problems. */
void text_pattern_check(struct decode *decode, struct text_pattern *pattern);

void text_pattern_release(struct text_pattern *pattern);

/** Let their first use make its patterns fast; before threads share them. */
void text_pattern_prepare(struct text_pattern *pattern);

struct spans VEC(struct span);

/** What a search writes to: one for each thread. `{0}` with a matcher. */
struct text_searcher {
	struct matcher *matcher;
	struct str line;    /**< a logical line, joined */
	struct spans spans; /**< what was found */
};

/**
 * Find every match that counts; they are in `searcher->spans`, in order.
 *
 * @param ignored     how the comment lines start in which a match does not count; NULL: all count
 * @param give_up_ms  monotonic: when to stop
 * @return            false if it was given up: too expensive
 */
bool text_pattern_search(const struct text_pattern *pattern, struct text_searcher *searcher,
			 struct text bytes, const struct texts *ignored, int64_t give_up_ms);

#endif
