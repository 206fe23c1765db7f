/**
 * A file of the repo that a command writes: read, and put back in one step if nobody else wrote it
 * in the meantime.
 */
#ifndef CLI_BINDING_FILE_H
#define CLI_BINDING_FILE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/** Append its bytes; none if there is no such file. */
int binding_file_read(const char *path, struct str *out, struct err *err);

/**
 * Put other bytes in the place of those that were read, in one step, under a lock, with the file's
 * permissions. A link stays a link.
 *
 * @param mode  permissions of a file that is not there yet
 * @return      0; -1 with ERR_BUSY if the file is no longer as it was read, or somebody else writes
 */
int binding_file_replace(const char *path, struct text before, struct text after, mode_t mode,
			 struct err *err);

#endif
