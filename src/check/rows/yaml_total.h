/**
 * Numbers that say how many or how much there is of something else: `count_of` and `sum_of` of an
 * assertion, and the pure judge of them.
 */
#ifndef CHECK_ROWS_YAML_TOTAL_H
#define CHECK_ROWS_YAML_TOTAL_H

#include "check/rows/yaml_value.h"

/** What is wrong with a total. */
struct total_slip {
	enum reason reason; /**< REASON_NONE: nothing */
	struct place where; /**< of the number, or of what cannot be added */
	struct place other; /**< of what is counted; no file: nowhere */
};

/**
 * Is the number what `count_of` or `sum_of` of the assertion demand?
 *
 * @param found  the number, there and no list or map
 * @param from   what their path starts at: the member, or the document
 * @param why    gets a clause such as "is '3', but 'devices' has 4 members"
 */
struct total_slip judge_total(const struct assertion *assertion, struct yaml_found found,
			      const struct node *from, struct str *why);

#endif
