#include "base/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

/** A value no parser below gives: it stays when parsing fails. */
#define UNTOUCHED INT64_C(-7777777)

static void numbers_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t min;
		int64_t max;
		int64_t value;
	} cases[] = {
		{"0", 0, 10, 0},
		{"10", 0, 10, 10},
		{"65535", 1, 65535, 65535},
		{"-5", -5, 5, -5},
		{"0", -5, 5, 0},
		{"9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX},
		{"-9223372036854775807", INT64_MIN, INT64_MAX, -INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(
			parse_int(text_of(cases[i].text), cases[i].min, cases[i].max, &value, &err),
			0);
		assert_int_equal(value, cases[i].value);
		assert_int_equal(err.code, ERR_NONE);
	}
}

static void numbers_have_one_spelling_and_a_range(void **state)
{
	static const struct {
		const char *text;
		int64_t min;
		int64_t max;
	} cases[] = {
		{"", 0, 10},
		{"11", 0, 10},
		{"0", 1, 10},
		{"01", 0, 10},
		{"00", 0, 10},
		{"+1", 0, 10},
		{" 1", 0, 10},
		{"1 ", 0, 10},
		{"1\n", 0, 10},
		{"0x1", 0, 10},
		{"1e0", 0, 10},
		{"1_0", 0, 100},
		{"1.0", 0, 10},
		{"-1", 0, 10},
		{"-0", -10, 10},
		{"-", -10, 10},
		{"--1", -10, 10},
		{"-01", -10, 10},
		{"9223372036854775808", INT64_MIN, INT64_MAX},
		{"-9223372036854775809", INT64_MIN, INT64_MAX},
		{"18446744073709551617", 0, 10},
		{"99999999999999999999999999999999999999999999", 0, INT64_MAX},
		{"\xd9\xa1", 0, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(
			parse_int(text_of(cases[i].text), cases[i].min, cases[i].max, &value, &err),
			-1);
		assert_int_equal(value, UNTOUCHED);
		assert_int_equal(err.code, ERR_INPUT);
	}
}

static void a_wrong_number_is_quoted_with_its_range(void **state)
{
	int64_t value = UNTOUCHED;
	struct err err = {0};

	(void)state;
	assert_int_equal(parse_int(text_of("99999"), 1, 65535, &value, &err), -1);
	assert_string_equal(err.text, "'99999' is not a whole number from 1 to 65535");
	assert_int_equal(parse_int((struct text){0}, 1, 2, &value, &err), -1);
	assert_string_equal(err.text, "'' is not a whole number from 1 to 2");
	assert_int_equal(parse_int((struct text){"12x", 2}, 1, 20, &value, &err), 0);
	assert_int_equal(value, 12);
}

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"0s", 0},      {"500ms", 500},  {"10s", 10000},
		{"5m", 300000}, {"2h", 7200000}, {"14d", 1209600000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(parse_duration_ms(text_of(cases[i].text), INT64_MAX, &ms, &err),
				 0);
		assert_int_equal(ms, cases[i].ms);
	}
}

static void durations_need_a_unit_and_stay_below_the_limit(void **state)
{
	static const char *const wrong[] = {
		"",
		"5",
		"s",
		"ms",
		"5 s",
		"5S",
		"5sec",
		"1.5s",
		"-5s",
		"+5s",
		"05s",
		"5s ",
		"5w",
		"5m5s",
		"11s",
		"10001ms",
		"1h",
		"9223372036854775807d",
		"99999999999999999999s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int64_t ms = UNTOUCHED;
		struct err err = {0};

		assert_int_equal(parse_duration_ms(text_of(wrong[i]), 10000, &ms, &err), -1);
		assert_int_equal(ms, UNTOUCHED);
		assert_int_equal(err.code, ERR_INPUT);
	}
	assert_int_equal(parse_duration_ms((struct text){0}, 1, &(int64_t){0}, &(struct err){0}),
			 -1);
}

static void hexadecimal_goes_there_and_back(void **state)
{
	AUTO(auto_str) struct str out = {0};
	unsigned char bytes[4] = {9, 9, 9, 9};
	struct err err = {0};

	(void)state;
	hex_encode(&out, "\x00\x7f\xab\xff", 4);
	assert_string_equal(str_text(&out), "007fabff");
	assert_int_equal(hex_decode(str_view(&out), bytes, 4, &err), 0);
	assert_memory_equal(bytes, "\x00\x7f\xab\xff", 4);
	assert_int_equal(hex_decode((struct text){0}, bytes, 0, &err), 0);
}

static void hexadecimal_is_lower_case_and_of_the_right_length(void **state)
{
	static const char *const wrong[] = {"",          "00",         "007fabf",
					    "007fabff0", "007fabff00", "007fABff",
					    "007fabfg",  "0x7fabff",   " 07fabff"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		unsigned char bytes[4] = {9, 9, 9, 9};
		struct err err = {0};

		assert_int_equal(hex_decode(text_of(wrong[i]), bytes, 4, &err), -1);
		assert_memory_equal(bytes, "\x09\x09\x09\x09", 4);
		assert_int_equal(err.code, ERR_INPUT);
	}
}

/** RFC 4648, section 10, and bytes with the two last digits. */
static const struct {
	struct text bytes;
	const char *base64;
} base64_cases[] = {
	{{"", 0}, ""},
	{{"f", 1}, "Zg=="},
	{{"fo", 2}, "Zm8="},
	{{"foo", 3}, "Zm9v"},
	{{"foob", 4}, "Zm9vYg=="},
	{{"fooba", 5}, "Zm9vYmE="},
	{{"foobar", 6}, "Zm9vYmFy"},
	{{"\xfb\xff\xbf\0", 4}, "+/+/AA=="},
};

static void base64_goes_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(base64_cases) / sizeof(base64_cases[0]); i++) {
		AUTO(auto_str) struct str text = {0};
		AUTO(auto_str) struct str bytes = {0};
		struct err err = {0};

		base64_encode(&text, base64_cases[i].bytes.at, base64_cases[i].bytes.len);
		assert_string_equal(str_text(&text), base64_cases[i].base64);
		str_add(&bytes, "before:");
		assert_int_equal(base64_decode(str_view(&text), &bytes, &err), 0);
		assert_int_equal(bytes.len, 7 + base64_cases[i].bytes.len);
		assert_memory_equal(bytes.at + 7, base64_cases[i].bytes.at,
				    base64_cases[i].bytes.len);
	}
}

static void only_canonical_base64_is_read(void **state)
{
	static const char *const wrong[] = {
		"Zg",         /* not padded */
		"Zg=",        /* not padded */
		"Zg===",      /* padded too much */
		"Zg==\n",     /* white space */
		"Zm9v\nZm9v", /* white space */
		" Zm9",       /* white space */
		"Zh==",       /* trailing bits not zero */
		"Zm9=",       /* trailing bits not zero */
		"Z===",       /* a digit alone */
		"====",       /* nothing but padding */
		"Zg==Zm9v",   /* padding in the middle */
		"Zm=v",       /* padding in the middle */
		"-_-_",       /* the url-safe alphabet */
		"Zm9*",       /* no digit */
		"Zm9\xc3",    /* no digit */
	};
	struct text nul = {"Zm9\0", 4};
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	(void)state;
	str_add(&bytes, "before");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(base64_decode(text_of(wrong[i]), &bytes, &err), -1);
		assert_string_equal(str_text(&bytes), "before");
		assert_int_equal(bytes.len, 6);
		assert_int_equal(err.code, ERR_INPUT);
	}
	assert_int_equal(base64_decode(nul, &bytes, &err), -1);
}

static void base32_takes_the_leading_bits(void **state)
{
	AUTO(auto_str) struct str out = {0};
	static const unsigned char ones[] = {0xff, 0xff, 0xff, 0xff, 0xff};
	/* 0, 1, 2, ... 7 in five bits each. */
	static const unsigned char counting[] = {0x00, 0x44, 0x32, 0x14, 0xc7};

	(void)state;
	base32_encode(&out, ones, 8);
	assert_string_equal(str_text(&out), "zzzzzzzz");
	str_clear(&out);
	base32_encode(&out, counting, 8);
	assert_string_equal(str_text(&out), "01234567");
	str_clear(&out);
	base32_encode(&out, (const unsigned char *)"\xf8", 1);
	assert_string_equal(str_text(&out), "z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(numbers_have_one_spelling_and_a_range),
		cmocka_unit_test(a_wrong_number_is_quoted_with_its_range),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(durations_need_a_unit_and_stay_below_the_limit),
		cmocka_unit_test(hexadecimal_goes_there_and_back),
		cmocka_unit_test(hexadecimal_is_lower_case_and_of_the_right_length),
		cmocka_unit_test(base64_goes_there_and_back),
		cmocka_unit_test(only_canonical_base64_is_read),
		cmocka_unit_test(base32_takes_the_leading_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
