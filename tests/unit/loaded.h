/**
 * What a load of data (data/json.h, data/hujson.h, data/yaml.h) gives, for the tests of each.
 */
#ifndef TESTS_LOADED_H
#define TESTS_LOADED_H

#include "base/cleanup.h"
#include "data/yaml.h"

/** What a load gave, and what it needs until it is released. */
struct loaded {
	struct arena arena;
	struct problems problems;
	struct repeated_keys repeats;
	struct node *root;
	int result;
};

static void loaded_release(struct loaded *loaded)
{
	arena_release(&loaded->arena);
	problems_release(&loaded->problems);
	VEC_RELEASE(&loaded->repeats);
}

/** A tree in one line: {key: "quoted", list: [1, null]}. */
__attribute__((unused)) static void add_tree(struct str *out, const struct node *node)
{
	if (node->kind == NODE_SCALAR) {
		str_printf(out, node->is_quoted ? "\"%s\"" : "%s", node->text.at);
		return;
	}
	str_add_char(out, node->kind == NODE_MAP ? '{' : '[');
	for (const struct node *child = node->first; child; child = child->next) {
		str_add(out, child == node->first ? "" : ", ");
		if (child->key) {
			str_printf(out, "%s: ", child->key);
		}
		add_tree(out, child);
	}
	str_add_char(out, node->kind == NODE_MAP ? '}' : ']');
}

/** It gave no tree and exactly one problem, written line:column: message, behind " = " its hint. */
__attribute__((unused)) static void assert_only_problem(const struct loaded *loaded,
							const char *expected)
{
	AUTO(auto_str) struct str found = {0};
	const struct problem *problem = NULL;

	assert_int_equal(loaded->result, -1);
	assert_null(loaded->root);
	assert_int_equal(loaded->problems.added, 1);
	problem = &loaded->problems.list.at[0];
	str_printf(&found, "%d:%d: %s%s%s", problem->where.line, problem->where.column,
		   problem->message, problem->hint ? " = " : "",
		   problem->hint ? problem->hint : "");
	assert_string_equal(str_text(&found), expected);
}

#endif
