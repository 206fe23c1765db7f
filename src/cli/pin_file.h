/**
 * A public key that was copied from a machine, for `targets pin --from`.
 */
#ifndef CLI_PIN_FILE_H
#define CLI_PIN_FILE_H

#include "base/err.h"
#include "base/str.h"

/**
 * The key in a file as ssh-keygen writes it for the public half ("ssh-ed25519 AAAA… comment"), in
 * wire form.
 */
int pin_file_key(const char *path, struct str *out, struct err *err);

#endif
