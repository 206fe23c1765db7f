#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/rows/decimal.h"

/* What is read, and how it is said again; NULL: it is not read. */
static const struct {
	const char *text;
	const char *said;
} numbers[] = {
	{"0", "0"},
	{"007", "7"},
	{"12.50", "12.5"},
	{"-0.5", "-0.5"},
	{"-1.000000001", "-1.000000001"},
	{"-3", "-3"},
	{"9223372036854775807", "9223372036854775807"},
	{"9223372036854775808", NULL},
	{"1.0000000001", NULL},
	{"", NULL},
	{"-", NULL},
	{".5", NULL},
	{"5.", NULL},
	{"1e3", NULL},
	{"+1", NULL},
	{"1,5", NULL},
	{"1.2.3", NULL},
	{"0x10", NULL},
	{" 1", NULL},
};

static void numbers_are_read_as_written_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct decimal number = {0};
		struct str said = {0};

		assert_int_equal(decimal_parse(text_of(numbers[i].text), &number),
				 numbers[i].said != NULL);
		if (numbers[i].said) {
			decimal_say(number, &said);
			assert_string_equal(str_text(&said), numbers[i].said);
		}
		str_release(&said);
	}
}

static struct decimal sum_of(const char *const *texts)
{
	struct decimal sum = {0};

	for (; *texts; texts++) {
		struct decimal one = {0};

		assert_true(decimal_parse(text_of(*texts), &one));
		assert_true(decimal_add(&sum, one));
	}
	return sum;
}

static void sums_do_not_round(void **state)
{
	const char *const cents[] = {"0.1", "0.2", "-0.3", NULL};
	const char *const mixed[] = {"-1.75", "3", "-0.25", NULL};
	struct decimal one = {.whole = 1};

	(void)state;
	assert_true(decimal_equal(sum_of(cents), (struct decimal){0}));
	assert_true(decimal_equal(sum_of(mixed), one));
	assert_false(decimal_equal(sum_of(mixed), (struct decimal){0}));
}

static void a_sum_that_does_not_fit_is_none(void **state)
{
	struct decimal sum = {.whole = INT64_MAX, .billionths = 1};
	const struct decimal rest = {.billionths = 999999999};

	(void)state;
	assert_false(decimal_add(&sum, rest));
	assert_false(decimal_add(&sum, (struct decimal){.whole = 1}));
	assert_true(sum.whole == INT64_MAX && sum.billionths == 1);
	assert_true(decimal_add(&sum, (struct decimal){.billionths = 999999998}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_as_written_or_not_at_all),
		cmocka_unit_test(sums_do_not_round),
		cmocka_unit_test(a_sum_that_does_not_fit_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
