/**
 * What changes in a text, as a unified diff.
 */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include "base/str.h"

/**
 * Append the diff, three lines of context around each change; nothing if there is none. It is for
 * texts that differ in few places: lines that were moved are told as taken out and put in.
 *
 * @param name  of the file
 */
void diff_write(const char *name, struct text before, struct text after, struct str *out);

#endif
