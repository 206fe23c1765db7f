#include <unistd.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/selection.h"
#include "cli/tool.h"
#include "cli/user.h"
#include "receipt/record.h"
#include "report/progress.h"
#include "report/report.h"

/** Planned, recorded, run, reported. */
struct verification {
	struct cli *cli;
	struct run_options options;
	struct plan plan;
	struct run run;
	struct key *key;
	struct record_spec spec;
	struct record record;
	bool is_recorded;       /**< the start is in the log, so the receipt is to follow */
	const char *no_receipt; /**< why there is none; NULL while there is one */
	int lost;               /**< status for a receipt that could not be written; 0 */
};

static void write_report(const char *format, const struct style *style, void *cookie,
			 struct str *out)
{
	struct verification *verification = cookie;
	const struct record *record = &verification->record;
	const struct report_receipt receipt = {record->file, record->fingerprint,
					       record->log_index};
	struct run_report report = {
		.run = &verification->run,
		.root = cli_relative(verification->cli, verification->run.repo->root),
		.receipt = verification->no_receipt ? NULL : &receipt,
		.no_receipt = verification->no_receipt,
		.exit = verification->lost ? verification->lost : verification->run.exit,
		.style = *style,
	};

	report_format_find(format)->write(&report, out);
}

/** The run goes on, but its status will not be that of a recorded one. */
static void lose_receipt(struct verification *verification, const struct err *err)
{
	verification->no_receipt = arena_text(&verification->cli->arena, err->text);
	verification->lost = err->code == ERR_BUSY ? EXIT_BUSY : EXIT_RECEIPT;
	cli_say(verification->cli, "no receipt: %s", err->text);
}

static void start_record(struct verification *verification)
{
	struct cli *cli = verification->cli;
	struct err err = {0};

	if (cli->args.no_receipt) {
		verification->no_receipt = "--no-receipt";
		return;
	}
	verification->spec = (struct record_spec){
		.repo = &cli->repo,
		.options = &verification->options,
		.plan = &verification->plan,
		.arguments = cli->words,
		.tool = tool_facts(),
	};
	if (signing_key(cli, verification->options.context, &verification->key, &err)) {
		lose_receipt(verification, &err);
		return;
	}
	verification->spec.key = verification->key;
	if (record_start(&verification->record, &verification->spec, verification->run.key, &err)) {
		lose_receipt(verification, &err);
		return;
	}
	verification->is_recorded = true;
}

static void finish_record(struct verification *verification)
{
	struct err err = {0};

	if (verification->is_recorded &&
	    record_finish(&verification->record, &verification->run, &err)) {
		lose_receipt(verification, &err);
	}
}

static int verify(struct verification *verification)
{
	struct cli *cli = verification->cli;
	struct progress progress = {0};
	const struct run_watcher watcher = {progress_show, &progress};
	struct err err = {0};

	if (plan_make(&cli->repo, &verification->options, &verification->plan, &err)) {
		return cli_usage(cli, "%s", err.text);
	}
	start_record(verification);
	progress_start(&progress, STDERR_FILENO, &cli->error_style);
	run_execute(&cli->repo, &verification->options, &verification->plan, &watcher,
		    &verification->run);
	progress_erase(&progress);
	finish_record(verification);
	cli_write(cli, write_report, verification);
	return verification->lost && !verification->run.signal ? verification->lost
							       : verification->run.exit;
}

int cmd_verify(struct cli *cli)
{
	struct verification verification = {.cli = cli};
	int status = choose_options(cli, &verification.options);

	if (status == 0) {
		status = verify(&verification);
	}
	record_release(&verification.record);
	key_free(verification.key);
	run_release(&verification.run);
	plan_release(&verification.plan);
	return status;
}
