#include "data/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "loaded.h"

static void load_bytes(struct loaded *loaded, struct text bytes, enum strictness strictness)
{
	*loaded = (struct loaded){0};
	loaded->result = yaml_load(&loaded->arena, "file.yaml", bytes, strictness,
				   &loaded->problems, &loaded->repeats, &loaded->root);
}

static void load(struct loaded *loaded, const char *text, enum strictness strictness)
{
	load_bytes(loaded, text_of(text), strictness);
}

/** The documents of it, joined by " | ". */
static void assert_tree(const char *text, enum strictness strictness, const char *expected)
{
	AUTO(auto_str) struct str tree = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	load(&loaded, text, strictness);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.problems.added, 0);
	for (const struct node *node = loaded.root; node; node = node->next) {
		str_add(&tree, node == loaded.root ? "" : " | ");
		add_tree(&tree, node);
	}
	assert_string_equal(str_text(&tree), expected);
}

static void assert_no_tree(const struct loaded *loaded)
{
	assert_int_equal(loaded->result, -1);
	assert_null(loaded->root);
	assert_true(loaded->problems.added > 0);
	assert_true(loaded->problems.list.len > 0);
}

/** Problem `index` in order of place is `expected`, written line:column: message. */
static void assert_problem(struct loaded *loaded, size_t index, const char *expected)
{
	AUTO(auto_str) struct str found = {0};
	const struct problem *problem = NULL;

	problems_sort(&loaded->problems);
	assert_true(index < loaded->problems.list.len);
	problem = &loaded->problems.list.at[index];
	assert_string_equal(problem->where.file, "file.yaml");
	str_printf(&found, "%d:%d: %s", problem->where.line, problem->where.column,
		   problem->message);
	assert_string_equal(str_text(&found), expected);
}

/** The text gives exactly one problem. */
static void assert_refused_bytes(struct text bytes, enum strictness strictness,
				 const char *expected)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	load_bytes(&loaded, bytes, strictness);
	assert_no_tree(&loaded);
	assert_problem(&loaded, 0, expected);
	assert_int_equal(loaded.problems.list.len, 1);
}

static void assert_refused(const char *text, enum strictness strictness, const char *expected)
{
	assert_refused_bytes(text_of(text), strictness, expected);
}

static void scalars_stay_text(void **state)
{
	(void)state;
	assert_tree("a: no\nb: 0x10\nc: '1'\nd: \"x\\ty\"\ne: |\n  z\nf:\n", OWN_FILE,
		    "{a: no, b: 0x10, c: \"1\", d: \"x\ty\", e: \"z\n\", f: }");
}

static void lists_and_maps_nest(void **state)
{
	(void)state;
	assert_tree("a:\n- x\n- y: 1\n  z: [p, {q: r}]\nb: {}\nc: []\n", OWN_FILE,
		    "{a: [x, {y: 1, z: [p, {q: r}]}], b: {}, c: []}");
	assert_tree("--- x\n...\n", OWN_FILE, "x");
}

static void every_value_and_key_has_its_place(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};
	const struct node *list = NULL;

	(void)state;
	load(&loaded, "# comment\nlist:\n  - id: x\n    host: 'y'\nempty:\n", OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.root->where.line, 2);
	assert_int_equal(loaded.root->where.column, 1);
	list = node_get(loaded.root, "list");
	assert_int_equal(list->where.line, 3);
	assert_int_equal(list->where.column, 3);
	assert_int_equal(list->first->where.column, 5);
	assert_int_equal(node_place(list->first, "host").line, 4);
	assert_int_equal(node_place(list->first, "host").column, 11);
	assert_int_equal(node_get(list->first, "host")->key_where.column, 5);
	assert_int_equal(node_place(list->first, "absent").column, 5);
	assert_int_equal(node_place(loaded.root, "empty").line, 5);
	assert_int_equal(node_place(loaded.root, "empty").column, 7);
	assert_string_equal(list->where.file, "file.yaml");
}

static void columns_are_bytes_and_lines_end_at_newlines(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	/* U+2028 and U+0085 end a line for YAML 1.1, but for no editor. */
	load(&loaded,
	     "a: \"\xc3\xa4\xe2\x80\xa8 \xc2\x85 \"\r\n\xc3\xa4\xf0\x9f\x98\x80: {b: c}\r\n",
	     OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.root->first->next->key_where.line, 2);
	assert_int_equal(loaded.root->first->next->key_where.column, 1);
	assert_int_equal(loaded.root->first->next->where.column, 9);
	assert_int_equal(loaded.root->first->next->first->where.column, 13);
}

static void a_byte_order_mark_shifts_nothing(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded,
	     "\xef\xbb\xbf"
	     "a: b\n",
	     OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.root->first->key_where.column, 1);
	assert_int_equal(loaded.root->first->where.column, 4);
	assert_refused("\xef\xbb\xbf"
		       "a: @b\n",
		       OWN_FILE, "1:4: '@' cannot start a value");
}

static void an_empty_file_is_a_problem(void **state)
{
	static const char *const empty[] = {"",      "\n \n",           "# only\n# comments\n",
					    "---\n", "---\n# x\n...\n", "\xef\xbb\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		assert_refused(empty[i], OWN_FILE, "0:0: the file is empty or holds only comments");
		assert_refused(empty[i], LOOKED_INTO,
			       "0:0: the file is empty or holds only comments");
	}
	assert_refused_bytes((struct text){0}, OWN_FILE,
			     "0:0: the file is empty or holds only comments");
	assert_refused("---\n---\n", LOOKED_INTO, "0:0: the file is empty or holds only comments");
	assert_tree("--- ''\n", OWN_FILE, "\"\"");
	assert_tree("~\n", OWN_FILE, "~");
}

static void own_files_report_every_repeated_key(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "x: 1\ny: {a: 1, \"a\": 2}\nx: 2\nz: 1\nx: 3\n", OWN_FILE);
	assert_no_tree(&loaded);
	assert_int_equal(loaded.problems.added, 3);
	assert_problem(&loaded, 0, "2:11: key 'a' stands twice; first on line 2");
	assert_problem(&loaded, 1, "3:1: key 'x' stands twice; first on line 1");
	assert_problem(&loaded, 2, "5:1: key 'x' stands twice; first on line 1");
	assert_int_equal(loaded.problems.list.at[0].kind, PROBLEM_REPEATED_KEY);
	assert_string_equal(loaded.problems.list.at[1].quoted, "x: 2");
}

static void own_files_hold_no_anchors_aliases_tags_or_merges(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded,
	     "a: &x 1\nb: *x\nc: !!str 2\nd: !own {e: f}\n<<: {g: h}\ni: &y [j]\n*x : k\na: again\n",
	     OWN_FILE);
	assert_no_tree(&loaded);
	assert_int_equal(loaded.problems.added, 8);
	assert_problem(&loaded, 0, "1:4: anchor '&x' is not allowed in this file");
	assert_problem(&loaded, 1, "2:4: alias '*x' is not allowed in this file");
	assert_problem(&loaded, 2, "3:4: tag '!!str' is not allowed in this file");
	assert_problem(&loaded, 3, "4:4: tag '!own' is not allowed in this file");
	assert_problem(&loaded, 4, "5:1: merge key '<<' is not allowed in this file");
	assert_problem(&loaded, 5, "6:4: anchor '&y' is not allowed in this file");
	assert_problem(&loaded, 6, "7:1: alias '*x' is not allowed in this file");
	assert_problem(&loaded, 7, "8:1: key 'a' stands twice; first on line 1");
}

static void quoted_less_than_signs_are_an_ordinary_key(void **state)
{
	(void)state;
	assert_tree("'<<': {a: b}\n", OWN_FILE, "{<<: {a: b}}");
	assert_tree("'<<': {a: b}\n", LOOKED_INTO, "{<<: {a: b}}");
}

static void own_files_hold_one_document(void **state)
{
	(void)state;
	assert_refused("a: 1\n---\nb: 2\n", OWN_FILE, "2:1: a second document starts here");
	assert_refused("a: 1\n---\n", OWN_FILE, "2:1: a second document starts here");
	assert_tree("---\na: 1\n...\n", OWN_FILE, "{a: 1}");
}

static void keys_are_text(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "? [a, {b: c}]\n: 1\nx: 1\n? {d: e}\n: 2\nx: 2\n", OWN_FILE);
	assert_no_tree(&loaded);
	assert_int_equal(loaded.problems.added, 3);
	assert_problem(&loaded, 0, "1:3: a list cannot be a key");
	assert_problem(&loaded, 1, "4:3: a map cannot be a key");
	assert_problem(&loaded, 2, "6:1: key 'x' stands twice; first on line 3");
	assert_refused("? [a]\n: 1\n", LOOKED_INTO, "1:3: a list cannot be a key");
	assert_refused("a: &x [1]\n*x : 2\n", LOOKED_INTO, "2:1: a list cannot be a key");
}

static void bytes_that_are_not_text_are_refused_at_their_place(void **state)
{
	(void)state;
	assert_refused("a: 1\nb: \xc3\xa4 \xff\n", OWN_FILE, "2:7: byte 0xff is not valid UTF-8");
	assert_refused("a: \xed\xa0\x80\n", LOOKED_INTO, "1:4: byte 0xed is not valid UTF-8");
	assert_refused("a: \xc3", OWN_FILE, "1:4: byte 0xc3 is not valid UTF-8");
	assert_refused_bytes((struct text){"a: b\0c\n", 7}, OWN_FILE,
			     "1:5: a NUL byte stands here");
	assert_refused("a: \"\\0\"\n", OWN_FILE, "1:4: the text holds a NUL character");
	assert_refused("a: 1\nb: \x1b[2J\n", OWN_FILE,
		       "2:4: control character U+001B cannot stand in a YAML file");
	assert_refused("a: \x7f\n", OWN_FILE,
		       "1:4: control character U+007F cannot stand in a YAML file");
	assert_refused_bytes((struct text){"\xff\xfe"
					   "a\0:\0",
					   6},
			     OWN_FILE, "1:1: the file is UTF-16");
	assert_refused_bytes((struct text){"\xfe\xff\0a", 4}, LOOKED_INTO,
			     "1:1: the file is UTF-16");
}

/** `count` times `unit` between a start and an end. */
static void repeat(struct str *out, const char *start, const char *unit, size_t count,
		   const char *end)
{
	str_clear(out);
	str_add(out, start);
	for (size_t i = 0; i < count; i++) {
		str_add(out, unit);
	}
	str_add(out, end);
}

/** A list in a list in a list ... */
static void nest(struct str *out, size_t depth)
{
	repeat(out, "", "[", depth, "");
	for (size_t i = 0; i < depth; i++) {
		str_add_char(out, ']');
	}
}

static void depth_has_a_ceiling(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(loaded_release) struct loaded own = {0};
	AUTO(loaded_release) struct loaded looked_into = {0};

	(void)state;
	nest(&text, 32);
	load(&own, str_text(&text), OWN_FILE);
	assert_int_equal(own.result, 0);
	nest(&text, 33);
	assert_refused(str_text(&text), OWN_FILE, "1:33: lists and maps are nested deeper than 32");
	nest(&text, 100);
	load(&looked_into, str_text(&text), LOOKED_INTO);
	assert_int_equal(looked_into.result, 0);
	nest(&text, 101);
	assert_refused(str_text(&text), LOOKED_INTO,
		       "1:101: lists and maps are nested deeper than 100");
	repeat(&text, "", "[", 500000, "");
	assert_refused(str_text(&text), OWN_FILE, "1:33: lists and maps are nested deeper than 32");
	repeat(&text, "", "- ", 500000, "");
	assert_refused(str_text(&text), LOOKED_INTO,
		       "1:201: lists and maps are nested deeper than 100");
}

static void the_number_of_values_has_a_ceiling(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	repeat(&text, "[", "1,", 99999, "]");
	load(&loaded, str_text(&text), OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.root->count, 99999);
	repeat(&text, "[", "1,", 100000, "]");
	assert_refused(str_text(&text), OWN_FILE,
		       "1:200000: the file holds more than 100000 values");
}

static void aliases_are_expanded(void **state)
{
	(void)state;
	assert_tree("a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x]\n", LOOKED_INTO,
		    "{a: {k: [1, 2]}, b: {k: [1, 2]}, c: [{k: [1, 2]}, {k: [1, 2]}]}");
	assert_tree("a: &x one\nb: *x\na2: &x two\nc: *x\n", LOOKED_INTO,
		    "{a: one, b: one, a2: two, c: two}");
	assert_tree("&k key: *k\nb: {*k : v}\n", LOOKED_INTO, "{key: key, b: {key: v}}");
	assert_tree("- &a 1\n- &b 2\n- &c 3\n- [*b, *c, *a]\n", LOOKED_INTO,
		    "[1, 2, 3, [2, 3, 1]]");
}

static void an_alias_has_its_own_key_and_the_place_of_what_it_names(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};
	const struct node *alias = NULL;

	(void)state;
	load(&loaded, "a: &x\n  k: v\nb: *x\n", LOOKED_INTO);
	assert_int_equal(loaded.result, 0);
	alias = node_get(loaded.root, "b");
	assert_int_equal(alias->key_where.line, 3);
	assert_int_equal(node_place(alias, "k").line, 2);
}

static void an_alias_needs_an_anchor_that_is_complete(void **state)
{
	(void)state;
	assert_refused("a: *x\n", LOOKED_INTO, "1:4: alias '*x' names no anchor before it");
	assert_refused("a: *x\nb: &x 1\n", LOOKED_INTO,
		       "1:4: alias '*x' names no anchor before it");
	assert_refused("&a [*a]\n", LOOKED_INTO, "1:5: alias '*a' stands inside of what it names");
	assert_refused("a: &a {b: [{c: *a}]}\n", LOOKED_INTO,
		       "1:16: alias '*a' stands inside of what it names");
	assert_refused("&a x\n---\n*a\n", LOOKED_INTO, "3:1: alias '*a' names no anchor before it");
}

static void an_alias_bomb_is_refused(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	str_add(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 10; i++) {
		str_printf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++) {
			str_printf(&text, "*a%d,", i - 1);
		}
		str_add(&text, "]\n");
	}
	load(&loaded, str_text(&text), LOOKED_INTO);
	assert_no_tree(&loaded);
	assert_int_equal(loaded.problems.added, 1);
	assert_string_equal(loaded.problems.list.at[0].message,
			    "the file holds more than 1000000 values");
}

static void aliases_cannot_nest_deeper_than_text_can(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	str_add(&text, "a0: &a0 [x]\n");
	for (int i = 1; i < 200; i++) {
		str_printf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	}
	load(&loaded, str_text(&text), LOOKED_INTO);
	assert_no_tree(&loaded);
	assert_problem(&loaded, 0, "100:12: lists and maps are nested deeper than 100");
}

static void merged_keys_give_way_to_the_maps_own(void **state)
{
	(void)state;
	assert_tree("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", LOOKED_INTO,
		    "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}");
	assert_tree("b:\n  q: 3\n  <<: {p: 1, q: 2}\n", LOOKED_INTO, "{b: {q: 3, p: 1}}");
	assert_tree("- &x {p: 1, q: 1}\n- &y {q: 2, r: 2}\n- <<: [*x, *y]\n  s: 3\n", LOOKED_INTO,
		    "[{p: 1, q: 1}, {q: 2, r: 2}, {s: 3, p: 1, q: 1, r: 2}]");
	assert_tree("- &x {p: 1}\n- &y {<<: *x, q: 2}\n- <<: *y\n", LOOKED_INTO,
		    "[{p: 1}, {q: 2, p: 1}, {q: 2, p: 1}]");
	assert_tree("- <<: &x {p: 1}\n- *x\n", LOOKED_INTO, "[{p: 1}, {p: 1}]");
	assert_tree("<<: {}\na: 1\n", LOOKED_INTO, "{a: 1}");
	assert_tree("<<: {}\n", LOOKED_INTO, "{}");
}

static void only_maps_can_be_merged(void **state)
{
	(void)state;
	assert_refused("<<: text\na: 1\n", LOOKED_INTO,
		       "1:5: expected a map or a list of maps for '<<', found text");
	assert_refused("<<: [{a: 1}, [b]]\n", LOOKED_INTO,
		       "1:14: expected a map or a list of maps for '<<', found a list");
}

static void tags_are_ignored_but_say_what_is_text(void **state)
{
	(void)state;
	assert_tree("a: !!str 12\nb: !!int 12\nc: ! 12\nd: !own {e: f}\n", LOOKED_INTO,
		    "{a: \"12\", b: 12, c: \"12\", d: {e: f}}");
}

static void documents_are_chained(void **state)
{
	(void)state;
	assert_tree("a: 1\n---\n[b]\n--- c\n", LOOKED_INTO, "{a: 1} | [b] | c");
	assert_tree("---\n---\na: 1\n", LOOKED_INTO, " | {a: 1}");
}

static void looked_into_files_hand_back_repeated_keys(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "x: 1\ny: {b: 1, a: 1, a: 2, b: 3}\nx: 2\nz: 4\nx: 3\n", LOOKED_INTO);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.problems.added, 0);
	assert_int_equal(loaded.repeats.len, 4);
	assert_string_equal(loaded.repeats.at[0].key, "a");
	assert_int_equal(loaded.repeats.at[0].where.column, 17);
	assert_int_equal(loaded.repeats.at[0].first.column, 11);
	assert_string_equal(loaded.repeats.at[1].key, "b");
	assert_string_equal(loaded.repeats.at[2].key, "x");
	assert_int_equal(loaded.repeats.at[2].where.line, 3);
	assert_int_equal(loaded.repeats.at[3].where.line, 5);
	assert_int_equal(loaded.repeats.at[3].first.line, 1);
	assert_int_equal(loaded.root->count, 3);
	assert_tree("x: 1\ny: 2\nx: 3\nz: 4\n", LOOKED_INTO, "{y: 2, x: 3, z: 4}");
}

static void repeated_keys_need_not_be_wanted(void **state)
{
	struct arena arena = {0};
	struct problems problems = {0};
	struct node *root = NULL;

	(void)state;
	assert_int_equal(yaml_load(&arena, "f", text_of("a: 1\na: 2\n"), LOOKED_INTO, &problems,
				   NULL, &root),
			 0);
	assert_int_equal(root->count, 1);
	arena_release(&arena);
}

static void hostile_maps_are_read_quickly(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(loaded_release) struct loaded same = {0};
	AUTO(loaded_release) struct loaded distinct = {0};

	(void)state;
	/* Quadratic work would take minutes; the ceiling of the test run ends it then. */
	repeat(&text, "", "k: 1\n", 90000, "");
	load(&same, str_text(&text), OWN_FILE);
	assert_no_tree(&same);
	assert_int_equal(same.problems.added, 89999);
	str_clear(&text);
	for (int i = 0; i < 90000; i++) {
		str_printf(&text, "k%d: 1\n", i);
	}
	load(&distinct, str_text(&text), OWN_FILE);
	assert_int_equal(distinct.result, 0);
	assert_int_equal(distinct.root->count, 90000);
}

static void anchors_and_directives_have_a_ceiling(void **state)
{
	AUTO(auto_str) struct str text = {0};

	(void)state;
	for (int i = 0; i < 10001; i++) {
		str_printf(&text, "- &a%d x\n", i);
	}
	assert_refused(str_text(&text), LOOKED_INTO,
		       "10001:3: the document has more than 10000 anchors");
	str_clear(&text);
	for (int i = 0; i < 50000; i++) {
		str_printf(&text, "%%TAG !a%d! x\n", i);
	}
	assert_refused(str_text(&text), OWN_FILE, "101:1: the file has more than 100 %TAG lines");
}

static void syntax_errors_say_what_to_do(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} cases[] = {
		{"a: 1\nb:\n\tc: 2\n", "3:1: a tab cannot be used for indentation"},
		{"a: 1\n\tb: 2\n", "2:1: a tab cannot be used for indentation"},
		{"a: \"x\nb: 2\n", "1:4: this quote is never closed"},
		{"a: 'x\n", "1:4: this quote is never closed"},
		{"a: 'x\n---\nb'\n", "1:4: this quote is not closed before the document ends"},
		{"a: [1, 2\nb: 3\n",
		 "2:2: expected ',' or ']'; the list was opened on line 1, column 4"},
		{"a: {b: 1 c\n]",
		 "2:1: expected ',' or '}'; the map was opened on line 1, column 4"},
		{"a: [1,\n", "1:4: this '[' is never closed"},
		{"a: {x: 1\n", "1:4: this '{' is never closed"},
		{"a: b: c\n", "1:5: a ':' cannot stand here"},
		{"a: 1\nfoo\nb: 2\n", "2:1: expected ':' after the key"},
		{"a:\n  b: 1\n c: 2\n", "3:2: expected a key in the column of the map's others; "
					"the map starts on line 1, column 1"},
		{"- a\n- c\nd: e\n",
		 "3:1: expected '- ' in the column of the list's others; the list starts on line 1, column 1"},
		{"- a\n- c\nd\n", "3:1: expected ':' after the key"},
		{"a: @x\n", "1:4: '@' cannot start a value"},
		{"a: - b\n", "1:4: a list entry '- ' cannot start here"},
		{"a: \"b\" c\n", "1:8: expected nothing more on this line after the value"},
		{"a: \"\\q\"\n", "1:5: no such escape after '\\'"},
		{"a: *.sh\n", "1:4: '&' and '*' start the name of an anchor or alias"},
		{"a: *x.sh\n", "1:4: '&' and '*' start the name of an anchor or alias"},
		{"a: &\n", "1:4: '&' and '*' start the name of an anchor or alias"},
		{"%FOO\n--- a\n",
		 "1:1: a line that starts with '%' is a directive; only %YAML and %TAG are known"},
		{"%YAML 1.1\n%YAML 1.1\n--- a\n", "2:1: found duplicate %YAML directive"},
		{"a: 'it's'\n", "1:8: expected nothing more on this line after the value"},
		{"a: > text\n", "1:6: a block of text after '|' or '>' starts on the next line"},
		{"a: \"\\ud800\"\n", "1:7: the escape names no Unicode character"},
		{"a: \"\\xz\"\n", "1:7: expected hexadecimal digits of a character's number"},
		{"[]]", "1:3: expected nothing more here, the document has ended"},
		{"a: |x\n  y\n", "1:5: a block of text after '|' or '>' starts on the next line"},
		{"a: !x!y z\n", "1:4: the tag uses a handle that no %TAG line defines"},
		{"%YAML 9.0\n--- a\n", "1:1: only YAML 1.1 and 1.2 are read"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_refused(cases[i].text, OWN_FILE, cases[i].problem);
		assert_refused(cases[i].text, LOOKED_INTO, cases[i].problem);
	}
}

static void mistakes_before_a_syntax_error_are_reported_too(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "a: {x: 1, x: 2}\nb: &c 3\nd: [\n", OWN_FILE);
	assert_no_tree(&loaded);
	assert_int_equal(loaded.problems.added, 3);
	assert_problem(&loaded, 0, "1:11: key 'x' stands twice; first on line 1");
	assert_problem(&loaded, 1, "2:4: anchor '&c' is not allowed in this file");
	assert_problem(&loaded, 2, "3:4: this '[' is never closed");
}

static void null_has_six_spellings(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "- ~\n-\n- null\n- Null\n- NULL\n- 'null'\n- nil\n- []\n", OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_true(node_is_null(NULL));
	for (const struct node *node = loaded.root->first; node; node = node->next) {
		assert_int_equal(node_is_null(node), node->where.line <= 5);
	}
	assert_string_equal(node_sort(NULL), "nothing");
	assert_string_equal(node_sort(loaded.root), "a list");
	assert_string_equal(node_sort(loaded.root->first), "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_stay_text),
		cmocka_unit_test(lists_and_maps_nest),
		cmocka_unit_test(every_value_and_key_has_its_place),
		cmocka_unit_test(columns_are_bytes_and_lines_end_at_newlines),
		cmocka_unit_test(a_byte_order_mark_shifts_nothing),
		cmocka_unit_test(an_empty_file_is_a_problem),
		cmocka_unit_test(own_files_report_every_repeated_key),
		cmocka_unit_test(own_files_hold_no_anchors_aliases_tags_or_merges),
		cmocka_unit_test(quoted_less_than_signs_are_an_ordinary_key),
		cmocka_unit_test(own_files_hold_one_document),
		cmocka_unit_test(keys_are_text),
		cmocka_unit_test(bytes_that_are_not_text_are_refused_at_their_place),
		cmocka_unit_test(depth_has_a_ceiling),
		cmocka_unit_test(the_number_of_values_has_a_ceiling),
		cmocka_unit_test(aliases_are_expanded),
		cmocka_unit_test(an_alias_has_its_own_key_and_the_place_of_what_it_names),
		cmocka_unit_test(an_alias_needs_an_anchor_that_is_complete),
		cmocka_unit_test(an_alias_bomb_is_refused),
		cmocka_unit_test(aliases_cannot_nest_deeper_than_text_can),
		cmocka_unit_test(merged_keys_give_way_to_the_maps_own),
		cmocka_unit_test(only_maps_can_be_merged),
		cmocka_unit_test(tags_are_ignored_but_say_what_is_text),
		cmocka_unit_test(documents_are_chained),
		cmocka_unit_test(looked_into_files_hand_back_repeated_keys),
		cmocka_unit_test(repeated_keys_need_not_be_wanted),
		cmocka_unit_test(hostile_maps_are_read_quickly),
		cmocka_unit_test(anchors_and_directives_have_a_ceiling),
		cmocka_unit_test(syntax_errors_say_what_to_do),
		cmocka_unit_test(mistakes_before_a_syntax_error_are_reported_too),
		cmocka_unit_test(null_has_six_spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
