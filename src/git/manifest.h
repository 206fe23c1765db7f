/**
 * A manifest of files in the form of sha256sum(1): "sha256  path\n", sorted by path.
 */
#ifndef GIT_MANIFEST_H
#define GIT_MANIFEST_H

#include <stddef.h>

#include "base/vec.h"
#include "crypto/digest.h"
#include "git/beneath.h"

/** Paths relative to a directory; borrowed. `{0}` is empty; release with VEC_RELEASE. */
struct manifest VEC(const char *);

/** Bytes of file content that one manifest reads at most. */
#define MANIFEST_MAX_BYTES ((size_t)1024 * 1024 * 1024)

/**
 * The SHA-256 of the manifest, in hexadecimal. A symbolic link counts with its own content; what
 * is no file, cannot be read, or comes after MANIFEST_MAX_BYTES counts with 64 zeros.
 */
void manifest_digest(struct manifest *manifest, const struct beneath *beneath,
		     char out[SHA256_HEX_BYTES]);

#endif
