/**
 * `snapshot diff` and `snapshot refresh` under way, for the file that does it and the one that
 * tells it.
 */
#ifndef CLI_SNAPSHOT_H
#define CLI_SNAPSHOT_H

#include "check/tailnet/snapshot_plan.h"
#include "cli/cli.h"

enum snapshot_state {
	SNAPSHOT_UNKNOWN, /**< the live tailnet could not be known; the zero value */
	SNAPSHOT_SAME,
	SNAPSHOT_DIFFERS, /**< nothing was written: it was not asked for, or all that differs stays
			   */
	SNAPSHOT_WRITTEN,
};

/** A comparison, and what became of it. */
struct snapshot_run {
	struct cli *cli;
	struct live_devices live;
	struct snapshot_question question;
	struct snapshot_plan plan;
	struct err err; /**< UNKNOWN: why */
	enum snapshot_state state;
	bool writes; /**< a refresh, not a look */
	int status;  /**< the exit status */
};

/** For cli_write: a struct snapshot_run, as text or json. */
cli_writer snapshot_report;

/** For cli_write: the rows that are there, of a struct cli. */
cli_writer snapshot_table;

#endif
