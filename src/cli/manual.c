/*
 * The manual page, in mdoc(7), from the tables of commands, options, kinds, reasons and facts.
 * Every sentence starts a line and no line is longer than 80 bytes, as mandoc -Tlint wants it.
 */
#include <string.h>

#include "base/cleanup.h"
#include "cli/facts.h"
#include "cli/help.h"
#include "cli/kinds.h"
#include "model/reason.h"
#include "report/report.h"

/** Day of the last change in what the manual says; mdoc wants one. */
#define MANUAL_DATE "November 20, 2026"

/** Longest line of the source. */
#define LINE_BYTES ((size_t)78)

/** Append one word, escaped for roff. */
static void add_word(struct str *out, struct text word, bool starts_line)
{
	bool is_option = true;

	if (starts_line && word.len > 0 && (word.at[0] == '.' || word.at[0] == '\'')) {
		str_add(out, "\\&");
	}
	for (size_t i = 0; i < word.len; i++) {
		is_option = is_option && word.at[i] == '-';
		if (word.at[i] == '\\') {
			str_add(out, "\\e");
		} else if (is_option) {
			str_add(out, "\\-"); /* a minus, that can be copied, and no hyphen */
		} else {
			str_add_char(out, word.at[i]);
		}
	}
}

static bool ends_sentence(struct text word)
{
	return word.len > 0 && strchr(".!?", word.at[word.len - 1]) != NULL;
}

/** Append text in lines; each sentence starts one. */
static void add_prose(struct str *out, struct text text)
{
	struct text word = {0};
	size_t column = 0;
	bool starts_line = true;

	while (text_split(&text, ' ', &word)) {
		if (word.len == 0) {
			continue;
		}
		if (!starts_line && column + 1 + word.len > LINE_BYTES) {
			str_add_char(out, '\n');
			starts_line = true;
		}
		if (!starts_line) {
			str_add_char(out, ' ');
		}
		column = (starts_line ? 0 : column + 1) + word.len;
		add_word(out, word, starts_line);
		starts_line = ends_sentence(word);
		if (starts_line) {
			str_add_char(out, '\n');
		}
	}
	str_add(out, starts_line ? "" : "\n");
}

/** Is the first word of the text a name, like ssh.targets.yaml, that stays as it is? */
static bool starts_with_name(const char *text)
{
	const char *special = strpbrk(text, " ._");

	return special && (*special == '_' || (*special == '.' && special[1] > ' '));
}

/** A table's sentence has no capital letter and no full stop; the manual's has. */
static void add_sentence(struct str *out, const char *doc)
{
	AUTO(auto_str) struct str line = {0};

	str_printf(&line, "%s%s", doc, ends_sentence(text_of(doc)) ? "" : ".");
	if (line.at[0] >= 'a' && line.at[0] <= 'z' && !starts_with_name(doc)) {
		line.at[0] = (char)(line.at[0] - 'a' + 'A');
	}
	add_prose(out, str_view(&line));
}

/** Paragraphs, separated by empty lines. */
static void add_paragraphs(struct str *out, const char *doc)
{
	struct text rest = text_of(doc);
	struct text line = {0};

	while (text_split(&rest, '\n', &line)) {
		if (line.len == 0) {
			str_add(out, ".Pp\n");
		} else {
			add_prose(out, line);
		}
	}
}

static void add_option(struct str *out, const struct option *option)
{
	str_add(out, ".It ");
	if (option->letter) {
		str_printf(out, "Fl %c , ", option->letter);
	}
	str_printf(out, "Fl Fl %s", option->name);
	if (option->value) {
		str_printf(out, " Ar %s", option->value);
	}
	str_add_char(out, '\n');
	add_sentence(out, option->doc);
	for (size_t i = 0; option->choices && option->choices[i]; i++) {
		str_printf(out, i == 0 ? "One of\n.Cm %s" : " ,\n.Cm %s", option->choices[i]);
	}
	str_add(out, option->choices ? " .\n" : "");
}

static void add_options(struct str *out, const struct option *options)
{
	str_add(out, ".Bl -tag -width Ds\n");
	for (; options->name; options++) {
		add_option(out, options);
	}
	str_add(out, ".El\n");
}

static void add_facts(struct str *out, const char *section, const struct fact *facts)
{
	str_printf(out, ".Sh %s\n.Bl -tag -width Ds\n", section);
	for (; facts->name; facts++) {
		str_printf(out, ".It %s\n", facts->name);
		add_sentence(out, facts->doc);
	}
	str_add(out, ".El\n");
}

static void add_formats(struct str *out)
{
	str_add(out, "The formats of\n.Fl o\nare:\n.Bl -tag -width Ds\n");
	for (const struct report_format *row = report_formats; row->name; row++) {
		str_printf(out, ".It Cm %s\n", row->name);
		add_sentence(out, row->doc);
	}
	str_add(out, ".El\n");
}

static void add_command(struct str *out, const struct command *command)
{
	AUTO(auto_str) struct str path = {0};

	command_path(command, &path);
	str_printf(out, ".Ss %s\n", str_text(&path));
	add_sentence(out, command->summary);
	if (*command->words && !command->subcommands) {
		str_printf(out, "Takes\n.Ar %s .\n", command->words);
	}
	add_paragraphs(out, command->doc);
	if (command->options) {
		add_options(out, command->options);
	}
	if (command->needs & WRITES_REPORT) {
		add_formats(out);
	}
	for (const struct command *sub = command->subcommands; sub && sub->name; sub++) {
		add_command(out, sub);
	}
}

/** A list of the rows; nested tables are lists within it. */
static void add_fields(struct str *out, const struct field *fields)
{
	if (!fields || !fields[0].name) {
		return;
	}
	str_add(out, ".Bl -tag -width Ds\n");
	for (const struct field *field = fields; field->name; field++) {
		AUTO(auto_str) struct str values = {0};

		if (!*field->name) {
			continue;
		}
		field_describe(field, &values);
		str_printf(out, ".It Cm %s : %s\n", field->name, str_text(&values));
		add_sentence(out, field->doc ? field->doc : "");
		add_fields(out, field->fields);
	}
	str_add(out, ".El\n");
}

static void add_kinds(struct str *out)
{
	str_add(out, ".Sh KINDS\n");
	str_add(out, "A gate names its kind with\n.Cm kind\nand sets it up under\n.Cm with .\n");
	for (size_t i = 0; kinds_table[i]; i++) {
		const struct kind *kind = kinds_table[i];

		str_printf(out, ".Ss %s\n", kind->name);
		add_sentence(out, kind->doc);
		str_printf(out, "Needs mode\n.Cm %s .\n", mode_word(kind->mode));
		add_fields(out, kind->fields);
	}
}

static void add_reasons(struct str *out)
{
	str_add(out, ".Sh REASONS\n");
	str_add(out, "Every finding gives one of these.\n.Bl -tag -width Ds\n");
	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		str_printf(out, ".It %s\n", reason_code(reason));
		add_sentence(out, reason_doc(reason));
	}
	str_add(out, ".El\n");
}

static void add_examples(struct str *out, const struct command *table)
{
	for (; table->name; table++) {
		for (const struct example *row = table->examples; row && row->line; row++) {
			str_add(out, ".It Li ");
			add_word(out, text_of(row->line), false);
			str_add_char(out, '\n');
			add_sentence(out, row->doc);
		}
		if (table->subcommands) {
			add_examples(out, table->subcommands);
		}
	}
}

static void add_synopsis(struct str *out)
{
	str_add(out, ".Sh SYNOPSIS\n");
	for (const struct command *row = commands; row->name; row++) {
		str_printf(out, ".Nm\n.Cm %s\n", row->name);
		if (row->options) {
			str_add(out, ".Op Ar option ...\n");
		}
		if (*row->words) {
			str_printf(out, ".Ar %s\n", row->words);
		}
	}
}

void manual_write(struct str *out)
{
	str_add(out, ".Dd " MANUAL_DATE "\n.Dt GATERUN 1\n.Os\n");
	str_add(out, ".Sh NAME\n.Nm gaterun\n"
		     ".Nd check that what an ops repo says is still true, and prove it\n");
	add_synopsis(out);
	str_add(out, ".Sh DESCRIPTION\n");
	add_paragraphs(out,
		       "An ops repo describes a small fleet in YAML files, the bindings. gaterun "
		       "judges it with gates, a requirement in a YAML file each, and writes a "
		       "signed receipt of what was checked. It never asks anybody anything. What "
		       "could not be checked is unknown, which is never a pass.\n"
		       "\n"
		       "Options may stand before or after other words; -- ends them.");
	str_add(out, ".Sh OPTIONS\nThese are known to every command.\n");
	add_options(out, global_options);
	str_add(out, ".Sh COMMANDS\n");
	for (const struct command *row = commands; row->name; row++) {
		add_command(out, row);
	}
	add_kinds(out);
	add_reasons(out);
	add_facts(out, "ENVIRONMENT", environment_facts);
	add_facts(out, "FILES", file_facts);
	add_facts(out, "EXIT STATUS", exit_facts);
	str_add(out, ".Sh EXAMPLES\n.Bl -tag -width Ds\n");
	add_examples(out, commands);
	str_add(out, ".El\n");
}
