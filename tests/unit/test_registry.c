#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "model/registry.h"

struct reading {
	struct arena arena;
	struct problems problems;
	struct registry registry;
	int result;
};

static struct reading read_text(const char *text)
{
	struct reading reading = {0};

	reading.result = registry_read(&reading.arena, "r.yaml", text_of(text), &reading.problems,
				       &reading.registry);
	return reading;
}

static void let_go(struct reading *reading)
{
	registry_release(&reading->registry);
	problems_release(&reading->problems);
	arena_release(&reading->arena);
}

static void expect_problem(const char *text, int result, int line, int column, const char *sentence)
{
	struct reading reading = read_text(text);

	assert_int_equal(reading.result, result);
	assert_int_equal(reading.problems.list.len, 1);
	assert_int_equal(reading.problems.list.at[0].where.line, line);
	assert_int_equal(reading.problems.list.at[0].where.column, column);
	assert_non_null(strstr(reading.problems.list.at[0].message, sentence));
	let_go(&reading);
}

static void rows_are_read_with_what_they_have(void **state)
{
	struct reading reading = read_text("schema_version: 1\n"
					   "gate_count: {total: 2}\n"
					   "gates:\n"
					   "  - {id: d45, severity: high, composite_parent: d9,\n"
					   "     inline: true, verbose_only: true, ring: null}\n"
					   "  - {id: D9, composite_of: [d45], retired: true}\n");
	const struct registry_gate *rows = reading.registry.rows.at;

	(void)state;
	assert_int_equal(reading.result, 0);
	assert_int_equal(reading.problems.list.len, 0);
	assert_int_equal(reading.registry.rows.len, 2);
	assert_string_equal(rows[0].id, "D45");
	assert_string_equal(rows[0].composite_parent, "D9");
	assert_null(rows[0].ring);
	assert_true(rows[0].is_inline);
	assert_false(rows[0].is_retired);
	assert_string_equal(rows[1].composite_of.at[0], "D45");
	assert_true(rows[1].is_retired);
	assert_int_equal(reading.registry.keys.len, 0);
	let_go(&reading);
}

static void keys_without_a_meaning_are_counted(void **state)
{
	struct reading reading = read_text("gates:\n"
					   "  - {id: D1, script: a, colour: red}\n"
					   "  - {id: D2, script: b, severty: high}\n");

	(void)state;
	assert_int_equal(reading.registry.keys.len, 3);
	assert_string_equal(reading.registry.keys.at[0].key, "script");
	assert_string_equal(reading.registry.keys.at[0].meant, "check_script");
	assert_int_equal(reading.registry.keys.at[0].count, 2);
	assert_int_equal(reading.registry.keys.at[0].where.line, 2);
	assert_null(reading.registry.keys.at[1].meant);
	assert_string_equal(reading.registry.keys.at[2].meant, "severity");
	let_go(&reading);
}

static void what_is_no_registry_is_refused_with_its_place(void **state)
{
	(void)state;
	expect_problem("checks: []\n", -1, 1, 1, "expected a list 'gates'");
	expect_problem("gates: {D1: {}}\n", -1, 1, 8, "found a map");
	expect_problem("- {id: D1}\n", -1, 1, 1, "expected a list 'gates'");
	expect_problem("", -1, 0, 0, "");
}

static void a_broken_row_leaves_the_others(void **state)
{
	struct reading reading = read_text("gates:\n  - {name: x}\n  - 7\n  - {id: D1}\n"
					   "  - {id: D2, inline: perhaps}\n");

	(void)state;
	assert_int_equal(reading.result, 0);
	assert_int_equal(reading.registry.rows.len, 1);
	assert_int_equal(reading.problems.list.len, 3);
	let_go(&reading);
	expect_problem("gates:\n  - id: D1\n    id: D2\n", 0, 3, 5, "stands twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read_with_what_they_have),
		cmocka_unit_test(keys_without_a_meaning_are_counted),
		cmocka_unit_test(what_is_no_registry_is_refused_with_its_place),
		cmocka_unit_test(a_broken_row_leaves_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
