#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>

#include <cmocka.h>

#include "run/run.h"

static const struct run_options usual;
static const struct gate enforced = {.id = "G1", .enforce = true};
static const struct gate reported = {.id = "G2"};

static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN, VERDICT_SKIP};

/** Bits of a set of verdicts, in the order of `verdicts`. */
enum {
	PASS = 1,
	FAIL = 2,
	UNKNOWN = 4,
	SKIP = 8,
	SETS = 16,
};

/** A run with one enforced gate for each verdict of one set, and one reported gate for the other.
 */
struct sample {
	struct result results[8];
	struct run run;
};

static void conclude(struct sample *sample, unsigned of_enforced, unsigned of_reported, int signal)
{
	*sample = (struct sample){
		.run = {.options = &usual, .results = sample->results, .signal = signal}};
	for (size_t i = 0; i < 8; i++) {
		if ((i < 4 ? of_enforced : of_reported) & (1u << i % 4)) {
			sample->results[sample->run.result_count++] = (struct result){
				.gate = i < 4 ? &enforced : &reported, .verdict = verdicts[i % 4]};
		}
	}
	run_conclude(&sample->run);
}

/** The table of the design, section 5. */
static int expected_exit(unsigned of_enforced)
{
	if (of_enforced & FAIL) {
		return 1;
	}
	return (of_enforced & UNKNOWN) || !(of_enforced & PASS) ? 2 : 0;
}

static void the_exit_status_follows_the_table(void **state)
{
	struct sample sample;

	(void)state;
	for (unsigned of_enforced = 0; of_enforced < SETS; of_enforced++) {
		for (unsigned of_reported = 0; of_reported < SETS; of_reported++) {
			conclude(&sample, of_enforced, of_reported, 0);
			assert_int_equal(sample.run.exit, expected_exit(of_enforced));
		}
	}
}

static void the_verdict_follows_the_exit_status(void **state)
{
	static const enum verdict of_exit[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN};
	struct sample sample;

	(void)state;
	for (unsigned set = 0; set < SETS * SETS; set++) {
		conclude(&sample, set % SETS, set / SETS, 0);
		assert_in_range(sample.run.exit, 0, 2);
		assert_int_equal(sample.run.verdict, of_exit[sample.run.exit]);
	}
}

static void gates_that_are_not_enforced_decide_nothing(void **state)
{
	struct sample sample;

	(void)state;
	conclude(&sample, PASS, FAIL | UNKNOWN | SKIP, 0);
	assert_int_equal(sample.run.exit, 0);
	/* Nor does their passing make a run pass in which nothing else did. */
	conclude(&sample, SKIP, PASS, 0);
	assert_int_equal(sample.run.exit, 2);
	conclude(&sample, 0, PASS, 0);
	assert_int_equal(sample.run.exit, 2);
}

static void a_run_without_gates_is_unknown(void **state)
{
	struct sample sample;

	(void)state;
	conclude(&sample, 0, 0, 0);
	assert_int_equal(sample.run.exit, 2);
	assert_int_equal(sample.run.verdict, VERDICT_UNKNOWN);
	assert_int_equal(sample.run.counts.planned, 0);
}

static void skips_alone_are_no_pass(void **state)
{
	struct sample sample;

	(void)state;
	conclude(&sample, SKIP, 0, 0);
	assert_int_equal(sample.run.exit, 2);
	conclude(&sample, SKIP | PASS, 0, 0);
	assert_int_equal(sample.run.exit, 0);
}

static void a_result_that_nobody_settled_is_unknown(void **state)
{
	struct result results[] = {{.gate = &enforced, .verdict = VERDICT_PASS},
				   {.gate = &enforced}};
	struct run run = {.options = &usual, .results = results, .result_count = 2};

	(void)state;
	run_conclude(&run);
	assert_int_equal(run.exit, 2);
}

static void a_signal_gives_its_own_status_and_is_never_a_pass(void **state)
{
	struct sample sample;

	(void)state;
	for (unsigned set = 0; set < SETS; set++) {
		conclude(&sample, set, 0, SIGINT);
		assert_int_equal(sample.run.exit, 128 + 2);
		assert_int_not_equal(sample.run.verdict, VERDICT_PASS);
		conclude(&sample, set, 0, SIGTERM);
		assert_int_equal(sample.run.exit, 128 + 15);
		assert_int_equal(sample.run.verdict, set & FAIL ? VERDICT_FAIL : VERDICT_UNKNOWN);
	}
}

static void the_counts_are_of_all_gates(void **state)
{
	struct sample sample;

	(void)state;
	conclude(&sample, PASS | FAIL | SKIP, PASS | UNKNOWN, 0);
	assert_int_equal(sample.run.counts.planned, 5);
	assert_int_equal(sample.run.counts.pass, 2);
	assert_int_equal(sample.run.counts.fail, 1);
	assert_int_equal(sample.run.counts.unknown, 1);
	assert_int_equal(sample.run.counts.skip, 1);
	/* Concluding again counts again from nothing. */
	run_conclude(&sample.run);
	assert_int_equal(sample.run.counts.planned, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_status_follows_the_table),
		cmocka_unit_test(the_verdict_follows_the_exit_status),
		cmocka_unit_test(gates_that_are_not_enforced_decide_nothing),
		cmocka_unit_test(a_run_without_gates_is_unknown),
		cmocka_unit_test(skips_alone_are_no_pass),
		cmocka_unit_test(a_result_that_nobody_settled_is_unknown),
		cmocka_unit_test(a_signal_gives_its_own_status_and_is_never_a_pass),
		cmocka_unit_test(the_counts_are_of_all_gates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
