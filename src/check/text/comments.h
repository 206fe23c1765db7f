/**
 * Comment lines: those whose first bytes after blanks start a comment.
 */
#ifndef CHECK_TEXT_COMMENTS_H
#define CHECK_TEXT_COMMENTS_H

#include "data/field.h"

/** What starts a comment in most files: #, //, ; and <!--. */
extern const struct texts comments_usual;

/** What starts one in a file of that name; comments_usual where its name says nothing. */
const struct texts *comments_by_name(const char *path);

/** Does what starts at `start` of the bytes, the beginning of a line, start a comment? */
bool comments_start(const struct texts *starts, struct text bytes, size_t start);

#endif
