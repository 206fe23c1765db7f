#include "cli/help.h"

int cmd_help(struct cli *cli)
{
	const struct words *words = &cli->args.words;
	const struct command *command = NULL;
	const struct command *table = commands;

	if (cli->args.man) {
		manual_write(&cli->out);
		return EXIT_PASS;
	}
	for (size_t i = 0; i < words->len; i++) {
		command = table ? command_find(table, words->at[i]) : NULL;
		if (!command) {
			return cli_usage(cli, "there is no command '%s%s%s'",
					 i > 0 ? words->at[0] : "", i > 0 ? " " : "", words->at[i]);
		}
		table = command->subcommands;
	}
	help_write(command, &cli->out_style, &cli->out);
	return EXIT_PASS;
}
