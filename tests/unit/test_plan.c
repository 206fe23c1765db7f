#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static void judge_nothing(struct check *check)
{
	(void)check;
}

static const struct field no_fields[] = {{0}};

#define KIND(name_, ...)                   \
	static const struct kind name_ = { \
		.name = #name_, .fields = no_fields, .judge = judge_nothing, __VA_ARGS__}

KIND(plain, .doc = "x");
KIND(passive, .mode = MODE_PASSIVE);
KIND(active, .mode = MODE_ACTIVE);
KIND(active_with_targets, .mode = MODE_ACTIVE, .needs = NEEDS_TARGETS);
KIND(with_targets, .needs = NEEDS_TARGETS);
KIND(with_devices, .needs = NEEDS_DEVICES);
KIND(with_endpoints, .needs = NEEDS_ENDPOINTS);
KIND(with_known_hosts, .needs = NEEDS_KNOWN_HOSTS);
KIND(with_all, .needs = NEEDS_TARGETS | NEEDS_DEVICES);
KIND(with_git, .needs = NEEDS_GIT_LIST);

static const struct kind *const kinds[] = {
	&plain,
	&passive,
	&active,
	&active_with_targets,
	&with_targets,
	&with_devices,
	&with_endpoints,
	&with_known_hosts,
	&with_all,
	&with_git,
	NULL,
};

/** Write a gate in these packs. */
static void add_gate(struct fixture *f, const char *id, const char *kind, const char *packs,
		     const char *more)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str path = {0};

	str_printf(&text,
		   "id: %s\ntitle: t\nkind: %s\npacks: [%s]\nseverity: low\nowner: o\ntriage: t\n"
		   "explain: e\n%s",
		   id, kind, packs, more);
	str_printf(&path, "gates/%s.yaml", id);
	fixture_file(f, path.at, text.at);
}

static void load(struct fixture *f)
{
	f->is_loaded = true;
	if (repo_load(&f->repo, f->root, kinds, &f->problems)) {
		fixture_print_problems(f);
		fail();
	}
}

/** Plan these packs and gates ("a b"; NULL for none). @return as plan_make */
static int plan(struct fixture *f, char *packs, char *gates, enum mode mode, struct err *err)
{
	static const char *words[2][8];
	char *lists[2] = {packs, gates};
	struct texts *texts[2] = {&f->options.packs, &f->options.gates};

	for (size_t i = 0; i < 2; i++) {
		char *rest = lists[i];

		texts[i]->at = words[i];
		texts[i]->len = 0;
		while (rest) {
			words[i][texts[i]->len++] = strsep(&rest, " ");
		}
	}
	f->options.mode = mode;
	f->options.targets.all = true;
	plan_release(&f->plan);
	f->plan = (struct plan){0};
	return plan_make(&f->repo, &f->options, &f->plan, err);
}

/** The planned ids in order; "(G1)" for one that only others require. */
static void expect_plan(struct fixture *f, const char *packs, const char *gates,
			const char *expected)
{
	AUTO(auto_free) char *packs_copy = packs ? mem_copy(packs, strlen(packs)) : NULL;
	AUTO(auto_free) char *gates_copy = gates ? mem_copy(gates, strlen(gates)) : NULL;
	AUTO(auto_str) struct str ids = {0};
	struct err err = {0};

	assert_int_equal(plan(f, packs_copy, gates_copy, MODE_STATIC, &err), 0);
	for (size_t i = 0; i < f->plan.steps.len; i++) {
		const struct planned *step = &f->plan.steps.at[i];

		str_printf(&ids, step->is_required_only ? "%s(%s)" : "%s%s", i ? " " : "",
			   step->gate->id);
	}
	assert_string_equal(str_text(&ids), expected);
}

static void expect_no_plan(struct fixture *f, const char *packs, const char *gates,
			   const char *words)
{
	AUTO(auto_free) char *packs_copy = packs ? mem_copy(packs, strlen(packs)) : NULL;
	AUTO(auto_free) char *gates_copy = gates ? mem_copy(gates, strlen(gates)) : NULL;
	struct err err = {0};

	assert_int_equal(plan(f, packs_copy, gates_copy, MODE_STATIC, &err), -1);
	assert_int_not_equal(err.code, ERR_NONE);
	if (!strstr(err.text, words)) {
		fail_msg("'%s' is not in '%s'", words, err.text);
	}
	assert_int_equal(f->plan.steps.len, 0);
}

static struct fixture *repo_with_packs(void)
{
	struct fixture *f = fixture_new();

	add_gate(f, "G1", "plain", "fast, core", "aliases: [D1]\n");
	add_gate(f, "G2", "plain", "core", "requires: [G4]\n");
	add_gate(f, "G3", "plain", "slow", "requires: [G1, D4]\n");
	add_gate(f, "G4", "plain", "other", "aliases: [D4]\n");
	add_gate(f, "G5", "plain", "", "");
	load(f);
	return f;
}

/* ---- which gates */

static void a_pack_is_its_gates_in_order(void **state)
{
	struct fixture *f = repo_with_packs();

	(void)state;
	expect_plan(f, "fast", NULL, "G1");
	expect_plan(f, "core", NULL, "G1 (G4) G2");
	fixture_free(f);
}

static void all_is_every_gate(void **state)
{
	struct fixture *f = repo_with_packs();

	(void)state;
	expect_plan(f, "all", NULL, "G1 G4 G2 G3 G5");
	fixture_free(f);
}

static void packs_are_joined_and_no_gate_runs_twice(void **state)
{
	struct fixture *f = repo_with_packs();

	(void)state;
	expect_plan(f, "fast core", NULL, "G1 (G4) G2");
	expect_plan(f, "core other fast core", NULL, "G1 G4 G2");
	fixture_free(f);
}

static void a_gate_runs_with_what_it_requires_and_nothing_else(void **state)
{
	struct fixture *f = repo_with_packs();

	(void)state;
	expect_plan(f, NULL, "G1", "G1");
	expect_plan(f, NULL, "G3", "(G1) (G4) G3");
	expect_plan(f, NULL, "G3 G1", "G1 (G4) G3");
	expect_plan(f, NULL, "G5", "G5");
	fixture_free(f);
}

static void a_gate_may_be_named_by_an_alias_and_twice(void **state)
{
	struct fixture *f = repo_with_packs();

	(void)state;
	expect_plan(f, NULL, "D1", "G1");
	expect_plan(f, NULL, "G1 D1 G1", "G1");
	fixture_free(f);
}

static void what_there_is_not_cannot_be_planned(void **state)
{
	struct fixture *f = repo_with_packs();

	(void)state;
	expect_no_plan(f, "fasst", NULL, "'fasst' is not a pack; there are all, fast, core");
	expect_no_plan(f, "fast nope", NULL, "'nope'");
	expect_no_plan(f, "Fast", NULL, "'Fast'");
	expect_no_plan(f, "", NULL, "''");
	expect_no_plan(f, NULL, "G9", "'G9'");
	expect_no_plan(f, NULL, "G1 g2", "'g2'");
	expect_no_plan(f, NULL, "", "''");
	fixture_free(f);
}

static void packs_or_gates_are_named_but_not_both(void **state)
{
	struct fixture *f = repo_with_packs();

	(void)state;
	expect_no_plan(f, "fast", "G1", "not both");
	expect_no_plan(f, NULL, NULL, "name a pack");
	fixture_free(f);
}

/* ---- what is decided before anything runs */

static void expect_step(struct fixture *f, const char *id, enum mode mode, enum verdict verdict,
			enum reason reason, struct place where)
{
	AUTO(auto_free) char *gate = mem_copy(id, strlen(id));
	const struct planned *step = NULL;
	struct err err = {0};

	assert_int_equal(plan(f, NULL, gate, mode, &err), 0);
	step = &f->plan.steps.at[f->plan.steps.len - 1];
	assert_string_equal(reason_code(step->reason), reason_code(reason));
	assert_string_equal(verdict_word(step->decided), verdict_word(verdict));
	assert_true((step->why != NULL) == (reason != REASON_NONE));
	assert_string_equal(step->where.file ? step->where.file : "", where.file ? where.file : "");
	assert_int_equal(step->where.line, where.line);
	assert_int_equal(step->where.column, where.column);
}

#define NOWHERE ((struct place){0})

static void gates_above_the_mode_are_skipped(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	add_gate(f, "G1", "plain", "a", "");
	add_gate(f, "G2", "passive", "a", "");
	add_gate(f, "G3", "active", "a", "");
	add_gate(f, "G4", "active_with_targets", "a", "");
	load(f);
	expect_step(f, "G1", MODE_STATIC, VERDICT_UNKNOWN, REASON_NONE, NOWHERE);
	expect_step(f, "G2", MODE_STATIC, VERDICT_SKIP, REASON_MODE_STATIC, NOWHERE);
	expect_step(f, "G2", MODE_PASSIVE, VERDICT_UNKNOWN, REASON_NONE, NOWHERE);
	expect_step(f, "G3", MODE_STATIC, VERDICT_SKIP, REASON_MODE_STATIC, NOWHERE);
	expect_step(f, "G3", MODE_PASSIVE, VERDICT_SKIP, REASON_MODE_PASSIVE, NOWHERE);
	expect_step(f, "G3", MODE_ACTIVE, VERDICT_UNKNOWN, REASON_NONE, NOWHERE);
	/* What it could not do anyway it need not miss. */
	expect_step(f, "G4", MODE_STATIC, VERDICT_SKIP, REASON_MODE_STATIC, NOWHERE);
	fixture_free(f);
}

/** Kinds, the binding each needs, and an example of one that is good. */
static const struct {
	const char *kind;
	const char *key;
	const char *path;
	const char *good;
} needs[] = {
	{"with_targets", "ssh_targets", "bindings/ssh.targets.yaml", "ssh: {targets: []}\n"},
	{"with_devices", "tailnet_snapshot", "bindings/tailscale.tailnet.snapshot.yaml",
	 "devices: []\n"},
	{"with_endpoints", "services_health", "bindings/services.health.yaml", "endpoints: []\n"},
	{"with_known_hosts", "known_hosts", "bindings/known_hosts", "# none\n"},
};

#define NEEDS (sizeof(needs) / sizeof(needs[0]))

static void a_gate_without_its_binding_is_unknown(void **state)
{
	(void)state;
	for (size_t i = 0; i < NEEDS; i++) {
		struct fixture *f = fixture_new();

		add_gate(f, "G1", needs[i].kind, "a", "");
		load(f);
		expect_step(f, "G1", MODE_STATIC, VERDICT_UNKNOWN, REASON_BINDING_ABSENT,
			    (struct place){needs[i].path, 0, 0});
		assert_non_null(strstr(f->plan.steps.at[0].why, needs[i].path));
		assert_non_null(strstr(f->plan.steps.at[0].why, needs[i].key));
		fixture_free(f);
	}
}

static void a_gate_whose_binding_is_declared_as_none_is_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < NEEDS; i++) {
		struct fixture *f = fixture_new();
		AUTO(auto_str) struct str config = {0};

		str_printf(&config, "version: 1\nbindings:\n  %s: none\n", needs[i].key);
		fixture_file(f, "gaterun.yaml", config.at);
		fixture_file(f, needs[i].path, needs[i].good);
		add_gate(f, "G1", needs[i].kind, "a", "");
		load(f);
		expect_step(f, "G1", MODE_STATIC, VERDICT_SKIP, REASON_BINDING_NONE,
			    (struct place){"gaterun.yaml", 3, (int)strlen(needs[i].key) + 5});
		fixture_free(f);
	}
}

static void a_gate_whose_binding_is_there_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < NEEDS; i++) {
		struct fixture *f = fixture_new();

		fixture_file(f, needs[i].path, needs[i].good);
		add_gate(f, "G1", needs[i].kind, "a", "");
		load(f);
		expect_step(f, "G1", MODE_STATIC, VERDICT_UNKNOWN, REASON_NONE, NOWHERE);
		fixture_free(f);
	}
}

static void a_gate_whose_binding_gives_no_rows_is_unknown(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, "bindings/ssh.targets.yaml", "ssh:\n  targets: none\n");
	add_gate(f, "G1", "with_targets", "a", "");
	load(f);
	expect_step(f, "G1", MODE_STATIC, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
		    (struct place){"bindings/ssh.targets.yaml", 2, 12});
	fixture_free(f);
}

static void a_gate_that_needs_what_is_declared_as_none_misses_nothing_else(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	/* Without targets there is nothing to compare a snapshot with, so its lack is no loss. */
	fixture_file(f, "gaterun.yaml", "version: 1\nbindings: {ssh_targets: none}\n");
	add_gate(f, "G1", "with_all", "a", "");
	load(f);
	expect_step(f, "G1", MODE_STATIC, VERDICT_SKIP, REASON_BINDING_NONE,
		    (struct place){"gaterun.yaml", 2, 25});
	fixture_free(f);
}

static void a_gate_that_needs_gits_list_is_unknown_without_git(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	add_gate(f, "G1", "with_git", "a", "");
	load(f);
	expect_step(f, "G1", MODE_STATIC, VERDICT_UNKNOWN, REASON_VCS_NONE, NOWHERE);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pack_is_its_gates_in_order),
		cmocka_unit_test(all_is_every_gate),
		cmocka_unit_test(packs_are_joined_and_no_gate_runs_twice),
		cmocka_unit_test(a_gate_runs_with_what_it_requires_and_nothing_else),
		cmocka_unit_test(a_gate_may_be_named_by_an_alias_and_twice),
		cmocka_unit_test(what_there_is_not_cannot_be_planned),
		cmocka_unit_test(packs_or_gates_are_named_but_not_both),
		cmocka_unit_test(gates_above_the_mode_are_skipped),
		cmocka_unit_test(a_gate_without_its_binding_is_unknown),
		cmocka_unit_test(a_gate_whose_binding_is_declared_as_none_is_skipped),
		cmocka_unit_test(a_gate_whose_binding_is_there_runs),
		cmocka_unit_test(a_gate_whose_binding_gives_no_rows_is_unknown),
		cmocka_unit_test(a_gate_that_needs_what_is_declared_as_none_misses_nothing_else),
		cmocka_unit_test(a_gate_that_needs_gits_list_is_unknown_without_git),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
