#include "run/gate_test.h"

#include <string.h>

#include "base/cleanup.h"

/** What the tests of one gate have in common. */
struct testing {
	const struct kind *const *kinds;
	struct fixture fixture; /**< the one that is tested now */
};

static bool gives(const struct trial *trial, const char *code)
{
	for (size_t i = 0; i < trial->findings.len; i++) {
		const struct trial_finding *finding = &trial->findings.at[i];

		if (finding->verdict != VERDICT_PASS &&
		    strcmp(reason_code(finding->reason), code) == 0) {
			return true;
		}
	}
	return false;
}

/** Why the trial did not come out as it should have; NULL: it did. */
static const char *compare(const struct fixture_test *test, struct arena *arena)
{
	const struct trial *trial = &test->trial;
	enum verdict expected =
		fixture_is_good(test->name) ? VERDICT_PASS : (enum verdict)test->expected.verdict;

	if (trial->broken) {
		return arena_printf(arena, "it cannot be judged: %s", trial->broken);
	}
	if (trial->verdict != expected) {
		return arena_printf(arena, "the gate says %s, expected %s",
				    verdict_word(trial->verdict), verdict_word(expected));
	}
	for (size_t i = 0; i < test->expected.reasons.len; i++) {
		if (!gives(trial, test->expected.reasons.at[i])) {
			return arena_printf(arena, "no finding gives the reason %s",
					    test->expected.reasons.at[i]);
		}
	}
	return NULL;
}

static void test_fixture(const struct testing *testing, struct fixture_test *test)
{
	AUTO(auto_scratch) struct scratch scratch = {0};
	struct arena *arena = testing->fixture.arena;
	struct err err = {0};

	if (scratch_open(&scratch, &err) ||
	    fixture_lay_out(&testing->fixture, &scratch, &test->expected, &err)) {
		test->wrong = arena_printf(arena, "it cannot be laid out: %s", err.text);
		return;
	}
	/* What the gate keeps or looks up somewhere else is not the user's. */
	(void)setenv("XDG_STATE_HOME", scratch.state, 1);  /* NOLINT(concurrency-mt-unsafe) */
	(void)setenv("XDG_CONFIG_HOME", scratch.state, 1); /* NOLINT(concurrency-mt-unsafe) */
	clock_fix_utc_ms(test->expected.now.is_set ? test->expected.now.utc_ms : -1);
	trial_run(scratch.root, testing->kinds, &testing->fixture.gates, arena, &test->trial);
	clock_fix_utc_ms(-1);
	test->wrong = compare(test, arena);
}

/** What cannot be tested here, and why. */
static bool is_decided(struct gate_test *test, const struct testing *testing)
{
	enum mode mode = gate_mode(test->gate);

	if (mode > MODE_STATIC) {
		test->verdict = VERDICT_SKIP;
		test->why =
			arena_printf(testing->fixture.arena,
				     "needs hosts (mode %s): no fixture can say", mode_word(mode));
		return true;
	}
	if (!testing->fixture.folder) {
		test->verdict = VERDICT_SKIP;
		test->why = "part of the program, and tested where that is built";
		return true;
	}
	return false;
}

/** Tests say something if there are such that must pass and such that must not. */
static void conclude(struct gate_test *test, struct arena *arena)
{
	const char *file = test->gate->file;
	bool has_good = false;
	bool has_bad = false;

	test->verdict = VERDICT_PASS;
	for (size_t i = 0; i < test->fixtures.len; i++) {
		has_good = has_good || fixture_is_good(test->fixtures.at[i].name);
		has_bad = has_bad || !fixture_is_good(test->fixtures.at[i].name);
		if (test->fixtures.at[i].wrong) {
			test->verdict = VERDICT_FAIL;
		}
	}
	if (test->verdict == VERDICT_PASS && (!has_good || !has_bad)) {
		test->verdict = VERDICT_UNKNOWN;
		test->why = arena_printf(arena, "there is no %.*s.test/%s",
					 (int)(strrchr(file, '.') - file), file,
					 has_good ? "bad-…" : "good");
	}
}

void gate_test_run(struct gate_test *test, const struct repo *repo, const struct kind *const *kinds,
		   struct arena *arena)
{
	struct testing testing = {kinds, {.repo = repo, .arena = arena}};
	struct fixture *fixture = &testing.fixture;
	struct texts names = {0};
	struct err err = {0};

	fixture->folder = fixture_folder(repo, test->gate, arena);
	fixture->gates.at = arena_alloc(arena, sizeof(*fixture->gates.at));
	fixture->gates.at[0] = test->gate->id;
	fixture->gates.len = 1;
	if (is_decided(test, &testing)) {
		return;
	}
	if (fixture_names(fixture->folder, arena, &names, &err)) {
		test->verdict = VERDICT_FAIL;
		test->why = arena_text(arena, err.text);
		return;
	}
	for (size_t i = 0; i < names.len && !test->signal; i++) {
		struct fixture_test *one = VEC_ADD(&test->fixtures);

		one->name = fixture->name = names.at[i];
		test_fixture(&testing, one);
		test->signal = one->trial.signal;
	}
	conclude(test, arena);
}

void gate_test_release(struct gate_test *test)
{
	for (size_t i = 0; i < test->fixtures.len; i++) {
		trial_release(&test->fixtures.at[i].trial);
	}
	VEC_RELEASE(&test->fixtures);
}
