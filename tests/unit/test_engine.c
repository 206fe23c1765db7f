#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <signal.h>

#include <cmocka.h>

#include "fixture.h"

/* What the kinds below did, in order: "+G1" begun, "-G1" judged. */
static struct str events;

/** How often `in_time` must be asked before it is ready. */
#define ROUNDS 3
static int asked;

static void note(char what, const struct check *check)
{
	str_printf(&events, "%s%c%s", events.len ? " " : "", what, check->gate->id);
}

static void note_begun(struct check *check)
{
	note('+', check);
}

static void judge_pass(struct check *check)
{
	note('-', check);
	check->result->checked = 1;
}

static void judge_fail(struct check *check)
{
	note('-', check);
	check->result->checked = 1;
	(void)check_add(check, VERDICT_FAIL, REASON_ASSERT_VALUE, "file:x.yaml",
			(struct place){"x.yaml", 1, 1}, "is wrong");
}

static void judge_unknown(struct check *check)
{
	note('-', check);
	(void)check_add(check, VERDICT_UNKNOWN, REASON_FILE_UNREADABLE, "file:x.yaml",
			(struct place){"x.yaml", 1, 1}, "cannot be read");
}

static void judge_skip(struct check *check)
{
	note('-', check);
	(void)check_add(check, VERDICT_SKIP, REASON_POLICY_NEVER, "file:x.yaml",
			(struct place){"x.yaml", 1, 1}, "never");
}

static void judge_nothing(struct check *check)
{
	note('-', check);
}

/** Unknown for the reason for which it was judged before it was ready. */
static void judge_late(struct check *check)
{
	note('-', check);
	(void)check_add(check, VERDICT_UNKNOWN, check->expired, "file:x.yaml", (struct place){0},
			"no answer");
}

static bool never_ready(const struct check *check)
{
	(void)check;
	return false;
}

static bool ready_in_time(const struct check *check)
{
	if (++asked >= ROUNDS) {
		return true;
	}
	task_wake((struct task *)(uintptr_t)&check->task);
	return false;
}

/** The first target fails, the others pass. */
static void judge_first_target(struct check *check)
{
	const struct target *target = &check->context->repo->targets.at[0];

	note('-', check);
	check->result->checked = check->context->repo->targets.len;
	(void)check_add(check, VERDICT_FAIL, REASON_KEYS_UNPINNED, target->row.subject,
			target->row.node->where, "has no key");
}

static void judge_targets(struct check *check)
{
	const struct targets *targets = &check->context->repo->targets;

	note('-', check);
	for (size_t i = 0; i < targets->len; i++) {
		check->result->checked += !check_is_decided(check, &targets->at[i]);
	}
}

static void interrupt(struct check *check)
{
	note('+', check);
	(void)raise(SIGINT);
}

static const struct field no_fields[] = {{0}};

#define KIND(name_, ...) \
	static const struct kind name_ = {.name = #name_, .fields = no_fields, __VA_ARGS__}

KIND(passes, .begin = note_begun, .judge = judge_pass);
KIND(fails, .begin = note_begun, .judge = judge_fail);
KIND(is_unknown, .begin = note_begun, .judge = judge_unknown);
KIND(skips, .begin = note_begun, .judge = judge_skip);
KIND(finds_nothing, .judge = judge_nothing);
KIND(hangs, .begin = note_begun, .is_ready = never_ready, .judge = judge_late);
KIND(in_time, .begin = note_begun, .is_ready = ready_in_time, .judge = judge_pass);
KIND(is_interrupted, .begin = interrupt, .is_ready = never_ready, .judge = judge_late);
KIND(first_target_fails, .is_per_target = true, .judge = judge_first_target);
KIND(judges_targets, .is_per_target = true, .judge = judge_targets);
KIND(needs_passive, .mode = MODE_PASSIVE, .begin = note_begun, .judge = judge_pass);
KIND(needs_active, .mode = MODE_ACTIVE, .begin = note_begun, .judge = judge_pass);

static const struct kind *const kinds[] = {
	&passes,
	&fails,
	&is_unknown,
	&skips,
	&finds_nothing,
	&hangs,
	&in_time,
	&is_interrupted,
	&first_target_fails,
	&judges_targets,
	&needs_passive,
	&needs_active,
	NULL,
};

static struct fixture *new_repo(void)
{
	struct fixture *f = fixture_new();

	str_clear(&events);
	asked = 0;
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh: {targets: [{id: a, host: 10.0.0.1}, {id: b, host: 10.0.0.2}]}\n");
	return f;
}

static void run_with(struct fixture *f, enum mode mode, int64_t deadline_ms,
		     const struct run_watcher *watcher)
{
	static const char *const fast = "fast";
	struct err err = {0};

	f->is_loaded = true;
	if (repo_load(&f->repo, f->root, kinds, &f->problems)) {
		fail_msg("%s", f->problems.list.at[0].message);
	}
	f->gate_id = fast;
	f->options.packs = (struct texts){&f->gate_id, NULL, 1};
	f->options.targets.all = true;
	f->options.context = "local";
	f->options.mode = mode;
	f->options.deadline_ms = deadline_ms;
	assert_int_equal(plan_make(&f->repo, &f->options, &f->plan, &err), 0);
	f->has_run = true;
	run_execute(&f->repo, &f->options, &f->plan, watcher, &f->run);
}

static void run_all(struct fixture *f)
{
	run_with(f, MODE_STATIC, 0, NULL);
}

static const struct result *result_of(const struct fixture *f, const char *id)
{
	for (size_t i = 0; i < f->run.result_count; i++) {
		if (strcmp(f->run.results[i].gate->id, id) == 0) {
			return &f->run.results[i];
		}
	}
	fail_msg("no result of %s", id);
	return NULL;
}

/** The one finding of a gate. */
static const struct finding *only_finding(const struct fixture *f, const char *id)
{
	const struct result *result = result_of(f, id);

	assert_int_equal(result->findings.len, 1);
	return &result->findings.at[0];
}

static void free_repo(struct fixture *f)
{
	fixture_free(f);
	str_release(&events);
}

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
		cmocka_unit_test(a_gate_that_takes_too_long_is_unknown),
		cmocka_unit_test(a_run_that_takes_too_long_leaves_the_rest_unknown),
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
