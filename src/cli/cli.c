#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/process.h"
#include "cli/tailnet_credential.h"
#include "report/report.h"

/** Most commands whose options the reader must know beforehand, with their subcommands. */
#define TABLES_MAX 64

void cli_say(const struct cli *cli, const char *format, ...)
{
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str shown = {0};
	struct err ignored = {0};
	va_list args;

	(void)cli;
	va_start(args, format);
	str_vprintf(&line, format, args);
	va_end(args);
	str_add(&shown, "gaterun: ");
	str_add_printable(&shown, str_view(&line));
	str_add_char(&shown, '\n');
	(void)process_write(STDERR_FILENO, str_view(&shown), &ignored);
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str path = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&line, format, args);
	va_end(args);
	cli_say(cli, "%s", str_text(&line));
	if (cli->command) {
		command_path(cli->command, &path);
	} else {
		str_add(&path, "gaterun");
	}
	cli_say(cli, "'%s --help' says more", str_text(&path));
	return EXIT_USAGE;
}

/** A result that was wanted and is lost is no success. */
static int honest_status(struct cli *cli, int status)
{
	struct err err = {0};

	if (cli->out.overflow) {
		cli_say(cli, "the result is larger than %zu bytes and was cut", OUT_BYTES);
		cli->has_lost_output = true;
	}
	if (process_write(STDOUT_FILENO, str_view(&cli->out), &err)) {
		cli_say(cli, "standard output: %s", err.text);
		cli->has_lost_output = true;
	}
	return status == EXIT_PASS && cli->has_lost_output ? EXIT_INTERNAL : status;
}

/** Every option table there is: the reader must know which options take a value. */
static void all_tables(const struct option **tables)
{
	size_t count = 0;

	tables[count++] = global_options;
	for (const struct command *row = commands; row->name; row++) {
		const struct command *sub = row->subcommands;

		if (row->options && count + 1 < TABLES_MAX) {
			tables[count++] = row->options;
		}
		for (; sub && sub->name; sub++) {
			if (sub->options && count + 1 < TABLES_MAX) {
				tables[count++] = sub->options;
			}
		}
	}
	tables[count] = NULL;
}

int command_named(const struct words *words, const struct command **out, size_t *taken,
		  struct err *err)
{
	const struct command *table = commands;
	AUTO(auto_str) struct str scratch = {0};

	*out = NULL;
	for (*taken = 0; table && *taken < words->len; *taken += 1) {
		const char *word = words->at[*taken];
		const struct command *row = command_find(table, word);

		if (!row) {
			struct words names = {0};

			for (row = table; row->name; row++) {
				*VEC_ADD(&names) = row->name;
			}
			*VEC_ADD(&names) = NULL;
			err_fill(err, ERR_INPUT, "unknown command '%s%s%s'%s",
				 *out ? (*out)->name : "", *out ? " " : "", word,
				 did_you_mean(&scratch, "", word, names.at));
			VEC_RELEASE(&names);
			return -1;
		}
		*out = row;
		table = row->subcommands;
	}
	return 0;
}

static int check_words(const struct cli *cli, struct err *err)
{
	const struct command *command = cli->command;
	const struct words *words = &cli->args.words;

	if (command->subcommands && !command->run) {
		return err_set(err, ERR_INPUT, "'%s' needs a subcommand: %s", command->name,
			       command->words);
	}
	if (words->len < command->min_words) {
		return err_set(err, ERR_INPUT, "'%s' needs %s", command->name, command->words);
	}
	if (words->len > command->max_words) {
		return err_set(err, ERR_INPUT, "'%s' takes %s%s, so '%s' is too much",
			       command->name, command->max_words > 0 ? "only " : "no further words",
			       command->max_words > 0 ? command->words : "",
			       words->at[command->max_words]);
	}
	return command->check ? command->check(&cli->args, err) : 0;
}

/** Run the command that was found. */
static int run_command(struct cli *cli)
{
	struct words formats = {0};
	struct err err = {0};
	int failed = check_words(cli, &err);

	for (const struct report_format *row = report_formats; row->name; row++) {
		*VEC_ADD(&formats) = row->name;
	}
	*VEC_ADD(&formats) = NULL;
	if (!failed) {
		failed = output_choose(cli,
				       cli->command->needs & WRITES_REPORT
					       ? (const char *const *)formats.at
					       : plain_formats,
				       &err);
	}
	VEC_RELEASE(&formats);
	if (failed) {
		return cli_usage(cli, "%s", err.text);
	}
	if (cli->command->needs & NEEDS_REPO) {
		int status = cli_load_repo(cli);

		if (status) {
			return status;
		}
	}
	return cli->command->run(cli);
}

/** Take the words of the command away from the arguments. */
static void drop_words(struct words *words, size_t count)
{
	for (size_t i = count; i < words->len; i++) {
		words->at[i - count] = words->at[i];
	}
	words->len -= count;
}

/** Is --version given? Without a command it stands for the command. */
static bool wants_version(const struct split *split)
{
	for (size_t i = 0; i < split->options.len; i++) {
		if (strcmp(split->options.at[i].name, "version") == 0) {
			return true;
		}
	}
	return false;
}

/** Understand argv and do what it says. */
static int dispatch(struct cli *cli, const struct split *split)
{
	const struct option *tables[] = {global_options, NULL, NULL};
	AUTO(auto_str) struct str path = {0};
	struct err err = {0};
	size_t taken = 0;
	int unknown = command_named(&split->words, &cli->command, &taken, &err);

	str_add(&path, "gaterun");
	if (cli->command) {
		str_clear(&path);
		command_path(cli->command, &path);
		tables[1] = cli->command->options;
	}
	if (!cli->command && !unknown && wants_version(split)) {
		cli->command = command_find(commands, "version");
		tables[1] = cli->command->options;
	}
	if (split->wants_help && !unknown) {
		help_write(cli->command, &cli->out_style, &cli->out);
		return EXIT_PASS;
	}
	/* A mistyped option may have made a value look like the command, so it is told first. */
	if (unknown && !split->unknown) {
		return cli_usage(cli, "%s", err.text);
	}
	if (options_store(split, tables, str_text(&path), &cli->args, &err)) {
		return cli_usage(cli, "%s", err.text);
	}
	if (cli->args.version) {
		cli->command = command_find(commands, "version");
		taken = cli->args.words.len;
	}
	if (!cli->command) {
		return cli_usage(cli, "a command is missing");
	}
	drop_words(&cli->args.words, taken);
	return run_command(cli);
}

static enum colour_when colour_choice(const struct split *split)
{
	enum colour_when when = COLOUR_AUTO;

	for (size_t i = 0; i < split->options.len; i++) {
		const struct given *given = &split->options.at[i];

		if (strcmp(given->name, "color") == 0) {
			when = strcmp(given->value, "always") == 0  ? COLOUR_ALWAYS
			       : strcmp(given->value, "never") == 0 ? COLOUR_NEVER
								    : COLOUR_AUTO;
		}
	}
	return when;
}

/** Keep the command line; receipts say what was asked for. */
static void keep_words(struct cli *cli, int argc, char *const *argv)
{
	cli->words.at = arena_alloc(&cli->arena, ((size_t)argc + 1) * sizeof(*cli->words.at));
	for (int i = 1; i < argc; i++) {
		cli->words.at[cli->words.len++] = argv[i];
	}
}

static void release(struct cli *cli)
{
	arguments_release(&cli->args);
	VEC_RELEASE(&cli->outputs);
	if (cli->has_repo) {
		repo_release(&cli->repo);
	}
	problems_release(&cli->problems);
	secret_wipe(&cli->api_secret);
	str_release(&cli->out);
	arena_release(&cli->arena);
}

int cli_run(int argc, char *const *argv)
{
	struct cli cli = {.out = {.max = OUT_BYTES}};
	const struct option *tables[TABLES_MAX];
	struct split split = {0};
	int status = EXIT_PASS;

	cli.umask = process_prepare();
	keep_words(&cli, argc, argv);
	all_tables(tables);
	options_split(tables, argc > 0 ? argc - 1 : 0, (const char *const *)argv + 1, &split);
	style_of(STDOUT_FILENO, colour_choice(&split), &cli.out_style);
	style_of(STDERR_FILENO, colour_choice(&split), &cli.error_style);
	status = honest_status(&cli, dispatch(&cli, &split));
	split_release(&split);
	release(&cli);
	return status;
}
