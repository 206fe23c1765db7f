#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/stat.h>

#include <cmocka.h>

#include "fixture.h"

#define CONFIG "gaterun.yaml"

static void judge_nothing(struct check *check)
{
	(void)check;
}

static const struct field no_fields[] = {{0}};
static const struct kind text_kind = {
	.name = "reads_text", .fields = no_fields, .is_text = true, .judge = judge_nothing};
static const struct kind other_kind = {
	.name = "reads_rows", .fields = no_fields, .judge = judge_nothing};
static const struct kind *const kinds[] = {&text_kind, &other_kind, NULL};

/** A repo with two gates and this gaterun.yaml (NULL: none). */
static struct fixture *repo_with(const char *config)
{
	struct fixture *f = fixture_new();

	fixture_gate(f, "G030", "reads_text", "aliases: [D22]\n");
	fixture_gate(f, "G020", "reads_rows", "");
	if (config) {
		fixture_file(f, CONFIG, config);
	}
	return f;
}

/** Load it, which must give so many problems. */
static void load(struct fixture *f, size_t problems)
{
	f->is_loaded = true;
	(void)repo_load(&f->repo, f->root, kinds, &f->problems);
	if (f->problems.list.len != problems) {
		fixture_print_problems(f);
	}
	assert_int_equal(f->problems.list.len, problems);
}

static void expect_problem(const char *config, int line, int column, const char *words)
{
	struct fixture *f = repo_with(config);

	load(f, 1);
	(void)fixture_problem(f, CONFIG, line, column, words);
	fixture_free(f);
}

/* ---- loops */

static void what_proves_a_loop_is_read(void **state)
{
	struct fixture *f = repo_with("version: 1\n"
				      "loops:\n"
				      "  folders: [loops, backlog/tasks]\n"
				      "  packs: [all]\n"
				      "  allow_dirty: true\n"
				      "  scopes:\n"
				      "    LOOP-A:\n"
				      "      packs: [all]\n"
				      "      allow_preexisting: true\n"
				      "      criteria: {'1': [G030, D22], all is well: G020}\n");
	const struct loops_settings *loops = &f->repo.config.loops;
	const struct loop_rule *rule = NULL;
	const struct texts *gates = NULL;

	(void)state;
	load(f, 0);
	assert_int_equal(loops->folders.len, 2);
	assert_string_equal(loops->folders.at[1], "backlog/tasks");
	assert_string_equal(loops->packs.at[0], "all");
	assert_true(loops->allow_dirty);
	assert_null(loops_rule(loops, "LOOP-B"));
	rule = loops_rule(loops, "LOOP-A");
	assert_true(rule->allow_preexisting);
	assert_string_equal(rule->packs.at[0], "all");
	assert_int_equal(rule->criteria.len, 2);
	assert_string_equal(rule->criteria.keys[1], "all is well");
	gates = rule->criteria.at;
	assert_int_equal(gates[0].len, 2);
	assert_string_equal(gates[1].at[0], "G020");
	fixture_free(f);
}

static void several_folders_need_no_map(void **state)
{
	struct fixture *f = repo_with("version: 1\nloops: [a, b]\n");

	(void)state;
	load(f, 0);
	assert_int_equal(f->repo.config.loops.folders.len, 2);
	assert_string_equal(f->repo.config.loops.folders.at[1], "b");
	fixture_free(f);
}

static void wrong_words_about_loops_are_problems(void **state)
{
	(void)state;
	expect_problem("version: 1\nloops: ../elsewhere\n", 2, 8, "'loops'");
	expect_problem("version: 1\nloops: [a, /b]\n", 2, 12, "'loops'");
	expect_problem("version: 1\nloops: {packs: [all]}\n", 2, 8, "folders");
	expect_problem("version: 1\nloops: {folders: a, folder: b}\n", 2, 21, "folder");
	expect_problem("version: 1\nloops: {folders: a, packs: [slow]}\n", 2, 29, "'slow'");
	expect_problem("version: 1\nloops: {folders: a, scopes: {L: {criteria: {'1': G099}}}}\n", 2,
		       50, "'G099'");
}

/* ---- defaults */

static void without_a_file_everything_is_in_its_default_place(void **state)
{
	struct fixture *f = repo_with(NULL);

	(void)state;
	load(f, 0);
	assert_null(f->repo.config.file);
	assert_string_equal(f->repo.config.sha256, "");
	assert_string_equal(f->repo.targets.binding.path, "bindings/ssh.targets.yaml");
	assert_string_equal(f->repo.devices.binding.path,
			    "bindings/tailscale.tailnet.snapshot.yaml");
	assert_string_equal(f->repo.endpoints.binding.path, "bindings/services.health.yaml");
	assert_string_equal(f->repo.known_hosts_file.path, "bindings/known_hosts");
	assert_string_equal(f->repo.tailnet_policy.binding.path,
			    "bindings/tailscale.acl.policy.hujson");
	assert_int_equal(f->repo.targets.binding.state, BINDING_ABSENT);
	assert_int_equal(f->repo.known_hosts_file.state, BINDING_ABSENT);
	assert_string_equal(repo_receipts(&f->repo), "receipts");
	assert_null(repo_pack(&f->repo, "fast"));
	assert_null(f->repo.config.identity);
	assert_null(f->repo.config.repo);
	fixture_free(f);
}

static void a_file_that_says_nothing_changes_nothing(void **state)
{
	struct fixture *f = repo_with("version: 1\n");

	(void)state;
	load(f, 0);
	assert_string_equal(f->repo.config.file, CONFIG);
	assert_int_equal(strlen(f->repo.config.sha256), 64);
	assert_string_equal(f->repo.targets.binding.path, "bindings/ssh.targets.yaml");
	assert_string_equal(repo_receipts(&f->repo), "receipts");
	assert_int_equal(f->repo.gates.len, 2);
	fixture_free(f);
}

/* ---- every key */

static void every_key_is_read(void **state)
{
	struct fixture *f = repo_with("version: 1\n"
				      "repo: ops.example\n"
				      "bindings:\n"
				      "  ssh_targets: ops/targets.yaml\n"
				      "  tailnet_snapshot: ops/snapshot.yaml\n"
				      "  services_health: ops/health.yaml\n"
				      "  probe_policy: ops/policy.yaml\n"
				      "  known_hosts: ops/hosts\n"
				      "  waivers: ops/waivers.yaml\n"
				      "  tailnet_policy: ops/acl.hujson\n"
				      "gates: checks\n"
				      "receipts: evidence\n"
				      "loops: mail/loops\n"
				      "packs: {fast: {budget: 5s}, core: {}}\n"
				      "identity: ~/.ssh/ops_ed25519\n"
				      "tailscaled_socket: /run/t.sock\n"
				      "adopted: 1970-01-02\n"
				      "keep: all\n"
				      "except: {G030: [\"tests/**\", a.md]}\n");
	const struct config *config = &f->repo.config;
	const struct gate *gate = NULL;

	(void)state;
	fixture_file(f, "ops/targets.yaml", "ssh: {targets: [{id: nas, host: 10.0.0.1}]}\n");
	fixture_file(f, "ops/snapshot.yaml", "devices: []\n");
	fixture_file(f, "ops/health.yaml", "endpoints: []\n");
	fixture_file(f, "ops/policy.yaml", "version: 1\n");
	fixture_file(f, "ops/hosts", "# none\n");
	fixture_file(f, "ops/waivers.yaml", "version: 1\nwaivers: []\n");
	fixture_file(f, "ops/acl.hujson", "{}\n");
	fixture_file(f, "checks/030.yaml",
		     "id: G030\ntitle: t\nkind: reads_text\npacks: [a]\nseverity: low\nowner: o\n"
		     "triage: t\nexplain: e\n");
	load(f, 0);
	assert_string_equal(config->repo, "ops.example");
	assert_int_equal(f->repo.targets.len, 1);
	assert_string_equal(f->repo.targets.binding.path, "ops/targets.yaml");
	assert_int_equal(f->repo.devices.binding.state, BINDING_LOADED);
	assert_int_equal(f->repo.endpoints.binding.state, BINDING_LOADED);
	assert_int_equal(f->repo.known_hosts_file.state, BINDING_LOADED);
	assert_string_equal(f->repo.policy.path, "ops/policy.yaml");
	assert_string_equal(f->repo.waivers.path, "ops/waivers.yaml");
	assert_string_equal(f->repo.tailnet_policy.binding.path, "ops/acl.hujson");
	assert_int_equal(f->repo.gates.len, 1);
	assert_string_equal(repo_receipts(&f->repo), "evidence");
	assert_int_equal(config->loops.folders.len, 1);
	assert_string_equal(config->loops.folders.at[0], "mail/loops");
	assert_string_equal(config->loops.packs.at[0], "fast");
	assert_false(config->loops.allow_dirty);
	assert_int_equal(repo_pack(&f->repo, "fast")->budget_ms, 5000);
	assert_int_equal(repo_pack(&f->repo, "core")->budget_ms, 0);
	assert_null(repo_pack(&f->repo, "infra"));
	assert_string_equal(config->identity, "~/.ssh/ops_ed25519");
	assert_string_equal(config->tailscaled_socket, "/run/t.sock");
	assert_int_equal(config->adopted_utc_ms, 86400000);
	assert_int_equal(config->keep, 1);
	gate = gates_find(&f->repo.gates, "G030");
	assert_int_equal(gate->except.len, 2);
	assert_string_equal(gate->except.at[0], "tests/**");
	fixture_free(f);
}

static void what_there_is_not_is_declared_as_none(void **state)
{
	struct fixture *f = repo_with(
		"version: 1\n"
		"bindings: {ssh_targets: none, tailnet_snapshot: none, services_health: none,\n"
		"  probe_policy: none, known_hosts: none, waivers: none, tailnet_policy: none}\n");

	(void)state;
	/* Not even read: it would be a mistake. */
	fixture_file(f, "bindings/ssh.targets.yaml", "broken: [\n");
	fixture_file(f, "bindings/waivers.yaml", "broken: [\n");
	load(f, 0);
	assert_int_equal(f->repo.targets.binding.state, BINDING_NONE);
	assert_int_equal(f->repo.devices.binding.state, BINDING_NONE);
	assert_int_equal(f->repo.endpoints.binding.state, BINDING_NONE);
	assert_int_equal(f->repo.known_hosts_file.state, BINDING_NONE);
	assert_null(f->repo.policy.path);
	assert_null(f->repo.waivers.path);
	assert_null(f->repo.tailnet_policy.binding.path);
	fixture_free(f);
}

static void shipped_gates_need_no_directory(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, CONFIG, "version: 1\ngates: shipped\n");
	f->is_loaded = true;
	assert_int_equal(repo_load(&f->repo, f->root, kinds_table, &f->problems), 0);
	assert_true(f->repo.gates.len >= 5);
	assert_non_null(gates_find(&f->repo.gates, "G020"));
	assert_int_equal(strncmp(gates_find(&f->repo.gates, "G020")->file, "shipped:", 8), 0);
	fixture_free(f);
}

/* ---- mistakes */

static void a_file_that_is_named_must_exist(void **state)
{
	static const char *const keys[] = {"ssh_targets",   "tailnet_snapshot", "services_health",
					   "probe_policy",  "known_hosts",      "waivers",
					   "tailnet_policy"};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		AUTO(auto_str) struct str config = {0};

		str_printf(&config, "version: 1\nbindings:\n  %s: missing.yaml\n", keys[i]);
		expect_problem(config.at, 3, (int)strlen(keys[i]) + 5, "'missing.yaml'");
	}
}

static void a_file_must_not_lead_out_of_the_root(void **state)
{
	static const char *const paths[] = {"/etc/passwd", "../targets.yaml", "a/../../b", "\"\""};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		AUTO(auto_str) struct str config = {0};
		struct fixture *f = NULL;

		str_printf(&config, "version: 1\nbindings: {ssh_targets: %s}\n", paths[i]);
		f = repo_with(config.at);
		load(f, 1);
		assert_int_not_equal(f->repo.targets.binding.state, BINDING_LOADED);
		fixture_free(f);
	}
}

static void a_directory_must_not_lead_out_of_the_root(void **state)
{
	static const char *const paths[] = {"/etc", "..", "a/../..", "\"\""};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		AUTO(auto_str) struct str config = {0};
		struct fixture *f = NULL;

		str_printf(&config, "version: 1\ngates: %s\n", paths[i]);
		f = repo_with(config.at);
		load(f, 1);
		assert_int_equal(f->repo.gates.len, 0);
		fixture_free(f);
		str_clear(&config);
		str_printf(&config, "version: 1\nreceipts: %s\n", paths[i]);
		expect_problem(config.at, 2, 11, "receipts");
	}
}

static void receipts_have_a_folder_of_their_own(void **state)
{
	static const char *const paths[] = {".",        ".//",          "gates", "./gates/",
					    "bindings", "./bindings",   "ops",   "ops/hosts",
					    ".git",     ".git/receipts"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		AUTO(auto_str) struct str config = {0};
		struct fixture *f = NULL;

		str_printf(&config,
			   "version: 1\n"
			   "receipts: %s\n"
			   "bindings: {known_hosts: ops/./hosts}\n",
			   paths[i]);
		f = repo_with(config.at);
		fixture_file(f, "ops/hosts", "# none\n");
		load(f, 1);
		(void)fixture_problem(f, CONFIG, 2, 11, "receipts");
		fixture_free(f);
	}
}

static void receipts_may_be_beside_or_below_what_is_judged(void **state)
{
	static const char *const paths[] = {"receipts/", "gates2", "gates/receipts",
					    "bindings/receipts", "binding"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		AUTO(auto_str) struct str config = {0};
		struct fixture *f = NULL;

		str_printf(&config, "version: 1\nreceipts: %s\n", paths[i]);
		f = repo_with(config.at);
		load(f, 0);
		fixture_free(f);
	}
}

static void an_unknown_key_is_a_problem_with_a_suggestion(void **state)
{
	(void)state;
	expect_problem("version: 1\nbinding: {}\n", 2, 1, "'bindings'");
	expect_problem("version: 1\nbindings: {ssh_target: a}\n", 2, 12, "'ssh_targets'");
	expect_problem("version: 1\npacks: {fast: {budge: 5s}}\n", 2, 16, "'budget'");
}

static void settings_of_nearly_a_pack_are_a_problem(void **state)
{
	struct fixture *f = repo_with("version: 1\npacks: {fest: {}, fast: {}, nightly: {}}\n");

	(void)state;
	expect_problem("version: 1\npacks: {fst: {budget: 5s}}\n", 2, 9, "'fast'");
	expect_problem("version: 1\npacks: {fast: {}, evidense: {}}\n", 2, 19, "'evidence'");
	load(f, 0);
	fixture_free(f);
}

static void a_wrong_value_is_a_problem_where_it_stands(void **state)
{
	(void)state;
	expect_problem("repo: x\n", 1, 1, "version");
	expect_problem("version: 2\n", 1, 10, "'2'");
	expect_problem("version: one\n", 1, 10, "'one'");
	expect_problem("version: 1\nkeep: some\n", 2, 7, "'some'");
	expect_problem("version: 1\nadopted: 2026-11-31\n", 2, 10, "'2026-11-31'");
	expect_problem("version: 1\npacks: {fast: {budget: 5}}\n", 2, 24, "'5'");
	expect_problem("version: 1\npacks: {fast: {budget: 2h}}\n", 2, 24, "'2h'");
	expect_problem("version: 1\npacks: [fast]\n", 2, 8, "map");
	expect_problem("version: 1\nbindings: none\n", 2, 11, "map");
	expect_problem("version: 1\nbindings: {ssh_targets: null}\n", 2, 25, "ssh_targets");
	expect_problem("version: 1\nbindings: {ssh_targets: [a]}\n", 2, 25, "ssh_targets");
	expect_problem("version: 1\nidentity:\n", 2, 10, "identity");
	expect_problem("version: 1\ntailscaled_socket: run/t.sock\n", 2, 20, "absolute path");
	expect_problem("version: 1\nexcept: {G030: {a: b}}\n", 2, 16, "G030");
	expect_problem("version: 1\nversion: 1\n", 2, 1, "version");
	expect_problem("[]\n", 1, 1, "map");
}

static void all_mistakes_are_reported_together(void **state)
{
	struct fixture *f = repo_with("version: 3\nkeep: some\nadopt: x\n");

	(void)state;
	load(f, 3);
	fixture_free(f);
}

static void nothing_is_excepted_from_what_looks_into_no_file(void **state)
{
	(void)state;
	expect_problem("version: 1\nexcept: {G020: [a]}\n", 2, 10, "G020");
	expect_problem("version: 1\nexcept: {G999: [a]}\n", 2, 10, "'G999'");
	expect_problem("version: 1\nexcept:\n  G999:\n    - a\n", 3, 3, "'G999'");
}

static void an_exception_may_name_an_alias_and_be_one_glob(void **state)
{
	struct fixture *f = repo_with("version: 1\nexcept: {D22: docs/**}\n");

	(void)state;
	load(f, 0);
	assert_int_equal(gates_find(&f->repo.gates, "G030")->except.len, 1);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_everything_is_in_its_default_place),
		cmocka_unit_test(a_file_that_says_nothing_changes_nothing),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(what_proves_a_loop_is_read),
		cmocka_unit_test(several_folders_need_no_map),
		cmocka_unit_test(wrong_words_about_loops_are_problems),
		cmocka_unit_test(what_there_is_not_is_declared_as_none),
		cmocka_unit_test(shipped_gates_need_no_directory),
		cmocka_unit_test(a_file_that_is_named_must_exist),
		cmocka_unit_test(a_file_must_not_lead_out_of_the_root),
		cmocka_unit_test(a_directory_must_not_lead_out_of_the_root),
		cmocka_unit_test(receipts_have_a_folder_of_their_own),
		cmocka_unit_test(receipts_may_be_beside_or_below_what_is_judged),
		cmocka_unit_test(an_unknown_key_is_a_problem_with_a_suggestion),
		cmocka_unit_test(settings_of_nearly_a_pack_are_a_problem),
		cmocka_unit_test(a_wrong_value_is_a_problem_where_it_stands),
		cmocka_unit_test(all_mistakes_are_reported_together),
		cmocka_unit_test(nothing_is_excepted_from_what_looks_into_no_file),
		cmocka_unit_test(an_exception_may_name_an_alias_and_be_one_glob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
