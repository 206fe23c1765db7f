/* The tables behind the command line: sorted, unique, documented, and all of them in the help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/facts.h"
#include "cli/help.h"
#include "cli/kinds.h"
#include "report/report.h"
#include "tool.h"

static const struct style plain = {.is_ascii = true, .width = 80};

/** Calls `look` for every command and subcommand. */
static void each_command(void (*look)(const struct command *command))
{
	for (const struct command *row = commands; row->name; row++) {
		look(row);
		for (const struct command *sub = row->subcommands; sub && sub->name; sub++) {
			look(sub);
		}
	}
}

static void expect_sorted(const struct command *table)
{
	for (const struct command *row = table; row->name && row[1].name; row++) {
		assert_true(strcmp(row->name, row[1].name) < 0);
	}
}

static void expect_sentence(const char *doc)
{
	assert_non_null(doc);
	assert_true(strlen(doc) > 3);
	assert_true(doc[strlen(doc) - 1] != '.');
	assert_null(strchr(doc, '\n'));
}

static void commands_are_sorted_and_unique(void **state)
{
	(void)state;
	expect_sorted(commands);
	for (const struct command *row = commands; row->name; row++) {
		if (row->subcommands) {
			expect_sorted(row->subcommands);
		}
	}
}

static void expect_documented(const struct command *command)
{
	expect_sentence(command->summary);
	assert_non_null(command->words);
	assert_non_null(command->doc);
	assert_true(command->min_words <= command->max_words);
	/* It does something, or its subcommands do. */
	assert_true(command->run || command->subcommands);
	for (const struct option *row = command->options; row && row->name; row++) {
		expect_sentence(row->doc);
		assert_int_equal(row->value != NULL, row->sort != OPTION_FLAG);
	}
	for (const struct example *row = command->examples; row && row->line; row++) {
		assert_true(strncmp(row->line, "gaterun ", 8) == 0);
		expect_sentence(row->doc);
	}
}

static void every_command_is_documented(void **state)
{
	(void)state;
	each_command(expect_documented);
}

/** Adds to `*sort` the bit of every sort that an option of that name has in a table. */
static void collect_sorts(const struct option *table, const char *name, unsigned *sorts)
{
	for (const struct option *row = table; row && row->name; row++) {
		if (strcmp(row->name, name) == 0) {
			*sorts |= 1U << row->sort;
		}
	}
}

/** All sorts that options of that name have, as bits. */
static unsigned sorts_of(const char *name)
{
	unsigned sorts = 0;

	for (const struct command *row = commands; row->name; row++) {
		collect_sorts(row->options, name, &sorts);
		for (const struct command *sub = row->subcommands; sub && sub->name; sub++) {
			collect_sorts(sub->options, name, &sorts);
		}
	}
	return sorts;
}

static void expect_one_sort(const struct command *command)
{
	for (const struct option *row = command->options; row && row->name; row++) {
		assert_int_equal(1U << row->sort, sorts_of(row->name));
		for (const struct option *global = global_options; global->name; global++) {
			assert_string_not_equal(row->name, global->name);
			assert_true(!row->letter || row->letter != global->letter);
		}
	}
}

static void an_option_has_one_sort_in_all_commands(void **state)
{
	(void)state;
	each_command(expect_one_sort);
}

static void the_help_lists_every_command(void **state)
{
	AUTO(auto_str) struct str help = {0};

	(void)state;
	help_write(NULL, &plain, &help);
	for (const struct command *row = commands; row->name; row++) {
		AUTO(auto_str) struct str line = {0};

		str_printf(&line, "\n  %s ", row->name);
		assert_non_null(strstr(str_text(&help), str_text(&line)));
		assert_non_null(strstr(str_text(&help), row->summary));
	}
	for (const struct fact *fact = exit_facts; fact->name; fact++) {
		assert_non_null(strstr(str_text(&help), fact->doc));
	}
}

static void expect_help(const struct command *command)
{
	AUTO(auto_str) struct str help = {0};
	AUTO(auto_str) struct str path = {0};

	help_write(command, &plain, &help);
	command_path(command, &path);
	assert_non_null(strstr(str_text(&help), str_text(&path)));
	for (const struct option *row = command->options; row && row->name; row++) {
		assert_non_null(strstr(str_text(&help), row->name));
	}
	for (const struct option *row = global_options; row->name; row++) {
		assert_non_null(strstr(str_text(&help), row->name));
	}
	for (const char *at = str_text(&help); *at;
	     at += strcspn(at, "\n") + (at[strcspn(at, "\n")] != 0)) {
		assert_true(strcspn(at, "\n") <= plain.width);
	}
}

static void the_help_of_a_command_names_its_options_within_the_width(void **state)
{
	(void)state;
	each_command(expect_help);
}

static void the_path_of_a_subcommand_names_its_command(void **state)
{
	AUTO(auto_str) struct str path = {0};

	(void)state;
	command_path(command_find(command_find(commands, "help"), "help"), &path);
	assert_string_equal(str_text(&path), "gaterun help");
	for (const struct command *row = commands; row->name; row++) {
		for (const struct command *sub = row->subcommands; sub && sub->name; sub++) {
			AUTO(auto_str) struct str expected = {0};

			str_clear(&path);
			command_path(sub, &path);
			str_printf(&expected, "gaterun %s %s", row->name, sub->name);
			assert_string_equal(str_text(&path), str_text(&expected));
		}
	}
}

static void kinds_are_sorted_and_documented(void **state)
{
	(void)state;
	for (size_t i = 0; kinds_table[i]; i++) {
		assert_true(strlen(kinds_table[i]->doc) > 3);
		if (kinds_table[i + 1]) {
			assert_true(strcmp(kinds_table[i]->name, kinds_table[i + 1]->name) < 0);
		}
		for (const struct field *row = kinds_table[i]->fields; row && row->name; row++) {
			expect_sentence(row->doc);
		}
	}
}

static void formats_are_documented_and_found(void **state)
{
	(void)state;
	for (const struct report_format *row = report_formats; row->name; row++) {
		expect_sentence(row->doc);
		assert_ptr_equal(report_format_find(row->name), row);
	}
	assert_null(report_format_find("sarif2"));
}

static void the_manual_names_everything(void **state)
{
	AUTO(auto_str) struct str manual = {0};

	(void)state;
	manual_write(&manual);
	for (const struct command *row = commands; row->name; row++) {
		AUTO(auto_str) struct str heading = {0};

		str_printf(&heading, "\n.Ss gaterun %s", row->name);
		assert_non_null(strstr(str_text(&manual), str_text(&heading)));
	}
	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		assert_non_null(strstr(str_text(&manual), reason_code(reason)));
	}
	for (size_t i = 0; kinds_table[i]; i++) {
		assert_non_null(strstr(str_text(&manual), kinds_table[i]->name));
	}
}

static void mandoc_finds_nothing_wrong_with_the_manual(void **state)
{
	AUTO(auto_str) struct str manual = {0};
	char path[] = "/tmp/gaterun-manual-XXXXXX";
	const char *const lint[] = {"mandoc", "-T", "lint", path, NULL};
	AUTO(auto_str) struct str said = {0};
	struct err err = {0};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	manual_write(&manual);
	assert_int_equal(file_replace(path, str_view(&manual), 0600, FILE_SYNC_NO, &err), 0);
	if (tool_exists("mandoc")) {
		(void)tool_run(lint, &said);
	}
	(void)unlink(path);
	assert_string_equal(str_text(&said), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_sorted_and_unique),
		cmocka_unit_test(every_command_is_documented),
		cmocka_unit_test(an_option_has_one_sort_in_all_commands),
		cmocka_unit_test(the_help_lists_every_command),
		cmocka_unit_test(the_help_of_a_command_names_its_options_within_the_width),
		cmocka_unit_test(the_path_of_a_subcommand_names_its_command),
		cmocka_unit_test(kinds_are_sorted_and_documented),
		cmocka_unit_test(formats_are_documented_and_found),
		cmocka_unit_test(the_manual_names_everything),
		cmocka_unit_test(mandoc_finds_nothing_wrong_with_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
