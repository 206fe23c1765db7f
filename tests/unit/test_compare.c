/* Findings of two settled runs compared; every case has its inverse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "run/baseline.h"

/** A gate, and what it found before and now. */
struct sample {
	struct gate gate;
	struct result before;
	struct result now;
	struct run_options options;
	struct repo repo;
	struct run run;
	struct baseline baseline;
	struct arena arena;
};

static void prepare(struct sample *sample)
{
	*sample =
		(struct sample){.gate = {.id = "G030", .enforce = true, .targets = {.all = true}}};
	sample->before = (struct result){.gate = &sample->gate, .checked = 5};
	sample->now = sample->before;
	sample->options.baseline = &sample->baseline;
	sample->run = (struct run){.repo = &sample->repo,
				   .options = &sample->options,
				   .results = &sample->now,
				   .result_count = 1};
	sample->baseline.name = "HEAD^";
}

/** A failing finding about a file. Valid until the next one. */
static struct finding *hit(struct result *result, const char *subject, int line, const char *detail)
{
	struct finding *finding = VEC_ADD(&result->findings);

	finding->verdict = VERDICT_FAIL;
	finding->reason = REASON_TEXT_ADDRESS;
	finding->subject = subject;
	finding->message = "something was found";
	finding->detail = detail;
	finding->hint = "mend it";
	finding->where = (struct place){subject + strlen("file:"), line, 1};
	return finding;
}

static struct finding *veil(struct result *result, const char *subject, enum reason reason)
{
	struct finding *finding = VEC_ADD(&result->findings);

	finding->verdict = VERDICT_UNKNOWN;
	finding->reason = reason;
	finding->subject = subject;
	finding->message = "nobody looked";
	return finding;
}

/** Settle both sides, compare, conclude. */
static void compare(struct sample *sample)
{
	result_settle(&sample->before, &sample->arena);
	result_settle(&sample->now, &sample->arena);
	*VEC_ADD(&sample->baseline.gates) = (struct baseline_gate){
		.id = "G030", .at = sample->before.findings.at, .len = sample->before.findings.len};
	baseline_compare(&sample->baseline, &sample->run);
	run_conclude(&sample->run);
}

static void expect(const struct sample *sample, size_t introduced, size_t preexisting, size_t fixed,
		   size_t undetermined)
{
	assert_int_equal(sample->run.states.introduced, introduced);
	assert_int_equal(sample->run.states.preexisting, preexisting);
	assert_int_equal(sample->run.states.fixed, fixed);
	assert_int_equal(sample->run.states.undetermined, undetermined);
}

/** How many findings about the subject have this state. */
static size_t count(const struct sample *sample, const char *subject, enum finding_state state)
{
	size_t found = 0;

	for (size_t i = 0; i < sample->now.findings.len; i++) {
		found += sample->now.findings.at[i].state == state &&
			 same_string(sample->now.findings.at[i].subject, subject);
	}
	return found;
}

static void release(struct sample *sample)
{
	result_release(&sample->before);
	result_release(&sample->now);
	baseline_release(&sample->baseline);
	arena_release(&sample->arena);
}

/* ---- what is the same */

static void a_moved_line_is_the_same(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 3, "100.64.1.1");
	(void)hit(&sample.now, "file:a", 300, "100.64.1.1");
	compare(&sample);
	expect(&sample, 0, 1, 0, 0);
	assert_int_equal(sample.now.verdict, VERDICT_FAIL);
	release(&sample);
}

static void another_detail_is_another_finding(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 3, "100.64.1.1");
	(void)hit(&sample.now, "file:a", 3, "100.64.1.2");
	compare(&sample);
	expect(&sample, 1, 0, 1, 0);
	release(&sample);
}

static void a_rename_of_another_file_changes_nothing(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 3, "x");
	(void)hit(&sample.before, "file:b", 3, "x");
	(void)hit(&sample.now, "file:a", 3, "x");
	(void)hit(&sample.now, "file:c", 3, "x");
	compare(&sample);
	expect(&sample, 1, 1, 1, 0);
	assert_int_equal(count(&sample, "file:a", STATE_PREEXISTING), 1);
	assert_int_equal(count(&sample, "file:b", STATE_FIXED), 1);
	assert_int_equal(count(&sample, "file:c", STATE_INTRODUCED), 1);
	release(&sample);
}

static void two_equal_hits_that_become_three_are_one_more(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	for (int line = 1; line <= 2; line++) {
		(void)hit(&sample.before, "file:a", line, "x");
	}
	for (int line = 1; line <= 3; line++) {
		(void)hit(&sample.now, "file:a", line, "x");
	}
	compare(&sample);
	expect(&sample, 1, 2, 0, 0);
	release(&sample);
}

static void three_equal_hits_that_become_two_are_one_fixed(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	for (int line = 1; line <= 3; line++) {
		(void)hit(&sample.before, "file:a", line, "x");
	}
	for (int line = 1; line <= 2; line++) {
		(void)hit(&sample.now, "file:a", line, "x");
	}
	compare(&sample);
	expect(&sample, 0, 2, 1, 0);
	release(&sample);
}

static void what_is_worse_than_it_was_is_introduced(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	hit(&sample.before, "file:a", 1, "x")->verdict = VERDICT_PASS;
	hit(&sample.before, "file:b", 1, "x")->verdict = VERDICT_UNKNOWN;
	hit(&sample.before, "file:c", 1, "x")->verdict = VERDICT_FAIL;
	(void)hit(&sample.now, "file:a", 1, "x");
	(void)hit(&sample.now, "file:b", 1, "x");
	hit(&sample.now, "file:c", 1, "x")->verdict = VERDICT_UNKNOWN;
	compare(&sample);
	expect(&sample, 2, 1, 0, 0);
	assert_int_equal(count(&sample, "file:c", STATE_PREEXISTING), 1);
	release(&sample);
}

static void a_fail_that_is_a_remark_now_is_fixed(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	hit(&sample.now, "file:a", 1, "x")->verdict = VERDICT_PASS;
	compare(&sample);
	expect(&sample, 0, 0, 1, 0);
	assert_int_equal(sample.now.verdict, VERDICT_PASS);
	release(&sample);
}

static void a_fixed_finding_is_a_remark_without_advice(void **state)
{
	const struct finding *fixed = NULL;
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 7, "x");
	compare(&sample);
	expect(&sample, 0, 0, 1, 0);
	assert_int_equal(sample.now.verdict, VERDICT_PASS);
	assert_int_equal(sample.now.checked, 5);
	fixed = &sample.now.findings.at[0];
	assert_int_equal(fixed->verdict, VERDICT_PASS);
	assert_int_equal(fixed->where.line, 7);
	assert_null(fixed->hint);
	assert_string_equal(fixed->fingerprint, sample.before.findings.at[0].fingerprint);
	assert_int_equal(sample.run.exit, 0);
	release(&sample);
}

static void what_is_waived_is_compared_as_it_was(void **state)
{
	static const struct waiver waiver = {.reason = "r"};
	struct sample sample;
	struct finding *finding = NULL;

	(void)state;
	prepare(&sample);
	finding = hit(&sample.before, "file:a", 1, "x");
	finding->waived_by = &waiver;
	finding->waived_verdict = VERDICT_FAIL;
	finding->verdict = VERDICT_SKIP;
	(void)hit(&sample.now, "file:a", 1, "x");
	compare(&sample);
	expect(&sample, 0, 1, 0, 0);
	release(&sample);
}

static void what_is_waived_now_is_not_fixed(void **state)
{
	static const struct waiver waiver = {.reason = "r"};
	struct sample sample;
	struct finding *finding = NULL;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	finding = hit(&sample.now, "file:a", 1, "x");
	finding->waived_by = &waiver;
	finding->waived_verdict = VERDICT_FAIL;
	finding->verdict = VERDICT_SKIP;
	compare(&sample);
	expect(&sample, 0, 0, 0, 0);
	assert_int_equal(count(&sample, "file:a", STATE_PREEXISTING), 1);
	release(&sample);
}

/* ---- what nobody looked at */

static void behind_a_gate_that_was_unknown_anything_may_have_been(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)veil(&sample.before, "gate:G030", REASON_RUN_DEADLINE);
	(void)hit(&sample.now, "file:a", 1, "x");
	compare(&sample);
	/* The unknown itself is there no more. */
	expect(&sample, 0, 0, 1, 1);
	assert_string_equal(sample.now.undetermined, "nobody looked");
	release(&sample);
}

static void the_same_unknown_as_before_is_not_new(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)veil(&sample.before, "gate:G030", REASON_BINDING_ABSENT);
	(void)veil(&sample.now, "gate:G030", REASON_BINDING_ABSENT);
	compare(&sample);
	expect(&sample, 0, 1, 0, 0);
	assert_null(sample.now.undetermined);
	release(&sample);
}

static void a_gate_that_ran_out_of_time_twice_is_no_old_unknown(void **state)
{
	static const enum reason reasons[] = {REASON_RUN_DEADLINE, REASON_RUN_TIMEOUT,
					      REASON_RUN_INTERRUPTED};

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct sample sample;

		prepare(&sample);
		sample.options.fails_on_introduced = true;
		(void)veil(&sample.before, "gate:G030", reasons[i]);
		(void)veil(&sample.now, "gate:G030", reasons[i]);
		compare(&sample);
		expect(&sample, 0, 0, 0, 1);
		assert_string_equal(sample.now.undetermined, "nobody looked");
		assert_int_equal(run_counted(&sample.options, &sample.now), VERDICT_UNKNOWN);
		release(&sample);
	}
}

static void a_gate_with_nothing_to_check_hid_nothing(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	sample.before.checked = 0;
	(void)hit(&sample.now, "file:a", 1, "x");
	compare(&sample);
	expect(&sample, 1, 0, 1, 0);
	assert_null(sample.now.undetermined);
	release(&sample);
}

static void a_file_that_could_not_be_read_hides_its_own_findings_only(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)veil(&sample.before, "file:a", REASON_FILE_UNREADABLE);
	(void)hit(&sample.now, "file:a", 1, "x");
	(void)hit(&sample.now, "file:b", 1, "x");
	compare(&sample);
	expect(&sample, 1, 0, 1, 1);
	assert_int_equal(count(&sample, "file:b", STATE_INTRODUCED), 1);
	assert_int_equal(count(&sample, "file:a", STATE_NONE), 1);
	release(&sample);
}

static void what_cannot_be_seen_now_is_not_fixed(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	(void)hit(&sample.before, "file:b", 1, "x");
	(void)veil(&sample.now, "file:a", REASON_FILE_UNREADABLE);
	compare(&sample);
	expect(&sample, 1, 0, 1, 0);
	assert_int_equal(count(&sample, "file:b", STATE_FIXED), 1);
	assert_int_equal(count(&sample, "file:a", STATE_FIXED), 0);
	release(&sample);
}

static void nothing_is_fixed_where_a_narrowed_gate_did_not_look(void **state)
{
	static const char *paths[] = {"b"};
	const struct tree_changes changed = {.at = paths, .len = 1};
	struct sample sample;

	(void)state;
	prepare(&sample);
	sample.options.changed = &changed;
	sample.now.is_narrowed = true;
	(void)hit(&sample.before, "file:a", 1, "x");
	(void)hit(&sample.before, "file:b", 1, "x");
	compare(&sample);
	expect(&sample, 0, 0, 1, 0);
	assert_int_equal(count(&sample, "file:b", STATE_FIXED), 1);
	release(&sample);
}

static void a_gate_that_the_baseline_does_not_know_is_undetermined(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.now, "file:a", 1, "x");
	result_settle(&sample.now, &sample.arena);
	baseline_compare(&sample.baseline, &sample.run);
	expect(&sample, 0, 0, 0, 1);
	assert_string_equal(sample.now.undetermined, "it was not judged there");
	release(&sample);
}

static void a_broken_baseline_says_why(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	sample.baseline.broken = "gaterun.yaml:3:1: what is this";
	(void)hit(&sample.now, "file:a", 1, "x");
	result_settle(&sample.now, &sample.arena);
	baseline_compare(&sample.baseline, &sample.run);
	assert_string_equal(sample.now.undetermined, "gaterun.yaml:3:1: what is this");
	release(&sample);
}

/* ---- the exit status */

/** What the exit status is with --fail-on introduced, and without. */
static void expect_exits(struct sample *sample, int introduced, int all)
{
	sample->options.fails_on_introduced = true;
	compare(sample);
	assert_int_equal(sample->run.exit, introduced);
	sample->options.fails_on_introduced = false;
	run_conclude(&sample->run);
	assert_int_equal(sample->run.exit, all);
	release(sample);
}

static void what_failed_before_does_not_decide(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	(void)hit(&sample.now, "file:a", 1, "x");
	expect_exits(&sample, 0, 1);
}

static void one_fixed_and_another_introduced_fails(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	(void)hit(&sample.now, "file:b", 1, "x");
	expect_exits(&sample, 1, 1);
}

static void what_is_undetermined_counts_as_introduced(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)veil(&sample.before, "gate:G030", REASON_RUN_DEADLINE);
	(void)hit(&sample.now, "file:a", 1, "x");
	expect_exits(&sample, 1, 1);
}

static void an_introduced_unknown_beside_an_old_failure_is_unknown(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	(void)hit(&sample.now, "file:a", 1, "x");
	(void)veil(&sample.now, "file:b", REASON_FILE_UNREADABLE);
	expect_exits(&sample, 2, 1);
}

static void an_old_unknown_alone_is_no_pass(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)veil(&sample.before, "file:b", REASON_FILE_UNREADABLE);
	(void)veil(&sample.now, "file:b", REASON_FILE_UNREADABLE);
	expect_exits(&sample, 2, 2);
}

static void an_old_unknown_beside_an_old_failure_is_no_pass(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	(void)veil(&sample.before, "file:b", REASON_FILE_UNREADABLE);
	(void)hit(&sample.now, "file:a", 1, "x");
	(void)veil(&sample.now, "file:b", REASON_FILE_UNREADABLE);
	expect_exits(&sample, 2, 1);
}

static void a_waived_failure_does_not_decide_either(void **state)
{
	static const struct waiver waiver = {.reason = "r"};
	struct sample sample;
	struct finding *finding = NULL;

	(void)state;
	prepare(&sample);
	(void)hit(&sample.before, "file:a", 1, "x");
	(void)hit(&sample.now, "file:a", 1, "x");
	finding = hit(&sample.now, "file:b", 1, "x");
	finding->waived_by = &waiver;
	finding->waived_verdict = VERDICT_FAIL;
	finding->verdict = VERDICT_SKIP;
	expect_exits(&sample, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moved_line_is_the_same),
		cmocka_unit_test(another_detail_is_another_finding),
		cmocka_unit_test(a_rename_of_another_file_changes_nothing),
		cmocka_unit_test(two_equal_hits_that_become_three_are_one_more),
		cmocka_unit_test(three_equal_hits_that_become_two_are_one_fixed),
		cmocka_unit_test(what_is_worse_than_it_was_is_introduced),
		cmocka_unit_test(a_fail_that_is_a_remark_now_is_fixed),
		cmocka_unit_test(a_fixed_finding_is_a_remark_without_advice),
		cmocka_unit_test(what_is_waived_is_compared_as_it_was),
		cmocka_unit_test(what_is_waived_now_is_not_fixed),
		cmocka_unit_test(behind_a_gate_that_was_unknown_anything_may_have_been),
		cmocka_unit_test(the_same_unknown_as_before_is_not_new),
		cmocka_unit_test(a_gate_that_ran_out_of_time_twice_is_no_old_unknown),
		cmocka_unit_test(a_gate_with_nothing_to_check_hid_nothing),
		cmocka_unit_test(a_file_that_could_not_be_read_hides_its_own_findings_only),
		cmocka_unit_test(what_cannot_be_seen_now_is_not_fixed),
		cmocka_unit_test(nothing_is_fixed_where_a_narrowed_gate_did_not_look),
		cmocka_unit_test(a_gate_that_the_baseline_does_not_know_is_undetermined),
		cmocka_unit_test(a_broken_baseline_says_why),
		cmocka_unit_test(what_failed_before_does_not_decide),
		cmocka_unit_test(one_fixed_and_another_introduced_fails),
		cmocka_unit_test(what_is_undetermined_counts_as_introduced),
		cmocka_unit_test(an_introduced_unknown_beside_an_old_failure_is_unknown),
		cmocka_unit_test(an_old_unknown_alone_is_no_pass),
		cmocka_unit_test(an_old_unknown_beside_an_old_failure_is_no_pass),
		cmocka_unit_test(a_waived_failure_does_not_decide_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
