#include "data/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "data/yaml.h"

enum color {
	COLOR_NONE,
	COLOR_RED,
	COLOR_GREEN,
};

static const struct choice colors[] = {
	{"red", COLOR_RED, "warm"},
	{"green", COLOR_GREEN, "cool"},
	{0},
};

struct inner {
	const struct node *node;
	const char *name;
	int64_t count;
};

static const struct field inner_fields[] = {
	{"", FIELD_NODE, offsetof(struct inner, node), .doc = "the map"},
	{"name", FIELD_TEXT, offsetof(struct inner, name), .required = true, .doc = "its name"},
	{"count", FIELD_INT, offsetof(struct inner, count), .fallback = "7"},
	{0},
};

struct outer {
	const char *text;
	bool flag;
	int64_t port;
	int64_t timeout_ms;
	int64_t day_utc_ms;
	int color;
	struct texts tags;
	struct inner inner;
	struct rows rows;
	struct entries packs;
	struct entries lists;
	const struct node *with;
	int64_t squared;
};

static void parse_squared(struct decode *decode, const struct node *node, void *out)
{
	if (!text_is(node->text, "3")) {
		decode_problem(decode, PROBLEM_VALUE, node, "write 3", "'%s' is not three",
			       node->text.at);
		return;
	}
	*(int64_t *)out = 9;
}

static const struct field outer_fields[] = {
	{"text", FIELD_TEXT, offsetof(struct outer, text), .nullable = true, .fallback = "none"},
	{"flag", FIELD_BOOL, offsetof(struct outer, flag), .fallback = "true"},
	{"port", FIELD_INT, offsetof(struct outer, port), .min = 1, .max = 65535, .fallback = "22"},
	{"timeout", FIELD_DURATION, offsetof(struct outer, timeout_ms), .min = 1000, .max = 300000,
	 .fallback = "10s"},
	{"day", FIELD_DATE, offsetof(struct outer, day_utc_ms), .doc = "a day"},
	{"color", FIELD_CHOICE, offsetof(struct outer, color), .choices = colors,
	 .fallback = "green"},
	{"tags", FIELD_TEXTS, offsetof(struct outer, tags), .fallback = "all"},
	{"inner", FIELD_STRUCT, offsetof(struct outer, inner), .fields = inner_fields},
	{"rows", FIELD_LIST, offsetof(struct outer, rows), .fields = inner_fields,
	 .size = sizeof(struct inner)},
	{"packs", FIELD_MAP, offsetof(struct outer, packs), .fields = inner_fields,
	 .size = sizeof(struct inner)},
	{"lists", FIELD_MAP, offsetof(struct outer, lists), .doc = "lists"},
	{"with", FIELD_NODE, offsetof(struct outer, with), .doc = "kept"},
	{"squared", FIELD_CUSTOM, offsetof(struct outer, squared), .parse = parse_squared,
	 .fallback = "3"},
	{0},
};

/** What decoding a text gave. */
struct decoded {
	struct arena arena;
	struct problems problems;
	struct outer outer;
	int result;
};

static void decoded_release(struct decoded *decoded)
{
	arena_release(&decoded->arena);
	problems_release(&decoded->problems);
}

static void decode_text(struct decoded *decoded, const char *yaml, bool keeps_unknown)
{
	struct node *root = NULL;
	struct decode decode = {
		.arena = &decoded->arena,
		.problems = &decoded->problems,
		.source = text_of(yaml),
		.keeps_unknown = keeps_unknown,
		.what = "a thing",
	};

	*decoded = (struct decoded){0};
	assert_int_equal(yaml_load(&decoded->arena, "file.yaml", text_of(yaml), OWN_FILE,
				   &decoded->problems, NULL, &root),
			 0);
	decoded->result = decode_fields(&decode, root, (struct place){"file.yaml", 1, 1},
					outer_fields, &decoded->outer);
}

/** All problems, each as `line:column: message` and, behind " = ", its hint. */
static void assert_problems(const char *yaml, const char *expected)
{
	AUTO(decoded_release) struct decoded decoded = {0};
	AUTO(auto_str) struct str found = {0};

	decode_text(&decoded, yaml, false);
	problems_sort(&decoded.problems);
	for (size_t i = 0; i < decoded.problems.list.len; i++) {
		const struct problem *problem = &decoded.problems.list.at[i];

		str_printf(&found, "%d:%d: %s%s%s\n", problem->where.line, problem->where.column,
			   problem->message, problem->hint ? " = " : "",
			   problem->hint ? problem->hint : "");
	}
	assert_string_equal(str_text(&found), expected);
	assert_int_equal(decoded.result, expected[0] ? -1 : 0);
}

static void every_type_is_decoded(void **state)
{
	AUTO(decoded_release) struct decoded decoded = {0};
	const struct outer *outer = &decoded.outer;
	const struct inner *rows = NULL;

	(void)state;
	decode_text(&decoded,
		    "text: 12\nflag: no\nport: 8080\ntimeout: 5m\nday: 1970-01-02\ncolor: red\n"
		    "tags: [a, 'b', 3]\ninner: {name: x, count: -5}\n"
		    "rows:\n  - name: p\n  - {name: q, count: 1}\n"
		    "packs: {fast: {name: f}, core: {name: c}}\nlists: {G1: [x, y], G2: z}\n"
		    "with: {any: thing}\nsquared: 3\n",
		    false);
	assert_int_equal(decoded.result, 0);
	assert_string_equal(outer->text, "12");
	assert_false(outer->flag);
	assert_int_equal(outer->port, 8080);
	assert_int_equal(outer->timeout_ms, 300000);
	assert_int_equal(outer->day_utc_ms, 86400000);
	assert_int_equal(outer->color, COLOR_RED);
	assert_int_equal(outer->tags.len, 3);
	assert_string_equal(outer->tags.at[1], "b");
	assert_int_equal(outer->tags.nodes[2]->where.line, 7);
	assert_string_equal(outer->inner.name, "x");
	assert_int_equal(outer->inner.count, -5);
	assert_int_equal(outer->inner.node->where.line, 8);
	assert_int_equal(outer->rows.len, 2);
	rows = outer->rows.at;
	assert_string_equal(rows[0].name, "p");
	assert_int_equal(rows[0].count, 7);
	assert_int_equal(rows[1].count, 1);
	assert_int_equal(rows[1].node->where.line, 11);
	assert_int_equal(outer->packs.len, 2);
	assert_string_equal(outer->packs.keys[1], "core");
	assert_int_equal(outer->packs.nodes[1]->key_where.line, 12);
	assert_string_equal(((const struct inner *)outer->packs.at)[1].name, "c");
	assert_int_equal(outer->lists.len, 2);
	assert_int_equal(((const struct texts *)outer->lists.at)[0].len, 2);
	assert_string_equal(((const struct texts *)outer->lists.at)[1].at[0], "z");
	assert_string_equal(node_get(outer->with, "any")->text.at, "thing");
	assert_int_equal(outer->squared, 9);
}

static void an_empty_map_gets_the_defaults_also_of_nested_structs(void **state)
{
	static const char *const empty[] = {"{}", "~", "text: ~\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		AUTO(decoded_release) struct decoded decoded = {0};
		const struct outer *outer = &decoded.outer;

		decode_text(&decoded, empty[i], false);
		assert_int_equal(decoded.result, 0);
		assert_string_equal(outer->text, "none");
		assert_true(outer->flag);
		assert_int_equal(outer->port, 22);
		assert_int_equal(outer->timeout_ms, 10000);
		assert_int_equal(outer->color, COLOR_GREEN);
		assert_int_equal(outer->tags.len, 1);
		assert_string_equal(outer->tags.at[0], "all");
		assert_non_null(outer->tags.nodes[0]);
		assert_int_equal(outer->inner.count, 7);
		assert_null(outer->inner.name);
		assert_null(outer->inner.node);
		assert_int_equal(outer->rows.len, 0);
		assert_null(outer->with);
		assert_int_equal(outer->squared, 9);
	}
}

static void all_mistakes_are_found_in_one_pass(void **state)
{
	(void)state;
	assert_problems("colour: red\nport: 0\ninner: {count: x}\nrows: [{name: a, nam: b}, c]\n",
			"1:1: unknown key 'colour' in a thing; did you mean 'color'?\n"
			"2:7: expected a whole number from 1 to 65535 for 'port', found '0'\n"
			"3:8: 'inner' of a thing needs 'name' (its name)\n"
			"3:16: expected a whole number for 'count', found 'x'\n"
			"4:18: unknown key 'nam' in an entry of 'rows'; did you mean 'name'?\n"
			"4:27: expected a map in the list for 'rows', found text\n");
}

static void a_wrong_value_keeps_the_default(void **state)
{
	AUTO(decoded_release) struct decoded decoded = {0};

	(void)state;
	decode_text(&decoded, "port: 99999\ncolor: blue\ntimeout: 3\ntags: {a: b}\nflag: maybe\n",
		    false);
	assert_int_equal(decoded.result, -1);
	assert_int_equal(decoded.problems.added, 5);
	assert_int_equal(decoded.outer.port, 22);
	assert_int_equal(decoded.outer.color, COLOR_GREEN);
	assert_int_equal(decoded.outer.timeout_ms, 10000);
	assert_string_equal(decoded.outer.tags.at[0], "all");
	assert_true(decoded.outer.flag);
}

static void unknown_keys_name_the_nearest_or_all_allowed_ones(void **state)
{
	(void)state;
	assert_problems(
		"inner: {name: x, zzzzzz: 1}\n",
		"1:18: unknown key 'zzzzzz' in 'inner' of a thing = allowed: name, count\n");
	assert_problems("inner: {name: x, '': 1}\n",
			"1:18: unknown key '' in 'inner' of a thing = allowed: name, count\n");
}

static void bindings_keep_unknown_keys(void **state)
{
	AUTO(decoded_release) struct decoded decoded = {0};

	(void)state;
	decode_text(&decoded, "colour: red\ninner: {name: x, extra: [1]}\nport: 5\n", true);
	assert_int_equal(decoded.result, 0);
	assert_int_equal(decoded.outer.port, 5);
}

static void wrong_sorts_say_what_was_expected_and_found(void **state)
{
	(void)state;
	assert_problems("text: []\nflag: {}\nport: [1]\ntimeout:\nday: []\ncolor: ~\ntags:\n"
			"inner: x\nrows: {}\npacks: []\nlists: text\n",
			"1:7: expected text for 'text', found a list\n"
			"2:7: expected true or false for 'flag', found a map\n"
			"3:7: expected a whole number for 'port', found a list\n"
			"4:9: expected a duration for 'timeout', found nothing\n"
			"5:6: expected a date for 'day', found a list\n"
			"6:8: expected one of red, green for 'color', found nothing\n"
			"7:6: expected a list of text for 'tags', found nothing\n"
			"8:8: expected a map for 'inner', found text\n"
			"9:7: expected a list for 'rows', found a map\n"
			"10:8: expected a map for 'packs', found a list\n"
			"11:8: expected a map for 'lists', found text\n");
	assert_problems("tags: [a, [b], ~]\npacks: {fast: 1}\nlists: {G1: {}}\n",
			"1:11: expected text in the list for 'tags', found a list\n"
			"1:16: expected text in the list for 'tags', found nothing\n"
			"2:15: expected a map for 'fast', found text\n"
			"3:13: expected a list of text for 'G1', found a map\n");
	assert_problems("[a]\n", "1:1: expected a map for a thing, found a list\n");
}

static void booleans_are_plain_words(void **state)
{
	static const char *const truths[] = {"true", "True", "TRUE", "yes", "Yes",
					     "YES",  "on",   "On",   "ON"};

	(void)state;
	for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
		AUTO(decoded_release) struct decoded decoded = {0};
		AUTO(auto_str) struct str yaml = {0};

		str_printf(&yaml, "inner: {name: x}\nflag: %s\n", truths[i]);
		decode_text(&decoded, str_text(&yaml), false);
		assert_int_equal(decoded.result, 0);
		assert_true(decoded.outer.flag);
	}
	assert_problems("flag: 'no'\n", "1:7: expected true or false for 'flag', found the text "
					"'no' = remove the quotes\n");
	assert_problems("flag: n\n", "1:7: expected true or false for 'flag', found 'n'\n");
	assert_problems("flag: 1\n", "1:7: expected true or false for 'flag', found '1'\n");
}

static void numbers_have_one_spelling(void **state)
{
	static const char *const wrong[] = {"0x10", "010", "+5", "1_000", "1e3", "5.0", "'5 '"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		AUTO(decoded_release) struct decoded decoded = {0};
		AUTO(auto_str) struct str yaml = {0};

		str_printf(&yaml, "port: %s\n", wrong[i]);
		decode_text(&decoded, str_text(&yaml), false);
		assert_int_equal(decoded.result, -1);
		assert_int_equal(decoded.problems.list.at[0].kind, PROBLEM_TYPE);
	}
	assert_problems("port: '5'\n", "");
	assert_problems("port: 99999999999999999999\n",
			"1:7: expected a whole number from 1 to 65535 for 'port', "
			"found '99999999999999999999'\n");
}

static void durations_and_dates_are_checked(void **state)
{
	(void)state;
	assert_problems("timeout: 10\nday: 2026-02-30\n",
			"1:10: expected a duration from 1s to 5m for 'timeout', found '10' = "
			"durations are written 500ms, 10s, 5m, 2h or 14d\n"
			"2:6: expected a date for 'day', found '2026-02-30' = "
			"dates are days of the calendar, written 2026-03-01\n");
	assert_problems("timeout: 6m\n",
			"1:10: expected a duration from 1s to 5m for 'timeout', found '6m' = "
			"durations are written 500ms, 10s, 5m, 2h or 14d\n");
	assert_problems("timeout: 999ms\n",
			"1:10: expected a duration from 1s to 5m for 'timeout', found '999ms' = "
			"durations are written 500ms, 10s, 5m, 2h or 14d\n");
}

static void a_wrong_choice_names_the_allowed_and_the_nearest(void **state)
{
	(void)state;
	assert_problems("color: gren\n", "1:8: expected one of red, green for 'color', found "
					 "'gren'; did you mean 'green'?\n");
	assert_problems("color: mauve\n",
			"1:8: expected one of red, green for 'color', found 'mauve'\n");
}

static void custom_rows_report_by_themselves(void **state)
{
	(void)state;
	assert_problems("squared: 4\n", "1:10: '4' is not three = write 3\n");
}

static void problems_quote_the_line(void **state)
{
	AUTO(decoded_release) struct decoded decoded = {0};

	(void)state;
	decode_text(&decoded, "text: x\nprot: 1\n", false);
	assert_string_equal(decoded.problems.list.at[0].quoted, "prot: 1");
	assert_int_equal(decoded.problems.list.at[0].caret, 1);
	assert_int_equal(decoded.problems.list.at[0].kind, PROBLEM_UNKNOWN_KEY);
}

static void a_null_map_is_an_empty_map_at_the_given_place(void **state)
{
	AUTO(decoded_release) struct decoded decoded = {0};
	struct inner inner = {0};
	struct decode decode = {
		.arena = &decoded.arena, .problems = &decoded.problems, .what = "a row"};

	(void)state;
	assert_int_equal(decode_fields(&decode, NULL, (struct place){"file.yaml", 4, 2},
				       inner_fields, &inner),
			 -1);
	assert_int_equal(decoded.problems.list.len, 1);
	assert_string_equal(decoded.problems.list.at[0].message, "a row needs 'name' (its name)");
	assert_int_equal(decoded.problems.list.at[0].where.line, 4);
	assert_int_equal(decoded.problems.list.at[0].where.column, 2);
	assert_int_equal(decoded.problems.list.at[0].kind, PROBLEM_MISSING);
	assert_int_equal(inner.count, 7);
}

/** Rows with keys that are kept: `{nmae: x}`, and one in which every near key means something. */
static void a_slip_of_a_missing_key_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *hint;
	} cases[] = {
		{"nmae: x\n", "'nmae' means nothing here; was 'name' meant?"},
		{"other: x\n", NULL},
		{"count: 3\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(decoded_release) struct decoded decoded = {0};
		struct inner inner = {0};
		struct node *map = NULL;
		struct decode decode = {.arena = &decoded.arena,
					.problems = &decoded.problems,
					.what = "a row",
					.keeps_unknown = true};

		assert_int_equal(yaml_load(&decoded.arena, "file.yaml", text_of(cases[i].text),
					   OWN_FILE, &decoded.problems, NULL, &map),
				 0);
		assert_int_equal(decode_fields(&decode, map, (struct place){"file.yaml", 1, 1},
					       inner_fields, &inner),
				 -1);
		assert_int_equal(decoded.problems.list.len, 1);
		if (cases[i].hint) {
			assert_string_equal(decoded.problems.list.at[0].hint, cases[i].hint);
		} else {
			assert_null(decoded.problems.list.at[0].hint);
		}
	}
}

static void failure_is_told_even_if_the_list_of_problems_is_full(void **state)
{
	AUTO(decoded_release) struct decoded decoded = {0};
	struct inner inner = {0};
	struct decode decode = {
		.arena = &decoded.arena, .problems = &decoded.problems, .what = "a row"};

	(void)state;
	for (int i = 0; i < PROBLEMS_MAX + 10; i++) {
		problems_add(&decoded.problems, PROBLEM_VALUE, (struct place){"f", 1, 1},
			     (struct text){0}, NULL, "x");
	}
	assert_int_equal(decode_fields(&decode, NULL, (struct place){0}, inner_fields, &inner), -1);
}

static void choices_have_words(void **state)
{
	(void)state;
	assert_string_equal(choice_word(colors, COLOR_GREEN), "green");
	assert_string_equal(choice_word(colors, 99), "?");
}

static void rows_describe_their_values(void **state)
{
	static const char *const expected[] = {"text",
					       "true or false",
					       "whole number from 1 to 65535",
					       "duration from 1s to 5m",
					       "date",
					       "one of red, green",
					       "list of text",
					       "map",
					       "list of maps",
					       "map of maps",
					       "map of lists of text",
					       "value",
					       "value"};
	static const struct field limits[] = {
		{"a", FIELD_INT, 0, .min = 1},
		{"b", FIELD_INT, 0, .max = 9},
		{"c", FIELD_DURATION, 0, .max = 90000},
		{"d", FIELD_INT, 0, .min = -5, .max = 0},
	};
	static const char *const expected_limits[] = {
		"whole number of at least 1", "whole number from 0 to 9", "duration of at most 90s",
		"whole number from -5 to 0"};

	(void)state;
	for (size_t i = 0; outer_fields[i].name; i++) {
		AUTO(auto_str) struct str out = {0};

		field_describe(&outer_fields[i], &out);
		assert_string_equal(str_text(&out), expected[i]);
	}
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		AUTO(auto_str) struct str out = {0};

		field_describe(&limits[i], &out);
		assert_string_equal(str_text(&out), expected_limits[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_decoded),
		cmocka_unit_test(an_empty_map_gets_the_defaults_also_of_nested_structs),
		cmocka_unit_test(all_mistakes_are_found_in_one_pass),
		cmocka_unit_test(a_wrong_value_keeps_the_default),
		cmocka_unit_test(unknown_keys_name_the_nearest_or_all_allowed_ones),
		cmocka_unit_test(bindings_keep_unknown_keys),
		cmocka_unit_test(wrong_sorts_say_what_was_expected_and_found),
		cmocka_unit_test(booleans_are_plain_words),
		cmocka_unit_test(numbers_have_one_spelling),
		cmocka_unit_test(durations_and_dates_are_checked),
		cmocka_unit_test(a_wrong_choice_names_the_allowed_and_the_nearest),
		cmocka_unit_test(custom_rows_report_by_themselves),
		cmocka_unit_test(problems_quote_the_line),
		cmocka_unit_test(a_null_map_is_an_empty_map_at_the_given_place),
		cmocka_unit_test(a_slip_of_a_missing_key_is_named),
		cmocka_unit_test(failure_is_told_even_if_the_list_of_problems_is_full),
		cmocka_unit_test(choices_have_words),
		cmocka_unit_test(rows_describe_their_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
