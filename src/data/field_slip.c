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

bool field_is_known(const struct field *fields, const char *key)
{
	for (; fields->name; fields++) {
		if (fields->name[0] != '\0' && strcmp(fields->name, key) == 0) {
			return true;
		}
	}
	return false;
}

const char *field_slip(const struct field *fields, const struct node *map, const char *name)
{
	const struct node *child = map ? map->first : NULL;

	for (; child; child = child->next) {
		const char *const key[] = {child->key, NULL};

		if (!field_is_known(fields, child->key) && nearest_word(name, key)) {
			return child->key;
		}
	}
	return NULL;
}
