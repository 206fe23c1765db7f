#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_kinds.h"

/* ---- order */

static void a_gate_begins_when_the_one_it_requires_is_done(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [G2]\n");
	fixture_gate(f, "G2", "in_time", "");
	run_all(f);
	assert_string_equal(str_text(&events), "+G2 -G2 +G1 -G1");
	assert_int_equal(f->run.exit, EXIT_PASS);
	free_repo(f);
}

static void a_gate_waits_for_all_that_it_requires(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [G2, G3]\n");
	fixture_gate(f, "G2", "in_time", "");
	fixture_gate(f, "G3", "passes", "");
	run_all(f);
	assert_non_null(strstr(str_text(&events), "-G2"));
	assert_non_null(strstr(str_text(&events), "-G3"));
	assert_true(strstr(str_text(&events), "-G2") < strstr(str_text(&events), "+G1"));
	assert_true(strstr(str_text(&events), "-G3") < strstr(str_text(&events), "+G1"));
	free_repo(f);
}

static void gates_that_wait_do_not_hold_up_others(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "hangs", "timeout: 20ms\n");
	fixture_gate(f, "G2", "passes", "");
	run_all(f);
	assert_non_null(strstr(str_text(&events), "-G2"));
	assert_true(strstr(str_text(&events), "-G2") < strstr(str_text(&events), "-G1"));
	free_repo(f);
}

static void a_requirement_by_alias_counts(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [D9]\n");
	fixture_gate(f, "G2", "fails", "aliases: [D9]\n");
	run_all(f);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_REQUIRES_FAILED);
	free_repo(f);
}

/* ---- what a required gate says */

static void a_gate_is_unknown_when_what_it_requires_fails(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [G2]\n");
	fixture_gate(f, "G2", "fails", "");
	run_all(f);
	assert_string_equal(str_text(&events), "+G2 -G2");
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_UNKNOWN);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_REQUIRES_FAILED);
	assert_string_equal(only_finding(f, "G1")->subject, "gate:G1");
	assert_string_equal(only_finding(f, "G1")->caused_by, "G2 file:x.yaml assert.value");
	assert_int_equal(f->run.exit, EXIT_FAIL);
	free_repo(f);
}

static void a_gate_is_unknown_when_what_it_requires_is_unknown(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [G2]\n");
	fixture_gate(f, "G2", "is_unknown", "");
	run_all(f);
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_UNKNOWN);
	assert_string_equal(only_finding(f, "G1")->caused_by, "G2 file:x.yaml file.unreadable");
	assert_int_equal(f->run.exit, EXIT_UNKNOWN);
	free_repo(f);
}

static void a_gate_goes_on_when_what_it_requires_is_skipped(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [G2, G3]\n");
	fixture_gate(f, "G2", "skips", "");
	fixture_gate(f, "G3", "needs_active", "");
	run_all(f);
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_PASS);
	assert_int_equal(f->run.exit, EXIT_PASS);
	free_repo(f);
}

static void the_first_cause_is_named_however_long_the_chain(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "passes", "requires: [G2]\n");
	fixture_gate(f, "G2", "passes", "requires: [G3]\n");
	fixture_gate(f, "G3", "fails", "");
	run_all(f);
	assert_string_equal(only_finding(f, "G2")->caused_by, "G3 file:x.yaml assert.value");
	assert_string_equal(only_finding(f, "G1")->caused_by, "G3 file:x.yaml assert.value");
	free_repo(f);
}

static void a_target_is_unknown_only_where_the_required_gate_failed(void **state)
{
	struct fixture *f = new_repo();
	const struct finding *finding = NULL;

	(void)state;
	fixture_gate(f, "G1", "judges_targets", "requires: [G2]\n");
	fixture_gate(f, "G2", "first_target_fails", "");
	run_all(f);
	finding = only_finding(f, "G1");
	assert_int_equal(result_of(f, "G1")->checked, 1);
	assert_int_equal(finding->verdict, VERDICT_UNKNOWN);
	assert_int_equal(finding->reason, REASON_REQUIRES_FAILED);
	assert_string_equal(finding->subject, "target:a");
	assert_string_equal(finding->caused_by, "G2 target:a keys.unpinned");
	assert_string_equal(finding->where.file, "bindings/ssh.targets.yaml");
	free_repo(f);
}

static void every_target_is_unknown_when_the_required_gate_did_not_run(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "judges_targets", "requires: [G2]\n");
	fixture_gate(f, "G2", "is_unknown", "");
	run_all(f);
	assert_int_equal(result_of(f, "G1")->findings.len, 2);
	assert_int_equal(result_of(f, "G1")->checked, 0);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(result_of(f, "G1")->findings.at[i].caused_by,
				    "G2 file:x.yaml file.unreadable");
	}
	free_repo(f);
}

static void every_target_is_unknown_when_what_failed_is_not_about_targets(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "judges_targets", "requires: [G2]\n");
	fixture_gate(f, "G2", "fails", "");
	run_all(f);
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_UNKNOWN);
	assert_int_equal(result_of(f, "G1")->checked, 0);
	assert_int_equal(result_of(f, "G1")->findings.len, 2);
	assert_string_equal(result_of(f, "G1")->findings.at[1].caused_by,
			    "G2 file:x.yaml assert.value");
	free_repo(f);
}

static void a_chain_over_targets_names_the_first_cause(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "judges_targets", "requires: [G2]\n");
	fixture_gate(f, "G2", "judges_targets", "requires: [G3]\n");
	fixture_gate(f, "G3", "first_target_fails", "");
	run_all(f);
	assert_string_equal(only_finding(f, "G1")->caused_by, "G3 target:a keys.unpinned");
	free_repo(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gate_begins_when_the_one_it_requires_is_done),
		cmocka_unit_test(a_gate_waits_for_all_that_it_requires),
		cmocka_unit_test(gates_that_wait_do_not_hold_up_others),
		cmocka_unit_test(a_requirement_by_alias_counts),
		cmocka_unit_test(a_gate_is_unknown_when_what_it_requires_fails),
		cmocka_unit_test(a_gate_is_unknown_when_what_it_requires_is_unknown),
		cmocka_unit_test(a_gate_goes_on_when_what_it_requires_is_skipped),
		cmocka_unit_test(the_first_cause_is_named_however_long_the_chain),
		cmocka_unit_test(a_target_is_unknown_only_where_the_required_gate_failed),
		cmocka_unit_test(every_target_is_unknown_when_the_required_gate_did_not_run),
		cmocka_unit_test(every_target_is_unknown_when_what_failed_is_not_about_targets),
		cmocka_unit_test(a_chain_over_targets_names_the_first_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
