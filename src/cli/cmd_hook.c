#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/hook_file.h"

/** Will the hook find a gaterun? */
static bool is_in_path(void)
{
	const char *path = getenv("PATH");
	struct text rest = text_of(path ? path : "");
	struct text folder = {0};

	while (text_split(&rest, ':', &folder)) {
		AUTO(auto_str) struct str file = {0};

		str_add_text(&file, folder);
		str_add(&file, "/gaterun");
		if (folder.len > 0 && access(file.at, X_OK) == 0) {
			return true;
		}
	}
	return false;
}

/** A hook of the ops repo that we are in. 0, or EXIT_DATA after having said why not. */
static int find_place(struct cli *cli, enum hook which, struct hook_place *out)
{
	const char *root = cli_find_root(cli);
	struct err err = {0};

	if (!root) {
		return cli_tell_problems(cli);
	}
	if (hook_place_find(root, which, out, &err)) {
		cli_say(cli, "%s", err.text);
		return EXIT_DATA;
	}
	return 0;
}

static int install(struct cli *cli, enum hook which)
{
	AUTO(hook_place_release) struct hook_place place = {0};
	int status = find_place(cli, which, &place);
	bool has_moved = false;
	struct err err = {0};

	if (status) {
		return status;
	}
	if (hook_install(&place, &has_moved, &err)) {
		cli_say(cli, "%s", err.text);
		return EXIT_DATA;
	}
	str_printf(&cli->out, "%s\n", place.hook.at);
	if (has_moved) {
		cli_say(cli, "the hook that was there is now %s, and is run first", place.local.at);
	}
	return EXIT_PASS;
}

int cmd_hook_install(struct cli *cli)
{
	int status = install(cli, HOOK_PRE_COMMIT);

	if (status == 0) {
		status = install(cli, HOOK_PRE_MERGE_COMMIT);
	}
	if (status == 0 && cli->args.pre_push) {
		status = install(cli, HOOK_PRE_PUSH);
	}
	if (status == 0 && !is_in_path()) {
		cli_say(cli, "there is no gaterun in PATH, so the hook will refuse every commit");
	}
	return status;
}

/** 0, or EXIT_DATA after having said why the hook stays. */
static int uninstall(struct cli *cli, enum hook which, bool *was_there)
{
	AUTO(hook_place_release) struct hook_place place = {0};
	int status = find_place(cli, which, &place);
	enum hook_owner owner = HOOK_ABSENT;
	struct err err = {0};

	if (status) {
		return status;
	}
	if (hook_uninstall(&place, &owner, &err)) {
		cli_say(cli, "%s", err.text);
		status = EXIT_DATA;
	}
	*was_there = *was_there || owner == HOOK_OURS || owner == HOOK_CHANGED;
	return status;
}

int cmd_hook_uninstall(struct cli *cli)
{
	bool was_there = false;
	int status = EXIT_PASS;

	for (enum hook which = HOOK_PRE_COMMIT; which < HOOK_COUNT; which++) {
		int ended = uninstall(cli, which, &was_there);

		status = ended ? ended : status;
	}
	if (status == EXIT_PASS && !was_there) {
		cli_say(cli, "there is no hook of gaterun");
	}
	return status;
}

int cmd_hook_print(struct cli *cli)
{
	const char *root = cli_find_root(cli);
	AUTO(auto_str) struct str below = {0};
	struct err err = {0};

	if (!root) {
		return cli_tell_problems(cli);
	}
	if (hook_below(root, &below, &err)) {
		cli_say(cli, "%s", err.text);
		return EXIT_DATA;
	}
	hook_script(cli->args.pre_push ? HOOK_PRE_PUSH : HOOK_PRE_COMMIT, str_text(&below),
		    &cli->out);
	return EXIT_PASS;
}
