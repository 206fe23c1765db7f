/**
 * Keys of the bindings that are nearly one of ours. Unknown keys are kept and ignored, so that a
 * binding may hold what other programs read; but a misspelt `access_policy` is another policy.
 */
#ifndef CHECK_ROWS_BINDING_SLIPS_H
#define CHECK_ROWS_BINDING_SLIPS_H

#include "check/check.h"

/** Remark on each key of the three bindings that is a slip of an optional one. */
void remark_on_slips(struct check *check, const struct repo *repo);

#endif
