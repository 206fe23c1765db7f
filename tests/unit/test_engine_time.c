#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_kinds.h"

/* ---- time */

static void a_gate_that_takes_too_long_is_unknown(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "hangs", "timeout: 5ms\n");
	fixture_gate(f, "G2", "passes", "");
	run_all(f);
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_UNKNOWN);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_RUN_TIMEOUT);
	assert_true(result_of(f, "G1")->duration_ms >= 5);
	assert_false(f->run.hit_deadline);
	assert_int_equal(f->run.exit, EXIT_UNKNOWN);
	free_repo(f);
}

static void a_run_that_takes_too_long_leaves_the_rest_unknown(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "hangs", "");
	fixture_gate(f, "G2", "passes", "");
	fixture_gate(f, "G3", "passes", "requires: [G1]\n");
	run_with(f, MODE_STATIC, 150, NULL);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_RUN_DEADLINE);
	assert_int_equal(result_of(f, "G2")->verdict, VERDICT_PASS);
	assert_int_equal(result_of(f, "G3")->verdict, VERDICT_UNKNOWN);
	assert_true(f->run.hit_deadline);
	assert_int_equal(f->run.exit, EXIT_UNKNOWN);
	free_repo(f);
}

static void what_does_not_fit_into_the_budget_of_a_pack_is_unknown(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_file(f, "gaterun.yaml", "version: 1\npacks: {fast: {budget: 100ms}}\n");
	fixture_gate(f, "G1", "hangs", "");
	fixture_gate(f, "G2", "passes", "");
	fixture_gate(f, "G3", "has_no_room", "");
	run_all(f);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_RUN_BUDGET);
	assert_int_equal(result_of(f, "G2")->verdict, VERDICT_PASS);
	assert_int_equal(result_of(f, "G3")->verdict, VERDICT_UNKNOWN);
	assert_int_equal(only_finding(f, "G3")->reason, REASON_RUN_BUDGET);
	assert_false(f->run.hit_deadline);
	assert_int_equal(f->run.exit, EXIT_UNKNOWN);
	free_repo(f);
}

static void a_gates_own_timeout_is_not_the_budgets_fault(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_file(f, "gaterun.yaml", "version: 1\npacks: {fast: {budget: 1h}}\n");
	fixture_gate(f, "G1", "hangs", "timeout: 5ms\n");
	run_all(f);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_RUN_TIMEOUT);
	free_repo(f);
}

static void a_gates_time_begins_when_it_does(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	/* G1 waits 40 ms for its turn, which is more than the 10 ms it may take. */
	fixture_gate(f, "G1", "judges_targets", "requires: [G2]\ntimeout: 10ms\n");
	fixture_gate(f, "G2", "hangs", "timeout: 40ms\n");
	run_all(f);
	assert_string_equal(str_text(&events), "+G2 -G2 -G1");
	assert_int_equal(result_of(f, "G1")->findings.at[0].reason, REASON_REQUIRES_FAILED);
	assert_true(result_of(f, "G1")->duration_ms < 30);
	free_repo(f);
}

static void a_gate_that_hangs_after_waiting_gets_its_own_time(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "hangs", "requires: [G2]\ntimeout: 10ms\n");
	fixture_gate(f, "G2", "skips", "requires: [G3]\n");
	fixture_gate(f, "G3", "in_time", "");
	run_all(f);
	assert_string_equal(str_text(&events), "+G3 -G3 +G2 -G2 +G1 -G1");
	assert_int_equal(only_finding(f, "G1")->reason, REASON_RUN_TIMEOUT);
	assert_true(result_of(f, "G1")->duration_ms >= 10);
	free_repo(f);
}

/* ---- nothing to do */

static void a_gate_that_finds_nothing_to_check_is_unknown(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "finds_nothing", "");
	run_all(f);
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_UNKNOWN);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_NOTHING_TO_CHECK);
	assert_int_equal(f->run.exit, EXIT_UNKNOWN);
	free_repo(f);
}

static void a_gate_may_say_that_nothing_to_check_is_fine(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "finds_nothing", "allow_empty: true\n");
	run_all(f);
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_PASS);
	assert_int_equal(f->run.exit, EXIT_PASS);
	free_repo(f);
}

static void a_gate_above_the_runs_mode_is_skipped(void **state)
{
	static const struct {
		enum mode mode;
		enum reason passive; /**< of the gate that needs passive mode */
		enum reason active;
	} cases[] = {
		{MODE_STATIC, REASON_MODE_STATIC, REASON_MODE_STATIC},
		{MODE_PASSIVE, REASON_NONE, REASON_MODE_PASSIVE},
		{MODE_ACTIVE, REASON_NONE, REASON_NONE},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fixture *f = new_repo();

		fixture_gate(f, "G1", "needs_passive", "");
		fixture_gate(f, "G2", "needs_active", "");
		run_with(f, cases[i].mode, 0, NULL);
		assert_int_equal(result_of(f, "G1")->reason, cases[i].passive);
		assert_int_equal(result_of(f, "G1")->verdict,
				 cases[i].passive ? VERDICT_SKIP : VERDICT_PASS);
		assert_int_equal(result_of(f, "G2")->reason, cases[i].active);
		assert_int_equal(result_of(f, "G2")->verdict,
				 cases[i].active ? VERDICT_SKIP : VERDICT_PASS);
		assert_int_equal(f->run.exit, i == 0 ? EXIT_UNKNOWN : EXIT_PASS);
		free_repo(f);
	}
}

/* ---- signals */

static void a_signal_ends_the_run_and_keeps_what_was_done(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "fails", "");
	fixture_gate(f, "G2", "is_interrupted", "requires: [G3]\n");
	fixture_gate(f, "G3", "passes", "");
	fixture_gate(f, "G4", "hangs", "");
	fixture_gate(f, "G5", "passes", "requires: [G4]\n");
	run_all(f);
	assert_int_equal(f->run.signal, SIGINT);
	assert_int_equal(f->run.exit, EXIT_SIGNAL + SIGINT);
	assert_int_equal(f->run.verdict, VERDICT_FAIL);
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_FAIL);
	assert_int_equal(only_finding(f, "G2")->reason, REASON_RUN_INTERRUPTED);
	assert_int_equal(result_of(f, "G3")->verdict, VERDICT_PASS);
	assert_int_equal(only_finding(f, "G4")->reason, REASON_RUN_INTERRUPTED);
	assert_int_equal(only_finding(f, "G5")->reason, REASON_RUN_INTERRUPTED);
	free_repo(f);
}

/* ---- progress */

struct seen {
	size_t done;
	size_t planned;
	bool is_all_done; /**< the last call named no gate that still runs */
};

static void see(size_t done, size_t planned, const char *running, void *cookie)
{
	struct seen *seen = cookie;

	assert_true(done >= seen->done);
	*seen = (struct seen){done, planned, running == NULL};
}

static void progress_is_told_until_every_gate_is_done(void **state)
{
	struct fixture *f = new_repo();
	struct seen seen = {0};
	struct run_watcher watcher = {see, &seen};

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [G2]\n");
	fixture_gate(f, "G2", "in_time", "");
	fixture_gate(f, "G3", "needs_active", "");
	run_with(f, MODE_STATIC, 0, &watcher);
	assert_int_equal(seen.done, 3);
	assert_int_equal(seen.planned, 3);
	assert_true(seen.is_all_done);
	free_repo(f);
}

static void times_of_a_run_are_noted(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "hangs", "timeout: 5ms\n");
	run_all(f);
	assert_true(f->run.started_utc_ms > 0);
	assert_true(f->run.finished_utc_ms >= f->run.started_utc_ms);
	assert_true(f->run.duration_ms >= 5);
	assert_true(result_of(f, "G1")->started_utc_ms >= f->run.started_utc_ms);
	free_repo(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gate_that_takes_too_long_is_unknown),
		cmocka_unit_test(a_run_that_takes_too_long_leaves_the_rest_unknown),
		cmocka_unit_test(what_does_not_fit_into_the_budget_of_a_pack_is_unknown),
		cmocka_unit_test(a_gates_own_timeout_is_not_the_budgets_fault),
		cmocka_unit_test(a_gates_time_begins_when_it_does),
		cmocka_unit_test(a_gate_that_hangs_after_waiting_gets_its_own_time),
		cmocka_unit_test(a_gate_that_finds_nothing_to_check_is_unknown),
		cmocka_unit_test(a_gate_may_say_that_nothing_to_check_is_fine),
		cmocka_unit_test(a_gate_above_the_runs_mode_is_skipped),
		cmocka_unit_test(a_signal_ends_the_run_and_keeps_what_was_done),
		cmocka_unit_test(progress_is_told_until_every_gate_is_done),
		cmocka_unit_test(times_of_a_run_are_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
