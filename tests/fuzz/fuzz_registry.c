/* Any bytes as a registry of shell gates, and as one of its scripts. */
#include "base/mem.h"
#include "model/registry.h"
#include "model/script_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct text bytes = {(const char *)data, size};
	struct arena arena = {0};
	struct problems problems = {0};
	struct registry registry = {0};
	struct script_words words = {0};

	(void)registry_read(&arena, "registry.yaml", bytes, &problems, &registry);
	script_words_read(bytes, &words);
	registry_release(&registry);
	problems_release(&problems);
	arena_release(&arena);
	return 0;
}
