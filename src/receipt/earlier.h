/**
 * What an earlier run found, as its receipt says, for a comparison.
 */
#ifndef RECEIPT_EARLIER_H
#define RECEIPT_EARLIER_H

#include "receipt/statement.h"
#include "run/baseline.h"

/**
 * Fill the gates of a baseline from a receipt that was verified. What the receipt leaves out, and
 * what a narrowed run did not look at, is undetermined.
 *
 * @param baseline  its arena gets copies of all texts
 */
void earlier_fill(const struct statement *receipt, struct baseline *baseline);

#endif
