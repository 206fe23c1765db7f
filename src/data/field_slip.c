#include "data/field.h"

#include <string.h>

#include "data/problem.h"

static bool is_key(const struct entries *map, const char *word)
{
	for (size_t i = 0; i < map->len; i++) {
		if (strcmp(map->keys[i], word) == 0) {
			return true;
		}
	}
	return false;
}

const char *entries_slip(const struct entries *map, size_t at, const char *const *known)
{
	const char *near = nearest_word(map->keys[at], known);

	/* A word that is known is nearest to itself. */
	return near && !is_key(map, near) ? near : NULL;
}
