/**
 * The table of commands. It drives dispatch, help and the manual.
 *
 * To add a command: a file cli/cmd_<name>.c with its function, a row in commands (commands.c) with
 * summary, doc, options and examples, a golden case under tests/cases/cli/.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

/** Any number of words. */
#define WORDS_ANY SIZE_MAX

enum command_needs {
	NEEDS_REPO = 1,    /**< the ops repo is loaded before the command runs */
	WRITES_REPORT = 2, /**< -o takes the formats of report_formats, not only text and json */
};

/** A line to try, and what it does. */
struct example {
	const char *line;
	const char *doc;
};

struct command {
	const char *name;
	const char *words;   /**< what may follow, for people: "[PACK]..."; "" for nothing */
	const char *summary; /**< one line without a full stop */
	const char *doc;     /**< paragraphs (report/layout.h says how they are laid out) */
	const struct option *options;      /**< its own, ended by {0}; NULL: none */
	const struct command *subcommands; /**< ended by {0}; NULL: none */
	const struct example *examples;    /**< ended by {0}; NULL: none */
	size_t min_words;                  /**< words it must have */
	size_t max_words;                  /**< and may have; WORDS_ANY: no limit */
	unsigned needs;                    /**< enum command_needs */
	/** Rules about the words that counting cannot express; before anything is loaded. NULL:
	 * none.
	 */
	int (*check)(const struct arguments *args, struct err *err);
	/** Returns the exit status; with subcommands: what the command does without one, NULL if it
	 * needs one. */
	int (*run)(struct cli *cli);
};

/** Sorted by name, ended by {0}. */
extern const struct command commands[];

/** The row of that name in a table ended by {0}; NULL if there is none. */
const struct command *command_find(const struct command *table, const char *name);

/**
 * The command or subcommand that words name.
 *
 * @param out    NULL if there is no word
 * @param taken  how many words name it
 * @return       0; -1 with a sentence that says which command may be meant
 */
int command_named(const struct words *words, const struct command **out, size_t *taken,
		  struct err *err);

/** Append "gaterun receipt show". */
void command_path(const struct command *command, struct str *out);

/* The functions of the rows; each returns the exit status. */

/** Why a name is not served over TLS. */
int cmd_diagnose_cert(struct cli *cli);
/** What works on this machine. */
int cmd_doctor(struct cli *cli);
/** What a gate, a kind, a reason or a file means. */
int cmd_explain(struct cli *cli);
/** The gates of this repo, or the shipped ones. */
int cmd_gates(struct cli *cli);
/** Those gates on their fixtures. */
int cmd_gates_test(struct cli *cli);
/** Help on the program or one command; with --man the manual. */
int cmd_help(struct cli *cli);
/** Put the hooks into their place. */
int cmd_hook_install(struct cli *cli);
/** A hook's script, for other tools that manage hooks. */
int cmd_hook_print(struct cli *cli);
/** Take the hooks away again. */
int cmd_hook_uninstall(struct cli *cli);
/** The public signing key for other tools. */
int cmd_key_export(struct cli *cli);
/** Gates from the registry of another tool. */
int cmd_init(struct cli *cli);
/** Make the signing key. */
int cmd_key_new(struct cli *cli);
/** Where the signing key is, and how others trust it. */
int cmd_key_show(struct cli *cli);
/** Whether the signing key is trusted, and the line that makes it so. */
int cmd_key_trust(struct cli *cli);
/** All kinds with their settings. */
int cmd_kinds(struct cli *cli);
/** What is wrong with the repo's YAML. */
int cmd_lint(struct cli *cli);
/** Replace the signing key. */
int cmd_log_rotate(struct cli *cli);
/** The logs of this repo, and how they follow each other. */
int cmd_log_show(struct cli *cli);
/** The newest signed head. */
int cmd_log_checkpoint(struct cli *cli);
/** Is the log whole? */
int cmd_log_timestamp(struct cli *cli);
int cmd_log_verify(struct cli *cli);
/** Follow the logs of others, and say so. */
int cmd_log_witness(struct cli *cli);
/** How loops stand. */
int cmd_loop_check(struct cli *cli);
/** Close a loop on evidence. */
int cmd_loop_close(struct cli *cli);
/** The loops of this repo. */
int cmd_loop_list(struct cli *cli);
/** Open a closed loop again. */
int cmd_loop_reopen(struct cli *cli);
/** What verify would do. */
int cmd_plan(struct cli *cli);
/** All reasons. */
int cmd_reasons(struct cli *cli);
/** The receipts of this checkout. */
int cmd_receipt_export(struct cli *cli);
int cmd_receipt_keep(struct cli *cli);
int cmd_receipt_list(struct cli *cli);
int cmd_receipt_merge(struct cli *cli);
/** What a receipt says. */
int cmd_receipt_show(struct cli *cli);
/** Is a receipt genuine and trusted? */
int cmd_receipt_verify(struct cli *cli);
/** Addresses in the order they would be tried. */
int cmd_resolve(struct cli *cli);
/** What a refresh of the snapshot would change. */
int cmd_snapshot_diff(struct cli *cli);
/** Write what the tailnet knows into the snapshot. */
int cmd_snapshot_refresh(struct cli *cli);
/** The snapshot in a table. */
int cmd_snapshot_show(struct cli *cli);
/** The machines in a table, or for other programs. */
int cmd_targets(struct cli *cli);
/** The machines in a table. */
int cmd_targets_list(struct cli *cli);
/** Write a host key into known_hosts. */
int cmd_targets_pin(struct cli *cli);
/** Run gates, write a receipt, report. */
int cmd_verify(struct cli *cli);
/** Which program this is. */
int cmd_version(struct cli *cli);
/** The dated permissions of this repo. */
int cmd_waivers(struct cli *cli);

/** A kind for people: what it does and its settings. */
void kind_write(const struct kind *kind, const struct style *style, struct str *out);

/** The context of `verify --staged`. */
#define STAGED_CONTEXT "pre-commit"

/** Usage rules of verify: those of check_selection, and what --staged excludes. */
int check_verify(const struct arguments *args, struct err *err);

/** Usage rules of init: what to start from. */
int check_init(const struct arguments *args, struct err *err);

/** Usage rules of snapshot: one source. */
int check_snapshot(const struct arguments *args, struct err *err);

/** Usage rules of targets: one format. */
int check_targets(const struct arguments *args, struct err *err);

/** Are the name and the days of `key trust` ones that can stand in the file? */
int check_key_trust(const struct arguments *args, struct err *err);
/** Usage rules of loop check, close and reopen. */
int check_loop_check(const struct arguments *args, struct err *err);
int check_loop_close(const struct arguments *args, struct err *err);
int check_loop_reopen(const struct arguments *args, struct err *err);

/** receipt verify takes one receipt, or --all. */
int check_log_timestamp(const struct arguments *args, struct err *err);
int check_receipt_verify(const struct arguments *args, struct err *err);

/** Usage rules of log witness: what to do, and with which options. */
int check_log_witness(const struct arguments *args, struct err *err);

/** receipt verify --all. */
int receipt_verify_all(struct cli *cli);

/** Usage rules of targets pin: one way to know the key, and a fingerprint is one. */
int check_pin(const struct arguments *args, struct err *err);

/** Usage rules of verify and plan: packs or gates, not both, not neither. */
int check_selection(const struct arguments *args, struct err *err);

#endif
