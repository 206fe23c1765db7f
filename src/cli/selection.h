/**
 * From words to run options: packs or gates, targets, context and mode. The repo is loaded.
 */
#ifndef CLI_SELECTION_H
#define CLI_SELECTION_H

#include "cli/cli.h"

/** Context (local by default) and the mode it grants, or a lower one by --mode. 0, or EXIT_USAGE
 * after having said why. */
int choose_mode(struct cli *cli, const char **context, enum mode *mode);

/** All of it. 0, EXIT_USAGE, or EXIT_DATA if the user's own settings are wrong. */
int choose_options(struct cli *cli, struct run_options *out);

/** What --since leaves to look at; nothing is done without it. 0, or EXIT_USAGE. `changed` is
 * released by the caller. */
int choose_since(struct cli *cli, struct tree_changes *changed, struct run_options *out);

/** The target of that id, or NULL after having said which is near. */
const struct target *choose_target(struct cli *cli, const char *id);

#endif
