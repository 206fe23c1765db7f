#include "data/hujson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "loaded.h"

static void load(struct loaded *loaded, struct text bytes, enum strictness strictness)
{
	*loaded = (struct loaded){0};
	loaded->result = hujson_load(&loaded->arena, "acl.hujson", bytes, strictness,
				     &loaded->problems, &loaded->repeats, &loaded->root);
}

/** A tree in one line, each value behind its place: 1:1{a: 1:6"x"}. */
static void add_placed(struct str *out, const struct node *node)
{
	str_printf(out, "%d:%d", node->where.line, node->where.column);
	if (node->kind == NODE_SCALAR) {
		str_printf(out, node->is_quoted ? "\"%s\"" : "'%s'", node->text.at);
		return;
	}
	str_add_char(out, node->kind == NODE_MAP ? '{' : '[');
	for (const struct node *child = node->first; child; child = child->next) {
		str_add(out, child == node->first ? "" : ", ");
		if (child->key) {
			str_printf(out, "%s: ", child->key);
		}
		add_placed(out, child);
	}
	str_add_char(out, node->kind == NODE_MAP ? '}' : ']');
}

static void assert_tree(const char *text, const char *expected)
{
	AUTO(auto_str) struct str tree = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	load(&loaded, text_of(text), OWN_FILE);
	assert_int_equal(loaded.problems.added, 0);
	assert_int_equal(loaded.result, 0);
	add_placed(&tree, loaded.root);
	assert_string_equal(str_text(&tree), expected);
}

static void assert_refused_bytes(struct text bytes, const char *expected)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	load(&loaded, bytes, LOOKED_INTO);
	assert_only_problem(&loaded, expected);
}

static void assert_refused(const char *text, const char *expected)
{
	assert_refused_bytes(text_of(text), expected);
}

static void plain_json_is_hujson(void **state)
{
	(void)state;
	assert_tree("{\"a\": [1, \"x\", null], \"b\": {}}",
		    "1:1{a: 1:7[1:8'1', 1:11\"x\", 1:16'null'], b: 1:28{}}");
}

static void comments_stand_wherever_white_space_may(void **state)
{
	(void)state;
	assert_tree("// before\n{ // behind a bracket\n\t\"a\" /* before */ : // after\n 1\n}//\n",
		    "2:1{a: 4:2'1'}");
	assert_tree("/* one\n * two */ [1,/**/2 /* * / ** */]", "2:11[2:12'1', 2:18'2']");
	assert_tree("[1] // no line end", "1:1[1:2'1']");
}

static void texts_hold_what_looks_like_comments(void **state)
{
	(void)state;
	assert_tree("[\"https://a/b\", \"/* x */\", \"\\\"// y\", \"a,]\"]",
		    "1:1[1:2\"https://a/b\", 1:17\"/* x */\", 1:28\"\"// y\", 1:38\"a,]\"]");
}

static void comments_hold_what_looks_like_json(void **state)
{
	(void)state;
	assert_tree("[1, // \"x\", ]\n2 /* , \" */, ]", "1:1[1:2'1', 2:1'2']");
}

static void one_comma_may_stand_behind_the_last_value(void **state)
{
	(void)state;
	assert_tree("[1,]", "1:1[1:2'1']");
	assert_tree("{\"a\": [1 , // why\n ] , /* x */ }", "1:1{a: 1:7[1:8'1']}");
	assert_tree("[{},[],\"x\",]", "1:1[1:2{}, 1:5[], 1:8\"x\"]");
}

static void other_commas_are_refused(void **state)
{
	static const char hint[] =
		" = one comma may stand behind the last value, and none where there is no value";
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{"[,]", "1:2: expected a value"},
		{"{,}", "1:2: expected a key in double quotes, or '}'"},
		{"{ /* x */ , }", "1:11: expected a key in double quotes, or '}'"},
		{"[1,,]", "1:4: expected a value"},
		{"[1,\n,2]", "2:1: expected a value"},
		{"{\"a\":,}", "1:6: expected a value"},
		{"[1],", "1:4: expected nothing more after the value"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(auto_str) struct str expected = {0};

		str_printf(&expected, "%s%s", cases[i].expected, hint);
		assert_refused(cases[i].text, str_text(&expected));
	}
}

static void what_other_dialects_allow_is_refused(void **state)
{
	(void)state;
	assert_refused("{a: 1}", "1:2: expected a key in double quotes, or '}'");
	assert_refused("[\n 'a']",
		       "2:2: this is no JSON value = texts are written in double quotes");
	assert_refused("[0x10]", "1:2: expected ',' or ']'");
	assert_refused("[1] # x", "1:5: expected nothing more after the value = a comment is "
				  "written // to the end of the line, or /* */");
	assert_refused("[/ 1]",
		       "1:2: this is no JSON value = a comment is written // to the end of "
		       "the line, or /* */");
	assert_refused("[1 /* a /* b */ c */]", "1:17: expected ',' or ']'");
	assert_refused("[1/**/2]", "1:7: expected ',' or ']'");
}

static void a_comment_that_never_ends_is_shown_where_it_starts(void **state)
{
	static const char end[] = "this comment is never closed = end it with */; such comments do "
				  "not nest";
	AUTO(auto_str) struct str expected = {0};

	(void)state;
	str_printf(&expected, "2:3: %s", end);
	assert_refused("{}\n  /* x *", str_text(&expected));
	str_clear(&expected);
	str_printf(&expected, "1:1: %s", end);
	assert_refused("/*/", str_text(&expected));
}

static void mistakes_quote_the_line_as_it_is_written(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, text_of("{\n  \"a\": /* one */ 1 2, // two\n}\n"), OWN_FILE);
	assert_int_equal(loaded.problems.added, 1);
	assert_string_equal(loaded.problems.list.at[0].quoted, "  \"a\": /* one */ 1 2, // two");
}

static void files_without_a_value_are_refused(void **state)
{
	(void)state;
	assert_refused("", "0:0: the file is empty");
	assert_refused(" // only this\n/* and that */", "0:0: the file is empty");
	assert_refused("{ // x\n", "1:1: this '{' is never closed");
}

static void marks_line_ends_and_bad_bytes_are_as_in_json(void **state)
{
	(void)state;
	assert_tree("\xef\xbb\xbf{ // x\r\n\"a\": 1,\r\n}\r\n", "1:1{a: 2:6'1'}");
	assert_refused("{} // \xff", "1:7: byte 0xff is not valid UTF-8 = save the file as UTF-8");
	assert_refused_bytes((struct text){"{} // \0", 7},
			     "1:7: a NUL byte stands here = the file must be text in UTF-8");
}

static void repeated_keys_are_handed_back_or_refused(void **state)
{
	AUTO(loaded_release) struct loaded looked_into = {0};
	AUTO(loaded_release) struct loaded own = {0};
	static const char text[] = "{\"a\": 1, // x\n \"a\": 2,}";

	(void)state;
	load(&looked_into, text_of(text), LOOKED_INTO);
	assert_int_equal(looked_into.result, 0);
	assert_int_equal(looked_into.repeats.len, 1);
	assert_int_equal(looked_into.repeats.at[0].where.line, 2);
	assert_string_equal(node_get(looked_into.root, "a")->text.at, "2");
	load(&own, text_of(text), OWN_FILE);
	assert_int_equal(own.result, -1);
	assert_int_equal(own.problems.list.at[0].kind, PROBLEM_REPEATED_KEY);
}

static void depth_has_a_ceiling(void **state)
{
	AUTO(auto_str) struct str deep = {0};

	(void)state;
	for (int i = 0; i < 65; i++) {
		str_add(&deep, "/**/[");
	}
	assert_refused(str_text(&deep), "1:325: lists and maps are nested deeper than 64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_json_is_hujson),
		cmocka_unit_test(comments_stand_wherever_white_space_may),
		cmocka_unit_test(texts_hold_what_looks_like_comments),
		cmocka_unit_test(comments_hold_what_looks_like_json),
		cmocka_unit_test(one_comma_may_stand_behind_the_last_value),
		cmocka_unit_test(other_commas_are_refused),
		cmocka_unit_test(what_other_dialects_allow_is_refused),
		cmocka_unit_test(a_comment_that_never_ends_is_shown_where_it_starts),
		cmocka_unit_test(mistakes_quote_the_line_as_it_is_written),
		cmocka_unit_test(files_without_a_value_are_refused),
		cmocka_unit_test(marks_line_ends_and_bad_bytes_are_as_in_json),
		cmocka_unit_test(repeated_keys_are_handed_back_or_refused),
		cmocka_unit_test(depth_has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
