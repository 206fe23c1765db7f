/**
 * What gates do not notice: the good fixtures of a gate, broken field by field
 * (data/yaml_mutants.h), each time judged by all gates that pass the fixture as it is.
 */
#ifndef RUN_MUTATION_H
#define RUN_MUTATION_H

#include "run/fixture.h"
#include "run/trial.h"

/** A breakage that no gate noticed. Texts live in the arena. */
struct unnoticed {
	const char *fixture; /**< "020-snapshot-parity.test/good" */
	struct place where;  /**< in its repo */
	const char *what;
};

/** What came of breaking fixtures. */
struct mutation {
	size_t made;    /**< breakages */
	size_t noticed; /**< that some gate does not pass, or that cannot be loaded */
	struct VEC(struct unnoticed) unnoticed;
	const char *trouble; /**< why a fixture could not be broken; NULL: none */
	int signal;          /**< that stopped it; 0: none */
};

/**
 * Break the good fixtures of a gate.
 *
 * @param out  counts on
 */
void mutation_run(const struct repo *repo, const struct kind *const *kinds, const struct gate *gate,
		  struct arena *arena, struct mutation *out);

void mutation_release(struct mutation *mutation);

#endif
