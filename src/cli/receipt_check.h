/**
 * Verifying a receipt that somebody named, by the trust files of the repo and the user's own key.
 */
#ifndef CLI_RECEIPT_CHECK_H
#define CLI_RECEIPT_CHECK_H

#include "cli/receipts.h"
#include "receipt/verify.h"

/** By what receipts are verified: read once, for as many of them as there are. */
struct receipt_judge {
	struct cli *cli;
	struct trust trust;
	struct log_policy policy; /**< in the options, if the repo has one */
	struct kept_place place;
	struct texts uncommitted; /**< the trust files that are not as HEAD has them */
	struct str state;
	struct public_key own;
	struct member_shelf shelf;
	struct verify_inputs inputs;
	struct verify_options options;
};

/** Read the trust files, and what else is needed. 0; EXIT_DATA if the trust files are wrong. */
int receipt_judge_open(struct cli *cli, struct receipt_judge *judge);

/** Verify one receipt; `out` is zeroed, and released by the caller. */
void receipt_judge_one(struct receipt_judge *judge, const struct named_receipt *receipt,
		       struct verification *out);

void receipt_judge_release(struct receipt_judge *judge);

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
