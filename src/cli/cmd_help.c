#include "cli/help.h"

int cmd_help(struct cli *cli)
{
	const struct words *words = &cli->args.words;
	const struct command *command = NULL;
	struct err err = {0};
	size_t taken = 0;

	if (cli->args.man) {
		manual_write(&cli->out);
		return EXIT_PASS;
	}
	if (command_named(words, &command, &taken, &err)) {
		return cli_usage(cli, "%s", err.text);
	}
	if (taken < words->len) {
		return cli_usage(cli, "'%s' has no subcommand '%s'", command->name,
				 words->at[taken]);
	}
	help_write(command, &cli->out_style, &cli->out);
	return EXIT_PASS;
}
