/**
 * Which device of the snapshot is which target: the one join that all parity questions use.
 *
 * By id first; then by the device's `legacy_aliases` or the target's `aliases`.
 */
#ifndef CHECK_PAIRING_H
#define CHECK_PAIRING_H

#include "model/binding.h"

/** The target that is this device; NULL if there is none. */
const struct target *target_of_device(const struct targets *targets, const struct device *device);

/** The first device that joins this target; NULL if there is none. */
const struct device *device_of_target(const struct devices *devices, const struct targets *targets,
				      const struct target *target);

#endif
