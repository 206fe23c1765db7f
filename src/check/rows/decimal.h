/**
 * Numbers as people write them, added without rounding: 3, -12.50.
 */
#ifndef CHECK_ROWS_DECIMAL_H
#define CHECK_ROWS_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/** Most digits behind the point. */
#define DECIMAL_DIGITS 9

/** whole + billionths / 10^9; so -0.5 is -1 and 500000000. `{0}` is 0. */
struct decimal {
	int64_t whole;
	int64_t billionths; /**< 0 to 999999999 */
};

/** Read one. False, and nothing read, if it is written in another way or has more digits than fit.
 */
bool decimal_parse(struct text text, struct decimal *out);

/** Add to a sum. False, and nothing added, where it does not fit. */
bool decimal_add(struct decimal *sum, struct decimal one);

/** Are they the same number? 1.0 is 1. */
bool decimal_equal(struct decimal left, struct decimal right);

/** Append it, without zeros that say nothing. */
void decimal_say(struct decimal number, struct str *out);

#endif
