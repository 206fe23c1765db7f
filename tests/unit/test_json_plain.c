/* What is plain JSON is JSON: jansson says so of everything that the quick look lets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "data/json_plain.h"

#define DEPTH 4

static bool is_json(struct text text)
{
	json_t *value = json_loadb(text.at, text.len, JSON_DECODE_ANY, NULL);

	json_decref(value);
	return value != NULL;
}

static void ordinary_json_is_plain(void **state)
{
	static const char *const plain[] = {
		"{}",
		"[]",
		" [ ] ",
		"\"a\"",
		"0",
		"-1",
		"999999999999999999",
		"true",
		"{\"a\":[1,2,{\"b\":null}],\"c\":\"\\\"\\\\\\n\"}\n",
		"[[[[]]]]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		assert_true(json_is_plain(text_of(plain[i]), DEPTH));
		assert_true(is_json(text_of(plain[i])));
	}
}

static void all_else_is_not(void **state)
{
	static const char *const others[] = {
		"",           " ",
		"[",          "]",
		"{",          "[1,]",
		"[,1]",       "{\"a\"}",
		"{\"a\":}",   "{a:1}",
		"{\"a\":1,}", "[1 2]",
		"[1]]",       "[1] x",
		"01",         "1.0",
		"1e3",        "-",
		"+1",         "truex",
		"True",       "\"a",
		"\"\\x\"",    "\"\\u0041\"",
		"\"\\\"",     "\"\t\"",
		"\"\x7f\"",   "\"\xc3\xa4\"",
		"[[[[[]]]]]", "9999999999999999999",
		"{\"a\" 1}",  "{1:2}",
		"[\"a\":1]",  "nul",
		"{\"a\":1]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_false(json_is_plain(text_of(others[i]), DEPTH));
	}
	assert_false(json_is_plain((struct text){"\"\0\"", 3}, DEPTH));
	assert_false(json_is_plain((struct text){"[1\0]", 4}, DEPTH));
}

static void nothing_is_plain_that_is_no_json(void **state)
{
	static const char sample[] =
		"{\"a\":[1,-20,{\"b\":null,\"c\":true}],\"d\":\"x\\n\\\"y\",\"e\":{},\"f\":[]}";
	static const char bytes[] = "{}[],:\"\\ntrue-0123.eu \t\n\x01\x7f\xc3";
	uint32_t dice = 1;
	size_t plain = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char changed[sizeof(sample)];
		size_t len = sizeof(sample) - 1;

		memcpy(changed, sample, sizeof(sample));
		for (int change = 0; change < 1 + i % 3; change++) {
			dice = dice * 1664525 + 1013904223;
			changed[(dice >> 8) % len] = bytes[(dice >> 20) % (sizeof(bytes) - 1)];
		}
		len -= i % 5 == 0 ? (dice >> 4) % 8 : 0;
		if (json_is_plain((struct text){changed, len}, 64)) {
			plain++;
			assert_true(is_json((struct text){changed, len}));
		}
	}
	assert_true(plain > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_json_is_plain),
		cmocka_unit_test(all_else_is_not),
		cmocka_unit_test(nothing_is_plain_that_is_no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
