#include "data/front_matter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "loaded.h"

static void load(struct loaded *loaded, const char *text)
{
	*loaded = (struct loaded){0};
	loaded->result = front_matter_load(&loaded->arena, "task.md", text_of(text), LOOKED_INTO,
					   &loaded->problems, &loaded->repeats, &loaded->root);
}

static void assert_tree(const char *text, const char *expected)
{
	AUTO(auto_str) struct str tree = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	load(&loaded, text);
	assert_int_equal(loaded.problems.added, 0);
	assert_int_equal(loaded.result, 0);
	add_tree(&tree, loaded.root);
	assert_string_equal(str_text(&tree), expected);
}

static void assert_refused(const char *text, const char *expected)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	load(&loaded, text);
	assert_only_problem(&loaded, expected);
}

static void the_map_between_the_dashes_is_read(void **state)
{
	(void)state;
	assert_tree("---\nid: LOOP-1\nstatus: open\n---\n# Title\nkey: no\n",
		    "{id: LOOP-1, status: open}");
	assert_tree("---\nid: 1\n...\n", "{id: 1}");
	assert_tree("---  \t\r\nid: 1\r\n--- \r\nbody\r\n", "{id: 1}");
	assert_tree("\xef\xbb\xbf---\nid: 1\n---", "{id: 1}");
}

static void dashes_inside_are_no_end(void **state)
{
	(void)state;
	assert_tree("---\ntitle: a --- b\nrule: |\n  ---\nlist:\n- x\n---\n",
		    "{title: a --- b, rule: \"---\n\", list: [x]}");
	assert_tree("---\ntitle: \"x\"\n----: 1\n---\n", "{title: \"x\", ----: 1}");
}

static void places_are_those_of_the_file(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};
	struct place where = {0};

	(void)state;
	load(&loaded, "---\r\na: 1\r\n\r\nbb:  two\r\n---\r\ntext\r\n");
	assert_int_equal(loaded.result, 0);
	where = node_place(loaded.root, "bb");
	assert_int_equal(where.line, 4);
	assert_int_equal(where.column, 6);
}

static void what_follows_is_the_body(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct text yaml = {0};
	struct text body = {0};

	(void)state;
	assert_int_equal(front_matter_find("t.md", text_of("---\na: 1\n---\n\n# T\n"), &problems,
					   &yaml, &body),
			 0);
	assert_true(text_is(yaml, "---\na: 1\n"));
	assert_true(text_is(body, "\n# T\n"));
	assert_int_equal(
		front_matter_find("t.md", text_of("---\na: 1\n---"), &problems, &yaml, &body), 0);
	assert_int_equal(body.len, 0);
}

static void broken_front_matter_is_said_with_its_place(void **state)
{
	(void)state;
	assert_refused(
		"# Title\n---\nid: 1\n---\n",
		"1:1: there is no front matter: the first line is not '---' = the first line is "
		"'---', and another one ends the front matter");
	assert_refused(
		"\n---\nid: 1\n---\n",
		"1:1: there is no front matter: the first line is not '---' = the first line is "
		"'---', and another one ends the front matter");
	assert_refused("", "1:1: there is no front matter: the first line is not '---' = the first "
			   "line is '---', and another one ends the front matter");
	assert_refused("---\nid: 1\n# Title\n",
		       "1:1: the front matter that starts here is never ended = end it with a line "
		       "'---'");
	assert_refused("---\n- id\n---\n",
		       "2:1: the front matter is a list, expected a map = front "
		       "matter is a map: 'key: value' lines");
	assert_refused(
		"---\njust text\n---\n",
		"2:1: the front matter is text, expected a map = front matter is a map: 'key: "
		"value' lines");
}

static void broken_yaml_in_it_keeps_its_place(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "---\nid: 1\ntitle: \"open\n---\nbody\n");
	assert_int_equal(loaded.result, -1);
	assert_int_equal(loaded.problems.added, 1);
	assert_int_equal(loaded.problems.list.at[0].where.line, 3);
}

static void a_repeated_key_is_handed_back(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "---\nid: 1\nid: 2\n---\n");
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.repeats.len, 1);
	assert_int_equal(loaded.repeats.at[0].where.line, 3);
}

static void empty_front_matter_is_a_problem(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "---\n# nothing\n---\n");
	assert_int_equal(loaded.result, -1);
	assert_int_equal(loaded.problems.added, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_map_between_the_dashes_is_read),
		cmocka_unit_test(dashes_inside_are_no_end),
		cmocka_unit_test(places_are_those_of_the_file),
		cmocka_unit_test(what_follows_is_the_body),
		cmocka_unit_test(broken_front_matter_is_said_with_its_place),
		cmocka_unit_test(broken_yaml_in_it_keeps_its_place),
		cmocka_unit_test(a_repeated_key_is_handed_back),
		cmocka_unit_test(empty_front_matter_is_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
