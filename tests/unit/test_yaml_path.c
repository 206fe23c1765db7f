#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "check/rows/yaml_path.h"
#include "data/yaml.h"

static const char tree_text[] = "name: one\n"
				"ports:\n"
				"  - {name: http, port: 80}\n"
				"  - {port: 443}\n"
				"empty: []\n"
				"nothing:\n"
				"a.b: dotted\n"
				"two words: spaced\n"
				"services:\n"
				"  web: {image: x}\n"
				"  db: {image: y}\n";

struct made {
	struct arena arena;
	struct problems problems;
	struct node *root;
};

static int make_tree(void **state)
{
	static struct made made;

	made = (struct made){0};
	*state = &made;
	return yaml_load(&made.arena, "f.yaml", text_of(tree_text), LOOKED_INTO, &made.problems,
			 NULL, &made.root);
}

static int drop_tree(void **state)
{
	struct made *made = *state;

	arena_release(&made->arena);
	problems_release(&made->problems);
	return 0;
}

/** "http,-@4;": each found value, or - and the line where it is missing. */
static void assert_finds(struct made *made, const char *text, const char *expected)
{
	struct yaml_path path = {0};
	struct yaml_founds founds = {0};
	struct str said = {0};
	struct err err = {0};

	if (yaml_path_parse(&made->arena, text_of(text), &path, &err)) {
		fail_msg("'%s' was not read: %s", text, err.text);
	}
	yaml_path_find(&path, made->root, &founds);
	for (size_t i = 0; i < founds.len; i++) {
		const struct node *node = founds.at[i].node;

		str_add(&said, i ? "," : "");
		if (!node) {
			str_printf(&said, "-@%d", founds.at[i].where.line);
		} else if (node->kind == NODE_SCALAR) {
			str_printf(&said, "%s", node->text.at);
		} else {
			str_printf(&said, "%s@%d", node_sort(node), founds.at[i].where.line);
		}
	}
	VEC_RELEASE(&founds);
	if (strcmp(str_text(&said), expected) != 0) {
		fail_msg("'%s' found %s, expected %s", text, str_text(&said), expected);
	}
	str_release(&said);
}

static void keys_indexes_and_stars_lead_to_values(void **state)
{
	assert_finds(*state, "name", "one");
	assert_finds(*state, ".name", "one");
	assert_finds(*state, "ports[1].port", "443");
	assert_finds(*state, "ports[*].port", "80,443");
	assert_finds(*state, "services[*].image", "x,y");
	assert_finds(*state, "services.db.image", "y");
	assert_finds(*state, "\"a.b\"", "dotted");
	assert_finds(*state, "'two words'", "spaced");
	assert_finds(*state, "services.\"web\".image", "x");
}

static void the_empty_path_and_the_dot_are_the_value_itself(void **state)
{
	assert_finds(*state, "", "a map@1");
	assert_finds(*state, ".", "a map@1");
}

static void what_is_not_there_is_found_as_a_place(void **state)
{
	assert_finds(*state, "host", "-@1");
	assert_finds(*state, "ports[*].name", "http,-@4");
	assert_finds(*state, "ports[2].name", "-@3");
	assert_finds(*state, "name.first", "-@1");
	assert_finds(*state, "name[0]", "-@1");
	assert_finds(*state, "services.gone.image", "-@10");
}

static void a_star_over_an_empty_list_finds_nothing(void **state)
{
	assert_finds(*state, "empty[*]", "");
	assert_finds(*state, "empty[*].name", "");
	assert_finds(*state, "nothing[*]", "-@6");
}

static void what_is_no_path_is_refused(void **state)
{
	static const char *const wrong[] = {
		"..",  "a.",   "a..b", "a[",     "a[]",        "a[-1]", "a[01]", "a[x]", "a b",
		"\"a", "a.'b", "a]",   "a\"b\"", "a[1000001]", ".[0]",  "a[*]b", "a\tb", "a.\"b\"c",
	};
	struct made *made = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct yaml_path path = {.len = 7};
		struct err err = {0};

		if (!yaml_path_parse(&made->arena, text_of(wrong[i]), &path, &err)) {
			fail_msg("'%s' was read", wrong[i]);
		}
		assert_int_equal(path.len, 7);
		assert_true(err.text[0] != '\0');
	}
}

static void a_path_with_too_many_steps_is_refused(void **state)
{
	struct made *made = *state;
	struct yaml_path path = {0};
	struct str text = {0};
	struct err err = {0};

	for (int i = 0; i < YAML_PATH_STEPS; i++) {
		str_add(&text, "[0]");
	}
	assert_int_equal(yaml_path_parse(&made->arena, str_view(&text), &path, &err), 0);
	assert_int_equal(path.len, YAML_PATH_STEPS);
	str_add(&text, "[0]");
	assert_int_equal(yaml_path_parse(&made->arena, str_view(&text), &path, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	str_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_indexes_and_stars_lead_to_values),
		cmocka_unit_test(the_empty_path_and_the_dot_are_the_value_itself),
		cmocka_unit_test(what_is_not_there_is_found_as_a_place),
		cmocka_unit_test(a_star_over_an_empty_list_finds_nothing),
		cmocka_unit_test(what_is_no_path_is_refused),
		cmocka_unit_test(a_path_with_too_many_steps_is_refused),
	};

	return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
