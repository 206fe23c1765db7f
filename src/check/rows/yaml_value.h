/**
 * What a yaml_assert gate demands of one value, and the pure judge of it.
 */
#ifndef CHECK_ROWS_YAML_VALUE_H
#define CHECK_ROWS_YAML_VALUE_H

#include "check/rows/members.h"
#include "check/text/pattern.h"
#include "data/field.h"
#include "model/reason.h"

/** A number that may not be set. */
struct bound {
	bool is_set;
	int64_t value;
};

/** How a value is written. */
enum value_type {
	VALUE_ANY, /**< not demanded */
	VALUE_TEXT,
	VALUE_NUMBER,
	VALUE_BOOL,
	VALUE_LIST,
	VALUE_MAP,
};

/** Something else in the file that a number is the count or the sum of. */
struct total_of {
	const char *count; /**< the path of what is counted; NULL: nothing is */
	const char *sum;   /**< of what is added; NULL: nothing is */
	bool of_document;  /**< the path starts at the document, not at the member */
	struct entries where_entries;
	struct conditions where; /**< only members in which this is so are counted */
	struct yaml_path path;
	bool is_sum;
	bool is_members; /**< the path ends with [*]: what it finds is counted, not what is in that
			  */
};

/** One row of `asserts`. */
struct assertion {
	const struct node *node; /**< the row itself */
	const char *path_text;
	struct yaml_path path;
	const char *equals;
	struct texts in;
	struct texts not_in;
	const char *matches;
	struct pattern *pattern; /**< of `matches`; NULL: none */
	int type;                /**< enum value_type */
	struct bound min;
	struct bound max;
	struct bound count;
	struct total_of of; /**< judged where member and document are known (yaml_total.h) */
	bool required;
	bool forbid;
	bool unique; /**< judged over all members, not here */
	const char *hint;
};

extern const struct field assertion_fields[];

/** Field parser of a `struct bound`. */
void bound_parse(struct decode *decode, const struct node *node, void *out);

/**
 * Does one value hold what the assertion demands of it by itself?
 *
 * @param value    NULL: nothing stands there
 * @param matcher  for `matches`
 * @param why      gets a clause such as "is 'http', expected 'https'" when it does not
 * @return         REASON_NONE if it holds; REASON_TEXT_LIMIT if `matches` had to be given up
 */
enum reason judge_value(const struct assertion *assertion, const struct node *value,
			struct matcher *matcher, struct str *why);

#endif
