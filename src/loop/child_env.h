/**
 * The environment a child gets: what it needs to run, nothing that could make it ask somebody
 * something. Private to loop/.
 */
#ifndef LOOP_CHILD_ENV_H
#define LOOP_CHILD_ENV_H

#include <stdbool.h>

#include "base/vec.h"

struct environment VEC(char *);

/** The scrubbed environment of this process with `added` on top, ended by NULL. */
void environment_fill(struct environment *env, const char *const *added);

/**
 * Is there a file of that name in a folder of the environment's PATH?
 *
 * execvp says "permission denied" of a program that is nowhere, if it may not enter some folder of
 * PATH; this tells the two apart. What is in such a folder is not there for this user.
 */
bool environment_finds(const struct environment *env, const char *program);

void environment_release(struct environment *env);

#endif
