/**
 * git/git_config.h on hostile bytes: no crash, no read outside.
 */
#include <stdint.h>
#include <string.h>

#include "git/git_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct git_config config = {0};
	struct arena arena = {0};

	git_config_parse(&arena, (struct text){(const char *)data, size}, &config);
	if (config.worktree && strlen(config.worktree) > size) {
		__builtin_trap();
	}
	arena_release(&arena);
	return 0;
}
