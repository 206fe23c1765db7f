/**
 * Front matter: a map whose nodes all have a place in the file, and a body that is what follows; or
 * at least one problem.
 */
#include <stddef.h>
#include <stdint.h>

#include "data/front_matter.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct text bytes = {(const char *)data, size};
	struct arena arena = {0};
	struct repeated_keys repeats = {0};
	struct node *root = NULL;
	struct text yaml = {0};
	struct text body = {0};
	int result = front_matter_load(&arena, "fuzz.md", bytes, LOOKED_INTO, &problems, &repeats,
				       &root);

	check_load(result, root, &problems, &repeats, bytes);
	assert(!root || root->kind == NODE_MAP);
	if (root) {
		assert(!front_matter_find("fuzz.md", bytes, &problems, &yaml, &body));
		assert(yaml.at == bytes.at && yaml.len >= 4);
		assert(body.at >= yaml.at + yaml.len && body.at + body.len == bytes.at + bytes.len);
	}
	VEC_RELEASE(&repeats);
	arena_release(&arena);
	return 0;
}
