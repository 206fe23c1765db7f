/* The rows of `targets`. */
#include "cli/command_rows.h"

const struct option targets_options[] = {
	{.name = "ssh-config",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, ssh_config),
	 .doc = "print a configuration for ssh -F instead"},
	{.name = "ansible",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, ansible),
	 .doc = "print an inventory for Ansible instead, in YAML"},
	OPTION_CONTEXT,
	OPTION_MODE,
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option list_options[] = {
	OPTION_CONTEXT,
	OPTION_MODE,
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option pin_options[] = {
	{.name = "fingerprint",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, fingerprint),
	 .value = "SHA256:...",
	 .doc = "pin the key if it has this fingerprint, which was read on the machine itself"},
	{.name = "from",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, from),
	 .value = "FILE",
	 .doc = "pin the public key in this file, which was copied from the machine; sends nothing"},
	{.name = "accept",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, accept),
	 .doc = "pin the key that was seen without comparing it; the line in known_hosts says so"},
	{.name = "replace",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, replace),
	 .doc = "take away other keys that are pinned for the target; ask for keys of any type"},
	{.name = "file",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, file),
	 .value = "FILE",
	 .doc = "the known_hosts file to look into and to write, instead of the one of the repo"},
	OPTION_CONTEXT,
	OPTION_MODE,
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command targets_commands[] = {
	{.name = "list",
	 .words = "",
	 .summary = "the machines in a table",
	 .doc = "The same as without a subcommand.\n"
		"\n"
		"-o json (schema gaterun/targets/v1) has for each target what `gaterun resolve` has, "
		"and: pins, a list of {type, fingerprint, revoked, file, line}; tags; aliases; "
		"optional; broken, if its row is wrong; description; file and line of the row. Keys "
		"may be added, none is ever taken away.",
	 .options = list_options,
	 .needs = NEEDS_REPO,
	 .run = cmd_targets_list},
	{.name = "pin",
	 .words = "TARGET",
	 .summary =
		 "show the host key of a machine, and pin it where you say that it is the right one",
	 .doc = "Asks the machine for its host key over every address that may be dialled (the "
		"rules are those of the kind ssh_auth; --context and --mode count), and shows the "
		"fingerprint. It names no user and logs in nowhere. Nothing is written until you "
		"say how you know the key: by the fingerprint that the machine's own console shows "
		"(--fingerprint), by the key itself in a file (--from), or not at all (--accept).\n"
		"\n"
		"The line stands in known_hosts under the target's id, whatever its addresses; "
		"every other line stays as it is. An Ed25519 key is asked for before others; where "
		"keys are pinned already, those types are. It is refused to pin a key beside "
		"another one (--replace takes that away), a key that is revoked, a key that is "
		"pinned for another target, and any key when the machine's addresses show "
		"different ones.\n"
		"\n"
		"The status is 0 if the key is pinned now, or was before; 1 if it must not be "
		"pinned; 2 if no key was seen, or nobody said that it is the right one. -o json "
		"(schema gaterun/pin/v1) has as state pinned, pinned_already, refused, seen or "
		"not_seen, and as next the command that goes on.",
	 .options = pin_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun targets pin nas", "what does it show?"},
			 {"gaterun targets pin nas --from nas.pub",
			  "a key that was copied from the machine"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = 1,
	 .needs = NEEDS_REPO,
	 .check = check_pin,
	 .run = cmd_targets_pin},
	{0},
};
