/**
 * The known_hosts file that `targets pin` writes.
 */
#ifndef CLI_PIN_FILE_H
#define CLI_PIN_FILE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/** Append its bytes; none if there is no such file. */
int pin_file_read(const char *path, struct str *out, struct err *err);

/**
 * Put other bytes in the place of those that were read, in one step, under a lock, with the file's
 * permissions. A link stays a link.
 *
 * @param mode  permissions of a file that is not there yet
 * @return      0; -1 with ERR_BUSY if the file is no longer as it was read, or somebody else writes
 */
int pin_file_replace(const char *path, struct text before, struct text after, mode_t mode,
		     struct err *err);

/**
 * The key in a file as ssh-keygen writes it for the public half ("ssh-ed25519 AAAA… comment"), in
 * wire form.
 */
int pin_file_key(const char *path, struct str *out, struct err *err);

#endif
