/**
 * Where results go: -o FORMAT[:PATH].
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/cli.h"

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

/** Put bytes where an output goes: collected for standard output, atomically into a file. What is
 * not a regular file (a terminal, /dev/null, a FIFO) is written to as it is. */
int output_place(struct cli *cli, const struct output *output, struct text bytes, struct err *err);

#endif
