#include "data/yaml_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

/** A file while it is edited. */
struct edited {
	struct arena arena;
	struct problems problems;
	struct yaml_edit edit;
	struct err err;
};

static void edited_release(struct edited *edited)
{
	yaml_edit_release(&edited->edit);
	problems_release(&edited->problems);
	arena_release(&edited->arena);
}

static void open_text(struct edited *edited, const char *text)
{
	*edited = (struct edited){0};
	assert_int_equal(yaml_edit_open(&edited->edit, &edited->arena, "f.yaml", text_of(text),
					&edited->problems),
			 0);
}

/** The row of the list `devices` at `index`; the root itself without such a list. */
static struct node *row_at(struct edited *edited, size_t index)
{
	struct node *list = yaml_edit_get(edited->edit.root, "devices");
	struct node *row = list ? list->first : edited->edit.root;

	while (list && index-- > 0) {
		row = row->next;
	}
	return row;
}

static struct yaml_entry text_entry(const char *key, const char *text)
{
	return (struct yaml_entry){key, {.sort = YAML_TEXT, .text = text}};
}

static struct yaml_entry word_entry(const char *key, const char *word)
{
	return (struct yaml_entry){key, {.sort = YAML_WORD, .text = word}};
}

static void expect(struct edited *edited, const char *expected)
{
	AUTO(auto_str) struct str out = {0};

	if (yaml_edit_finish(&edited->edit, &out, &edited->err)) {
		fail_msg("%s", edited->err.text);
	}
	assert_string_equal(str_text(&out), expected);
	edited_release(edited);
}

/** Set one key of row 0 and compare the file. */
static void expect_set(const char *before, struct yaml_entry entry, const char *after)
{
	struct edited edited = {0};

	open_text(&edited, before);
	if (yaml_edit_set(&edited.edit, row_at(&edited, 0), &entry, "id", &edited.err)) {
		fail_msg("%s", edited.err.text);
	}
	expect(&edited, after);
}

static void expect_refused(const char *before, struct yaml_entry entry, const char *sentence)
{
	struct edited edited = {0};

	open_text(&edited, before);
	assert_int_equal(yaml_edit_set(&edited.edit, row_at(&edited, 0), &entry, "id", &edited.err),
			 -1);
	assert_int_equal(edited.err.code, ERR_INPUT);
	assert_string_equal(edited.err.text, sentence);
	edited_release(&edited);
}

/** Set the list `r` of row 0. */
static void expect_list(const char *before, const char *one, const char *other, const char *after)
{
	const char *at[] = {one, other};
	struct texts list = {.at = at, .len = other ? 2 : one ? 1 : 0};

	expect_set(before, (struct yaml_entry){"r", {.sort = YAML_LIST, .list = &list}}, after);
}

static void nothing_changed_is_the_same_bytes(void **state)
{
	static const char *const files[] = {
		"a: 1\n", "a: 1", "a: 1\r\nb: 2\r\n", "\357\273\277a: 1\n", "# x\na: |\n  b\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct edited edited = {0};

		open_text(&edited, files[i]);
		expect(&edited, files[i]);
	}
}

static void a_scalar_keeps_its_quotes_and_what_stands_behind_it(void **state)
{
	(void)state;
	expect_set("ip: 1.2.3.4 # old\n", text_entry("ip", "1.2.3.5"), "ip: 1.2.3.5 # old\n");
	expect_set("v: \"1.90\"   # x\n", text_entry("v", "1.94.1"), "v: \"1.94.1\"   # x\n");
	expect_set("v: '1.90'", text_entry("v", "it's"), "v: 'it''s'");
	expect_set("v: \"a\\\"b\" # c\n", text_entry("v", "x"), "v: \"x\" # c\n");
	expect_set("v: 'a''b'\r\nw: 1\r\n", text_entry("v", "x"), "v: 'x'\r\nw: 1\r\n");
	expect_set("n: 24\n", word_entry("n", "25"), "n: 25\n");
	expect_set("b:   yes # really\n", word_entry("b", "false"), "b:   false # really\n");
	expect_set("\xef\xbb\xbf"
		   "v: a\n",
		   text_entry("v", "b"),
		   "\xef\xbb\xbf"
		   "v: b\n");
	expect_set("ä: ö # ü\nv: ä\n", text_entry("v", "x"), "ä: ö # ü\nv: x\n");
}

static void text_is_quoted_where_it_would_mean_something_else(void **state)
{
	(void)state;
	expect_set("v: a\n", text_entry("v", "1.94"), "v: \"1.94\"\n");
	expect_set("v: a\n", text_entry("v", "No"), "v: \"No\"\n");
	expect_set("v: a\n", text_entry("v", ""), "v: \"\"\n");
	expect_set("v: a\n", text_entry("v", "x: y # \"z\\"), "v: \"x: y # \\\"z\\\\\"\n");
	expect_set("v: a\n", text_entry("v", "fd7a:115c::1"), "v: fd7a:115c::1\n");
	expect_set("v: a\n", text_entry("v", "fd7a::"), "v: \"fd7a::\"\n");
	expect_set("v: a\n", text_entry("v", "100.64.0.1"), "v: 100.64.0.1\n");
	expect_set("v: a\n", text_entry("v", "2026-03-05T05:17:00Z"),
		   "v: \"2026-03-05T05:17:00Z\"\n");
	expect_set("v: a\n", text_entry("v", "-x"), "v: \"-x\"\n");
}

static void a_value_that_was_nothing_is_filled(void **state)
{
	(void)state;
	expect_set("a: null\n", text_entry("a", "x"), "a: x\n");
	expect_set("a: ~ # c\n", text_entry("a", "x"), "a: x # c\n");
	expect_set("a:\nb: 1\n", text_entry("a", "x"), "a: x\nb: 1\n");
	expect_set("a: # c\nb: 1\n", text_entry("a", "x"), "a: x # c\nb: 1\n");
	expect_set("a:", text_entry("a", "x"), "a: x");
	expect_set("{a: , b: 1}\n", text_entry("a", "x"), "{a: x, b: 1}\n");
	expect_list("r: null\n", "10.0.0.0/8", NULL, "r: [\"10.0.0.0/8\"]\n");
}

static void a_key_is_added_behind_another(void **state)
{
	(void)state;
	expect_set("devices:\n  - id: nas # the box\n    os: linux\n", text_entry("ip", "1.2.3.4"),
		   "devices:\n  - id: nas # the box\n    ip: 1.2.3.4\n    os: linux\n");
	expect_set("devices:\n  - {id: nas, os: linux}\n", text_entry("ip", "1.2.3.4"),
		   "devices:\n  - {id: nas, ip: 1.2.3.4, os: linux}\n");
	expect_set("devices:\r\n- id: nas", text_entry("ip", "1.2.3.4"),
		   "devices:\r\n- id: nas\r\n  ip: 1.2.3.4");
	expect_set("devices: [{id: nas}, {id: pve}]\n", text_entry("ip", "1.2.3.4"),
		   "devices: [{id: nas, ip: 1.2.3.4}, {id: pve}]\n");
}

static void what_goes_over_several_lines_is_refused_with_its_place(void **state)
{
	static const char *const sentence =
		"this text goes over several lines; write it on one, then it can be changed";
	static const char turned[] = {'x', '\xe2', '\x80', '\xae', '\0'};
	char expected[200];

	(void)state;
	(void)snprintf(expected, sizeof(expected), "f.yaml:1:4: %s", sentence);
	expect_refused("a: one\n  two\n", text_entry("a", "x"), expected);
	expect_refused("a: \"one\n  two\"\n", text_entry("a", "x"), expected);
	expect_refused("a: 'one\n  two'\n", text_entry("a", "x"), expected);
	expect_refused("a: |\n  one\n", text_entry("a", "x"), expected);
	expect_refused("a: >-\n  one\n", text_entry("a", "x"), expected);
	expect_refused("a: {b: c}\n", text_entry("a", "x"),
		       "f.yaml:1:4: a map stands where text should be");
	expect_refused("a: 1\n", text_entry("b", "x"), "f.yaml:1:1: there is no 'id' here");
	expect_refused("a: 1\n", text_entry("a", "x\ny"),
		       "'a': text with a control character in it");
	expect_refused("a: 1\n", text_entry("a", turned),
		       "'a': text with a control character in it");
}

static void a_list_in_brackets_keeps_what_stays(void **state)
{
	(void)state;
	expect_list("r: [\"b\", \"a\"] # why\n", "a", "c", "r: [\"a\", \"c\"] # why\n");
	expect_list("r: ['b',]\n", "a", NULL, "r: ['a']\n");
	expect_list("r: [b, a]\n", "x", "a", "r: [a, x]\n");
	expect_list("r: []\n", "a", NULL, "r: [\"a\"]\n");
	expect_list("r: [a]\n", NULL, NULL, "r: []\n");
}

static void a_list_of_lines_keeps_what_stays(void **state)
{
	(void)state;
	expect_list("r:\n  - b # home\n  # mind\n  - a # shop\nx: 1\n", "a", "c",
		    "r:\n  # mind\n  - a # shop\n  - c\nx: 1\n");
	expect_list("r:\n- \"a\"", "a", "c", "r:\n- \"a\"\n- \"c\"");
	expect_list("r:\n  - a\n  - b\nx: 1\n", NULL, NULL, "r: []\nx: 1\n");
	expect_list("r:\r\n  - a\r\nx: 1\r\n", "b", NULL, "r:\r\n  - b\r\nx: 1\r\n");
}

static void a_list_that_cannot_be_changed_is_refused(void **state)
{
	const char *at[] = {"a"};
	struct texts list = {.at = at, .len = 1};
	struct yaml_entry entry = {"r", {.sort = YAML_LIST, .list = &list}};

	(void)state;
	expect_refused("r: [b,\n  c]\n", entry,
		       "f.yaml:1:4: this list goes over several lines; write it on one, or each "
		       "member on a line of its own behind '- ', then it can be changed");
	expect_refused("r: [[b]]\n", entry, "f.yaml:1:5: a list stands where text should be");
	expect_refused("r:\n  - {b: c}\n", entry, "f.yaml:2:5: a map stands where text should be");
	expect_refused("r:\n  -\n    b\n", entry,
		       "f.yaml:3:5: write each member of the list on a line of its own behind "
		       "'- ', then it can be changed");
	expect_refused("r: {b: c}\n", entry, "f.yaml:1:4: a map stands where a list should be");
}

/** Add a row with id and v. */
static void expect_row(const char *before, const char *id, const char *after)
{
	struct yaml_entry entries[] = {text_entry("id", id), text_entry("v", "x")};
	struct edited edited = {0};

	open_text(&edited, before);
	if (yaml_edit_add_row(&edited.edit, yaml_edit_get(edited.edit.root, "devices"), entries, 2,
			      &edited.err)) {
		fail_msg("%s", edited.err.text);
	}
	expect(&edited, after);
}

static void a_row_is_added_in_the_style_of_the_others(void **state)
{
	(void)state;
	expect_row("devices:\n  - id: a\n    v: \"1\"\n", "b",
		   "devices:\n  - id: a\n    v: \"1\"\n  - id: b\n    v: \"x\"\n");
	expect_row("devices:\n- id: 'a'\n  v: 1\n# end\nz: 1\n", "b",
		   "devices:\n- id: 'a'\n  v: 1\n- id: 'b'\n  v: x\n# end\nz: 1\n");
	expect_row("devices:\n  -   id: a\n", "b",
		   "devices:\n  -   id: a\n  -   id: b\n      v: x\n");
	expect_row("devices:\n  - {id: a}\n\n  - {id: c} # x\n", "b",
		   "devices:\n  - {id: a}\n\n  - {id: c} # x\n\n  - {id: b, v: x}\n");
	expect_row("devices:\r\n  - id: a", "b", "devices:\r\n  - id: a\r\n  - id: b\r\n    v: x");
	expect_row("devices:\n  # one\n  - id: a\n\n  # two\n  - id: c\n    # of c\n  # tail\n\n",
		   "b",
		   "devices:\n  # one\n  - id: a\n\n  # two\n  - id: c\n    # of c\n\n  - id: b\n"
		   "    v: x\n  # tail\n\n");
	expect_row(
		"devices:\n  - id: a\n    v: |\n      # text\n\n      more\n\nz: 1\n", "b",
		"devices:\n  - id: a\n    v: |\n      # text\n\n      more\n  - id: b\n    v: x\n"
		"\nz: 1\n");
	expect_row("devices:\n  - id: a\n...\n", "b",
		   "devices:\n  - id: a\n  - id: b\n    v: x\n...\n");
}

static void the_first_rows_start_a_list(void **state)
{
	struct yaml_entry one[] = {text_entry("id", "a")};
	struct yaml_entry two[] = {text_entry("id", "b")};
	struct edited edited = {0};
	struct node *list = NULL;

	(void)state;
	open_text(&edited, "devices: [] # none yet\nz: 1\n");
	list = yaml_edit_get(edited.edit.root, "devices");
	assert_int_equal(yaml_edit_add_row(&edited.edit, list, one, 1, &edited.err), 0);
	assert_int_equal(yaml_edit_add_row(&edited.edit, list, two, 1, &edited.err), 0);
	expect(&edited, "devices: # none yet\n  - id: a\n  - id: b\nz: 1\n");
	expect_row("devices: []", "a", "devices:\n  - id: a\n    v: x");
}

/** Remove the row at that index. */
static void expect_removed(const char *before, size_t index, const char *after)
{
	struct edited edited = {0};

	open_text(&edited, before);
	if (yaml_edit_remove_row(&edited.edit, yaml_edit_get(edited.edit.root, "devices"),
				 row_at(&edited, index), &edited.err)) {
		fail_msg("%s", edited.err.text);
	}
	expect(&edited, after);
}

static void a_row_is_removed_and_comments_around_it_stay(void **state)
{
	static const char file[] = "devices:\n  # shop\n  - id: a\n    # of a\n    v: 1\n\n"
				   "  # home\n  - id: b\n\n  - id: c\n# end\n";

	(void)state;
	expect_removed(file, 0, "devices:\n  # shop\n\n  # home\n  - id: b\n\n  - id: c\n# end\n");
	expect_removed(file, 1,
		       "devices:\n  # shop\n  - id: a\n    # of a\n    v: 1\n\n"
		       "  # home\n\n  - id: c\n# end\n");
	expect_removed(file, 2,
		       "devices:\n  # shop\n  - id: a\n    # of a\n    v: 1\n\n"
		       "  # home\n  - id: b\n\n# end\n");
	expect_removed("devices:\n- id: a\n\n- id: b\n\n- id: c\n", 1,
		       "devices:\n- id: a\n\n- id: c\n");
	expect_removed("devices:\n- id: a\n\n- id: b", 1, "devices:\n- id: a\n");
	expect_removed("devices:\n- {id: a}\n- {id: b}\n", 0, "devices:\n- {id: b}\n");
}

static void rows_come_and_go_in_one_edit(void **state)
{
	struct yaml_entry entries[] = {text_entry("id", "d")};
	struct yaml_entry version = text_entry("v", "2");
	struct edited edited = {0};
	struct node *list = NULL;

	(void)state;
	open_text(&edited, "n: 3\ndevices:\n  - id: a\n    v: \"1\"\n\n  - id: b\n\n  - id: c\n");
	list = yaml_edit_get(edited.edit.root, "devices");
	assert_int_equal(yaml_edit_set(&edited.edit, list->first, &version, "id", &edited.err), 0);
	assert_int_equal(yaml_edit_add_row(&edited.edit, list, entries, 1, &edited.err), 0);
	assert_int_equal(
		yaml_edit_remove_row(&edited.edit, list, list->first->next->next, &edited.err), 0);
	assert_int_equal(yaml_edit_remove_row(&edited.edit, list, list->first->next, &edited.err),
			 0);
	expect(&edited, "n: 3\ndevices:\n  - id: a\n    v: \"2\"\n\n  - id: d\n");
}

static void rows_in_brackets_are_refused(void **state)
{
	struct yaml_entry entries[] = {text_entry("id", "d")};
	struct edited edited = {0};
	struct node *list = NULL;

	(void)state;
	open_text(&edited, "devices: [{id: a}, {id: b}]\n");
	list = yaml_edit_get(edited.edit.root, "devices");
	assert_int_equal(yaml_edit_add_row(&edited.edit, list, entries, 1, &edited.err), -1);
	assert_string_equal(edited.err.text,
			    "f.yaml:1:10: this list is written in brackets; write each row on "
			    "lines of its own behind '- ', then rows can be added and removed");
	assert_int_equal(yaml_edit_remove_row(&edited.edit, list, list->first, &edited.err), -1);
	expect(&edited, "devices: [{id: a}, {id: b}]\n");
}

static void the_last_row_stays(void **state)
{
	struct edited edited = {0};
	struct node *list = NULL;

	(void)state;
	open_text(&edited, "devices:\n  - id: a\n");
	list = yaml_edit_get(edited.edit.root, "devices");
	assert_int_equal(yaml_edit_remove_row(&edited.edit, list, list->first, &edited.err), -1);
	assert_string_equal(edited.err.text, "f.yaml:2:5: no row would be left");
	expect(&edited, "devices:\n  - id: a\n");
}

static void bytes_that_would_say_something_else_never_come_out(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct yaml_entry entry = word_entry("a", "1 # not a word");
	struct edited edited = {0};

	(void)state;
	/* A word is the caller's claim, so it is lied here. */
	open_text(&edited, "a: 1\nb: 1\n");
	assert_int_equal(yaml_edit_set(&edited.edit, edited.edit.root, &entry, "a", &edited.err),
			 0);
	assert_int_equal(yaml_edit_finish(&edited.edit, &out, &edited.err), -1);
	assert_int_equal(edited.err.code, ERR_INTERNAL);
	assert_int_equal(out.len, 0);
	edited_release(&edited);
}

static void a_block_of_text_does_not_grow_in_silence(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct yaml_entry entry = text_entry("id", "b");
	struct edited edited = {0};

	(void)state;
	open_text(&edited, "devices:\n  - id: a\n    v: |\n      text");
	assert_int_equal(yaml_edit_add_row(&edited.edit, yaml_edit_get(edited.edit.root, "devices"),
					   &entry, 1, &edited.err),
			 0);
	assert_int_equal(yaml_edit_finish(&edited.edit, &out, &edited.err), -1);
	assert_non_null(strstr(edited.err.text, "; end its last line, and try again"));
	edited_release(&edited);
}

static void a_key_is_set_once(void **state)
{
	struct yaml_entry entry = text_entry("new", "b");
	struct edited edited = {0};

	(void)state;
	open_text(&edited, "id: a\n");
	assert_int_equal(yaml_edit_set(&edited.edit, edited.edit.root, &entry, "id", &edited.err),
			 0);
	assert_int_equal(yaml_edit_set(&edited.edit, edited.edit.root, &entry, "id", &edited.err),
			 -1);
	expect(&edited, "id: a\nnew: b\n");
}

static void anchors_and_tags_are_problems_with_their_place(void **state)
{
	static const char *const files[] = {"a: &x 1\n", "a: &x 1\nb: *x\n", "a: !!str 1\n", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct edited edited = {0};

		assert_int_equal(yaml_edit_open(&edited.edit, &edited.arena, "f.yaml",
						text_of(files[i]), &edited.problems),
				 -1);
		assert_true(edited.problems.list.len > 0);
		edited_release(&edited);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed_is_the_same_bytes),
		cmocka_unit_test(a_scalar_keeps_its_quotes_and_what_stands_behind_it),
		cmocka_unit_test(text_is_quoted_where_it_would_mean_something_else),
		cmocka_unit_test(a_value_that_was_nothing_is_filled),
		cmocka_unit_test(a_key_is_added_behind_another),
		cmocka_unit_test(what_goes_over_several_lines_is_refused_with_its_place),
		cmocka_unit_test(a_list_in_brackets_keeps_what_stays),
		cmocka_unit_test(a_list_of_lines_keeps_what_stays),
		cmocka_unit_test(a_list_that_cannot_be_changed_is_refused),
		cmocka_unit_test(a_row_is_added_in_the_style_of_the_others),
		cmocka_unit_test(the_first_rows_start_a_list),
		cmocka_unit_test(a_row_is_removed_and_comments_around_it_stay),
		cmocka_unit_test(rows_come_and_go_in_one_edit),
		cmocka_unit_test(rows_in_brackets_are_refused),
		cmocka_unit_test(the_last_row_stays),
		cmocka_unit_test(bytes_that_would_say_something_else_never_come_out),
		cmocka_unit_test(a_block_of_text_does_not_grow_in_silence),
		cmocka_unit_test(a_key_is_set_once),
		cmocka_unit_test(anchors_and_tags_are_problems_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
