#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/** A value no parser below gives: it stays when parsing fails. */
#define UNTOUCHED INT64_C(-7777777)

static const struct {
	int64_t utc_ms;
	const char *rfc3339;
	const char *basic;
} moments[] = {
	{0, "1970-01-01T00:00:00.000Z", "19700101T000000Z"},
	{1772401693123, "2026-03-01T21:48:13.123Z", "20260301T214813Z"},
	{951782400000, "2000-02-29T00:00:00.000Z", "20000229T000000Z"},
	{4107542399999, "2100-02-28T23:59:59.999Z", "21000228T235959Z"},
	{253402300799999, "9999-12-31T23:59:59.999Z", "99991231T235959Z"},
	{-1, "1969-12-31T23:59:59.999Z", "19691231T235959Z"},
	{-1000, "1969-12-31T23:59:59.000Z", "19691231T235959Z"},
	{-62167219200000, "0000-01-01T00:00:00.000Z", "00000101T000000Z"},
};

static void moments_are_written_in_utc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		char rfc3339[CLOCK_RFC3339_BYTES];
		char basic[CLOCK_BASIC_BYTES];

		clock_format_rfc3339(moments[i].utc_ms, rfc3339);
		clock_format_basic(moments[i].utc_ms, basic);
		assert_string_equal(rfc3339, moments[i].rfc3339);
		assert_string_equal(basic, moments[i].basic);
	}
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		int64_t utc_ms = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(clock_parse_rfc3339(text_of(moments[i].rfc3339), &utc_ms, &err),
				 0);
		assert_int_equal(utc_ms, moments[i].utc_ms);
	}
}

/** Read in any form, written in ours; "" for what is refused. */
static const char *any_form(const char *text)
{
	static char out[CLOCK_RFC3339_BYTES];
	struct err err = {0};
	int64_t utc_ms = -7;

	if (clock_parse_any_rfc3339(text_of(text), &utc_ms, &err)) {
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(utc_ms, -7);
		return "";
	}
	clock_format_rfc3339(utc_ms, out);
	return out;
}

static void any_form_of_rfc_3339_can_be_read(void **state)
{
	(void)state;
	assert_string_equal(any_form("2026-03-01T21:48:13Z"), "2026-03-01T21:48:13.000Z");
	assert_string_equal(any_form("2026-03-01T21:48:13.1Z"), "2026-03-01T21:48:13.100Z");
	assert_string_equal(any_form("2026-03-01T21:48:13.123456789Z"), "2026-03-01T21:48:13.123Z");
	assert_string_equal(any_form("2026-03-01T01:00:00+02:00"), "2026-02-28T23:00:00.000Z");
	assert_string_equal(any_form("2026-02-28T22:30:00.5-01:30"), "2026-03-01T00:00:00.500Z");
	assert_string_equal(any_form("2026-03-01T21:48:13"), "");
	assert_string_equal(any_form("2026-03-01T21:48:13."), "");
	assert_string_equal(any_form("2026-03-01T21:48:13.Z"), "");
	assert_string_equal(any_form("2026-03-01T21:48:13+0200"), "");
	assert_string_equal(any_form("2026-03-01T21:48:13+24:00"), "");
	assert_string_equal(any_form("2026-03-01T21:48:13ZZ"), "");
	assert_string_equal(any_form("2026-02-30T21:48:13Z"), "");
	assert_string_equal(any_form("2026-03-01 21:48:13Z"), "");
	assert_string_equal(any_form(""), "");
}

static void other_forms_of_a_moment_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"2026-03-01",
		"2026-03-01T21:48:13Z",
		"2026-03-01T21:48:13.12Z",
		"2026-03-01T21:48:13.1234Z",
		"2026-03-01T21:48:13.123",
		"2026-03-01T21:48:13.123z",
		"2026-03-01t21:48:13.123Z",
		"2026-03-01 21:48:13.123Z",
		"2026-03-01T21:48:13.123+00:00",
		"2026-03-01T24:00:00.000Z",
		"2026-03-01T23:60:00.000Z",
		"2026-03-01T23:59:60.000Z",
		"2026-02-29T00:00:00.000Z",
		"2026-03-01T21:48:13.123Z ",
		" 2026-03-01T21:48:13.123Z",
		"2026-03-01T21:48:1x.123Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t utc_ms = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(clock_parse_rfc3339(text_of(wrong[i]), &utc_ms, &err), -1);
		assert_int_equal(utc_ms, UNTOUCHED);
		assert_int_equal(err.code, ERR_INPUT);
	}
}

static void dates_are_days_of_the_calendar(void **state)
{
	static const struct {
		const char *text;
		int64_t utc_ms;
	} right[] = {
		{"1970-01-01", 0},
		{"1970-01-02", 86400000},
		{"1969-12-31", -86400000},
		{"2000-02-29", 951782400000},
		{"2024-02-29", 1709164800000},
		{"2026-03-01", 1772323200000},
		{"2026-12-31", 1798675200000},
	};
	static const char *const wrong[] = {
		"",           "2026-02-29", "1900-02-29",  "2100-02-29", "2026-13-01",
		"2026-00-01", "2026-01-00", "2026-01-32",  "2026-04-31", "2026-1-1",
		"26-01-01",   "2026/01/01", "2026-01-01 ", "20260101",   "+026-01-01",
		"2026-01-0x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		int64_t utc_ms = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(clock_parse_date(text_of(right[i].text), &utc_ms, &err), 0);
		assert_int_equal(utc_ms, right[i].utc_ms);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t utc_ms = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(clock_parse_date(text_of(wrong[i]), &utc_ms, &err), -1);
		assert_int_equal(utc_ms, UNTOUCHED);
		assert_int_equal(err.code, ERR_INPUT);
	}
}

static void tests_can_fix_the_clock(void **state)
{
	(void)state;
	clock_fix_utc_ms(12345);
	assert_int_equal(clock_utc_ms(), 12345);
	clock_fix_utc_ms(0);
	assert_int_equal(clock_utc_ms(), 0);
	clock_fix_utc_ms(-1);
	/* 2020-01-01: the real clock is later. */
	assert_true(clock_utc_ms() > 1577836800000);
}

static void the_monotonic_clock_never_goes_back(void **state)
{
	int64_t before = clock_monotonic_ms();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_monotonic_ms();

		assert_true(now >= before);
		before = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_written_in_utc),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(any_form_of_rfc_3339_can_be_read),
		cmocka_unit_test(other_forms_of_a_moment_are_refused),
		cmocka_unit_test(dates_are_days_of_the_calendar),
		cmocka_unit_test(tests_can_fix_the_clock),
		cmocka_unit_test(the_monotonic_clock_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
