/**
 * The environment a child gets: what it needs to run, nothing that could make it ask somebody
 * something. Private to loop/.
 */
#ifndef LOOP_CHILD_ENV_H
#define LOOP_CHILD_ENV_H

#include "base/vec.h"

struct environment VEC(char *);

/** The scrubbed environment of this process with `added` on top, ended by NULL. */
void environment_fill(struct environment *env, const char *const *added);

void environment_release(struct environment *env);

#endif
