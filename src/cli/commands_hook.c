/* The rows of `hook`. */
#include "cli/command_rows.h"

static const struct option hook_install_options[] = {
	{.name = "pre-push",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, pre_push),
	 .doc = "before each push as well"},
	{0},
};

static const struct option hook_print_options[] = {
	{.name = "pre-push",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, pre_push),
	 .doc = "the hook for pushes"},
	{0},
};

const struct command hook_commands[] = {
	{.name = "install",
	 .words = "",
	 .summary = "let git run gaterun before each commit",
	 .doc = "Writes pre-commit, and pre-merge-commit for merges without conflicts, into the "
		"folder that git takes the hooks of this repo from, core.hooksPath included. A hook "
		"that is there already is kept as pre-commit.local (and so on) and runs first; "
		"nothing is overwritten. A folder that other repositories use too is refused.\n"
		"\n"
		"With --pre-push also a hook for pushes. It judges what each pushed branch or tag "
		"ends with, using `gaterun verify fast --revision`, so that neither what lies in the "
		"work tree nor which branch is checked out matters; commits on the way there are not "
		"judged. Text gates look at what differs from what the "
		"remote has; for a new branch, from the newest commit that a branch of this remote "
		"is known to have; at all files where neither is known here. Nothing is judged when "
		"a branch is deleted.",
	 .options = hook_install_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun hook install", "then commit as always"},
			 {"gaterun hook install --pre-push", "and look again before a push"},
			 {0},
		 },
	 .run = cmd_hook_install},
	{.name = "print",
	 .words = "",
	 .summary = "the hook's script, for what manages hooks already",
	 .doc = "For the pre-commit framework and lefthook the README has a few lines instead. The "
		"same script serves as pre-commit and as pre-merge-commit; --pre-push prints the one "
		"for pushes.",
	 .options = hook_print_options,
	 .run = cmd_hook_print},
	{.name = "uninstall",
	 .words = "",
	 .summary = "take the hooks away, and put back what was there before",
	 .doc = "A hook that was changed since, or is not gaterun's, stays; the status is 65 then.",
	 .run = cmd_hook_uninstall},
	{0},
};
