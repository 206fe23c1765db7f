/**
 * Is what a loop asks for proven by the runs that are cited for it?
 *
 * A loop asks for packs (its guard commands, or gaterun.yaml), and for the gates of each criterion
 * that names some. What names none is a human statement: it is shown as such, and proves nothing.
 */
#ifndef CLOSURE_COVERAGE_H
#define CLOSURE_COVERAGE_H

#include "closure/proof.h"
#include "closure/scope.h"

enum claim_sort {
	CLAIM_PACK,      /**< the pack was verified as a whole */
	CLAIM_GATES,     /**< a guard command's gates pass */
	CLAIM_CRITERION, /**< the gates of a criterion pass */
	CLAIM_HUMAN,     /**< people say so */
};

/** "pack", "gates", "criterion", "human". */
const char *claim_sort_word(enum claim_sort sort);

/** One thing that has to be so. */
struct claim {
	enum claim_sort sort;
	const char *name;   /**< "fast"; of a criterion "1" */
	const char *text;   /**< what the file says; NULL: gaterun.yaml says it */
	struct texts gates; /**< ids; empty for packs and human statements */
	struct place where;
	const struct criterion *criterion; /**< NULL: it is none */
	const struct proof *proof;         /**< the run that proves it; NULL: none does */
	const char *why;                   /**< why none does; NULL */
	enum reason reason;                /**< of `why` */
};

/** A run that was cited, as far as this loop goes. */
struct exhibit {
	const struct proof *proof;
	enum reason reason; /**< REASON_NONE: it counts for this loop */
	const char *why;
	bool is_undecided;
};

/** Texts live in its arena and in the prover's. */
struct coverage {
	struct arena arena;
	const struct scope *scope;
	const struct loop_rule *rule; /**< NULL: gaterun.yaml says nothing about this loop */
	struct VEC(struct claim) claims;
	struct VEC(struct exhibit) exhibits; /**< one for each run key, in their order */
	bool is_proven;                      /**< every claim that is not human */
	bool is_undecided;                   /**< it is not, but nothing was refused */
	enum reason reason;                  /**< why not; REASON_NONE */
	const char *why;                     /**< the sentence for that */
};

/**
 * Judge a loop by some runs.
 *
 * @param run_keys  what is cited
 * @param out       zeroed by the caller; the scope and the prover must outlive it
 */
void coverage_judge(struct prover *prover, const struct scope *scope, const struct texts *run_keys,
		    struct coverage *out);

/** As above; runs that do not count are left out, and no more are looked at than are needed. */
void coverage_search(struct prover *prover, const struct scope *scope, const struct texts *run_keys,
		     struct coverage *out);

void coverage_release(struct coverage *coverage);

/** coverage_release for AUTO. */
static inline void auto_coverage(struct coverage *coverage)
{
	coverage_release(coverage);
}

#endif
