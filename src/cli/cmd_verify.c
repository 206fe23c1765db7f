#include <unistd.h>

#include "base/cleanup.h"
#include "cli/baseline.h"
#include "cli/commands.h"
#include "cli/expected.h"
#include "cli/selection.h"
#include "cli/signing.h"
#include "cli/tool.h"
#include "cli/user.h"
#include "git/locate.h"
#include "receipt/record.h"
#include "report/progress.h"
#include "report/report.h"

/** Planned, recorded, run, reported. */
struct verify_run {
	struct cli *cli;
	struct run_options options;
	struct tree_changes changed;
	struct baseline baseline;
	struct durations durations; /**< of earlier runs */
	struct plan plan;
	struct run run;
	struct signing signing;
	struct record_spec spec;
	struct record record;
	struct git_place place; /**< of the root; {0}: no git */
	bool is_recorded;       /**< the start is in the log, so the receipt is to follow */
	const char *no_receipt; /**< why there is none; NULL while there is one */
	int lost;               /**< status for a receipt that could not be written; 0 */
};

static void write_report(const char *format, const struct style *style, void *cookie,
			 struct str *out)
{
	struct verify_run *verify_run = cookie;
	const struct record *record = &verify_run->record;
	const struct report_receipt receipt = {record->file, record->fingerprint,
					       record->log_index};
	struct run_report report = {
		.run = &verify_run->run,
		.root = cli_relative(verify_run->cli, verify_run->run.repo->root),
		.receipt = verify_run->no_receipt ? NULL : &receipt,
		.no_receipt = verify_run->no_receipt,
		.prefix = verify_run->place.prefix,
		.version = tool_facts().version,
		.exit = verify_run->lost ? verify_run->lost : verify_run->run.exit,
		.style = *style,
	};

	report_format_find(format)->write(&report, out);
}

/** Is it the log that is wrong? A closed one and a clock that was set back only take no entry, and
 * the sentence says what to do. */
static bool is_log_wrong(const struct log *log)
{
	enum log_flaw flaw = log ? log_flaw(log) : LOG_SOUND;

	return flaw != LOG_SOUND && flaw != LOG_AFTER_CLOSE && flaw != LOG_TIME_BACKWARDS;
}

/** The run goes on, but its status will not be that of a recorded one. */
static void lose_receipt(struct verify_run *verify_run, const struct err *err)
{
	AUTO(auto_str) struct str way_out = {0};

	verify_run->no_receipt = arena_text(&verify_run->cli->arena, err->text);
	verify_run->lost = err->code == ERR_BUSY ? EXIT_BUSY : EXIT_RECEIPT;
	cli_say(verify_run->cli, "no receipt: %s", err->text);
	if (is_log_wrong(verify_run->record.log)) {
		log_way_out(verify_run->cli, log_folder(verify_run->record.log), &way_out);
		cli_say(verify_run->cli,
			"'gaterun log verify' says all that is wrong; to go on, %s",
			str_text(&way_out));
	}
}

static void start_record(struct verify_run *verify_run)
{
	struct cli *cli = verify_run->cli;
	struct err err = {0};

	if (cli->args.no_receipt) {
		verify_run->no_receipt = "--no-receipt";
		return;
	}
	verify_run->spec = (struct record_spec){
		.repo = &cli->repo,
		.options = &verify_run->options,
		.plan = &verify_run->plan,
		.arguments = cli->words,
		.tool = tool_facts(),
	};
	if (signing_open(cli, verify_run->options.context, &verify_run->signing, &err)) {
		lose_receipt(verify_run, &err);
		return;
	}
	verify_run->spec.key = &verify_run->signing.key;
	if (record_start(&verify_run->record, &verify_run->spec, verify_run->run.key, &err)) {
		lose_receipt(verify_run, &err);
		return;
	}
	verify_run->is_recorded = true;
	if (verify_run->record.earlier) {
		cli_say(cli,
			"this repo is known as %s from now on, and has another log; what ran "
			"before stays in %s (`repo: NAME` in gaterun.yaml would keep one name)",
			verify_run->record.statement.source.repo, verify_run->record.earlier);
	}
}

static void finish_record(struct verify_run *verify_run)
{
	struct err err = {0};

	if (verify_run->is_recorded && record_finish(&verify_run->record, &verify_run->run, &err)) {
		lose_receipt(verify_run, &err);
	}
	if (verify_run->record.unkept) {
		cli_say(verify_run->cli, "%s", verify_run->record.unkept);
	}
}

static int verify(struct verify_run *verify_run)
{
	struct cli *cli = verify_run->cli;
	struct progress progress = {0};
	const struct run_watcher watcher = {progress_show, &progress};
	struct err err = {0};

	if (plan_make(&cli->repo, &verify_run->options, &verify_run->plan, &err)) {
		return cli_usage(cli, "%s", err.text);
	}
	start_record(verify_run);
	expected_load(cli, &verify_run->durations);
	verify_run->options.expected = &verify_run->durations;
	progress_start(&progress, STDERR_FILENO, &cli->error_style);
	run_execute(&cli->repo, &verify_run->options, &verify_run->plan, &watcher,
		    &verify_run->run);
	progress_erase(&progress);
	finish_record(verify_run);
	git_locate(cli->repo.root, &verify_run->place);
	if (verify_run->is_recorded) {
		expected_learn(cli, &verify_run->run, &verify_run->durations);
	}
	cli_write(cli, write_report, verify_run);
	return verify_run->lost && !verify_run->run.signal ? verify_run->lost
							   : verify_run->run.exit;
}

int cmd_verify(struct cli *cli)
{
	struct verify_run verify_run = {.cli = cli};
	struct user_config config = {0};
	int status = user_read_config(cli, &config);

	if (status == 0) {
		status = choose_options(cli, &verify_run.options);
	}
	if (status == 0) {
		status = choose_since(cli, &verify_run.changed, &verify_run.options);
	}
	if (status == 0) {
		status = choose_baseline(cli, &verify_run.baseline, &verify_run.options);
	}
	if (status == 0) {
		status = verify(&verify_run);
	}
	git_place_release(&verify_run.place);
	record_release(&verify_run.record);
	signing_release(&verify_run.signing);
	run_release(&verify_run.run);
	VEC_RELEASE(&verify_run.durations);
	plan_release(&verify_run.plan);
	baseline_release(&verify_run.baseline);
	tree_changes_release(&verify_run.changed);
	return status;
}
