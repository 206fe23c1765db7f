/**
 * What --baseline names: a revision, or the receipt of an earlier run.
 */
#ifndef CLI_BASELINE_H
#define CLI_BASELINE_H

#include "cli/cli.h"
#include "run/baseline.h"

/**
 * Fill the baseline and the options about it; nothing without --baseline. A revision that does not
 * load makes a broken baseline, not an error: what mends it must be possible to commit.
 *
 * @param baseline  zeroed; released by the caller in any case
 * @return          0; EXIT_USAGE if there is no such commit; EXIT_DATA or EXIT_UNKNOWN if the
 *                  receipt is not to be had or not to be believed
 */
int choose_baseline(struct cli *cli, struct baseline *baseline, struct run_options *out);

#endif
