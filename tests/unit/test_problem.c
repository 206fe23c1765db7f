#include "data/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

/** The text form of one problem at a place in `source`. */
static const char *formatted(struct str *out, const char *source, int line, int column,
			     const char *hint)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct place where = {"gates/020-edge.yaml", line, column};

	problems_add(&problems, PROBLEM_VALUE, where, text_of(source), hint, "something is %s",
		     "wrong");
	str_clear(out);
	problem_format(&problems.list.at[0], out);
	return str_text(out);
}

static void a_problem_quotes_its_line_and_underlines_the_token(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(formatted(&out, "a: 1\n      tiemout: 3s\nb: 2\n", 2, 7, NULL),
			    "gates/020-edge.yaml:2:7: something is wrong\n"
			    "    2 |       tiemout: 3s\n"
			    "      |       ^~~~~~~\n");
}

static void a_hint_has_a_line_of_its_own(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(formatted(&out, "a: 1\n", 1, 4, "mend it"),
			    "gates/020-edge.yaml:1:4: something is wrong\n"
			    "    1 | a: 1\n"
			    "      |    ^\n"
			    "      = mend it\n");
}

static void a_problem_of_the_whole_file_quotes_nothing(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(formatted(&out, "a: 1\n", 0, 0, NULL),
			    "gates/020-edge.yaml: something is wrong\n");
}

static void a_place_behind_the_end_quotes_nothing(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(formatted(&out, "a: 1\n", 3, 1, NULL),
			    "gates/020-edge.yaml:3:1: something is wrong\n");
}

static void a_column_behind_the_line_puts_the_caret_at_its_end(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(formatted(&out, "ab\n", 1, 99, NULL),
			    "gates/020-edge.yaml:1:99: something is wrong\n"
			    "    1 | ab\n"
			    "      |   ^\n");
}

static void tabs_and_long_characters_do_not_shift_the_caret(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	/* A tab is one byte and shown as four spaces; each of the two umlauts is two bytes. */
	assert_string_equal(formatted(&out, "\t\xc3\xa4\xc3\xb6: x\n", 1, 8, NULL),
			    "gates/020-edge.yaml:1:8: something is wrong\n"
			    "    1 |     \xc3\xa4\xc3\xb6: x\n"
			    "      |         ^\n");
	assert_string_equal(formatted(&out, "\xc3\xa4\xc3\xb6: x\n", 1, 1, NULL),
			    "gates/020-edge.yaml:1:1: something is wrong\n"
			    "    1 | \xc3\xa4\xc3\xb6: x\n"
			    "      | ^~\n");
}

static void a_byte_order_mark_and_carriage_returns_are_not_shown(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(formatted(&out,
				      "\xef\xbb\xbf"
				      "ab: x\r\n",
				      1, 5, NULL),
			    "gates/020-edge.yaml:1:5: something is wrong\n"
			    "    1 | ab: x\n"
			    "      |     ^\n");
}

static void escape_sequences_are_shown_as_numbers(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str out = {0};

	(void)state;
	problems_add(&problems, PROBLEM_VALUE, (struct place){"a\nb", 1, 3}, text_of("\x1b[2Jx"),
		     "\x07", "found '%s'", "\x1b]0;");
	problem_format(&problems.list.at[0], &out);
	assert_null(strpbrk(str_text(&out), "\x1b\x07"));
	assert_non_null(strstr(str_text(&out), "a\\x0ab:1:3: found '\\x1b]0;'\n"));
	assert_non_null(strstr(str_text(&out), "    1 | \\x1b[2Jx\n"));
}

static void a_long_line_is_cut_around_the_column(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	char line[4001];
	const struct problem *problem = NULL;

	(void)state;
	memset(line, '.', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	line[2000] = 'X';
	problems_add(&problems, PROBLEM_VALUE, (struct place){"f", 1, 2001}, text_of(line), NULL,
		     "x");
	problem = &problems.list.at[0];
	assert_int_equal(problem->quoted[problem->caret - 1], 'X');
	assert_true(strlen(problem->quoted) <= 160);
	assert_true(strlen(problem->quoted) >= 150);
	assert_memory_equal(problem->quoted, "\xe2\x80\xa6.", 4);
	assert_string_equal(problem->quoted + strlen(problem->quoted) - 4, ".\xe2\x80\xa6");
}

static void a_long_message_is_cut(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str flood = {0};
	const char *message = NULL;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		str_add(&flood, "\xc3\xa4");
	}
	problems_add(&problems, PROBLEM_VALUE, (struct place){"f", 1, 1}, (struct text){0},
		     str_text(&flood), "x%s", str_text(&flood));
	message = problems.list.at[0].message;
	assert_true(text_is_utf8(text_of(message)));
	assert_int_equal(strlen(message), 999 + 3);
	assert_string_equal(message + strlen(message) - 5, "\xc3\xa4\xe2\x80\xa6");
	assert_int_equal(strlen(problems.list.at[0].hint), 1000 + 3);
}

static void a_cut_never_splits_a_character(void **state)
{
	char line[3 * 200 + 2] = "";

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		memset(line, 'x', shift);
		for (size_t i = 0; i < 200; i++) {
			memcpy(line + shift + 3 * i, "\xe2\x94\x80", 4);
		}
		for (int column = 1; column <= 600; column++) {
			AUTO(auto_problems) struct problems problems = {0};
			struct text quoted = {0};

			problems_add(&problems, PROBLEM_VALUE, (struct place){"f", 1, column},
				     text_of(line), NULL, "x");
			quoted = text_of(problems.list.at[0].quoted);
			assert_true(quoted.len <= 160);
			assert_true(text_is_utf8(quoted));
			assert_in_range(problems.list.at[0].caret, 1, quoted.len + 1);
		}
	}
}

static void sorting_orders_by_place_and_drops_equal_ones(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	static const struct {
		const char *file;
		int line;
		int column;
		const char *message;
	} given[] = {
		{"b", 1, 1, "last"},   {"a", 10, 2, "third"},  {"a", 9, 5, "first"},
		{"a", 10, 2, "third"}, {"a", 10, 1, "second"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		problems_add(&problems, PROBLEM_VALUE,
			     (struct place){given[i].file, given[i].line, given[i].column},
			     (struct text){0}, NULL, "%s", given[i].message);
	}
	problems_sort(&problems);
	assert_int_equal(problems.list.len, 4);
	assert_string_equal(problems.list.at[0].message, "first");
	assert_string_equal(problems.list.at[1].message, "second");
	assert_string_equal(problems.list.at[2].message, "third");
	assert_string_equal(problems.list.at[3].message, "last");
}

static void a_flood_of_problems_is_counted_but_not_kept(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};

	(void)state;
	for (int i = 1; i <= 5000; i++) {
		problems_add(&problems, PROBLEM_VALUE, (struct place){"f", i, 1}, (struct text){0},
			     NULL, "wrong");
	}
	assert_int_equal(problems.added, 5000);
	assert_int_equal(problems.list.len, PROBLEMS_MAX + 1);
	assert_int_equal(problems.list.at[PROBLEMS_MAX - 1].where.line, PROBLEMS_MAX);
	assert_string_equal(problems.list.at[PROBLEMS_MAX].message,
			    "there are more mistakes than can be listed");
}

static void file_names_are_copied(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	char name[] = "first";

	(void)state;
	problems_add(&problems, PROBLEM_FILE, (struct place){name, 0, 0}, (struct text){0}, NULL,
		     "x");
	memcpy(name, "other", sizeof(name));
	problems_add(&problems, PROBLEM_FILE, (struct place){name, 0, 0}, (struct text){0}, NULL,
		     "x");
	problems_add(&problems, PROBLEM_FILE, (struct place){0}, (struct text){0}, NULL, "x");
	assert_string_equal(problems.list.at[0].where.file, "first");
	assert_string_equal(problems.list.at[1].where.file, "other");
	assert_null(problems.list.at[2].where.file);
}

static void the_nearest_word_is_at_most_two_edits_away(void **state)
{
	static const char *const words[] = {"timeout", "title", "id", "kind", NULL};

	(void)state;
	assert_string_equal(nearest_word("tiemout", words), "timeout");
	assert_string_equal(nearest_word("timeuts", words), "timeout");
	assert_null(nearest_word("tmeuts", words));
	assert_string_equal(nearest_word("ids", words), "id");
	assert_null(nearest_word("foo", words));
	assert_string_equal(nearest_word("kin", words), "kind");
	assert_null(nearest_word("kee", words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_problem_quotes_its_line_and_underlines_the_token),
		cmocka_unit_test(a_hint_has_a_line_of_its_own),
		cmocka_unit_test(a_problem_of_the_whole_file_quotes_nothing),
		cmocka_unit_test(a_place_behind_the_end_quotes_nothing),
		cmocka_unit_test(a_column_behind_the_line_puts_the_caret_at_its_end),
		cmocka_unit_test(tabs_and_long_characters_do_not_shift_the_caret),
		cmocka_unit_test(a_byte_order_mark_and_carriage_returns_are_not_shown),
		cmocka_unit_test(escape_sequences_are_shown_as_numbers),
		cmocka_unit_test(a_long_line_is_cut_around_the_column),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(a_cut_never_splits_a_character),
		cmocka_unit_test(sorting_orders_by_place_and_drops_equal_ones),
		cmocka_unit_test(a_flood_of_problems_is_counted_but_not_kept),
		cmocka_unit_test(file_names_are_copied),
		cmocka_unit_test(the_nearest_word_is_at_most_two_edits_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
