#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

static void views_compare_by_bytes(void **state)
{
	(void)state;
	assert_true(text_equal((struct text){"ab\0c", 4}, (struct text){"ab\0c", 4}));
	assert_false(text_equal((struct text){"ab\0c", 4}, (struct text){"ab\0d", 4}));
	assert_false(text_equal(text_of("ab"), text_of("abc")));
	assert_true(text_equal((struct text){0}, text_of("")));
	assert_true(text_is(text_of("ab"), "ab"));
	assert_false(text_is((struct text){"ab\0", 3}, "ab"));
	assert_true(text_is((struct text){0}, ""));
	assert_true(text_starts(text_of("abc"), "ab"));
	assert_true(text_starts(text_of("abc"), ""));
	assert_false(text_starts(text_of("ab"), "abc"));
	assert_false(text_starts((struct text){0}, "a"));
	assert_int_equal(text_of(NULL).len, 0);
}

/** The parts of a text between commas, each in brackets. */
static void assert_split(struct text text, const char *expected)
{
	AUTO(auto_str) struct str found = {0};
	struct text part = {0};

	while (text_split(&text, ',', &part)) {
		str_printf(&found, "[%.*s]", (int)part.len, part.at);
	}
	assert_string_equal(str_text(&found), expected);
	assert_false(text_split(&text, ',', &part));
}

static void splitting_keeps_empty_parts(void **state)
{
	(void)state;
	assert_split(text_of("a,b,c"), "[a][b][c]");
	assert_split(text_of(",a,,b,"), "[][a][][b][]");
	assert_split(text_of(""), "[]");
	assert_split(text_of(","), "[][]");
	assert_split((struct text){0}, "");
	assert_split((struct text){"a,b,c", 3}, "[a][b]");
}

static void only_shortest_form_utf8_is_utf8(void **state)
{
	static const char *const right[] = {
		"",
		"plain",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};
	static const char *const wrong[] = {
		"\x80",             /* a continuation alone */
		"\xc3",             /* cut off */
		"\xe2\x82",         /* cut off */
		"\xc0\xaf",         /* two bytes for '/' */
		"\xc1\xbf",         /* two bytes for ASCII */
		"\xe0\x9f\xbf",     /* three bytes for what fits in two */
		"\xf0\x8f\xbf\xbf", /* four bytes for what fits in three */
		"\xed\xa0\x80",     /* a surrogate */
		"\xed\xbf\xbf",     /* a surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80", /* never a lead byte */
		"\xff",             /* never at all */
		"\xc3\x28",         /* no continuation */
		"a\xe2\x28\xa1",    /* no continuation */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_true(text_is_utf8(text_of(right[i])));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(text_is_utf8(text_of(wrong[i])));
	}
}

static void characters_are_stepped_over_with_their_code(void **state)
{
	uint32_t code = 0;

	(void)state;
	assert_int_equal(utf8_next(text_of("a"), &code), 1);
	assert_int_equal(code, 'a');
	assert_int_equal(utf8_next(text_of("\xc3\xa4x"), &code), 2);
	assert_int_equal(code, 0xe4);
	assert_int_equal(utf8_next(text_of("\xe2\x82\xac"), &code), 3);
	assert_int_equal(code, 0x20ac);
	assert_int_equal(utf8_next(text_of("\xf0\x9f\x98\x80"), &code), 4);
	assert_int_equal(code, 0x1f600);
	assert_int_equal(utf8_next((struct text){"\xc3\xa4", 1}, &code), 0);
	assert_int_equal(utf8_next((struct text){0}, &code), 0);
}

static void null_strings_are_equal_only_to_each_other(void **state)
{
	(void)state;
	assert_true(same_string(NULL, NULL));
	assert_false(same_string(NULL, ""));
	assert_false(same_string("", NULL));
	assert_true(same_string("a", "a"));
	assert_false(same_string("a", "b"));
}

static void edits_are_counted(void **state)
{
	static const struct {
		const char *left;
		const char *right;
		size_t edits;
	} cases[] = {
		{"", "", 0},
		{"same", "same", 0},
		{"", "abc", 3},
		{"abc", "abd", 1},
		{"abc", "abcd", 1},
		{"abc", "bc", 1},
		{"tiemout", "timeout", 1},
		{"kitten", "sitting", 3},
		{"ab", "ba", 1},
		{"ca", "abc", 3},
		{"abcdef", "ghijkl", 6},
	};
	char longest[65];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(edit_distance(cases[i].left, cases[i].right), cases[i].edits);
		assert_int_equal(edit_distance(cases[i].right, cases[i].left), cases[i].edits);
	}
	memset(longest, 'x', 64);
	longest[64] = '\0';
	assert_true(edit_distance(longest, longest) > 60);
	longest[63] = '\0';
	assert_int_equal(edit_distance(longest, longest), 0);
	assert_int_equal(edit_distance(longest, ""), 63);
}

static void a_string_grows_and_is_always_terminated(void **state)
{
	AUTO(auto_str) struct str str = {0};

	(void)state;
	assert_string_equal(str_text(&str), "");
	assert_int_equal(str_view(&str).len, 0);
	str_add(&str, "ab");
	str_add_char(&str, 'c');
	str_add_bytes(&str, "d\0e", 3);
	str_add_text(&str, (struct text){"fgh", 2});
	str_add_text(&str, (struct text){0});
	assert_int_equal(str.len, 8);
	assert_memory_equal(str.at, "abcd\0efg", 9);
	str_clear(&str);
	assert_string_equal(str_text(&str), "");
	for (int i = 0; i < 1000; i++) {
		str_printf(&str, "%d,", i % 10);
	}
	assert_int_equal(str.len, 2000);
	assert_int_equal(strlen(str.at), 2000);
	str_release(&str);
	assert_null(str.at);
	str_printf(&str, "%s", "");
	assert_string_equal(str_text(&str), "");
}

static void a_ceiling_keeps_what_fits(void **state)
{
	AUTO(auto_str) struct str str = {.max = 5};

	(void)state;
	str_add(&str, "abcde");
	assert_false(str.overflow);
	str_add(&str, "");
	assert_false(str.overflow);
	str_add(&str, "f");
	assert_true(str.overflow);
	assert_string_equal(str_text(&str), "abcde");
	str_clear(&str);
	assert_false(str.overflow);
	str_printf(&str, "%s", "1234567");
	assert_true(str.overflow);
	assert_string_equal(str_text(&str), "12345");
	str_release(&str);
	assert_false(str.overflow);
	str_add(&str, "abcdef");
	assert_string_equal(str_text(&str), "abcde");
}

static void a_string_can_be_cut(void **state)
{
	AUTO(auto_str) struct str str = {.max = 4};

	(void)state;
	str_cut(&str, 0);
	str_add(&str, "abcdef");
	str_cut(&str, 2);
	assert_string_equal(str_text(&str), "ab");
	assert_int_equal(str.len, 2);
	assert_false(str.overflow);
}

static void a_ceiling_splits_no_printable_character(void **state)
{
	/* By the ceiling: two bytes are an umlaut, four an escape; nothing follows what is left
	 * out, even if it would fit. */
	static const char *const expected[] = {
		"a",         "a",         "a\xc3\xa4",      "a\xc3\xa4",
		"a\xc3\xa4", "a\xc3\xa4", "a\xc3\xa4\\x1b", "a\xc3\xa4\\x1bz",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		AUTO(auto_str) struct str str = {.max = i + 1};

		str_add_printable(&str, text_of("a\xc3\xa4\x1bz"));
		assert_string_equal(str_text(&str), expected[i]);
		assert_int_equal(str.overflow, i + 1 < 8);
	}
}

static void untrusted_text_is_made_printable(void **state)
{
	static const struct {
		struct text text;
		const char *expected;
	} cases[] = {
		{{"plain \xc3\xa4 \xe2\x9c\x93 \xf0\x9f\x98\x80", 17},
		 "plain \xc3\xa4 \xe2\x9c\x93 \xf0\x9f\x98\x80"},
		{{"a\x1b[2Jb", 6}, "a\\x1b[2Jb"},
		{{"\t\r\n\x7f", 4}, "\\x09\\x0d\\x0a\\x7f"},
		{{"a\0b", 3}, "a\\x00b"},
		{{"\xc2\x9bm", 3}, "\\xc2\\x9bm"}, /* C1 control: CSI */
		/* NOLINTBEGIN(misc-misleading-bidirectional): that is what is tested */
		{{"\xe2\x80\xaexyz", 6}, "\\xe2\\x80\\xaexyz"}, /* right-to-left override */
		{{"\xe2\x81\xa6", 3}, "\\xe2\\x81\\xa6"},       /* left-to-right isolate */
		/* NOLINTEND(misc-misleading-bidirectional) */
		{{"\xe2\x80\x8b", 3}, "\\xe2\\x80\\x8b"}, /* zero-width space */
		{{"\xef\xbb\xbf", 3}, "\\xef\\xbb\\xbf"}, /* byte order mark */
		{{"\xff\xfe", 2}, "\\xff\\xfe"},
		{{"\xc3", 1}, "\\xc3"},
		{{"\xe2\x82z", 3}, "\\xe2\\x82z"},
		{{NULL, 0}, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(auto_str) struct str out = {0};

		str_add_printable(&out, cases[i].text);
		assert_string_equal(str_text(&out), cases[i].expected);
		assert_int_equal(out.len, strlen(cases[i].expected));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_compare_by_bytes),
		cmocka_unit_test(splitting_keeps_empty_parts),
		cmocka_unit_test(only_shortest_form_utf8_is_utf8),
		cmocka_unit_test(characters_are_stepped_over_with_their_code),
		cmocka_unit_test(null_strings_are_equal_only_to_each_other),
		cmocka_unit_test(edits_are_counted),
		cmocka_unit_test(a_string_grows_and_is_always_terminated),
		cmocka_unit_test(a_ceiling_keeps_what_fits),
		cmocka_unit_test(a_string_can_be_cut),
		cmocka_unit_test(a_ceiling_splits_no_printable_character),
		cmocka_unit_test(untrusted_text_is_made_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
