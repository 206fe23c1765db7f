/* Whatever the file is, what it becomes can be read again, and says something else. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "data/yaml_mutants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	struct yaml_mutants mutants = {0};
	struct arena arena = {0};

	if (size > 2048) {
		return 0;
	}
	yaml_mutants_make(&arena, "f", bytes, &mutants);
	for (size_t i = 0; i < mutants.len; i++) {
		struct problems problems = {0};
		struct arena again = {0};
		struct node *root = NULL;
		struct str out = {0};

		yaml_mutant_apply(&mutants.at[i], bytes, &out);
		if (text_equal(str_view(&out), bytes) ||
		    yaml_load(&again, "f", str_view(&out), OWN_FILE, &problems, NULL, &root)) {
			abort();
		}
		str_release(&out);
		problems_release(&problems);
		arena_release(&again);
	}
	VEC_RELEASE(&mutants);
	arena_release(&arena);
	return 0;
}
