/**
 * A gate tried on a folder: what it says of the repo there, and nothing else. No packet is sent
 * (mode static), no receipt written, no agent asked.
 */
#ifndef RUN_TRIAL_H
#define RUN_TRIAL_H

#include "run/run.h"

/** Something that a gate found, copied into the arena of the trial. */
struct trial_finding {
	enum verdict verdict;
	enum reason reason;
	const char *subject;
	const char *message;
	struct place where;
};

/** What came of it. */
struct trial {
	const char *broken;   /**< why nothing could be judged there; NULL: it was */
	bool is_refused;      /**< that is because of the operator's files (status 65) */
	enum verdict verdict; /**< of the one gate; of several the worst but for skip */
	struct VEC(struct trial_finding) findings; /**< of all gates; remarks too */
	struct VEC(const char *) passed;           /**< ids of the gates that passed */
	int signal;                                /**< that stopped it; 0: none */
};

/**
 * Try gates on the repo at `root`, which has them itself.
 *
 * @param gates  ids; those that they require run as well, and have no say
 * @param arena  gets the texts
 * @param out    zeroed; release with trial_release
 */
void trial_run(const char *root, const struct kind *const *kinds, const struct texts *gates,
	       struct arena *arena, struct trial *out);

void trial_release(struct trial *trial);

static inline void auto_trial(struct trial *trial)
{
	trial_release(trial);
}

#endif
