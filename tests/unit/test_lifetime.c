#include "check/reach/lifetime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY ((int64_t)24 * 3600 * 1000)
#define NOW (20000 * DAY)

/** Of a certificate for so many days, of which so many are left. */
static enum lifetime judged(int64_t days, int64_t left_ms, int64_t min_days)
{
	const struct tls_certificate certificate = {
		.not_before_utc_ms = NOW + left_ms - days * DAY,
		.not_after_utc_ms = NOW + left_ms,
	};

	return lifetime_of(&certificate, min_days, NOW);
}

static void ninety_days_end_at_seven_and_are_late_at_twenty_seven(void **state)
{
	(void)state;
	assert_int_equal(judged(90, 27 * DAY + 1, 0), LIFETIME_FINE);
	assert_int_equal(judged(90, 27 * DAY, 0), LIFETIME_LATE);
	assert_int_equal(judged(90, 7 * DAY + 1, 0), LIFETIME_LATE);
	assert_int_equal(judged(90, 7 * DAY, 0), LIFETIME_HARDLY);
	assert_int_equal(judged(90, 0, 0), LIFETIME_HARDLY);
	assert_int_equal(judged(90, -1, 0), LIFETIME_EXPIRED);
}

static void a_shorter_life_is_judged_in_proportion_a_longer_one_is_not(void **state)
{
	(void)state;
	assert_int_equal(judged(45, 14 * DAY, 0), LIFETIME_FINE);
	assert_int_equal(judged(45, 13 * DAY, 0), LIFETIME_LATE);
	assert_int_equal(judged(45, 3 * DAY, 0), LIFETIME_HARDLY);
	assert_int_equal(judged(3650, 28 * DAY, 0), LIFETIME_FINE);
	assert_int_equal(judged(3650, 8 * DAY, 0), LIFETIME_LATE);
}

static void a_gate_may_want_more_days(void **state)
{
	(void)state;
	assert_int_equal(judged(90, 40 * DAY, 30), LIFETIME_FINE);
	assert_int_equal(judged(90, 30 * DAY, 30), LIFETIME_HARDLY);
	assert_int_equal(judged(90, 5 * DAY, 3), LIFETIME_LATE);
}

static void one_that_has_not_begun_is_not_fine(void **state)
{
	(void)state;
	assert_int_equal(judged(90, 90 * DAY, 0), LIFETIME_FINE);
	assert_int_equal(judged(90, 90 * DAY + 1, 0), LIFETIME_NOT_YET);
}

static void the_authorities_count_where_the_chain_is_trusted(void **state)
{
	struct tls_chain chain = {.trust = TLS_TRUSTED,
				  .path_from_utc_ms = NOW - DAY,
				  .path_until_utc_ms = NOW + DAY};

	(void)state;
	assert_int_equal(lifetime_of_path(&chain, NOW), LIFETIME_FINE);
	assert_int_equal(lifetime_of_path(&chain, NOW + 2 * DAY), LIFETIME_EXPIRED);
	assert_int_equal(lifetime_of_path(&chain, NOW - 2 * DAY), LIFETIME_NOT_YET);
	chain.trust = TLS_UNKNOWN_ROOT;
	assert_int_equal(lifetime_of_path(&chain, NOW + 2 * DAY), LIFETIME_FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ninety_days_end_at_seven_and_are_late_at_twenty_seven),
		cmocka_unit_test(a_shorter_life_is_judged_in_proportion_a_longer_one_is_not),
		cmocka_unit_test(a_gate_may_want_more_days),
		cmocka_unit_test(one_that_has_not_begun_is_not_fine),
		cmocka_unit_test(the_authorities_count_where_the_chain_is_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
