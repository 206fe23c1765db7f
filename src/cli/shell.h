/**
 * Words as a shell reads them, for commands that are shown or written to be run later.
 */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "base/str.h"

/** Append a word in single quotes. */
void shell_quote(struct str *out, const char *word);

/** Append a word: as it is where the shell would not touch it, else in single quotes. */
void shell_word(struct str *out, const char *word);

#endif
