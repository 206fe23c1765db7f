/**
 * The findings of one gate, for people: fails one by one, what has a common cause or is all alike
 * once with its count. Part of the text report.
 */
#ifndef REPORT_TEXT_FINDINGS_H
#define REPORT_TEXT_FINDINGS_H

#include "check/finding.h"
#include "report/style.h"

/** Most blocks shown for one gate; the rest is counted. */
#define TEXT_FINDINGS_MAX ((size_t)20)

/** Append what a gate found; nothing for a plain pass. */
void text_findings(const struct result *result, const struct style *style, struct str *out);

#endif
