#include "cli/commands.h"

#include <stdint.h>
#include <string.h>

#include "cli/command_rows.h"

static const char *const fail_on_words[] = {"introduced", NULL};

static const struct option verify_options[] = {
	OPTION_GATE,
	OPTION_TARGET,
	OPTION_CONTEXT,
	OPTION_MODE,
	OPTION_SHARD,
	{.name = "staged",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, staged),
	 .doc = "judge what is about to be committed, as git's index has it, instead of the work "
		"tree; this is context pre-commit, mode static"},
	{.name = "revision",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, revision),
	 .value = "REV",
	 .doc = "judge this commit, as git has it, instead of the work tree; mode static, and context "
		"pre-commit if none is given"},
	{.name = "since",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, since),
	 .value = "REV",
	 .doc = "gates that look into tracked files look only at those that differ from this "
		"commit; the other gates are judged in whole"},
	{.name = "no-cache",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, no_cache),
	 .doc = "with --staged: look into every file, whatever earlier runs found out about its "
		"content; for runs that must not depend on what lies in the git directory, as in ci"},
	{.name = "baseline",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, baseline),
	 .value = "REV|RUN-KEY",
	 .doc = "compare with this commit, judged by the same static gates in the same run, or with "
		"the receipt of an earlier run: what is introduced, pre-existing, fixed?"},
	{.name = "fail-on",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, fail_on),
	 .value = "WHAT",
	 .choices = fail_on_words,
	 .doc = "introduced: what the baseline has too does not decide the status"},
	{.name = "deadline",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, deadline),
	 .value = "TIME",
	 .doc = "length of the whole run, like 30s or 5m (the default); what is left then is "
		"unknown"},
	{.name = "no-receipt",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, no_receipt),
	 .doc = "write no log entry and no receipt, so the run proves nothing later"},
	OPTION_OUTPUT("in one of the formats below, text if none is given"),
	{0},
};

static const struct option plan_options[] = {
	OPTION_GATE, OPTION_TARGET, OPTION_CONTEXT,
	OPTION_MODE, OPTION_SHARD,  OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option init_options[] = {
	{.name = "from-registry",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, from_registry),
	 .value = "FILE",
	 .doc = "the YAML file with the list `gates` of another tool"},
	{.name = "dry-run",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, dry_run),
	 .doc = "write nothing; say what would be written"},
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option resolve_options[] = {
	OPTION_CONTEXT,
	OPTION_MODE,
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option help_options[] = {
	{.name = "man",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, man),
	 .doc = "print the manual page gaterun(1) in mdoc"},
	{0},
};

const struct command commands[] = {
	{.name = "diagnose",
	 .words = "cert NAME",
	 .summary = "find the one cause of what does not work",
	 .doc = "Looks at one thing from all sides, in seconds, and says what it saw. It changes "
		"nothing and asks nobody.",
	 .subcommands = diagnose_commands},
	{.name = "doctor",
	 .words = "",
	 .summary = "what works on this machine, and what to do about the rest",
	 .doc = "Looks at everything that a run needs: the repo and git, the key that logs in and "
		"its agent, the key that signs, whether it is trusted, its log, the clock, the "
		"local tailscaled, the hooks. Each part is ok, is not there and need not be "
		"(none), or is in TROUBLE, and then there is one thing to do. Nothing is changed, "
		"nobody is asked, and no packet leaves the machine.\n"
		"\n"
		"The status is 0 if nothing is in trouble, else 1.",
	 .options = output_options,
	 .run = cmd_doctor},
	{.name = "explain",
	 .words = "WHAT",
	 .summary = "say what a gate, a kind, a reason or a file means",
	 .doc = "WHAT is the id or an alias of a gate, the name of a kind, or the code of a reason. "
		"Or a file, for the keys that may stand in it: gaterun.yaml, ssh.targets.yaml, "
		"tailscale.tailnet.snapshot.yaml, services.health.yaml, probe.policy.yaml, "
		"waivers.yaml, tailscale.acl.policy.hujson, or gate for those in gates/. Or "
		"receipts, for what they prove and what they do not.",
	 .examples =
		 (const struct example[]){
			 {"gaterun explain G020", "why the gate exists and what to do"},
			 {"gaterun explain address_literal", "a kind and its settings"},
			 {"gaterun explain parity.lan_ip", "a reason"},
			 {"gaterun explain probe.policy.yaml", "a file and its keys"},
			 {"gaterun explain receipts",
			  "for an auditor: what is proven, and what is not"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = 1,
	 .run = cmd_explain},
	{.name = "gates",
	 .words = "[test]",
	 .summary = "list the gates of this repo",
	 .doc = "Outside an ops repo: the shipped gates.",
	 .options = output_options,
	 .subcommands = gates_commands,
	 .run = cmd_gates},
	{.name = "help",
	 .words = "[COMMAND [SUBCOMMAND]]",
	 .summary = "explain the program or one command",
	 .doc = "The same text as --help behind the command.",
	 .options = help_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun help --man | man -l -", "the whole manual"},
			 {0},
		 },
	 .max_words = 2,
	 .run = cmd_help},
	{.name = "hook",
	 .words = "install|print|uninstall",
	 .summary = "judge what is about to be committed, before it is",
	 .doc = "The hook runs `gaterun verify fast --staged`: it looks at git's index, never at "
		"what lies in the work tree, and refuses the commit unless every enforced gate "
		"passes.",
	 .subcommands = hook_commands},
	{.name = "init",
	 .words = "",
	 .summary = "move in with the shell gates of another tool",
	 .doc = "Reads a registry of shell gates: a YAML file with a list `gates`, whose rows have id, "
		"severity, ring, gate_class, description, fix_hint and check_script. Makes each row "
		"a gate of the kind command in gates/, so that all of them run at once, each with "
		"its deadline, and change nothing. The ring becomes a pack, and all are in the pack "
		"shell; a part of a composite is in a pack of that one's name too. Advisory ones, "
		"and those that only warn, never decide.\n"
		"\n"
		"Only new files are written. A gate that is there stays as it is, so a second run "
		"changes nothing. Where a shipped gate has the id, the shell gate gets an X before "
		"it, and stands in the shadow of that gate if the repo has it. What is retired, or "
		"has no script of its own, is listed and left out. A row whose script is missing is "
		"told with its place and left out, and the status is 1.\n"
		"\n"
		"Also says which scripts could become gates of native kinds, by the words in them. "
		"That is a guess: read them. A script that uses the network gets `network: true`, "
		"so it needs mode active.",
	 .options = init_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun init --from-registry ops/gate.registry.yaml --dry-run",
			  "what would be written"},
			 {"gaterun init --root . --from-registry ops/gate.registry.yaml",
			  "in a repo that has no gaterun.yaml yet"},
			 {"gaterun verify shell", "all of them, afterwards"},
			 {0},
		 },
	 .check = check_init,
	 .run = cmd_init},
	{.name = "key",
	 .words = "new|show|export",
	 .summary = "the key that signs receipts",
	 .doc = "Receipts are signed with a dedicated Ed25519 key in the user's configuration "
		"directory. It is never the key that logs in anywhere.",
	 .subcommands = key_commands},
	{.name = "kinds",
	 .words = "",
	 .summary = "list the kinds of gates and their settings",
	 .doc = "A gate names its kind with 'kind:' and sets it up under 'with:'. `gaterun explain "
		"tcp_open` says one of them, `gaterun explain gate` what else a gate has.",
	 .options = output_options,
	 .run = cmd_kinds},
	{.name = "lint",
	 .words = "",
	 .summary = "check the repo's YAML alone",
	 .doc = "Loads everything that a run would load, and says everything that is wrong with it "
		"in one go. The status is 65 if a file cannot be used, 1 if a binding breaks a "
		"rule, else 0. Sends nothing.",
	 .options = output_options,
	 .run = cmd_lint},
	{.name = "log",
	 .words = "verify",
	 .summary = "the append-only history of this repo and key",
	 .doc = "Each run adds an entry when it starts and its receipt when it ends, so that runs "
		"that were killed, or unwelcome, stay visible.",
	 .subcommands = log_commands},
	{.name = "loop",
	 .words = "list|check|close|reopen",
	 .summary = "units of work that may be closed only on proof",
	 .doc = "A loop is a Markdown file: front matter with an id and a status, guard commands that "
		"say what has to be verified, criteria that say what has to be so. It is closed on "
		"receipts of runs, and stays closed only as long as they hold.",
	 .subcommands = loop_commands},
	{.name = "plan",
	 .words = "[PACK]...",
	 .summary = "what would run, over which addresses, and what would be skipped",
	 .doc = "Decides everything that verify decides, and sends nothing. Also says what the gates "
		"took in earlier runs, where that was long enough to notice.",
	 .options = plan_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun plan fast --mode static", "what is left without packets"},
			 {"gaterun plan core --shard 2/3", "what falls into this part"},
			 {0},
		 },
	 .max_words = WORDS_ANY,
	 .needs = NEEDS_REPO,
	 .check = check_selection,
	 .run = cmd_plan},
	{.name = "reasons",
	 .words = "",
	 .summary = "list the reasons that findings give",
	 .doc = "The set is closed: programs may rely on the codes.",
	 .options = output_options,
	 .run = cmd_reasons},
	{.name = "receipt",
	 .words = "list|show|verify",
	 .summary = "look at signed records of runs",
	 .doc = "A receipt is a DSSE envelope around an in-toto statement; other people's tools "
		"can verify it as well.",
	 .subcommands = receipt_commands},
	{.name = "resolve",
	 .words = "TARGET...",
	 .summary = "the addresses of a target in the order they would be tried, and why",
	 .doc = "The same resolver that gates use. Sends nothing.",
	 .options = resolve_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun resolve nas", "where verify would dial"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = WORDS_ANY,
	 .needs = NEEDS_REPO,
	 .run = cmd_resolve},
	{.name = "snapshot",
	 .words = "diff|refresh|show",
	 .summary = "the tailnet snapshot against the live tailnet",
	 .doc = "The live tailnet is what the daemon of this machine says (its LocalAPI; the "
		"tailscale program is never started), or the API of the control plane, or a "
		"captured file.",
	 .subcommands = snapshot_commands},
	{.name = "targets",
	 .words = "[list|pin]",
	 .summary = "the machines, their addresses and their pinned keys",
	 .doc = "A table of ssh.targets: the addresses of each machine in the order in which they "
		"would be tried, with their path, those that would not be dialled in brackets; the "
		"types of its pinned keys; its jump host; its tags. Sends nothing.\n"
		"\n"
		"--ssh-config and --ansible tell other programs the same: address, port, user, jump "
		"host, and the repo's pinned keys under the targets' ids, with no way to ask "
		"anybody and none to trust another key. A target that cannot be told (a broken row, "
		"a name that such a program would read as a command) is left out, which is said, "
		"and the status is 65.",
	 .options = targets_options,
	 .subcommands = targets_commands,
	 .examples =
		 (const struct example[]){
			 {"gaterun targets", "the table"},
			 {"gaterun targets --ssh-config > ~/.ssh/fleet",
			  "then ssh -F ~/.ssh/fleet nas"},
			 {"gaterun targets --ansible > fleet.yaml",
			  "then ansible -i fleet.yaml all -m ping"},
			 {0},
		 },
	 .needs = NEEDS_REPO,
	 .check = check_targets,
	 .run = cmd_targets},
	{.name = "verify",
	 .words = "[PACK]...",
	 .summary = "run gates and write a signed receipt",
	 .doc = "Runs the gates of the packs, or exactly those given with --gate, and answers one "
		"question: is what the repo says still true? It never asks anybody anything, and "
		"it changes nothing but receipts/ and its log.\n"
		"\n"
		"What could not be checked is unknown, with a reason, and never passes. The status "
		"is 0 if no enforced gate failed or is unknown and at least one passed; 1 if one "
		"failed; 2 if none failed but one is unknown, or none passed.\n"
		"\n"
		"With --since REV, a gate that looks into tracked files is skip (since.unchanged) "
		"if no such file differs from REV. It looks at all files where what decides about "
		"them differs from REV: gaterun.yaml, the gate's own file, the bindings it reads; "
		"and where all files together must have something.\n"
		"\n"
		"With --baseline, findings are compared by their fingerprints, as they are before "
		"waivers. What the baseline does not say (a gate that needs packets or a binding "
		"that was broken there, files that are not as gaterun reads them) has no state, and "
		"the report says why. With --fail-on introduced such findings count as introduced; "
		"a gate that fails only with what was there already counts as judged; one that is "
		"unknown as it was is not held against the run, but is no pass either: if nothing "
		"else was judged, the status is 2.",
	 .options = verify_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun verify fast", "the everyday run"},
			 {"gaterun verify fast --mode static", "files only, not a packet"},
			 {"gaterun verify --gate G020 -o json", "one gate, for a program"},
			 {"gaterun verify core -o text -o junit:build/gates.xml",
			  "one run, told twice"},
			 {"gaterun verify core -o prom:/var/lib/node_exporter/gaterun.prom",
			  "for alerts"},
			 {"gaterun verify core --target tag:shop", "some machines"},
			 {"gaterun verify fast --staged", "in a pre-commit hook"},
			 {"gaterun verify fast --since origin/main", "what a branch has changed"},
			 {"gaterun verify fast --baseline HEAD^ --fail-on introduced",
			  "only new harm counts"},
			 {0},
		 },
	 .max_words = WORDS_ANY,
	 .needs = NEEDS_REPO | WRITES_REPORT,
	 .check = check_verify,
	 .run = cmd_verify},
	{.name = "version",
	 .words = "",
	 .summary = "which program this is, and its libraries",
	 .doc = "The libraries are those it was built with.",
	 .options = output_options,
	 .run = cmd_version},
	{.name = "waivers",
	 .words = "",
	 .summary = "list the waivers, with the days that are left",
	 .doc = "A waiver is a row of bindings/waivers.yaml: one gate, one subject or fingerprint, "
		"a reason, an owner, a ticket, and the first day on which it no longer holds "
		"(expires_on, in UTC). While it holds, the finding that it names is skip instead of "
		"fail; with 'allow_unknown: true' also instead of unknown. What is waived is shown "
		"in every report and stands in the receipt.\n"
		"\n"
		"In a run, a waiver is remarked on from 14 days before its end. It fails its gate "
		"once it has expired (waiver.expired), and when it matches no finding although its "
		"gate ran on everything (waiver.unused). A waiver changes what a run concludes, not "
		"what is so: gates that require the waived one still hang on it.\n"
		"\n"
		"Sorted by the day on which they end. The status is 0, whatever has expired.",
	 .options = output_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun waivers", "what is tolerated, and for how long"},
			 {0},
		 },
	 .needs = NEEDS_REPO,
	 .run = cmd_waivers},
	{0},
};

const struct command *command_find(const struct command *table, const char *name)
{
	for (; table->name; table++) {
		if (strcmp(table->name, name) == 0) {
			return table;
		}
	}
	return NULL;
}

void command_path(const struct command *command, struct str *out)
{
	str_add(out, "gaterun ");
	for (const struct command *row = commands; row->name; row++) {
		const struct command *sub = row->subcommands;

		while (sub && sub->name && sub != command) {
			sub++;
		}
		if (sub && sub->name) {
			str_printf(out, "%s ", row->name);
		}
	}
	str_add(out, command->name);
}

int check_verify(const struct arguments *args, struct err *err)
{
	if (args->staged && args->context && strcmp(args->context, STAGED_CONTEXT) != 0) {
		return err_set(err, ERR_INPUT,
			       "--staged is context " STAGED_CONTEXT ", so --context %s is not "
			       "possible",
			       args->context);
	}
	if (args->staged && args->mode && strcmp(args->mode, "static") != 0) {
		return err_set(err, ERR_INPUT,
			       "--staged judges files only, so --mode %s is not possible",
			       args->mode);
	}
	if (args->staged && args->revision) {
		return err_set(
			err, ERR_INPUT,
			"--staged and --revision exclude each other: a run judges one thing");
	}
	if (args->revision && args->mode && strcmp(args->mode, "static") != 0) {
		return err_set(err, ERR_INPUT,
			       "--revision judges files only, so --mode %s is not possible",
			       args->mode);
	}
	if (args->fail_on && !args->baseline) {
		return err_set(err, ERR_INPUT,
			       "--fail-on %s says nothing without --baseline REV or RUN-KEY",
			       args->fail_on);
	}
	return check_selection(args, err);
}

int check_selection(const struct arguments *args, struct err *err)
{
	if (args->words.len > 0 && args->gates.len > 0) {
		return err_set(
			err, ERR_INPUT,
			"packs and --gate exclude each other: a run is either whole packs or "
			"exactly the gates given");
	}
	if (args->words.len == 0 && args->gates.len == 0) {
		return err_set(err, ERR_INPUT, "name a pack, like 'fast', or gates with --gate ID");
	}
	return 0;
}
