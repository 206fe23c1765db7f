/**
 * JSON of both strictnesses: a tree whose nodes all have a place, or at least one problem.
 */
#include <stddef.h>
#include <stdint.h>

#include "data/json.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Is it a tree in this strictness? */
static bool check_bytes(struct text bytes, enum strictness strictness)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct arena arena = {0};
	struct repeated_keys repeats = {0};
	struct node *root = NULL;
	int result = json_load(&arena, "fuzz.json", bytes, strictness, &problems, &repeats, &root);
	bool is_plain = result == 0 && repeats.len == 0;

	check_load(result, root, &problems, &repeats, bytes);
	assert(!root || !root->next);
	assert(strictness == LOOKED_INTO || repeats.len == 0);
	VEC_RELEASE(&repeats);
	arena_release(&arena);
	return is_plain;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	bool is_own = check_bytes(bytes, OWN_FILE);
	bool is_looked_into = check_bytes(bytes, LOOKED_INTO);

	assert(is_own == is_looked_into || size > OWN_FILE_BYTES / 8);
	return 0;
}
