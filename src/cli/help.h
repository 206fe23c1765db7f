/**
 * Help and the manual, made from the tables.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/commands.h"

/** Help on one command; NULL: on the program. */
void help_write(const struct command *command, const struct style *style, struct str *out);

/** The manual page gaterun(1) in mdoc. */
void manual_write(struct str *out);

/** Append "-o, --output FORMAT[:PATH]". */
void option_spell(const struct option *option, struct str *out);

#endif
