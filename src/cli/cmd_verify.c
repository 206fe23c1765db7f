#include <unistd.h>

#include "cli/commands.h"
#include "cli/selection.h"
#include "report/progress.h"
#include "report/report.h"

/** Planned, run, reported. */
struct verification {
	struct cli *cli;
	struct run_options options;
	struct plan plan;
	struct run run;
};

static void write_report(const char *format, const struct style *style, void *cookie,
			 struct str *out)
{
	struct verification *verification = cookie;
	struct run_report report = {
		.run = &verification->run,
		.root = cli_relative(verification->cli, verification->run.repo->root),
		.no_receipt = "--no-receipt",
		.exit = verification->run.exit,
		.style = *style,
	};

	report_format_find(format)->write(&report, out);
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
	progress_start(&progress, STDERR_FILENO, &cli->error_style);
	run_execute(&cli->repo, &verification->options, &verification->plan, &watcher,
		    &verification->run);
	progress_erase(&progress);
	cli_write(cli, write_report, verification);
	return verification->run.exit;
}

int cmd_verify(struct cli *cli)
{
	struct verification verification = {.cli = cli};
	int status = choose_options(cli, &verification.options);

	if (status == 0) {
		status = verify(&verification);
	}
	run_release(&verification.run);
	plan_release(&verification.plan);
	return status;
}
