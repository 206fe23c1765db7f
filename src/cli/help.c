#include "cli/help.h"

#include <string.h>

#include "base/cleanup.h"
#include "cli/facts.h"
#include "report/layout.h"
#include "report/report.h"

/** Columns before names, and widest name column before the sentence starts on a line of its own. */
#define NAME_INDENT ((size_t)2)
#define NAME_COLUMNS_MAX ((size_t)26)

void option_spell(const struct option *option, struct str *out)
{
	if (option->letter) {
		str_printf(out, "-%c, ", option->letter);
	}
	str_printf(out, "--%s", option->name);
	if (option->value) {
		str_printf(out, " %s", option->value);
	}
}

static void add_heading(struct str *out, const struct style *style, const char *heading)
{
	str_add_char(out, '\n');
	colour_add(out, style, COLOUR_BOLD, heading);
	str_add_char(out, '\n');
}

/** A name and its sentence, the sentences of a table starting in one column. */
static void add_row(struct str *out, const struct style *style, size_t columns, const char *name,
		    const char *doc)
{
	size_t used = text_columns(text_of(name));

	add_spaces(out, NAME_INDENT);
	str_add(out, name);
	if (used > columns) {
		str_add_char(out, '\n');
		add_spaces(out, NAME_INDENT + columns + 2);
	} else {
		add_spaces(out, columns - used + 2);
	}
	wrap_add(out, style, NAME_INDENT + columns + 2, NAME_INDENT + columns + 2, doc);
	str_add_char(out, '\n');
}

static size_t wider(size_t columns, const char *name)
{
	size_t used = text_columns(text_of(name));

	return used > columns && used <= NAME_COLUMNS_MAX ? used : columns;
}

static void add_facts(struct str *out, const struct style *style, const struct fact *facts)
{
	size_t columns = 0;

	for (const struct fact *row = facts; row->name; row++) {
		columns = wider(columns, row->name);
	}
	for (const struct fact *row = facts; row->name; row++) {
		add_row(out, style, columns, row->name, row->doc);
	}
}

/** The sentence of an option with the words it takes. */
static void add_option_doc(const struct option *option, struct str *out)
{
	str_add(out, option->doc);
	for (size_t i = 0; option->choices && option->choices[i]; i++) {
		str_printf(out, "%s%s", i ? ", " : " (", option->choices[i]);
	}
	str_add(out, option->choices ? ")" : "");
}

static void add_options(struct str *out, const struct style *style, const struct option *options)
{
	for (; options->name; options++) {
		AUTO(auto_str) struct str name = {0};
		AUTO(auto_str) struct str doc = {0};

		option_spell(options, &name);
		add_option_doc(options, &doc);
		add_row(out, style, NAME_COLUMNS_MAX, str_text(&name), str_text(&doc));
	}
}

static void add_formats(struct str *out, const struct style *style)
{
	size_t columns = 0;

	for (const struct report_format *row = report_formats; row->name; row++) {
		columns = wider(columns, row->name);
	}
	for (const struct report_format *row = report_formats; row->name; row++) {
		add_row(out, style, columns, row->name, row->doc);
	}
}

static void add_commands(struct str *out, const struct style *style, const struct command *table)
{
	size_t columns = 0;

	for (const struct command *row = table; row->name; row++) {
		columns = wider(columns, row->name);
	}
	for (const struct command *row = table; row->name; row++) {
		add_row(out, style, columns, row->name, row->summary);
	}
}

static void add_examples(struct str *out, const struct style *style, const struct example *examples)
{
	for (; examples->line; examples++) {
		add_spaces(out, NAME_INDENT);
		str_add(out, examples->line);
		str_add_char(out, '\n');
		add_spaces(out, NAME_INDENT + 4);
		wrap_add(out, style, NAME_INDENT + 4, NAME_INDENT + 4, examples->doc);
		str_add_char(out, '\n');
	}
}

static void help_program(const struct style *style, struct str *out)
{
	static const struct example first[] = {
		{"gaterun verify fast", "run the everyday gates, write a signed receipt"},
		{"gaterun explain G020", "why a gate exists and what to do when it fails"},
		{"gaterun help verify", "a command with its options"},
		{0},
	};

	wrap_add(out, style, 0, 0,
		 "gaterun checks that what an ops repo says is still true, and proves that it was "
		 "checked.");
	str_add_char(out, '\n');
	add_heading(out, style, "Try");
	add_examples(out, style, first);
	add_heading(out, style, "Commands");
	add_commands(out, style, commands);
	add_heading(out, style, "Options of every command");
	add_options(out, style, global_options);
	add_heading(out, style, "Exit status");
	add_facts(out, style, exit_facts);
}

void help_write(const struct command *command, const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str path = {0};

	if (!command) {
		help_program(style, out);
		return;
	}
	command_path(command, &path);
	str_printf(out, "%s: ", str_text(&path));
	wrap_add(out, style, path.len + 2, NAME_INDENT, command->summary);
	str_add_char(out, '\n');
	if (command->examples) {
		add_heading(out, style, "Try");
		add_examples(out, style, command->examples);
	}
	add_heading(out, style, "Usage");
	str_printf(out, "  %s%s%s%s\n", str_text(&path), command->options ? " [OPTION]..." : "",
		   *command->words ? " " : "", command->words);
	str_add_char(out, '\n');
	paragraphs_add(out, style, NAME_INDENT, command->doc);
	if (command->subcommands) {
		add_heading(out, style, "Subcommands");
		add_commands(out, style, command->subcommands);
	}
	if (command->options) {
		add_heading(out, style, "Options");
		add_options(out, style, command->options);
	}
	if (command->needs & WRITES_REPORT) {
		add_heading(out, style, "Formats of -o");
		add_formats(out, style);
	}
	add_heading(out, style, "Options of every command");
	add_options(out, style, global_options);
}
