/**
 * Criteria in the sections of a loop's file, and the gates that the file says prove them:
 *
 *     - No interactive prompts during verify <!-- gates: G010, G011 -->
 *
 * Private to src/closure.
 */
#ifndef CLOSURE_CRITERIA_H
#define CLOSURE_CRITERIA_H

#include "closure/scope.h"

/**
 * Add the item at `at` of the outline, with the gates of the comments in it.
 *
 * @param named  its name and text; the rest follows
 */
void criterion_add(struct scope *scope, const struct outline *outline, size_t at,
		   const struct criterion *named);

/** Add the items of all sections that are about success, and about what done means. */
void criteria_read(const struct outline *outline, struct scope *scope);

#endif
