/**
 * A repo that is made to be thrown away: a folder below the temporary one, with git, so that gates
 * can be tried on files that are no part of any repo.
 *
 * Nothing of the user's git is used but the program: no configuration, no hooks, no template.
 */
#ifndef RUN_SCRATCH_H
#define RUN_SCRATCH_H

#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/field.h"

/** Ceilings of what is copied into one scratch repo. */
#define SCRATCH_FILES_MAX ((size_t)2000)
#define SCRATCH_BYTES_MAX ((size_t)16 * 1024 * 1024)

/** `{0}` is none. */
struct scratch {
	char *top;    /**< what scratch_release removes; NULL: nothing */
	char *root;   /**< the repo, inside of it: absolute and real */
	char *state;  /**< an empty folder beside the repo, for what a run might keep somewhere */
	size_t files; /**< copied so far */
	size_t bytes;
};

/** Make an empty repo. */
int scratch_open(struct scratch *out, struct err *err);

/**
 * Copy the files of a folder over what is there, with their modes, symbolic links as links. No file
 * of the folder's top is copied whose name is `but`; NULL: all are.
 */
int scratch_copy(struct scratch *scratch, const char *folder, const char *but, struct err *err);

/** Write a file, relative to the repo; its folders are made. */
int scratch_write(struct scratch *scratch, const char *path, struct text bytes, struct err *err);

/** Remove a file or an empty folder; it must be there. */
int scratch_remove(struct scratch *scratch, const char *path, struct err *err);

/**
 * Commit everything that is there, but `paths`, which stay as they are: untracked.
 *
 * @param when_utc_ms  the date of the commit
 */
int scratch_commit(struct scratch *scratch, const struct texts *paths, int64_t when_utc_ms,
		   struct err *err);

/** Remove it from the disk. */
void scratch_release(struct scratch *scratch);

static inline void auto_scratch(struct scratch *scratch)
{
	scratch_release(scratch);
}

#endif
