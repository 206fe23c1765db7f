/**
 * Finding receipts, and telling what they say; shared by the receipt commands.
 */
#ifndef CLI_RECEIPTS_H
#define CLI_RECEIPTS_H

#include "cli/cli.h"
#include "receipt/outputs.h"

/** A receipt somebody named. */
struct named_receipt {
	const char *name; /**< as it was given */
	const char *file; /**< where it was found; NULL: in the log */
	bool is_key;      /**< named by its run key */
	struct str bytes;
};

/**
 * Read the receipt that is named by its run key (from receipts/, receipts/evidence/ or the user's
 * own log) or by a path. Loads gaterun.yaml where there is one, unless the repo is loaded.
 *
 * @return 0; EXIT_DATA or EXIT_UNKNOWN after having said why it is not to be had
 */
int receipt_find(struct cli *cli, const char *name, struct named_receipt *out);

/** What an envelope says, verified or not; -1 if it is none. Texts live in the arena. */
int receipt_open(struct arena *arena, struct text bytes, struct str *payload, struct statement *out,
		 struct err *err);

/** "8 gates: 6 pass, 2 skip; exit 0". */
void receipt_totals(const struct statement_totals *totals, struct str *out);

/** Columns of the names of facts. */
#define RECEIPT_NAME_COLUMNS 10

/** A line "name      value", wrapped; none if there is no value. */
void receipt_fact(struct str *out, const struct style *style, const char *name, const char *value);

/** The program that ran, and the machine it ran on. */
void receipt_write_runner(const struct statement *statement, const struct style *style,
			  struct str *out);

/** The machines that the run met. */
void receipt_write_targets(const struct statement *statement, const struct style *style,
			   struct str *out);

/**
 * What gates were told, with the bytes where they are kept.
 *
 * @param state  where logs are (log_state_folder)
 */
void receipt_write_outputs(const struct statement *statement, const char *state, struct str *out);

/** A receipt (or run-start) for people. */
void receipt_write(const struct statement *statement, const struct style *style, struct str *out);

#endif
