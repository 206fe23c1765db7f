#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/stat.h>

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

static const char *path_of(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->root, name);
	return path;
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

/* ---- what is wrong between gates */

static void an_id_that_stands_twice_is_a_problem(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G001", "bindings_valid", "");
	fixture_file(
		f, "gates/zzz.yaml",
		"id: G001\ntitle: t\nkind: bindings_valid\npacks: [a]\nseverity: low\nowner: o\n"
		"triage: t\nexplain: e\n");
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, "gates/zzz.yaml", LINE_ID, 5, "gates/G001.yaml");
	fixture_free(f);
}

static void an_alias_that_stands_twice_is_a_problem(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G001", "bindings_valid", "aliases: [D1]\n");
	fixture_gate(f, "G002", "bindings_valid", "aliases: [D2, D1]\n");
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, "gates/G002.yaml", LINE_MORE, 15, "'D1'");
	fixture_free(f);
}

static void an_alias_that_is_an_id_is_a_problem(void **state)
{
	static const char *const names[][2] = {{"G001", "G002"}, {"G002", "G001"}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fixture *f = new_repo();
		AUTO(auto_str) struct str alias = {0};

		str_printf(&alias, "aliases: [%s]\n", names[i][1]);
		fixture_gate(f, names[i][0], "bindings_valid", alias.at);
		fixture_gate(f, names[i][1], "bindings_valid", "");
		fixture_load_badly(f, 1);
		assert_non_null(strstr(f->problems.list.at[0].message, names[i][1]));
		fixture_free(f);
	}
}

static void requiring_what_there_is_not_is_a_problem(void **state)
{
	(void)state;
	expect_problem("bindings_valid", "requires: [G002]\n", LINE_MORE, 12, "'G002'");
}

static void requiring_oneself_is_a_problem(void **state)
{
	(void)state;
	expect_problem("bindings_valid", "requires: [G001]\n", LINE_MORE, 12, "circle");
	expect_problem("bindings_valid", "aliases: [D1]\nrequires: [D1]\n", LINE_MORE + 1, 12,
		       "circle");
}

/** Gates G1 to G<count>, each requiring the next, and the last one the first. */
static void expect_circle(int count)
{
	struct fixture *f = new_repo();

	for (int i = 1; i <= count; i++) {
		char id[16];
		char more[64];

		(void)snprintf(id, sizeof(id), "G%d", i);
		(void)snprintf(more, sizeof(more), "requires: [G%d]\n", i % count + 1);
		fixture_gate(f, id, "bindings_valid", more);
	}
	assert_int_equal(fixture_load(f), -1);
	assert_true(f->problems.list.len > 0);
	for (size_t i = 0; i < f->problems.list.len; i++) {
		assert_non_null(strstr(f->problems.list.at[i].message, "circle"));
	}
	fixture_free(f);
}

static void requiring_in_a_circle_is_a_problem(void **state)
{
	(void)state;
	expect_circle(2);
	expect_circle(3);
	expect_circle(15);
	expect_circle(40);
}

static void a_circle_is_reported_once_where_it_closes(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G1", "bindings_valid", "requires: [G2]\n");
	fixture_gate(f, "G2", "bindings_valid", "requires: [G3]\n");
	fixture_gate(f, "G3", "bindings_valid", "requires: [G2, G4]\n");
	fixture_gate(f, "G4", "bindings_valid", "");
	assert_int_equal(fixture_load(f), -1);
	assert_int_equal(f->problems.list.len, 1);
	(void)fixture_problem(f, "gates/G3.yaml", LINE_MORE, 12, "circle");
	fixture_free(f);
}

static void gates_that_require_many_of_each_other_are_followed_once(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	/* 20 layers of 6 gates, each requiring all of the next layer: 6^20 ways, 120 gates. */
	for (int layer = 0; layer < 20; layer++) {
		for (int i = 0; i < 6; i++) {
			AUTO(auto_str) struct str more = {0};
			char id[16];

			for (int k = 0; layer < 19 && k < 6; k++) {
				str_printf(&more, "%sG%d", k ? ", " : "requires: [",
					   (layer + 1) * 10 + k + 100);
			}
			str_add(&more, layer < 19 ? "]\n" : "");
			(void)snprintf(id, sizeof(id), "G%d", layer * 10 + i + 100);
			fixture_gate(f, id, "bindings_valid", str_text(&more));
		}
	}
	fixture_load_badly(f, 0);
	assert_int_equal(f->repo.gates.len, 120);
	fixture_free(f);
}

/* ---- files */

static void a_gate_that_cannot_be_read_is_one_problem(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	/* Others may name it; that it is missing is not their mistake. */
	fixture_file(f, "gates/G001.yaml", "id: G001\ntitle: [\n");
	fixture_gate(f, "G002", "bindings_valid", "requires: [G001]\n");
	fixture_file(f, "bindings/waivers.yaml",
		     "version: 1\nwaivers:\n  - {gate: G001, subject: s, reason: r, owner: o, "
		     "expires_on: 2026-12-01, ticket: t}\n");
	fixture_load_badly(f, 1);
	assert_string_equal(f->problems.list.at[0].where.file, "gates/G001.yaml");
	assert_true(f->problems.list.at[0].where.line > 0);
	fixture_free(f);
}

static void put_directory(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static void put_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0644), 0);
}

static void put_dangling_link(const char *path)
{
	assert_int_equal(symlink("nowhere.yaml", path), 0);
}

static void put_link_out_of_the_root(const char *path)
{
	assert_int_equal(symlink("/etc/passwd", path), 0);
}

static void put_bytes(const char *path, struct text bytes)
{
	struct err err = {0};

	assert_int_equal(file_replace(path, bytes, 0644, FILE_SYNC_NO, &err), 0);
}

static void put_nothing(const char *path)
{
	put_bytes(path, text_of(""));
}

static void put_comment(const char *path)
{
	put_bytes(path, text_of("# nothing\n"));
}

static void put_invalid_utf8(const char *path)
{
	put_bytes(path, text_of("id: G1\ntitle: \xff\xfe\n"));
}

static void put_2_mib(const char *path)
{
	put_bytes(path, text_of("id: G1\n"));
	assert_int_equal(truncate(path, 2 << 20), 0);
}

static void what_is_no_gate_among_the_gates_is_one_problem(void **state)
{
	static void (*const puts[])(const char *) = {
		put_directory, put_fifo,    put_dangling_link, put_link_out_of_the_root,
		put_nothing,   put_comment, put_invalid_utf8,  put_2_mib,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(puts) / sizeof(puts[0]); i++) {
		struct fixture *f = new_repo();

		fixture_gate(f, "G001", "bindings_valid", "");
		puts[i](path_of(f, "gates/020-x.yaml"));
		fixture_load_badly(f, 1);
		assert_string_equal(f->problems.list.at[0].where.file, "gates/020-x.yaml");
		fixture_free(f);
	}
}

static void a_link_to_a_gate_inside_the_root_is_followed(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G001", "bindings_valid", "");
	fixture_file(
		f, "shared/G002.yaml",
		"id: G002\ntitle: t\nkind: bindings_valid\npacks: [a]\nseverity: low\nowner: o\n"
		"triage: t\nexplain: e\n");
	assert_int_equal(symlink("../shared/G002.yaml", path_of(f, "gates/002.yaml")), 0);
	fixture_load_badly(f, 0);
	assert_int_equal(f->repo.gates.len, 2);
	assert_string_equal(gates_find(&f->repo.gates, "G002")->file, "gates/002.yaml");
	fixture_free(f);
}

static void other_files_beside_gates_are_left_alone(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_gate(f, "G001", "bindings_valid", "");
	fixture_file(f, "gates/README.md", "# Gates\n");
	fixture_file(f, "gates/.hidden.yaml", "not: a gate\n");
	fixture_file(f, "gates/fixtures/a.txt", "x\n");
	fixture_load_badly(f, 0);
	assert_int_equal(f->repo.gates.len, 1);
	fixture_free(f);
}

static void a_repo_without_gates_is_a_problem(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_file(f, "bindings/README.md", "none yet\n");
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, "gates", 0, 0, "'gates' does not exist");
	fixture_free(f);
	f = new_repo();
	fixture_file(f, "gates/README.md", "none yet\n");
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, "gates", 0, 0, "no gates");
	fixture_free(f);
	f = new_repo();
	fixture_file(f, "gates", "a file\n");
	fixture_load_badly(f, 1);
	assert_string_equal(f->problems.list.at[0].where.file, "gates");
	fixture_free(f);
}

static void a_directory_of_gates_that_does_not_exist_is_a_problem_where_it_is_named(void **state)
{
	struct fixture *f = new_repo();
	const struct problem *problem = NULL;

	(void)state;
	fixture_file(f, "gaterun.yaml", "version: 1\ngates: shiped\n");
	fixture_load_badly(f, 1);
	problem = fixture_problem(f, "gaterun.yaml", 2, 8, "'shiped' does not exist");
	assert_non_null(strstr(problem->message, "did you mean 'shipped'?"));
	fixture_free(f);
	f = new_repo();
	fixture_file(f, "gaterun.yaml", "version: 1\ngates: ops/gates\n");
	fixture_load_badly(f, 1);
	problem = fixture_problem(f, "gaterun.yaml", 2, 8, "'ops/gates' does not exist");
	assert_null(strstr(problem->message, "did you mean"));
	fixture_free(f);
}

static void a_directory_that_has_nothing_of_an_ops_repo_is_none(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_load_badly(f, 1);
	assert_null(f->problems.list.at[0].where.file);
	assert_non_null(strstr(f->problems.list.at[0].message, "is no ops repo"));
	assert_non_null(f->problems.list.at[0].hint);
	fixture_free(f);
}

static void more_gates_than_there_may_be_are_a_problem(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	for (int i = 0; i < 1001; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "G%d", i);
		fixture_gate(f, id, "bindings_valid", "");
	}
	fixture_load_badly(f, 1);
	(void)fixture_problem(f, "gates", 0, 0, "1000");
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_that_stands_twice_is_a_problem),
		cmocka_unit_test(an_alias_that_stands_twice_is_a_problem),
		cmocka_unit_test(an_alias_that_is_an_id_is_a_problem),
		cmocka_unit_test(requiring_what_there_is_not_is_a_problem),
		cmocka_unit_test(requiring_oneself_is_a_problem),
		cmocka_unit_test(requiring_in_a_circle_is_a_problem),
		cmocka_unit_test(a_circle_is_reported_once_where_it_closes),
		cmocka_unit_test(gates_that_require_many_of_each_other_are_followed_once),
		cmocka_unit_test(a_gate_that_cannot_be_read_is_one_problem),
		cmocka_unit_test(what_is_no_gate_among_the_gates_is_one_problem),
		cmocka_unit_test(a_link_to_a_gate_inside_the_root_is_followed),
		cmocka_unit_test(other_files_beside_gates_are_left_alone),
		cmocka_unit_test(a_repo_without_gates_is_a_problem),
		cmocka_unit_test(
			a_directory_of_gates_that_does_not_exist_is_a_problem_where_it_is_named),
		cmocka_unit_test(a_directory_that_has_nothing_of_an_ops_repo_is_none),
		cmocka_unit_test(more_gates_than_there_may_be_are_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
