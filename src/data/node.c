#include "data/node.h"

#include <string.h>

const struct node *node_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP) {
		return NULL;
	}
	for (const struct node *child = map->first; child; child = child->next) {
		if (strcmp(child->key, key) == 0) {
			return child;
		}
	}
	return NULL;
}

struct place node_place(const struct node *map, const char *key)
{
	const struct node *value = node_get(map, key);

	if (value) {
		return value->where;
	}
	return map ? map->where : (struct place){0};
}

bool node_is_null(const struct node *node)
{
	static const char *const spellings[] = {"", "~", "null", "Null", "NULL"};

	if (!node) {
		return true;
	}
	if (node->kind != NODE_SCALAR || node->is_quoted) {
		return false;
	}
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (text_is(node->text, spellings[i])) {
			return true;
		}
	}
	return false;
}

const char *node_sort(const struct node *node)
{
	if (node_is_null(node)) {
		return "nothing";
	}
	switch (node->kind) {
	case NODE_SCALAR:
		return "text";
	case NODE_LIST:
		return "a list";
	case NODE_MAP:
		return "a map";
	}
	return "nothing";
}
