/**
 * What the kinds that climb the certificate ladder share: many names at once, and a finding for
 * each that is not as it should be.
 */
#ifndef CHECK_LADDER_LADDER_KIND_H
#define CHECK_LADDER_LADDER_KIND_H

#include "check/ladder/cert_ladder.h"
#include "check/ladder/climb.h"

/** One name of a gate. */
struct ladder_subject {
	struct climb_spec spec; /**< without the deadline */
	const char *subject;    /**< "endpoint:docs" */
	struct place where;
	struct climb *climb; /**< NULL until it is started */
};

/** All names of a gate. `{0}` is none. */
struct ladder_subjects {
	struct check *check;
	struct VEC(struct ladder_subject) all;
	size_t under_way;
};

/** A new, zeroed one, to be filled; valid until the next. */
struct ladder_subject *ladder_add(struct ladder_subjects *subjects);

/** Start them all; the check is woken when the last one ends. */
void ladder_start(struct ladder_subjects *subjects);

/** End what is under way, judge each by what there is, and let go. */
void ladder_report(struct ladder_subjects *subjects);

#endif
