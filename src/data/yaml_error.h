/**
 * What libyaml says about bytes it cannot read, as a sentence an operator can act on. Inside of
 * data only; names no type of libyaml.
 */
#ifndef DATA_YAML_ERROR_H
#define DATA_YAML_ERROR_H

#include "data/build.h"

/** What libyaml reports when it gives up. */
struct yaml_failure {
	const char *problem; /**< its words */
	const char *context; /**< what it was doing; NULL if it does not say */
	size_t at;           /**< offset in bytes where it noticed */
	size_t from;         /**< offset in bytes where that began; as `at` without a context */
};

/** Add the problem. */
void yaml_report(struct builder *builder, const struct yaml_failure *failure);

#endif
