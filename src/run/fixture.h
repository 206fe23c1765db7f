/**
 * Fixtures of gates: small repos beside a gate that it has to pass, and others that it must not.
 *
 *	gates/020-snapshot-parity.yaml
 *	gates/020-snapshot-parity.test/good/              files that keep the rule
 *	gates/020-snapshot-parity.test/bad-lan-address/   files that break it, laid over those of
 *good/
 *
 * A folder named good or good-… must pass, one named bad or bad-… must fail. All are laid over a
 * minimal repo that has the gate and those that it requires; good-… stands alone, and bad-… lies
 * over good/ if there is one. expect.yaml in such a folder, which is no part of its repo, says more
 * (struct expectation).
 */
#ifndef RUN_FIXTURE_H
#define RUN_FIXTURE_H

#include "model/repo.h"
#include "run/scratch.h"

/** The one file of a fixture that is no part of its repo. */
#define EXPECT_FILE "expect.yaml"

/** A time that may not be set. */
struct moment {
	bool is_set;
	int64_t utc_ms;
};

/** What expect.yaml says. */
struct expectation {
	int verdict;              /**< enum verdict: of a bad one fail, or unknown */
	struct texts reasons;     /**< codes that findings must give */
	struct texts remove;      /**< files of good/ that are not there */
	struct texts uncommitted; /**< files that git does not track */
	struct moment now; /**< what the clock says, and when it was committed; not set: now */
};

extern const struct field expectation_fields[];

/** Does it have to pass? */
bool fixture_is_good(const char *name);

/** Where the fixtures of a gate are, absolute; NULL of a shipped gate, whose files are not here. */
const char *fixture_folder(const struct repo *repo, const struct gate *gate, struct arena *arena);

/**
 * Names of the fixtures in a folder, sorted; none where there is no such folder.
 *
 * @return 0; -1 with what is in the folder and no fixture
 */
int fixture_names(const char *folder, struct arena *arena, struct texts *out, struct err *err);

/** A fixture, and what its repo is made of. */
struct fixture {
	const struct repo *repo; /**< of the gates */
	const char *folder;      /**< as fixture_folder gives it */
	const char *name;
	struct texts gates; /**< ids of those that it gets, with the ones that they require */
	struct arena *arena;
};

/**
 * Make the repo that a fixture describes, committed.
 *
 * @param scratch  open
 * @param out      what its expect.yaml says; zeroed
 * @return         0; -1 with what is wrong with the fixture
 */
int fixture_lay_out(const struct fixture *fixture, struct scratch *scratch, struct expectation *out,
		    struct err *err);

#endif
