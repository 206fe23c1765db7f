/*
 * Kinds that do what a test of the engine wants, and a repo with two targets to run them in.
 *
 * Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_FAKE_KINDS_H
#define TESTS_UNIT_FAKE_KINDS_H

#include <signal.h>

#include "fixture.h"

/* What the kinds below did, in order: "+G1" begun, "-G1" judged. */
static struct str events;

/** How often `in_time` must be asked before it is ready. */
#define ROUNDS 3
static int asked;

static inline void note(char what, const struct check *check)
{
	str_printf(&events, "%s%c%s", events.len ? " " : "", what, check->gate->id);
}

static inline void note_begun(struct check *check)
{
	note('+', check);
}

static inline void judge_pass(struct check *check)
{
	note('-', check);
	check->result->checked = 1;
}

static inline void judge_fail(struct check *check)
{
	note('-', check);
	check->result->checked = 1;
	(void)check_add(check, VERDICT_FAIL, REASON_ASSERT_VALUE, "file:x.yaml",
			(struct place){"x.yaml", 1, 1}, "is wrong");
}

static inline void judge_unknown(struct check *check)
{
	note('-', check);
	(void)check_add(check, VERDICT_UNKNOWN, REASON_FILE_UNREADABLE, "file:x.yaml",
			(struct place){"x.yaml", 1, 1}, "cannot be read");
}

static inline void judge_skip(struct check *check)
{
	note('-', check);
	(void)check_add(check, VERDICT_SKIP, REASON_POLICY_NEVER, "file:x.yaml",
			(struct place){"x.yaml", 1, 1}, "never");
}

static inline void judge_nothing(struct check *check)
{
	note('-', check);
}

/** Unknown for the reason for which it was judged before it was ready. */
static inline void judge_late(struct check *check)
{
	note('-', check);
	(void)check_add(check, VERDICT_UNKNOWN, check->expired, "file:x.yaml", (struct place){0},
			"no answer");
}

static inline bool never_ready(const struct check *check)
{
	(void)check;
	return false;
}

static inline bool ready_in_time(const struct check *check)
{
	if (++asked >= ROUNDS) {
		return true;
	}
	task_wake((struct task *)(uintptr_t)&check->task);
	return false;
}

/** The first target fails, the others pass. */
static inline void judge_first_target(struct check *check)
{
	const struct target *target = &check->context->repo->targets.at[0];

	note('-', check);
	check->result->checked = check->context->repo->targets.len;
	(void)check_add(check, VERDICT_FAIL, REASON_KEYS_UNPINNED, target->row.subject,
			target->row.node->where, "has no key");
}

static inline void judge_targets(struct check *check)
{
	const struct targets *targets = &check->context->repo->targets;

	note('-', check);
	for (size_t i = 0; i < targets->len; i++) {
		check->result->checked += !check_is_decided(check, &targets->at[i]);
	}
}

static inline void interrupt(struct check *check)
{
	note('+', check);
	(void)raise(SIGINT);
}

/** There is never room for it. */
static inline bool no_room(struct check *check)
{
	(void)check;
	return false;
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
KIND(has_no_room, .has_room = no_room, .begin = note_begun, .judge = judge_pass);
KIND(in_time, .begin = note_begun, .is_ready = ready_in_time, .judge = judge_pass);
KIND(is_interrupted, .begin = interrupt, .is_ready = never_ready, .judge = judge_late);
KIND(first_target_fails, .is_per_target = true, .judge = judge_first_target);
KIND(judges_targets, .is_per_target = true, .judge = judge_targets);
KIND(needs_passive, .mode = MODE_PASSIVE, .begin = note_begun, .judge = judge_pass);
KIND(needs_active, .mode = MODE_ACTIVE, .begin = note_begun, .judge = judge_pass);

static const struct kind *const kinds[] = {
	&passes,         &fails,
	&is_unknown,     &skips,
	&finds_nothing,  &hangs,
	&has_no_room,    &in_time,
	&is_interrupted, &first_target_fails,
	&judges_targets, &needs_passive,
	&needs_active,   NULL,
};

static inline struct fixture *new_repo(void)
{
	struct fixture *f = fixture_new();

	str_clear(&events);
	asked = 0;
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh: {targets: [{id: a, host: 10.0.0.1}, {id: b, host: 10.0.0.2}]}\n");
	return f;
}

static inline void run_with(struct fixture *f, enum mode mode, int64_t deadline_ms,
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

static inline void run_all(struct fixture *f)
{
	run_with(f, MODE_STATIC, 0, NULL);
}

static inline const struct result *result_of(const struct fixture *f, const char *id)
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
static inline const struct finding *only_finding(const struct fixture *f, const char *id)
{
	const struct result *result = result_of(f, id);

	assert_int_equal(result->findings.len, 1);
	return &result->findings.at[0];
}

static inline void free_repo(struct fixture *f)
{
	fixture_free(f);
	str_release(&events);
}

#endif
