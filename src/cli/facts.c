#include "cli/facts.h"

const struct fact exit_facts[] = {
	{"0", "no enforced gate failed or is unknown, and at least one passed"},
	{"1", "at least one enforced gate failed"},
	{"2", "none failed, but one is unknown, or none passed"},
	{"64", "the command line is wrong"},
	{"65", "the operator's files are wrong; nothing ran"},
	{"70", "internal error, or the result could not be written"},
	{"73", "the receipt could not be written"},
	{"75", "the lock of the log was not had within 10 s, or a binding changed"},
	{"128+n", "stopped by signal n, with a partial receipt"},
	{0},
};

const struct fact environment_facts[] = {
	{"CI", "if set, no live progress line"},
	{"COLUMNS", "width of the text"},
	{"GATERUN_TAILNET_API_KEY", "an API key of the tailnet, for snapshot --api"},
	{"GATERUN_TAILNET_OAUTH_CLIENT_ID, GATERUN_TAILNET_OAUTH_CLIENT_SECRET",
	 "an OAuth client instead of the key"},
	{"HOME", "where ~ leads, and the default of the directories below"},
	{"LC_ALL, LC_CTYPE, LANG", "if the first one set does not name UTF-8, marks are ASCII"},
	{"NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, TERM, CLICOLOR",
	 "whether text is coloured, in this order"},
	{"SSH_AUTH_SOCK",
	 "the SSH agent, which is asked only for a key that has a passphrase or is a public one"},
	{"XDG_CONFIG_HOME", "the user's configuration; by default ~/.config"},
	{"XDG_STATE_HOME", "logs; by default ~/.local/state"},
	{0},
};

const struct fact file_facts[] = {
	{"gaterun.yaml", "marks the root of an ops repo and says where things are; optional"},
	{"bindings/", "ssh.targets.yaml, tailscale.tailnet.snapshot.yaml, services.health.yaml, "
		      "probe.policy.yaml, waivers.yaml, known_hosts"},
	{"gates/", "one YAML file for each gate"},
	{"receipts/", "the receipts of this checkout; git keeps evidence/ and trust/ only"},
	{"~/.config/gaterun/config.yaml",
	 "the user's settings: identity, signing_key, tailnet_api"},
	{"~/.config/gaterun/signing_ed25519",
	 "the key that signs receipts, unless signing_key names another"},
	{"~/.local/state/gaterun/logs/", "one append-only log for each key and repo"},
	{"~/.local/state/gaterun/outputs/",
	 "what gates were told, by its digest: yours alone, 64 MiB at most"},
	{0},
};
