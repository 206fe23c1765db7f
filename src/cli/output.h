/**
 * Where results go: -o FORMAT[:PATH].
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/cli.h"

/** Ceiling of what is printed: a run over a repo in which everything is wrong. */
#define OUT_BYTES ((size_t)1024 * 1024 * 1024)

/** Formats of commands that are no runs; NULL-ended. */
extern const char *const plain_formats[];

/**
 * Fill cli->outputs from `-o`. Text goes to standard output unless an -o without a path says
 * otherwise.
 *
 * @param formats  NULL-ended list of allowed words
 * @return         0; -1 with the sentence (exit 64)
 */
int output_choose(struct cli *cli, const char *const *formats, struct err *err);

/** Write a result to one output; what is lost is said, and sets has_lost_output. */
void output_write(struct cli *cli, const struct output *output, cli_writer *write, void *cookie);

#endif
