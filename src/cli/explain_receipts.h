/**
 * `gaterun explain receipts`: for an auditor, what a receipt proves, by whom, and what it does not.
 */
#ifndef CLI_EXPLAIN_RECEIPTS_H
#define CLI_EXPLAIN_RECEIPTS_H

#include "base/str.h"
#include "report/style.h"

/** One screen: 24 lines of 80 columns at most. */
void explain_receipts(const struct style *style, struct str *out);

#endif
