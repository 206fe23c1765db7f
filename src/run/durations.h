/**
 * How long gates took in earlier runs: what begins first, and what `plan` expects.
 *
 * Kept outside of the repo in one of 256 small files, chosen by the repo's root; another repo with
 * the same file takes its place. It decides nothing: what is not there, cannot be read or is not
 * whole is an empty list.
 */
#ifndef RUN_DURATIONS_H
#define RUN_DURATIONS_H

#include "base/vec.h"
#include "run/run.h"

/** Most gates that are remembered, which is as many as a repo may have. */
#define DURATIONS_MAX ((size_t)1000)

/** Durations are kept in steps of this: what is quicker than half of it counts as nothing. */
#define DURATIONS_STEP_MS 100

struct duration {
	char id[9];
	int64_t ms;
};

struct durations VEC(struct duration);

/** What a gate took; -1 if that is not known. NULL knows nothing. */
int64_t durations_of(const struct durations *durations, const char *id);

/**
 * Add what a run showed: the mean of before and now; of a gate that was cut off, at least what it
 * had. Gates that did not begin or looked at a part show nothing; those that the repo has no more
 * are forgotten.
 *
 * @return whether anything changed
 */
bool durations_learn(struct durations *durations, const struct run *run);

/** Take a file's bytes apart. @return false, and nothing, if anything is not as it must be */
bool durations_parse(struct text bytes, const char *root, struct durations *out);

/** Append the bytes of a file. */
void durations_write(const struct durations *durations, const char *root, struct str *out);

/**
 * Read what is known of the repo at `root`.
 *
 * @param state  folder that logs are kept in
 */
void durations_load(const char *state, const char *root, struct durations *out);

/** Put it in its place, whole or not at all; what goes wrong costs a good order and nothing else.
 */
void durations_save(const char *state, const char *root, const struct durations *durations);

#endif
