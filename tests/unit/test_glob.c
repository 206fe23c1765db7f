#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"

struct example {
	const char *pattern;
	const char *path;
};

static void expect(const struct example *examples, bool matches)
{
	for (; examples->pattern; examples++) {
		struct glob_prepared glob = glob_prepare(examples->pattern);

		if (glob_match(examples->pattern, examples->path) != matches ||
		    glob_prepared_match(&glob, text_of(examples->path)) != matches) {
			fail_msg("'%s' %s '%s'", examples->pattern,
				 matches ? "should match" : "should not match", examples->path);
		}
	}
}

static void a_pattern_without_a_slash_is_about_the_base_name(void **state)
{
	static const struct example yes[] = {
		{"*.md", "README.md"},  {"*.md", "docs/a/b.md"}, {"a?c", "x/abc"},
		{"README", "x/README"}, {"*", "anything"},       {"*", "a/b/c"},
		{"**", "a/b/c"},        {".*", "x/.hidden"},     {0},
	};
	static const struct example no[] = {
		{"*.md", "docs.md/x"}, {"docs", "docs/a"},  {"a?c", "ac"}, {"?", "ab"},
		{"READ", "README"},    {"EADME", "README"}, {0},
	};

	(void)state;
	expect(yes, true);
	expect(no, false);
}

static void a_pattern_with_a_slash_is_about_the_whole_path(void **state)
{
	static const struct example yes[] = {
		{"docs/*.md", "docs/a.md"}, {"/README", "README"}, {"a/b/c", "a/b/c"},
		{"a/?/c", "a/b/c"},         {"*/x", "a/x"},        {0},
	};
	static const struct example no[] = {
		{"docs/*.md", "docs/a/b.md"},
		{"docs/*.md", "x/docs/a.md"},
		{"/README", "x/README"},
		{"a/?/c", "a//c"},
		{"a/b", "a/b/c"},
		{"a/b/c", "a/b"},
		{"*/x", "a/b/x"},
		{"*/x", "x"},
		{"a?b/c", "a/b/c"},
		{"a[/]b", "a/b"},
		{0},
	};

	(void)state;
	expect(yes, true);
	expect(no, false);
}

static void two_stars_cross_directories(void **state)
{
	static const struct example yes[] = {
		{"tests/**", "tests/a"},
		{"tests/**", "tests/a/b/c"},
		{"**/x", "x"},
		{"**/x", "a/b/x"},
		{"a/**/b", "a/b"},
		{"a/**/b", "a/x/y/b"},
		{"a/**/b", "a/b/b"},
		{"**/a/**", "x/a/y"},
		{"**/a/**", "a/y"},
		{"a/**/*.md", "a/x.md"},
		{"a/**/*.md", "a/b/c/x.md"},
		{"**/*", "a/b"},
		{"**/a/**/b", "a/a/b"},
		{"a/**/b/**/c", "a/b/b/c/c"},
		{"/**/x", "a/x"},
		{0},
	};
	static const struct example no[] = {
		{"tests/**", "tests"},      {"tests/**", "xtests/a"},
		{"tests/**", "x/tests/a"},  {"**/x", "ax"},
		{"**/x", "a/bx"},           {"a/**/b", "ab"},
		{"a/**/b", "a/xb"},         {"a/**/b", "a/b/c"},
		{"**/a/**", "a"},           {"a/**/*.md", "b/a/x.md"},
		{"a**/b", "a/x/b"},         {"a/**b", "a/x/b"},
		{"a/**/b/**/c", "a/c/b/x"}, {0},
	};

	(void)state;
	expect(yes, true);
	expect(no, false);
}

static void a_slash_at_the_end_means_everything_below(void **state)
{
	static const struct example yes[] = {
		{"docs/", "docs/a"},
		{"docs/", "docs/a/b"},
		{"docs/", "x/docs/a"},
		{"a/docs/", "a/docs/b"},
		{"/docs/", "docs/a"},
		{"d*/", "docs/a"},
		{0},
	};
	static const struct example no[] = {
		{"docs/", "docs"},      {"docs/", "xdocs/a"}, {"a/docs/", "x/a/docs/b"},
		{"/docs/", "x/docs/a"}, {"docs/", "docsx/a"}, {0},
	};

	(void)state;
	expect(yes, true);
	expect(no, false);
}

static void sets_hold_bytes_and_ranges(void **state)
{
	static const struct example yes[] = {
		{"[abc]", "b"},   {"[a-c]x", "bx"}, {"[!a-c]", "d"},
		{"[^a-c]", "d"},  {"[]]", "]"},     {"[!]]", "x"},
		{"[a-]", "-"},    {"[-a]", "-"},    {"[\\]]", "]"},
		{"[a\\-z]", "-"}, {"[*?]", "*"},    {"[0-9a-f]", "e"},
		{"x[[]y", "x[y"}, {"[\\\\]", "\\"}, {0},
	};
	static const struct example no[] = {
		{"[abc]", "d"}, {"[a-c]", "d"},   {"[!a-c]", "b"}, {"[]]", "x"},   {"[!]]", "]"},
		{"[a-]", "b"},  {"[a\\-z]", "b"}, {"[abc]", "ab"}, {"[c-a]", "b"}, {0},
	};

	(void)state;
	expect(yes, true);
	expect(no, false);
}

static void a_backslash_takes_the_meaning_away(void **state)
{
	static const struct example yes[] = {
		{"\\*", "*"},
		{"a\\?", "a?"},
		{"\\[x]", "[x]"},
		{"\\\\", "\\"},
		{"\\a", "a"},
		{"\\!x", "!x"},
		{0},
	};
	static const struct example no[] = {
		{"\\*", "x"},
		{"a\\?", "ab"},
		{"\\[x]", "x"},
		{0},
	};

	(void)state;
	expect(yes, true);
	expect(no, false);
}

static bool prepared_match(const char *pattern, const char *path)
{
	struct glob_prepared glob = glob_prepare(pattern);

	return glob_prepared_match(&glob, text_of(path));
}

static void a_prepared_pattern_matches_what_the_pattern_matches(void **state)
{
	static const char *const parts[] = {"a", "b", "/",    "*",   "**",
					    "?", ".", "[ab]", "\\a", "ab"};
	const size_t count = sizeof(parts) / sizeof(parts[0]);
	static const char *const paths[] = {"a",     "b",  "ab",   "a/b",    "b/a", "a.b", "ab/a",
					    "a/a/b", ".a", "a/.b", "b/ab/a", "aab", "a/ab"};

	(void)state;
	for (size_t i = 0; i < count * count * count * count; i++) {
		char pattern[32] = "";
		size_t rest = i;

		for (int k = 0; k < 4; k++, rest /= count) {
			(void)snprintf(pattern + strlen(pattern), sizeof(pattern) - strlen(pattern),
				       "%s", parts[rest % count]);
		}
		for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
			if (prepared_match(pattern, paths[k]) != glob_match(pattern, paths[k])) {
				fail_msg("'%s' is told differently for '%s'", pattern, paths[k]);
			}
		}
	}
}

static void mistakes_are_named_and_match_nothing(void **state)
{
	static const char *const bad[] = {"", "/", "!x", "a[b", "a\\", "[]", "[!]", "[a\\]"};
	char too_long[GLOB_MAX_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_non_null(glob_mistake(bad[i]));
		assert_false(glob_match(bad[i], "a"));
		assert_false(glob_match(bad[i], bad[i]));
		assert_false(prepared_match(bad[i], bad[i]));
	}
	memset(too_long, 'a', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	assert_non_null(glob_mistake(too_long));
	too_long[sizeof(too_long) - 2] = '\0';
	assert_null(glob_mistake(too_long));
	assert_true(glob_match(too_long, too_long));
	too_long[sizeof(too_long) - 3] = '/';
	assert_false(glob_match(too_long, "a"));
}

static void no_pattern_is_slow(void **state)
{
	char path[4096];
	char pattern[GLOB_MAX_BYTES + 1];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	for (size_t i = 0; i + 1 < sizeof(pattern); i++) {
		pattern[i] = i % 2 ? 'a' : '*';
	}
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	/* Backtracking would not end in a lifetime. */
	assert_false(glob_match(pattern, path));
	path[sizeof(path) - 2] = 'b';
	assert_true(glob_match(pattern, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_without_a_slash_is_about_the_base_name),
		cmocka_unit_test(a_pattern_with_a_slash_is_about_the_whole_path),
		cmocka_unit_test(two_stars_cross_directories),
		cmocka_unit_test(a_slash_at_the_end_means_everything_below),
		cmocka_unit_test(sets_hold_bytes_and_ranges),
		cmocka_unit_test(a_backslash_takes_the_meaning_away),
		cmocka_unit_test(a_prepared_pattern_matches_what_the_pattern_matches),
		cmocka_unit_test(mistakes_are_named_and_match_nothing),
		cmocka_unit_test(no_pattern_is_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
