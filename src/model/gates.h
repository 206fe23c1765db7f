/**
 * Loading the set of gates: from a directory, or the shipped ones; private to model.
 */
#ifndef MODEL_GATES_H
#define MODEL_GATES_H

#include "model/repo.h"

/** Fill repo->gates; every mistake is a problem. Targets are loaded already. */
void gates_load(struct repo *repo, const struct kind *const *kinds, struct problems *problems);

/** Let go of what the gates' settings hold outside the arena. */
void gates_release(struct gates *gates);

#endif
