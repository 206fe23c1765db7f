/**
 * How long gates took in earlier runs (run/durations.h), kept where the logs are.
 */
#ifndef CLI_EXPECTED_H
#define CLI_EXPECTED_H

#include "cli/cli.h"
#include "run/durations.h"

/** What is known of this repo; nothing where nobody knows. */
void expected_load(const struct cli *cli, struct durations *out);

/** Remember what a recorded run of the work tree showed. */
void expected_learn(const struct cli *cli, const struct run *run, struct durations *durations);

#endif
