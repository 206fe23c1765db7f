/**
 * What a gate asks git, as children on the run's loop, so that a slow repository holds nothing up.
 */
#ifndef CHECK_FILES_GIT_ASKED_H
#define CHECK_FILES_GIT_ASKED_H

#include "check/check.h"
#include "loop/child.h"

/** Ceiling of an answer. */
#define GIT_ASKED_BYTES ((size_t)16 * 1024 * 1024)

/** One question. `{0}` is none; stays where it is until it is released. */
struct git_asked {
	struct check *check;
	struct child *child; /**< NULL: nothing is under way */
	struct child_result result;
	const char *command; /**< the first of its arguments; NULL: nothing was asked */
	bool is_done;
};

/** Ask; the check is woken when the answer is there. `args` ends with NULL, see git_words. */
void git_asked_begin(struct check *check, const char *const *args, struct git_asked *out);

/** Nothing was asked, or the answer is there. */
bool git_asked_is_done(const struct git_asked *asked);

/**
 * The answer of a question that was asked.
 *
 * @param ok   exit statuses above 0 that are answers too, up to this one; 0: none is
 * @return     the exit status; -1 if there is no answer, and then there is a finding about the gate
 */
int git_asked_answer(const struct git_asked *asked, int ok, struct text *out);

/** End it if it is under way, and let go of the answer. */
void git_asked_release(struct git_asked *asked);

#endif
