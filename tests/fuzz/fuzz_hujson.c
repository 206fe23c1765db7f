/**
 * HuJSON: a tree whose nodes all have a place, or at least one problem; and whatever is JSON is
 * HuJSON with the same tree.
 */
#include <stddef.h>
#include <stdint.h>

#include "data/hujson.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Same values at the same places? */
static bool is_same(const struct node *left, const struct node *right)
{
	const struct node *a = left->first;
	const struct node *b = right->first;

	while (a && b && is_same(a, b)) {
		a = a->next;
		b = b->next;
	}
	return !a && !b && left->kind == right->kind && left->count == right->count &&
	       left->where.line == right->where.line && left->where.column == right->where.column &&
	       same_string(left->key, right->key) && text_equal(left->text, right->text);
}

static void check_bytes(struct text bytes, enum strictness strictness)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_problems) struct problems json_problems = {0};
	struct arena arena = {0};
	struct repeated_keys repeats = {0};
	struct node *root = NULL;
	struct node *json_root = NULL;
	int result =
		hujson_load(&arena, "fuzz.hujson", bytes, strictness, &problems, &repeats, &root);

	check_load(result, root, &problems, &repeats, bytes);
	if (!json_load(&arena, "fuzz.json", bytes, strictness, &json_problems, NULL, &json_root)) {
		assert(root && is_same(root, json_root));
	}
	VEC_RELEASE(&repeats);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};

	check_bytes(bytes, OWN_FILE);
	check_bytes(bytes, LOOKED_INTO);
	return 0;
}
