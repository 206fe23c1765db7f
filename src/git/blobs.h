/**
 * The content of blobs by their object id, from one `git cat-file --batch` for all of them. The
 * child is started by the first question; once it fails, every further question fails at once, so
 * that a git that hangs costs its silence one time. Safe to use from several threads at once.
 */
#ifndef GIT_BLOBS_H
#define GIT_BLOBS_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct blobs;

/** For the repository of a work tree; starts nothing. `root` is copied. */
struct blobs *blobs_open(const char *root);

/** Ends the child. NULL is fine. */
void blobs_free(struct blobs *blobs);

/**
 * Append the content of a blob.
 *
 * @param max   bytes that are kept; the rest is read and dropped
 * @param size  how large the blob is
 * @return      0; -1 with ERR_ABSENT if the repository has no such object, ERR_INPUT if it is no
 *              blob, ERR_PEER or ERR_TIMEOUT if git fails
 */
int blobs_read(struct blobs *blobs, struct text oid, size_t max, struct str *out, size_t *size,
	       struct err *err);

/** What git says before the content: "<hex> blob <size>". For an id as bytes. */
int blob_header_parse(struct text line, struct text oid, size_t *size, struct err *err);

#endif
