/**
 * Which device of the snapshot is which target: the one join that all parity questions use.
 *
 * By id first; then by the device's `legacy_aliases` or the target's `aliases`, where the target
 * that stands first counts.
 */
#ifndef CHECK_TAILNET_PAIRING_H
#define CHECK_TAILNET_PAIRING_H

#include "model/binding.h"

/** The join; in the arena. */
struct pairing {
	const struct target **target_of; /**< of each device; NULL: none */
	const struct device **device_of; /**< of each target, the first that joins it; NULL: none */
};

/** Join every device with its target, in the time of a sort; rows without an id join nothing. */
void pairing_make(struct arena *arena, const struct targets *targets, const struct devices *devices,
		  struct pairing *out);

#endif
