/**
 * git/index.h on hostile bytes: no crash, and whatever is accepted keeps the rules.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "git/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct index_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct index_entry *entry = &list->at[i];

		if (!index_path_is_safe(text_of(entry->path)) || entry->stage > 3) {
			abort();
		}
		if (i > 0 && strcmp(entry[-1].path, entry->path) > 0) {
			abort();
		}
		if (i > 0 && strcmp(entry[-1].path, entry->path) == 0 &&
		    entry[-1].stage >= entry->stage) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum index_form form = INDEX_OTHER;
	struct index_list list = {0};
	struct arena arena = {0};
	struct err err = {0};

	if (index_parse(&arena, (struct text){(const char *)data, size}, &form, &list, &err) == 0) {
		if (err.code != ERR_NONE || (form == INDEX_OTHER && list.len > 0)) {
			abort();
		}
		check(&list);
	} else if (err.code == ERR_NONE || list.len > 0) {
		abort();
	}
	arena_release(&arena);
	return 0;
}
