/**
 * All loops of a repo: the files in the folders that gaterun.yaml names, each read, none fatal to
 * the others.
 */
#ifndef CLOSURE_SCOPES_H
#define CLOSURE_SCOPES_H

#include "closure/scope.h"
#include "model/repo.h"

struct scopes {
	struct arena arena;
	struct VEC(struct scope) list; /**< by folder, then by file name */
	struct problems problems;      /**< of folders, and of files that could not be read */
};

/**
 * Read them. Two files of one id are a problem of the later one.
 *
 * @param out  zeroed by the caller
 */
void scopes_read(const struct repo *repo, struct scopes *out);

void scopes_release(struct scopes *scopes);

/** scopes_release for AUTO. */
static inline void auto_scopes(struct scopes *scopes)
{
	scopes_release(scopes);
}

/** The loop with this id or file; the first one of several. NULL if there is none. */
const struct scope *scopes_find(const struct scopes *scopes, const char *name);

/** Another loop with the same id; NULL. */
const struct scope *scopes_twin(const struct scopes *scopes, const struct scope *scope);

/** The id nearest to a name that is none, for "did you mean"; NULL. */
const char *scopes_nearest(const struct scopes *scopes, const char *name);

#endif
