/**
 * What the tables of commands share, which are split over files: options that several commands
 * have, and the tables of the other files. Private to cli/commands*.c.
 */
#ifndef CLI_COMMAND_ROWS_H
#define CLI_COMMAND_ROWS_H

#include "cli/commands.h"

#define OPTION_OUTPUT(formats)                                                              \
	{                                                                                   \
		.name = "output", .letter = 'o', .sort = OPTION_WORDS,                      \
		.offset = offsetof(struct arguments, outputs), .value = "FORMAT[:PATH]",    \
		.doc = "print " formats "; with a path, write it there as well; repeatable" \
	}

#define OPTION_GATE                                                                                \
	{                                                                                          \
		.name = "gate", .sort = OPTION_WORDS, .offset = offsetof(struct arguments, gates), \
		.value = "ID",                                                                     \
		.doc = "exactly this gate and what it requires, instead of packs; repeatable"      \
	}

#define OPTION_TARGET                                                                            \
	{                                                                                        \
		.name = "target", .sort = OPTION_WORD,                                           \
		.offset = offsetof(struct arguments, target), .value = "SEL",                    \
		.doc = "only these targets: ids, tag:NAME, policy:NAME or all, joined by commas" \
	}

#define OPTION_CONTEXT                                                                            \
	{                                                                                         \
		.name = "context", .sort = OPTION_WORD,                                           \
		.offset = offsetof(struct arguments, context), .value = "NAME",                   \
		.doc = "which context of probe.policy this is: local (the default), pre-commit, " \
		       "ci, scheduled"                                                            \
	}

#define OPTION_MODE                                                                              \
	{                                                                                        \
		.name = "mode", .sort = OPTION_WORD, .offset = offsetof(struct arguments, mode), \
		.value = "MODE", .choices = mode_words,                                          \
		.doc = "touch less than the context grants; never more"                          \
	}

#define OPTION_SHARD                                                                               \
	{                                                                                          \
		.name = "shard", .sort = OPTION_WORD, .offset = offsetof(struct arguments, shard), \
		.value = "I/N",                                                                    \
		.doc = "only part I of N: the targets, and the gates without targets, whose id "   \
		       "falls into it; 'receipt merge' makes one receipt of all parts"             \
	}

/* commands_record.c */
extern const struct option output_options[];
extern const struct command key_commands[];
extern const struct command log_commands[];

extern const struct command receipt_commands[];

/* commands_loop.c */
extern const struct command loop_commands[];

/* commands_gates.c */
extern const struct command gates_commands[];

/* commands_hook.c */
extern const struct command hook_commands[];

/* commands_snapshot.c */
extern const struct command snapshot_commands[];

/* commands_diagnose.c */
extern const struct command diagnose_commands[];

/* commands_targets.c */
extern const struct option targets_options[];
extern const struct command targets_commands[];

#endif
