#include "check/pairing.h"

const struct target *target_of_device(const struct targets *targets, const struct device *device)
{
	const struct target *target = targets_find(targets, device->id);

	for (size_t i = 0; !target && i < targets->len; i++) {
		const struct target *other = &targets->at[i];

		if (other->id && (texts_hold(&device->legacy_aliases, other->id) ||
				  (device->id && texts_hold(&other->aliases, device->id)))) {
			target = other;
		}
	}
	return target;
}

const struct device *device_of_target(const struct devices *devices, const struct targets *targets,
				      const struct target *target)
{
	for (size_t i = 0; i < devices->len; i++) {
		if (target_of_device(targets, &devices->at[i]) == target) {
			return &devices->at[i];
		}
	}
	return NULL;
}
