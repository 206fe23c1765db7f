/* The rows of `gates`. */
#include "cli/command_rows.h"

static const struct option gates_test_options[] = {
	{.name = "mutate",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, mutate),
	 .doc = "instead: break the YAML files of the good fixtures field by field, and list what no "
		"gate notices"},
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command gates_commands[] = {
	{.name = "test",
	 .words = "[GATE]...",
	 .summary = "try each gate on files that keep its rule, and on files that break it",
	 .doc = "Beside gates/020-snapshot-parity.yaml the folder gates/020-snapshot-parity.test holds "
		"fixtures: small repos named good or good-WHAT, which the gate has to pass, and bad or "
		"bad-WHAT, which it must not. Each is laid over a minimal repo that has the gate and "
		"those that it requires; a bad one lies over good as well, so it holds only what "
		"differs. All of it is committed in a folder that is thrown away, and judged in mode "
		"static: no packet is sent, no receipt written.\n"
		"\n"
		"A file expect.yaml in a fixture is no part of its repo. It may say: 'reasons', which "
		"findings must give; 'verdict: unknown' instead of fail; 'remove', files of good that "
		"are not there; 'uncommitted', files that git does not track; 'now', the time that it "
		"is.\n"
		"\n"
		"A gate fails its test if it passes a bad fixture or does not pass a good one. It is "
		"unknown if it has not at least one of both, and skip if it needs hosts, of which no "
		"fixture can say anything, or is part of the program, where it is tested when that is "
		"built. The status is 1 if a gate fails, 2 if one is unknown or none passes, else 0.\n"
		"\n"
		"With --mutate, each key of a good fixture's YAML files is taken out, each value changed, "
		"each row doubled, values of two rows that follow each other swapped, one at a time; all "
		"gates that need no host and pass the fixture as it is judge what comes of it. What none "
		"of them notices is listed with its place. That need not be wrong: a description may be "
		"anything. The status is 0 if something was broken, else 2.",
	 .options = gates_test_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun gates test", "all of them"},
			 {"gaterun gates test U007", "the one that is being written"},
			 {"gaterun gates test --mutate",
			  "what could be wrong, and nobody would say so"},
			 {0},
		 },
	 .max_words = WORDS_ANY,
	 .needs = NEEDS_REPO,
	 .run = cmd_gates_test},
	{0},
};
