/**
 * What a run is compared with: an earlier revision, judged by the same gates in the same run, or
 * what an earlier receipt says.
 *
 * Findings are the same if their fingerprints are, which neither a moved line nor another commit
 * changes. They are compared as they were before waivers. What was not looked at there says
 * nothing: such findings have no state, and where the state decides they count as introduced.
 */
#ifndef RUN_BASELINE_H
#define RUN_BASELINE_H

#include "run/run.h"

/** What a baseline says about one gate. Borrowed. */
struct baseline_gate {
	const char *id;
	const struct finding *at; /**< its findings */
	size_t len;
	const char *undetermined; /**< why a finding that is not among them may have been there all
				       the same; NULL: it was not, unless one of them hides it */
};

struct baseline {
	const char *name;    /**< as it was asked for */
	char commit[65];     /**< of a revision; "" for a receipt */
	const char *run_key; /**< of a receipt; NULL for a revision */
	const char *broken;  /**< why it says nothing at all; NULL: it does */
	struct VEC(struct baseline_gate) gates;
	struct arena arena; /**< of what a receipt says */

	/* Of a revision. */
	struct repo repo; /**< what it says, loaded by the caller with repo_load_facts */
	struct run_options options;
	struct plan plan;
	struct run run;
};

/**
 * Judge a revision as `run` judged its repo, by the static gates of the same plan, and fill
 * `gates`. Does nothing for a receipt, and where the revision is broken.
 *
 * @param run          executed, waivers applied
 * @param deadline_ms  monotonic: what is not done by then is undetermined
 */
void baseline_judge(struct baseline *baseline, const struct run *run, int64_t deadline_ms);

/**
 * Give every finding of the run its state, add those that are fixed, and count (pure). After
 * waivers, before run_conclude; once.
 */
void baseline_compare(const struct baseline *baseline, struct run *run);

/** Let go of everything, the repo of a revision included; the run's fixed findings with it. */
void baseline_release(struct baseline *baseline);

#endif
