/**
 * The answer of `git ls-files -s -v -z`: how git is asked for an index that index.h does not read.
 */
#ifndef GIT_LS_FILES_H
#define GIT_LS_FILES_H

#include "base/mem.h"
#include "git/tree.h"

/** The arguments that give what ls_files_parse reads; ends with NULL. */
extern const char *const ls_files_args[];

/**
 * Make a list of the answer; several stages of a path become one entry.
 *
 * @param bytes  the paths of the list point into it
 * @return       0; -1 with ERR_INPUT where the answer, a path or the order makes no sense
 */
int ls_files_parse(struct arena *arena, struct text bytes, struct tree_list *out, struct err *err);

/** How many NUL-terminated records there are. */
size_t ls_records(struct text bytes);

/** A mode as six octal digits. */
int ls_mode_parse(struct text text, uint32_t *out);

#endif
