#include "check/tailnet/pairing.h"

#include <stdlib.h>
#include <string.h>

/** A target under one of its aliases. */
struct alias {
	const char *name;
	const struct target *target;
};

struct aliases VEC(struct alias);

static int compare_aliases(const void *left, const void *right)
{
	const struct alias *a = left;
	const struct alias *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : (a->target > b->target) - (a->target < b->target);
}

static struct aliases sorted_aliases(const struct targets *targets)
{
	struct aliases aliases = {0};

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];

		for (size_t k = 0; target->id && k < target->aliases.len; k++) {
			*VEC_ADD(&aliases) = (struct alias){target->aliases.at[k], target};
		}
	}
	if (aliases.len > 1) {
		qsort(aliases.at, aliases.len, sizeof(*aliases.at), compare_aliases);
	}
	return aliases;
}

/** The first target that has the name as an alias; NULL if none has. */
static const struct target *find_alias(const struct aliases *aliases, const char *name)
{
	size_t low = 0;
	size_t high = aliases->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(aliases->at[middle].name, name) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < aliases->len && strcmp(aliases->at[low].name, name) == 0
		       ? aliases->at[low].target
		       : NULL;
}

/** The one that stands first in the file; NULL if both are. */
static const struct target *first_of(const struct target *left, const struct target *right)
{
	if (!left || !right) {
		return left ? left : right;
	}
	return left < right ? left : right;
}

static const struct target *target_of(const struct targets *targets, const struct aliases *aliases,
				      const struct device *device)
{
	const struct target *target = targets_find(targets, device->id);

	if (target) {
		return target;
	}
	for (size_t i = 0; i < device->legacy_aliases.len; i++) {
		target = first_of(target, targets_find(targets, device->legacy_aliases.at[i]));
	}
	return device->id ? first_of(target, find_alias(aliases, device->id)) : target;
}

void pairing_make(struct arena *arena, const struct targets *targets, const struct devices *devices,
		  struct pairing *out)
{
	struct aliases aliases = sorted_aliases(targets);

	out->target_of = arena_alloc(arena, (devices->len + 1) * sizeof(*out->target_of));
	out->device_of = arena_alloc(arena, (targets->len + 1) * sizeof(*out->device_of));
	for (size_t i = 0; i < devices->len; i++) {
		const struct device *device = &devices->at[i];
		const struct target *target = target_of(targets, &aliases, device);

		out->target_of[i] = target;
		if (target && !out->device_of[target - targets->at]) {
			out->device_of[target - targets->at] = device;
		}
	}
	VEC_RELEASE(&aliases);
}
