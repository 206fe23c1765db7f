#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_kinds.h"

static struct fixture *run_pair(const char *old, const char *new)
{
	struct fixture *f = new_repo();

	fixture_gate(f, "D45", old, "");
	fixture_gate(f, "G1", new, "shadow_of: D45\n");
	run_all(f);
	return f;
}

/** Number of remarks of this reason. */
static size_t count_remarks(const struct fixture *f, enum reason reason)
{
	const struct result *result = result_of(f, "G1");
	size_t count = 0;

	for (size_t i = 0; i < result->findings.len; i++) {
		count += result->findings.at[i].reason == reason &&
			 result->findings.at[i].verdict == VERDICT_PASS;
	}
	return count;
}

static void two_that_agree_say_nothing(void **state)
{
	struct fixture *f = run_pair("passes", "passes");

	(void)state;
	assert_int_equal(result_of(f, "G1")->findings.len, 0);
	assert_int_equal(f->run.exit, EXIT_PASS);
	free_repo(f);
}

static void the_old_gate_decides_and_the_disagreement_is_told(void **state)
{
	struct fixture *f = run_pair("fails", "passes");
	const struct finding *finding = only_finding(f, "G1");

	(void)state;
	assert_int_equal(finding->reason, REASON_SHADOW_DIFFERS);
	assert_string_equal(finding->message,
			    "D45, which decides, says fail (is wrong), and this gate pass");
	assert_string_equal(finding->related[0].file, "x.yaml");
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_PASS);
	assert_int_equal(f->run.exit, EXIT_FAIL);
	free_repo(f);
}

static void a_shadow_that_fails_decides_nothing(void **state)
{
	struct fixture *f = run_pair("passes", "fails");

	(void)state;
	assert_int_equal(result_of(f, "G1")->verdict, VERDICT_FAIL);
	assert_int_equal(count_remarks(f, REASON_SHADOW_DIFFERS), 1);
	assert_int_equal(f->run.exit, EXIT_PASS);
	free_repo(f);
}

static void a_skip_is_no_agreement(void **state)
{
	struct fixture *f = run_pair("skips", "passes");

	(void)state;
	assert_int_equal(count_remarks(f, REASON_SHADOW_DIFFERS), 1);
	assert_int_equal(f->run.exit, EXIT_UNKNOWN);
	free_repo(f);
}

static void a_shadow_without_its_gate_says_so(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "D45", "fails", "");
	fixture_gate(f, "G1", "passes", "shadow_of: D45\n");
	f->options.gates = (struct texts){(const char *[]){"G1"}, NULL, 1};
	f->is_loaded = true;
	assert_int_equal(repo_load(&f->repo, f->root, kinds, &f->problems), 0);
	f->options.targets.all = true;
	f->options.context = "local";
	assert_int_equal(plan_make(&f->repo, &f->options, &f->plan, &(struct err){0}), 0);
	f->has_run = true;
	run_execute(&f->repo, &f->options, &f->plan, NULL, &f->run);
	assert_int_equal(f->run.result_count, 1);
	assert_int_equal(only_finding(f, "G1")->reason, REASON_SHADOW_ALONE);
	assert_int_equal(f->run.exit, EXIT_UNKNOWN);
	free_repo(f);
}

/** Loading G1 with these keys beside D45 has one problem, which says this. */
static void expect_problem(const char *keys, const char *sentence)
{
	struct fixture *f = new_repo();

	fixture_gate(f, "D45", "passes", "");
	fixture_gate(f, "G1", "passes", keys);
	fixture_gate(f, "G2", "passes", "shadow_of: D45\n");
	f->is_loaded = true;
	assert_int_equal(repo_load(&f->repo, f->root, kinds, &f->problems), -1);
	assert_int_equal(f->problems.list.len, 1);
	assert_non_null(strstr(f->problems.list.at[0].message, sentence));
	assert_true(f->problems.list.at[0].where.line > 0);
	free_repo(f);
}

static void shadows_that_cannot_be_are_problems(void **state)
{
	(void)state;
	expect_problem("shadow_of: D46\n", "there is no gate 'D46'");
	expect_problem("shadow_of: G1\n", "its own shadow");
	expect_problem("shadow_of: G2\n", "G2 does not decide: it is in the shadow of D45");
	expect_problem("enforce: true\nshadow_of: D45\n", "does not decide");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_that_agree_say_nothing),
		cmocka_unit_test(the_old_gate_decides_and_the_disagreement_is_told),
		cmocka_unit_test(a_shadow_that_fails_decides_nothing),
		cmocka_unit_test(a_skip_is_no_agreement),
		cmocka_unit_test(a_shadow_without_its_gate_says_so),
		cmocka_unit_test(shadows_that_cannot_be_are_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
