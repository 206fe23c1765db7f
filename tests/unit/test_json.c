#include "data/json.h"

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
	loaded->result = json_load(&loaded->arena, "file.json", bytes, strictness,
				   &loaded->problems, &loaded->repeats, &loaded->root);
}

static void load(struct loaded *loaded, const char *text, enum strictness strictness)
{
	load_bytes(loaded, text_of(text), strictness);
}

static void assert_tree(const char *text, const char *expected)
{
	AUTO(auto_str) struct str tree = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	load(&loaded, text, OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.problems.added, 0);
	add_tree(&tree, loaded.root);
	assert_string_equal(str_text(&tree), expected);
	assert_null(loaded.root->next);
}

static void assert_refused_bytes(struct text bytes, enum strictness strictness,
				 const char *expected)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	load_bytes(&loaded, bytes, strictness);
	assert_only_problem(&loaded, expected);
}

static void assert_refused(const char *text, const char *expected)
{
	assert_refused_bytes(text_of(text), OWN_FILE, expected);
	assert_refused_bytes(text_of(text), LOOKED_INTO, expected);
}

static void values_of_every_kind_are_read(void **state)
{
	(void)state;
	assert_tree("{\"a\": 1, \"b\": -2.5e3, \"c\": true, \"d\": null, \"e\": \"x\", \"f\": []}",
		    "{a: 1, b: -2.5e3, c: true, d: null, e: \"x\", f: []}");
	assert_tree("[[], {}, [1,[2]], {\"a\":{\"b\":[]}}]", "[[], {}, [1, [2]], {a: {b: []}}]");
	assert_tree(" 12 ", "12");
	assert_tree("\"x\"", "\"x\"");
	assert_tree("9223372036854775807", "9223372036854775807");
}

static void escapes_are_undone(void **state)
{
	(void)state;
	assert_tree("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\"\\/\b\f\n\r\t\"");
	assert_tree("\"\\u0041\\u00e4\\u20AC\\ud83d\\uDE00x\"",
		    "\"A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80x\"");
	assert_tree("{\"\\u0061\\\"\": 1}", "{a\": 1}");
}

static void every_value_and_key_has_its_place(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};
	const struct node *list = NULL;

	(void)state;
	load(&loaded, "\n {\r\n\t\"\xc3\xa4\\n\" : \"x\",\n  \"b\": [\n1,  {}]\n}\n", OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.root->where.line, 2);
	assert_int_equal(loaded.root->where.column, 2);
	assert_int_equal(loaded.root->first->key_where.line, 3);
	assert_int_equal(loaded.root->first->key_where.column, 2);
	assert_int_equal(loaded.root->first->where.column, 11);
	list = node_get(loaded.root, "b");
	assert_int_equal(list->where.line, 4);
	assert_int_equal(list->where.column, 8);
	assert_int_equal(list->first->where.line, 5);
	assert_int_equal(list->first->where.column, 1);
	assert_int_equal(list->first->next->where.column, 5);
	assert_string_equal(list->where.file, "file.json");
}

static void a_byte_order_mark_shifts_nothing(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "\xef\xbb\xbf[1]", OWN_FILE);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.root->where.column, 1);
	assert_int_equal(loaded.root->first->where.column, 2);
}

static void own_files_report_every_repeated_key(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "{\"a\": 1,\n \"\\u0061\": 2,\n \"b\": {\"c\": 1, \"c\": 2}}", OWN_FILE);
	assert_int_equal(loaded.result, -1);
	assert_int_equal(loaded.problems.added, 2);
	problems_sort(&loaded.problems);
	assert_int_equal(loaded.problems.list.at[0].where.line, 2);
	assert_int_equal(loaded.problems.list.at[0].where.column, 2);
	assert_string_equal(loaded.problems.list.at[0].message,
			    "key 'a' stands twice; first on line 1");
	assert_int_equal(loaded.problems.list.at[1].where.column, 16);
}

static void looked_into_files_hand_back_repeated_keys(void **state)
{
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	load(&loaded, "{\"a\": 1, \"b\": 2, \"a\": 3}", LOOKED_INTO);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.repeats.len, 1);
	assert_string_equal(loaded.repeats.at[0].key, "a");
	assert_int_equal(loaded.repeats.at[0].where.column, 18);
	assert_int_equal(loaded.repeats.at[0].first.column, 2);
	assert_int_equal(loaded.root->count, 2);
	assert_string_equal(node_get(loaded.root, "a")->text.at, "3");
}

static void less_than_signs_are_an_ordinary_key(void **state)
{
	(void)state;
	assert_tree("{\"<<\": {\"a\": 1}}", "{<<: {a: 1}}");
}

static void syntax_errors_are_shown_where_they_are(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} cases[] = {
		{"", "0:0: the file is empty"},
		{" \n\t", "0:0: the file is empty"},
		{"\xef\xbb\xbf", "0:0: the file is empty"},
		{"[\n1,\n ]", "3:2: expected a value = JSON allows no comma before the closing "
			      "bracket"},
		{"{\"a\":1,}",
		 "1:8: expected a key in double quotes, or '}' = JSON allows no comma "
		 "before the closing bracket"},
		{"{\"a\" 1}", "1:6: expected ':' after the key"},
		{"{\"a\":1\n \"a long key of more than twenty bytes\":2}",
		 "2:2: expected ',' or '}'"},
		{"{a:1}", "1:2: expected a key in double quotes, or '}'"},
		{"[1 2]", "1:4: expected ',' or ']'"},
		{"{} x", "1:4: expected nothing more after the value"},
		{"[\"a\\qb\"]", "1:5: no such escape after '\\'"},
		{"[\"\xc3\xa4\\qb\"]", "1:6: no such escape after '\\'"},
		{"[\"a\nb\"]", "1:2: this quote is not closed on its line"},
		{"[\"a", "1:2: this quote is never closed"},
		{"[\"a\\", "1:4: no such escape after '\\'"},
		{"[01]", "1:2: this is no JSON value"},
		{"[truex]", "1:2: this is no JSON value"},
		{"[ 1e999]", "1:3: the number is too large"},
		{"[99999999999999999999]", "1:2: the number does not fit into 64 bits"},
		{"[-99999999999999999999]", "1:2: the number does not fit into 64 bits"},
		{"[\"\\u0000\"]", "1:2: the text holds a NUL character"},
		{"{\"\\u0000\":1}", "1:2: the text holds a NUL character"},
		{"[\"\\ud800\"]", "1:2: the text holds an escape that names no character"},
		{"[\"\\udc00\"]", "1:2: the text holds an escape that names no character"},
		{"[\"a\x01\"]", "1:4: a control character stands in the text"},
		{"[1, // one\n1]", "1:5: this is no JSON value = JSON has no comments"},
		{"['a']", "1:2: this is no JSON value = texts are written in double quotes"},
		{"[{\"b\":[1,2]", "1:2: this '{' is never closed"},
		{"[1,2", "1:1: this '[' is never closed"},
		{"{\"a\":1]", "1:7: expected ',' or '}'"},
		{"[1\xff]", "1:3: byte 0xff is not valid UTF-8 = save the file as UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_refused(cases[i].text, cases[i].problem);
	}
	assert_refused_bytes((struct text){"[1]\0", 4}, OWN_FILE,
			     "1:4: a NUL byte stands here = the file must be text in UTF-8");
	assert_refused_bytes((struct text){"\xff\xfe[\0]\0", 6}, OWN_FILE,
			     "1:1: the file is UTF-16 = save it as UTF-8");
	assert_refused_bytes((struct text){0}, OWN_FILE, "0:0: the file is empty");
}

static void depth_and_number_of_values_have_ceilings(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(loaded_release) struct loaded deep = {0};
	AUTO(loaded_release) struct loaded wide = {0};

	(void)state;
	for (int i = 0; i < 64; i++) {
		str_add(&text, "[");
	}
	for (int i = 0; i < 64; i++) {
		str_add(&text, "]");
	}
	load(&deep, str_text(&text), OWN_FILE);
	assert_int_equal(deep.result, 0);
	str_clear(&text);
	for (int i = 0; i < 100000; i++) {
		str_add(&text, "[");
	}
	assert_refused(str_text(&text), "1:65: lists and maps are nested deeper than 64");
	str_clear(&text);
	str_add(&text, "[1");
	for (int i = 0; i < 99998; i++) {
		str_add(&text, ",1");
	}
	str_add(&text, "]");
	load(&wide, str_text(&text), OWN_FILE);
	assert_int_equal(wide.result, 0);
	assert_int_equal(wide.root->count, 99999);
	text.at[text.len - 1] = ',';
	str_add(&text, "1]");
	assert_refused_bytes(str_view(&text), OWN_FILE,
			     "1:200000: the file holds more than 100000 values");
	text.at[text.len - 1] = ',';
	for (int i = 0; i < 200000; i++) {
		str_add(&text, ",[]");
	}
	assert_refused_bytes(str_view(&text), OWN_FILE,
			     "0:0: the file holds more than 100000 values");
}

static void hostile_maps_are_read_quickly(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(loaded_release) struct loaded loaded = {0};

	(void)state;
	str_add(&text, "{\"k\":1");
	for (int i = 0; i < 90000; i++) {
		str_printf(&text, ",\"k%d\":1", i / 2);
	}
	str_add(&text, "}");
	load(&loaded, str_text(&text), LOOKED_INTO);
	assert_int_equal(loaded.result, 0);
	assert_int_equal(loaded.repeats.len, 45000);
	assert_int_equal(loaded.root->count, 45001);
}

/** A value as text; the value is freed. */
static const char *written(struct json *value, enum json_form form, struct str *out)
{
	str_clear(out);
	json_write(value, form, out);
	json_free(value);
	return str_text(out);
}

static struct json *sample(void)
{
	struct json *map = json_map();
	struct json *list = json_list();

	json_put_text(map, "text", "a\"\xc3\xa4/\n");
	json_put_int(map, "number", INT64_MIN);
	json_put_bool(map, "truth", true);
	json_put_null(map, "nothing");
	json_put_text(map, "absent", NULL);
	json_put(map, "list", list);
	json_add(list, json_map());
	json_add_text(list, "x");
	json_add(list, json_list());
	return map;
}

static void the_indented_form_keeps_the_order(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(written(sample(), JSON_INDENTED, &out),
			    "{\n  \"text\": \"a\\\"\xc3\xa4/\\n\",\n"
			    "  \"number\": -9223372036854775808,\n"
			    "  \"truth\": true,\n  \"nothing\": null,\n  \"absent\": null,\n"
			    "  \"list\": [\n    {},\n    \"x\",\n    []\n  ]\n}\n");
	assert_string_equal(written(json_list(), JSON_INDENTED, &out), "[]\n");
}

static void the_canonical_form_is_sorted_and_compact(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_string_equal(written(sample(), JSON_CANONICAL, &out),
			    "{\"absent\":null,\"list\":[{},\"x\",[]],\"nothing\":null,"
			    "\"number\":-9223372036854775808,\"text\":\"a\\\"\xc3\xa4/\\n\","
			    "\"truth\":true}");
}

static void text_that_is_not_utf8_is_written_printable(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct json *map = json_map();
	struct json *list = json_list();

	(void)state;
	json_put_text(map, "a", "x\xff\x1b");
	json_put(map, "b", list);
	json_add_text(list, "\xc3");
	assert_string_equal(written(map, JSON_CANONICAL, &out),
			    "{\"a\":\"x\\\\xff\\\\x1b\",\"b\":[\"\\\\xc3\"]}");
}

static void putting_a_key_again_replaces_its_value(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct json *map = json_map();

	(void)state;
	json_put_int(map, "a", 1);
	json_put_int(map, "a", 2);
	assert_string_equal(written(map, JSON_CANONICAL, &out), "{\"a\":2}");
	json_free(NULL);
}

static void what_is_written_can_be_read(void **state)
{
	AUTO(auto_str) struct str out = {0};

	(void)state;
	assert_tree(written(sample(), JSON_INDENTED, &out),
		    "{text: \"a\"\xc3\xa4/\n\", number: -9223372036854775808, truth: true, "
		    "nothing: null, absent: null, list: [{}, \"x\", []]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_kind_are_read),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(every_value_and_key_has_its_place),
		cmocka_unit_test(a_byte_order_mark_shifts_nothing),
		cmocka_unit_test(own_files_report_every_repeated_key),
		cmocka_unit_test(looked_into_files_hand_back_repeated_keys),
		cmocka_unit_test(less_than_signs_are_an_ordinary_key),
		cmocka_unit_test(syntax_errors_are_shown_where_they_are),
		cmocka_unit_test(depth_and_number_of_values_have_ceilings),
		cmocka_unit_test(hostile_maps_are_read_quickly),
		cmocka_unit_test(the_indented_form_keeps_the_order),
		cmocka_unit_test(the_canonical_form_is_sorted_and_compact),
		cmocka_unit_test(text_that_is_not_utf8_is_written_printable),
		cmocka_unit_test(putting_a_key_again_replaces_its_value),
		cmocka_unit_test(what_is_written_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
