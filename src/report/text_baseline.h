/**
 * The part of the text report that tells what a run was compared with.
 */
#ifndef REPORT_TEXT_BASELINE_H
#define REPORT_TEXT_BASELINE_H

#include "base/str.h"
#include "report/style.h"
#include "run/run.h"

/** Append the lines about the baseline: how many findings are new, old and fixed, and once for each
 * reason what could not be compared. Nothing without a baseline. */
void text_baseline(const struct run *run, const struct style *style, struct str *out);

#endif
