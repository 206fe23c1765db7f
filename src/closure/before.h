/**
 * Which loops did git have as closed when the repo adopted the rule?
 *
 * `closed_at` is what somebody wrote; that it is earlier than `adopted` in gaterun.yaml must not be
 * all that keeps a loop from being judged.
 */
#ifndef CLOSURE_BEFORE_H
#define CLOSURE_BEFORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

/** Ids of loops that a commit has as closed. `{0}` is none, and not known. */
struct closed_before {
	struct arena arena;
	struct VEC(const char *) ids;
	bool is_known; /**< git has such a commit, and could read it */
};

/**
 * Look at the newest commit that HEAD stands on and that is older than a time. Without one (a
 * younger repo, a shallow clone) nothing is known.
 *
 * @param out  zeroed by the caller
 */
void closed_before_read(const char *root, int64_t utc_ms, struct closed_before *out);

/** Take in what `git grep -z` says of a commit: "COMMIT:PATH\0LINE\n" for each line of a key. */
void closed_before_take(struct closed_before *before, struct text lines);

/** Was the loop closed before then? */
bool closed_before_holds(const struct closed_before *before, const char *id);

void closed_before_release(struct closed_before *before);

#endif
