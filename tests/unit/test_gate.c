#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

/* Lines of a gate as fixture_gate writes it. */
enum {
	LINE_ID = 1,
	LINE_KIND = 3,
	LINE_PACKS = 4,
	LINE_MORE = 9,
};

/** A repo with one target. */
static struct fixture *new_repo(void)
{
	struct fixture *f = fixture_new();

	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh: {targets: [{id: nas, host: 10.0.0.1}]}\n");
	return f;
}

/** A gate of this kind with these further lines must give one problem, there. */
static void expect_problem(const char *kind, const char *more, int line, int column,
			   const char *words)
{
	struct fixture *f = new_repo();

	fixture_gate(f, "G001", kind, more);
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, "gates/G001.yaml", line, column, words);
	fixture_free(f);
}

/** The text of a whole gate must give one problem, there. */
static void expect_problem_in(const char *text, int line, int column, const char *words)
{
	struct fixture *f = new_repo();

	fixture_file(f, "gates/001.yaml", text);
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, "gates/001.yaml", line, column, words);
	fixture_free(f);
}

/* ---- what a gate says */

static void a_gate_is_read_with_its_defaults(void **state)
{
	struct fixture *f = new_repo();
	const struct gate *gate = NULL;

	(void)state;
	fixture_gate(f, "G013", "host_keys_pinned", "");
	fixture_load_badly(f, 0);
	gate = gates_find(&f->repo.gates, "G013");
	assert_non_null(gate);
	assert_string_equal(gate->kind->name, "host_keys_pinned");
	assert_string_equal(gate->file, "gates/G013.yaml");
	assert_int_equal(strlen(gate->sha256), 64);
	assert_int_equal(gate->severity, SEVERITY_HIGH);
	assert_true(gate->enforce);
	assert_false(gate->allow_empty);
	assert_true(gate->targets.all);
	assert_int_equal(gate->timeout_ms, 10000);
	assert_int_equal(gate->requires.len, 0);
	assert_true(gate_in_pack(gate, "fast"));
	assert_true(gate_in_pack(gate, "all"));
	assert_false(gate_in_pack(gate, "core"));
	fixture_free(f);
}

static void a_gate_says_more_if_it_wants(void **state)
{
	struct fixture *f = new_repo();
	const struct gate *gate = NULL;

	(void)state;
	fixture_gate(f, "G001", "bindings_valid", "");
	fixture_gate(f, "G013", "host_keys_pinned",
		     "aliases: [D1, D2]\nenforce: false\nallow_empty: true\nrequires: G001\n"
		     "timeout: 2m\nreview_by: 1970-01-03\ntargets: {ids: [nas]}\nwith: {}\n");
	fixture_load_badly(f, 0);
	gate = gates_find(&f->repo.gates, "D2");
	assert_non_null(gate);
	assert_string_equal(gate->id, "G013");
	assert_false(gate->enforce);
	assert_true(gate->allow_empty);
	assert_string_equal(gate->requires.at[0], "G001");
	assert_int_equal(gate->timeout_ms, 120000);
	assert_int_equal(gate->review_by_utc_ms, 172800000);
	assert_false(gate->targets.all);
	assert_null(gates_find(&f->repo.gates, "G2"));
	fixture_free(f);
}

static void gates_are_sorted_by_letters_and_number(void **state)
{
	static const char *const sorted[] = {"A100", "AB2", "G9", "G010", "G10", "G20"};
	struct fixture *f = new_repo();

	(void)state;
	for (size_t i = 6; i > 0; i--) {
		fixture_gate(f, sorted[i - 1], "bindings_valid", "");
	}
	fixture_load_badly(f, 0);
	assert_int_equal(f->repo.gates.len, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(f->repo.gates.at[i].id, sorted[i]);
	}
	fixture_free(f);
}

/* ---- what is wrong in one gate */

static void an_unknown_kind_is_a_problem_with_a_suggestion(void **state)
{
	(void)state;
	expect_problem("snapshot_party", "", LINE_KIND, 7, "'snapshot_parity'");
	expect_problem("snapshot-parity", "", LINE_KIND, 7, "'snapshot_parity'");
	expect_problem("nothing_like_it", "", LINE_KIND, 7, "'nothing_like_it' is not a kind");
	expect_problem("\"\"", "", LINE_KIND, 7, "is not a kind");
}

static void an_unknown_key_is_a_problem_with_a_suggestion(void **state)
{
	(void)state;
	expect_problem("bindings_valid", "enforced: true\n", LINE_MORE, 1, "'enforce'");
	expect_problem("bindings_valid", "x: 1\n", LINE_MORE, 1, "'x'");
	expect_problem("host_keys_pinned", "targets: {id: nas}\n", LINE_MORE, 11, "'ids'");
}

static void settings_of_a_kind_without_settings_are_a_problem(void **state)
{
	(void)state;
	expect_problem("bindings_valid", "with: {strict: true}\n", LINE_MORE, 8, "'strict'");
	expect_problem("bindings_valid", "with: [strict]\n", LINE_MORE, 7, "map");
	expect_problem("bindings_valid", "with: strict\n", LINE_MORE, 7, "map");
}

static void no_settings_may_be_written_in_several_ways(void **state)
{
	static const char *const ways[] = {"", "with: {}\n", "with:\n", "with: ~\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct fixture *f = new_repo();

		fixture_gate(f, "G001", "bindings_valid", ways[i]);
		fixture_load_badly(f, 0);
		fixture_free(f);
	}
}

static void a_bad_id_is_a_problem(void **state)
{
	static const char *const ids[] = {"g020",   "G",         "020",          "G02000",
					  "ABCDE1", "G-20",      "G20a",         "\"G20 \"",
					  "\"\"",   "\"G\\n1\"", "\"\303\2341\""};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		AUTO(auto_str) struct str text = {0};

		str_printf(&text,
			   "id: %s\ntitle: t\nkind: bindings_valid\npacks: [a]\nseverity: low\n"
			   "owner: o\ntriage: t\nexplain: e\n",
			   ids[i]);
		expect_problem_in(text.at, LINE_ID, 5, "is not a gate id");
	}
}

static void a_bad_alias_is_a_problem(void **state)
{
	(void)state;
	expect_problem("bindings_valid", "aliases: [D310, parity]\n", LINE_MORE, 17, "'parity'");
}

static void a_gate_needs_what_people_need(void **state)
{
	static const char *const keys[] = {"id",       "title", "kind",   "packs",
					   "severity", "owner", "triage", "explain"};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		AUTO(auto_str) struct str text = {0};
		struct text rest = text_of("id: G1\ntitle: t\nkind: bindings_valid\npacks: [a]\n"
					   "severity: low\nowner: o\ntriage: t\nexplain: e");
		struct text line = {0};

		for (size_t k = 0; text_split(&rest, '\n', &line); k++) {
			if (k != i) {
				str_add_text(&text, line);
				str_add_char(&text, '\n');
			}
		}
		expect_problem_in(text.at, 1, 1, keys[i]);
	}
}

static void a_bad_value_is_a_problem_where_it_stands(void **state)
{
	(void)state;
	expect_problem("bindings_valid", "timeout: 10\n", LINE_MORE, 10, "timeout");
	expect_problem("bindings_valid", "timeout: 0s\n", LINE_MORE, 10, "timeout");
	expect_problem("bindings_valid", "timeout: 2h\n", LINE_MORE, 10, "timeout");
	expect_problem("bindings_valid", "timeout: -5s\n", LINE_MORE, 10, "timeout");
	expect_problem("bindings_valid", "review_by: 2026-02-30\n", LINE_MORE, 12, "review_by");
	expect_problem("bindings_valid", "enforce: \"no\"\n", LINE_MORE, 10, "enforce");
	expect_problem("bindings_valid", "enforce: sometimes\n", LINE_MORE, 10, "enforce");
	expect_problem("bindings_valid", "requires: {G1: x}\n", LINE_MORE, 11, "requires");
}

static void a_bad_pack_name_is_a_problem(void **state)
{
	static const char *const packs[] = {"Fast", "fast lane", "fast/lane", "\xc3\xa4", "a.b"};

	(void)state;
	for (size_t i = 0; i < sizeof(packs) / sizeof(packs[0]); i++) {
		AUTO(auto_str) struct str text = {0};

		str_printf(&text,
			   "id: G1\ntitle: t\nkind: bindings_valid\npacks: [%s]\nseverity: low\n"
			   "owner: o\ntriage: t\nexplain: e\n",
			   packs[i]);
		expect_problem_in(text.at, LINE_PACKS, 9, "is not a pack name");
	}
}

static void targets_are_for_kinds_that_look_at_targets(void **state)
{
	(void)state;
	expect_problem("bindings_valid", "targets: {all: true}\n", LINE_MORE, 10,
		       "is not about targets");
	expect_problem("snapshot_parity", "targets: {}\n", LINE_MORE, 10, "is not about targets");
	expect_problem("tailnet_node", "targets: {}\n", LINE_MORE, 10,
		       "is not about targets with these settings");
}

static void a_choice_of_targets_names_what_there_is(void **state)
{
	(void)state;
	expect_problem("host_keys_pinned", "targets: {ids: [nas, nos]}\n", LINE_MORE, 22, "'nos'");
	expect_problem("host_keys_pinned", "targets: {except: [nos]}\n", LINE_MORE, 20, "'nos'");
	expect_problem("host_keys_pinned", "targets: {policy: lan}\n", LINE_MORE, 19, "'lan'");
	expect_problem("host_keys_pinned", "targets: {policy: client}\n", LINE_MORE, 19,
		       "'client'");
	expect_problem("host_keys_pinned", "targets: [nas]\n", LINE_MORE, 10, "map");
}

static void a_gate_that_is_no_map_is_a_problem(void **state)
{
	(void)state;
	expect_problem_in("- id: G1\n", 1, 1, "map");
	expect_problem_in("G1\n", 1, 1, "map");
}

static void all_mistakes_of_all_gates_are_reported(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G001", "bindings_vlaid", "timeout: soon\n");
	fixture_gate(f, "G002", "endpoint_parity", "enforce: perhaps\nreview_by: never\n");
	fixture_load_badly(f, 4);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gate_is_read_with_its_defaults),
		cmocka_unit_test(a_gate_says_more_if_it_wants),
		cmocka_unit_test(gates_are_sorted_by_letters_and_number),
		cmocka_unit_test(an_unknown_kind_is_a_problem_with_a_suggestion),
		cmocka_unit_test(an_unknown_key_is_a_problem_with_a_suggestion),
		cmocka_unit_test(settings_of_a_kind_without_settings_are_a_problem),
		cmocka_unit_test(no_settings_may_be_written_in_several_ways),
		cmocka_unit_test(a_bad_id_is_a_problem),
		cmocka_unit_test(a_bad_alias_is_a_problem),
		cmocka_unit_test(a_gate_needs_what_people_need),
		cmocka_unit_test(a_bad_value_is_a_problem_where_it_stands),
		cmocka_unit_test(a_bad_pack_name_is_a_problem),
		cmocka_unit_test(targets_are_for_kinds_that_look_at_targets),
		cmocka_unit_test(a_choice_of_targets_names_what_there_is),
		cmocka_unit_test(a_gate_that_is_no_map_is_a_problem),
		cmocka_unit_test(all_mistakes_of_all_gates_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
