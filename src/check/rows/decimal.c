#include "check/rows/decimal.h"

#include <inttypes.h>

/** 10^DECIMAL_DIGITS */
#define BILLION INT64_C(1000000000)

bool decimal_parse(struct text text, struct decimal *out)
{
	bool is_negative = text.len > 0 && text.at[0] == '-';
	struct text rest = {text.at + is_negative, text.len - is_negative};
	struct text part = {0};
	struct decimal number = {0};
	int64_t digits = 0;

	if (!text_split(&rest, '.', &part)) {
		return false;
	}
	for (size_t i = 0; i < part.len; i++) {
		if (part.at[i] < '0' || part.at[i] > '9' ||
		    __builtin_mul_overflow(number.whole, 10, &number.whole) ||
		    __builtin_add_overflow(number.whole, part.at[i] - '0', &number.whole)) {
			return false;
		}
	}
	if (part.len == 0 || (rest.at && (rest.len == 0 || rest.len > DECIMAL_DIGITS))) {
		return false;
	}
	for (size_t i = 0; i < DECIMAL_DIGITS; i++) {
		digits = rest.at && i < rest.len ? rest.at[i] - '0' : 0;
		if (digits < 0 || digits > 9) {
			return false;
		}
		number.billionths = number.billionths * 10 + digits;
	}
	if (is_negative) {
		number.whole = -number.whole - (number.billionths > 0);
		number.billionths = number.billionths > 0 ? BILLION - number.billionths : 0;
	}
	*out = number;
	return true;
}

bool decimal_add(struct decimal *sum, struct decimal one)
{
	struct decimal result = {0, sum->billionths + one.billionths};
	int64_t carry = result.billionths / BILLION;

	result.billionths %= BILLION;
	if (__builtin_add_overflow(sum->whole, one.whole, &result.whole) ||
	    __builtin_add_overflow(result.whole, carry, &result.whole)) {
		return false;
	}
	*sum = result;
	return true;
}

bool decimal_equal(struct decimal left, struct decimal right)
{
	return left.whole == right.whole && left.billionths == right.billionths;
}

void decimal_say(struct decimal number, struct str *out)
{
	bool is_mixed = number.whole < 0 && number.billionths > 0;
	int64_t rest = is_mixed ? BILLION - number.billionths : number.billionths;
	int width = DECIMAL_DIGITS;

	/* -1 and 500000000 is -0.5 */
	str_printf(out, is_mixed && number.whole == -1 ? "-%" PRId64 : "%" PRId64,
		   is_mixed ? number.whole + 1 : number.whole);
	for (; rest > 0 && rest % 10 == 0; width--) {
		rest /= 10;
	}
	if (rest > 0) {
		str_printf(out, ".%0*" PRId64, width, rest);
	}
}
