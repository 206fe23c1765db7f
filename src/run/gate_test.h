/**
 * A gate on its fixtures (run/fixture.h): does it pass the good ones, and none of the bad ones?
 */
#ifndef RUN_GATE_TEST_H
#define RUN_GATE_TEST_H

#include "run/fixture.h"
#include "run/trial.h"

/** One fixture, judged. */
struct fixture_test {
	const char *name;
	struct expectation expected;
	struct trial trial;
	const char *wrong; /**< why the gate's verdict is not the one expected; NULL: it is */
};

/** One gate on all its fixtures. */
struct gate_test {
	const struct gate *gate;
	enum verdict verdict; /**< unknown: it lacks fixtures; skip: no fixture can say */
	const char *why;      /**< of unknown, of skip, and of a folder that cannot be used; NULL */
	struct VEC(struct fixture_test) fixtures; /**< sorted by name */
	int signal;                               /**< that stopped it; 0: none */
};

/**
 * Test a gate of the repo. What is written below $TMPDIR is removed again.
 *
 * @param test  zeroed, with its gate; release with gate_test_release
 */
void gate_test_run(struct gate_test *test, const struct repo *repo, const struct kind *const *kinds,
		   struct arena *arena);

void gate_test_release(struct gate_test *test);

#endif
