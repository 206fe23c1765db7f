/**
 * What must hold for every tree and every list of problems, whatever bytes they came from.
 */
#ifndef TESTS_FUZZ_TREE_H
#define TESTS_FUZZ_TREE_H

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "data/node.h"
#include "data/yaml.h"

/** In maps of so few keys each key is compared with each. */
#define COMPARED_KEYS 64

__attribute__((unused)) static void check_place(struct place where, struct text source)
{
	size_t lines = 1;

	for (size_t i = 0; i < source.len; i++) {
		lines += source.at[i] == '\n';
	}
	assert(where.file);
	assert(where.line >= 1 && (size_t)where.line <= lines);
	assert(where.column >= 1 && (size_t)where.column <= source.len + 1);
}

__attribute__((unused)) static void check_keys(const struct node *map)
{
	for (const struct node *child = map->first; child; child = child->next) {
		assert(child->key && text_is_utf8(text_of(child->key)));
		assert(map->count > COMPARED_KEYS || node_get(map, child->key) == child);
	}
}

/**
 * A node and everything below it. Places are compared with the source only near the top: an alias
 * bomb of a million nodes would take minutes.
 */
__attribute__((unused)) static void check_node(const struct node *node, struct text source,
					       size_t depth)
{
	size_t count = 0;

	assert(depth <= 100);
	assert(node->where.file && node->where.line >= 1 && node->where.column >= 1);
	if (depth < 4) {
		check_place(node->where, source);
	}
	if (node->key) {
		assert(node->key_where.file && node->key_where.line >= 1);
		assert(node->key_where.column >= 1);
	}
	assert(node->text.at && node->text.at[node->text.len] == '\0');
	assert(strlen(node->text.at) == node->text.len);
	assert(node->kind != NODE_SCALAR || !node->first);
	assert(node->kind == NODE_SCALAR || node->text.len == 0);
	assert(node_sort(node));
	if (node->kind == NODE_MAP) {
		check_keys(node);
	}
	for (const struct node *child = node->first; child; child = child->next) {
		assert((child->key != NULL) == (node->kind == NODE_MAP));
		check_node(child, source, depth + 1);
		count++;
	}
	assert(count == node->count);
}

__attribute__((unused)) static void check_problems(struct problems *problems)
{
	AUTO(auto_str) struct str out = {0};

	problems_sort(problems);
	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];

		assert(problem->message && problem->message[0]);
		assert(text_is_utf8(text_of(problem->message)));
		assert((problem->where.line == 0) == (problem->where.column == 0));
		if (problem->quoted) {
			size_t len = strlen(problem->quoted);

			assert(len <= 160 && text_is_utf8(text_of(problem->quoted)));
			assert(problem->caret >= 1 && (size_t)problem->caret <= len + 1);
		}
		problem_format(problem, &out);
	}
	assert(text_is_utf8(str_view(&out)));
}

/** What a load handed back: a tree, or a problem. */
__attribute__((unused)) static void check_load(int result, const struct node *root,
					       struct problems *problems,
					       const struct repeated_keys *repeats,
					       struct text source)
{
	check_problems(problems);
	assert((result == 0) == (root != NULL));
	assert((result == 0) == (problems->added == 0));
	assert((result == 0) == (problems->list.len == 0));
	for (; root; root = root->next) {
		assert(!root->key);
		check_node(root, source, 1);
	}
	for (size_t i = 0; i < repeats->len; i++) {
		check_place(repeats->at[i].where, source);
		check_place(repeats->at[i].first, source);
		assert(repeats->at[i].key);
	}
}

#endif
