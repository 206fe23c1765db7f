/**
 * Verifying a receipt that somebody named, by the trust files of the repo and the user's own key.
 */
#ifndef CLI_RECEIPT_CHECK_H
#define CLI_RECEIPT_CHECK_H

#include "cli/receipts.h"
#include "receipt/verify.h"

/**
 * Verify. One that is named by its run key must be about this repo, and in its log.
 *
 * @param uncommitted  gets the trust files that are not as HEAD has them
 * @param out          zeroed; released by the caller in any case
 * @return             0, whatever the verdict; EXIT_DATA if the trust files are wrong
 */
int receipt_check(struct cli *cli, const struct named_receipt *receipt, struct texts *uncommitted,
		  struct verification *out);

#endif
