/**
 * How a loop stands: is a closed one still proven, could an open one be closed?
 */
#ifndef CLOSURE_STANDING_H
#define CLOSURE_STANDING_H

#include "closure/coverage.h"
#include "closure/summary.h"

struct standing {
	const struct scope *scope;
	/** Closed: PASS: it is proven, FAIL: it is not, SKIP: it was closed before `adopted`. Open:
	 * PASS: it could be closed, FAIL: what was cited is refused. Else UNKNOWN. */
	enum verdict verdict;
	enum reason reason;     /**< REASON_NONE with PASS */
	const char *why;        /**< the sentence for it; in the prover's arena or the coverage's */
	struct summary summary; /**< of a closed loop */
	struct coverage coverage;
};

/**
 * Judge a loop.
 *
 * @param cited  run keys, each of which must count; NULL: those that a closed loop cites, or for an
 *               open one the receipts that lie in the repo
 * @param out    zeroed by the caller
 */
void standing_judge(struct prover *prover, const struct scope *scope, const struct texts *cited,
		    struct standing *out);

void standing_release(struct standing *standing);

/** standing_release for AUTO. */
static inline void auto_standing(struct standing *standing)
{
	standing_release(standing);
}

#endif
