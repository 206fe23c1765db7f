/**
 * git/ls_tree.h on hostile bytes: no crash, and whatever is accepted is sorted, safe, and once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "git/ls_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree_list list = {0};
	struct arena arena = {0};
	struct err err = {0};
	struct text bytes = {(const char *)data, size};
	int failed = ls_tree_parse(&arena, bytes, &list, &err);

	if ((failed == 0) != (err.code == ERR_NONE) || (failed && list.len > 0)) {
		abort();
	}
	for (size_t i = 0; i < list.len; i++) {
		if (!index_path_is_safe(text_of(list.at[i].path)) ||
		    (i > 0 && strcmp(list.at[i - 1].path, list.at[i].path) >= 0)) {
			abort();
		}
	}
	arena_release(&arena);
	return 0;
}
