/* The rows of `snapshot`. */
#include "cli/command_rows.h"
#include "cli/tailnet_credential.h"

#define OPTION_FROM                                                                                \
	{                                                                                          \
		.name = "from", .sort = OPTION_WORD, .offset = offsetof(struct arguments, from),   \
		.value = "FILE",                                                                   \
		.doc = "read a captured `tailscale status --json`, or a captured list of devices " \
		       "of the API; sends nothing"                                                 \
	}

#define OPTION_API                                                                             \
	{                                                                                      \
		.name = "api", .sort = OPTION_FLAG, .offset = offsetof(struct arguments, api), \
		.doc = "ask the API of the control plane, which knows all devices; needs a "   \
		       "credential and active mode"                                            \
	}

#define OPTION_PRUNE                                                                               \
	{                                                                                          \
		.name = "prune", .sort = OPTION_FLAG, .offset = offsetof(struct arguments, prune), \
		.doc = "rows of devices that are not in the tailnet go"                            \
	}

static const struct option diff_options[] = {
	OPTION_FROM,  OPTION_API,
	OPTION_PRUNE, OPTION_CONTEXT,
	OPTION_MODE,  OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option refresh_options[] = {
	{.name = "check",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, check),
	 .doc = "write nothing, and say by the status whether there would be something to write: the "
		"same as diff, for CI"},
	OPTION_FROM,
	OPTION_API,
	OPTION_PRUNE,
	OPTION_CONTEXT,
	OPTION_MODE,
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command snapshot_commands[] = {
	{.name = "diff",
	 .words = "",
	 .summary = "what a refresh would change; writes nothing",
	 .doc = "The status is 0 if the snapshot says what the tailnet says, 1 if it does not, and "
		"2 if that could not be known: no daemon, one that is not Running or sees no "
		"peer, another tailnet, a mode that does not allow to ask.\n"
		"\n"
		"-o json (schema gaterun/snapshot-diff/v1) has as state same, differs, written or "
		"unknown, and as changes a list of {change, device, field, old, new, row, note, "
		"file, line}, where change is add, remove, gone, field or head.",
	 .options = diff_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun snapshot diff", "against the daemon of this machine"},
			 {"gaterun snapshot diff --from status.json", "against a capture"},
			 {0},
		 },
	 .needs = NEEDS_REPO,
	 .check = check_snapshot,
	 .run = cmd_snapshot_diff},
	{.name = "refresh",
	 .words = "",
	 .summary = "write what the tailnet knows into the snapshot, and keep everything else",
	 .doc = "Shows what diff shows, and writes it in one step. Of a row that is there, only "
		"tailscale_ip and fqdn are changed, and key_expiry_disabled, client_version, os, "
		"advertised_routes and enabled_routes where the row has them and the source "
		"tells them; comments, order, quotes and every other key stay byte for byte. A "
		"device is found again by node_id (where a row has one), by fqdn, by id, by "
		"legacy_aliases, and at last by its address. A new device gets the access_policy "
		"of the target that it is, or client, at the end of the list. device_count, "
		"access_policy_summary and snapshot_time are kept in step where the file has "
		"them.\n"
		"\n"
		"A device that is not in the tailnet keeps its row, is shown, and the status is 1, "
		"until it is removed with --prune: the daemon of this machine sees only those that "
		"policy lets it see. Devices shared in from other tailnets are ignored.\n"
		"\n"
		"The API (--api) knows versions and routes of all devices. Its credential comes from "
		"the environment, " ENV_API_KEY ", or " ENV_CLIENT_ID " and " ENV_CLIENT_SECRET
		", or from a file that only you can read, named in ~/.config/gaterun/config.yaml: "
		"`tailnet_api: {credential_file: FILE}`, with oauth_client_id if it is a client's "
		"secret, and url and tailnet for other servers.\n"
		"\n"
		"A file that cannot be changed safely is refused with the place, and so is one "
		"that somebody else changed meanwhile; the status is 65 or 75, and it is as it "
		"was.",
	 .options = refresh_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun snapshot refresh", "from the daemon of this machine"},
			 {"gaterun snapshot refresh --check", "in CI: is it still true?"},
			 {"gaterun snapshot refresh --api --context scheduled",
			  "from the control plane, where the policy allows it"},
			 {0},
		 },
	 .needs = NEEDS_REPO,
	 .check = check_snapshot,
	 .run = cmd_snapshot_refresh},
	{.name = "show",
	 .words = "",
	 .summary = "the snapshot in a table",
	 .doc = "What the file says; nobody is asked. -o json has schema gaterun/snapshot/v1.",
	 .options = output_options,
	 .needs = NEEDS_REPO,
	 .run = cmd_snapshot_show},
	{0},
};
