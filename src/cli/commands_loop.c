/* The rows of `loop`. */
#include "cli/command_rows.h"

#define OPTION_EVIDENCE                                                                       \
	{                                                                                     \
		.name = "evidence", .sort = OPTION_WORDS,                                     \
		.offset = offsetof(struct arguments, evidence), .value = "RUN-KEY",           \
		.doc = "a run that proves it; repeatable, and more may follow as plain words" \
	}

#define OPTION_DRY_RUN                                                   \
	{                                                                \
		.name = "dry-run", .sort = OPTION_FLAG,                  \
		.offset = offsetof(struct arguments, dry_run),           \
		.doc = "write nothing; show the diff of the loop's file" \
	}

static const struct option check_options[] = {
	OPTION_EVIDENCE,
	{.name = "all",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, all),
	 .doc = "every loop of the repo; only closed ones decide the status"},
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option close_options[] = {
	OPTION_EVIDENCE,
	OPTION_DRY_RUN,
	OPTION_OUTPUT("text or json"),
	{0},
};

static const struct option reopen_options[] = {
	{.name = "reason",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, reason),
	 .value = "TEXT",
	 .doc = "why, in one line; it stands in the loop's file from then on"},
	OPTION_DRY_RUN,
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command loop_commands[] = {
	{.name = "check",
	 .words = "LOOP|--all [RUN-KEY]...",
	 .summary = "is a closed loop still proven, could an open one be closed?",
	 .doc = "Runs nothing. A loop asks for the packs of its guard commands (or those that "
		"gaterun.yaml names, else 'fast'), and for the gates of each criterion that names "
		"some: in the file, '- it works <!-- gates: G010, G011 -->', or in gaterun.yaml. "
		"What names none is a human statement, and shown as such.\n"
		"\n"
		"A run counts if it was not narrowed, its verdict is pass, its commit is HEAD or "
		"what HEAD stands on, its work tree had no changes, it is not older than the "
		"loop, its receipt is genuine, in its log, and signed by a key of "
		"receipts/trust/allowed_signers as it was committed; and if no later run on the "
		"same commit contradicts it. Each refusal has a reason of its own ('gaterun "
		"reasons', loop.* and receipt.*).\n"
		"\n"
		"Without --evidence a closed loop is judged by what it cites, and an open one by the "
		"receipts that lie in the repo. LOOP is an id or a file. The status is 0 if it is "
		"proven, 1 if it is refused, 2 if that cannot be decided or there is no evidence "
		"yet; with --all, 1 if a closed loop is not proven.\n"
		"\n"
		"In the JSON (gaterun/loop-check/v1) 'guards' are the guard commands, with "
		"their words and what they verify, 'claims' what is asked for, 'evidence' the "
		"runs, 'summary' the signed summary of the closing.",
	 .options = check_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun loop check LOOP-AUDIT-20260301", "what is proven by now"},
			 {"gaterun loop check --all -o json", "for CI"},
			 {0},
		 },
	 .max_words = WORDS_ANY,
	 .needs = NEEDS_REPO,
	 .check = check_loop_check,
	 .run = cmd_loop_check},
	{.name = "close",
	 .words = "LOOP --evidence RUN-KEY...",
	 .summary = "close a loop on evidence",
	 .doc = "Refuses unless every run that is named counts, and together they prove all that "
		"the loop asks for (see 'gaterun loop check').\n"
		"\n"
		"Then it keeps the receipts in receipts/evidence/, writes a summary of the closing "
		"signed with your key (in-toto, SLSA verification summary), and changes the "
		"loop's file: status and closed_at in the front matter, the boxes of criteria that "
		"are proven, and lines under Verification at the end. All other bytes stay. "
		"The file is the last to be written, in one step.\n"
		"\n"
		"Whoever wants to sign the closing off signs that summary: 'ssh-keygen -Y sign -f KEY "
		"-n gaterun-loop FILE', with a key of any type that allowed_signers lists for "
		"namespaces=\"gaterun-loop\"; 'loop check' then says who did.\n"
		"\n"
		"The status is 0 if it is closed, 1 or 2 if the evidence is refused or undecided, "
		"75 if somebody else changed the file meanwhile.",
	 .options = close_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun loop close LOOP-AUDIT-20260301 --evidence RUN-... --dry-run",
			  "see what would change"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = WORDS_ANY,
	 .needs = NEEDS_REPO,
	 .check = check_loop_close,
	 .run = cmd_loop_close},
	{.name = "list",
	 .words = "",
	 .summary = "the loops of this repo, and what is wrong with their files",
	 .doc = "Reads the folders that 'loops' in gaterun.yaml names: files '*.scope.md', and other "
		"Markdown with an id and a status in its front matter, like the tasks of Backlog.md. "
		"It judges nothing. The status is 0, whatever is wrong with a file.",
	 .options = output_options,
	 .needs = NEEDS_REPO,
	 .run = cmd_loop_list},
	{.name = "reopen",
	 .words = "LOOP --reason TEXT",
	 .summary = "open a closed loop again",
	 .doc = "Sets the status and reopened_at, and adds a line under Verification that says when "
		"and why. Evidence from before then no longer counts.",
	 .options = reopen_options,
	 .min_words = 1,
	 .max_words = 1,
	 .needs = NEEDS_REPO,
	 .check = check_loop_reopen,
	 .run = cmd_loop_reopen},
	{0},
};
