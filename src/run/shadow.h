/**
 * Gates in the shadow of others (`shadow_of`): both run, one decides, and where they disagree that
 * is said, so that a gate can take the place of another once they have agreed for long enough.
 */
#ifndef RUN_SHADOW_H
#define RUN_SHADOW_H

#include "run/run.h"

/** Remark on each shadow that says something else than its gate, or whose gate is not in the run.
 * Settled results, as they are before waivers. */
void run_compare_shadows(struct run *run);

#endif
