/**
 * YAML of both strictnesses: a tree whose nodes all have a place, or at least one problem.
 */
#include <stddef.h>
#include <stdint.h>

#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bytes(struct text bytes, enum strictness strictness)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct arena arena = {0};
	struct repeated_keys repeats = {0};
	struct node *root = NULL;
	int result = yaml_load(&arena, "fuzz.yaml", bytes, strictness, &problems, &repeats, &root);

	check_load(result, root, &problems, &repeats, bytes);
	assert(strictness == LOOKED_INTO || !root || !root->next);
	assert(strictness == LOOKED_INTO || repeats.len == 0);
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
