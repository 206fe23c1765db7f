/**
 * The parts of run_execute that judging a baseline needs as well; private to run/.
 */
#ifndef RUN_EXECUTE_H
#define RUN_EXECUTE_H

#include "run/run.h"

/** The gates of the plan, settled; neither waivers nor baseline nor exit status. As run_execute. */
void run_gates(const struct repo *repo, const struct run_options *options, const struct plan *plan,
	       const struct run_watcher *watcher, struct run *run);

/**
 * The plan of a run for another revision of its repo: the same gates in the same order, decided
 * for files alone by what that revision says, and narrowed only where they were.
 */
void plan_again(const struct run *run, const struct repo *repo, struct plan *plan);

#endif
