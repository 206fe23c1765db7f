/**
 * Findings of one gate that are told together: those with one cause, and those that say the same.
 */
#ifndef REPORT_TEXT_GROUP_H
#define REPORT_TEXT_GROUP_H

#include "base/vec.h"
#include "check/finding.h"
#include "report/style.h"

/** Indexes of the findings that are told together. */
struct members VEC(size_t);

/** Collect what goes into one block with finding `first`: itself at least, nothing told before. */
void group_gather(const struct result *result, size_t first, const bool *is_told,
		  struct members *out);

/** Append a block of several findings. */
void group_write(struct str *out, const struct style *style, const struct result *result,
		 const struct members *members);

/** The hint of the first member; `is_common` says whether all give it. */
const char *group_hint(const struct result *result, const struct members *members, bool *is_common);

#endif
