/* `snapshot`: the tailnet snapshot against the live tailnet. */
#include "base/clock.h"
#include "cli/binding_file.h"
#include "cli/commands.h"
#include "cli/live_source.h"
#include "cli/shell.h"
#include "cli/snapshot.h"

/** The binding, if there can be one. 0, or EXIT_DATA. */
static int check_binding(struct cli *cli, bool may_be_absent)
{
	const struct binding *binding = &cli->repo.devices.binding;

	if (!binding->path) {
		return cli_refuse(cli, "%s says that there is no tailnet snapshot",
				  cli->repo.config.file);
	}
	if (binding->state != BINDING_LOADED && !may_be_absent) {
		return cli_refuse(cli, "there is no %s; 'gaterun snapshot refresh' begins one",
				  binding->path);
	}
	if (binding->is_broken) {
		return cli_refuse(cli, "%s has no list 'devices'; 'gaterun lint' says more",
				  binding->path);
	}
	return 0;
}

int cmd_snapshot_show(struct cli *cli)
{
	int status = check_binding(cli, false);

	if (status == 0) {
		cli_write(cli, snapshot_table, cli);
	}
	return status;
}

/** Write what has to be written. 0, or the exit status of what went wrong. */
static int write_file(struct snapshot_run *run)
{
	struct cli *cli = run->cli;
	const struct binding *binding = &run->question.rows->binding;
	struct text before = binding->state == BINDING_LOADED ? binding->bytes : (struct text){0};
	const char *path = arena_printf(&cli->arena, "%s/%s", cli->repo.root, binding->path);
	struct str after = {0};
	struct err err = {0};
	int result =
		snapshot_plan_write(&cli->arena, &run->question, &run->plan, before, &after, &err);

	if (result == 0) {
		result = binding_file_replace(path, before, str_view(&after), 0666 & ~cli->umask,
					      &err);
	}
	str_release(&after);
	if (result) {
		cli_say(cli, "nothing was written: %s", err.text);
		return err.code == ERR_BUSY ? EXIT_BUSY : EXIT_DATA;
	}
	run->state = SNAPSHOT_WRITTEN;
	return 0;
}

/** Compare, and write if that is wanted. 0 with a state; else the status of what is wrong. */
static int compare(struct snapshot_run *run)
{
	struct cli *cli = run->cli;
	int status = check_binding(cli, true);

	if (status == 0) {
		status = live_source_read(cli, &run->live, &run->err);
	}
	if (status == 0 && snapshot_plan_make(&cli->arena, &run->question, &run->plan, &run->err)) {
		status = EXIT_UNKNOWN;
	}
	if (status) {
		return status == EXIT_UNKNOWN ? 0 : status;
	}
	run->state = run->plan.changes.len > 0 ? SNAPSHOT_DIFFERS : SNAPSHOT_SAME;
	return run->writes && run->plan.writes ? write_file(run) : 0;
}

/** Does the file say now what the tailnet says? */
static int status_of(const struct snapshot_run *run)
{
	switch (run->state) {
	case SNAPSHOT_SAME:
		return EXIT_PASS;
	case SNAPSHOT_DIFFERS:
		return EXIT_FAIL;
	case SNAPSHOT_WRITTEN:
		return run->plan.gone > 0 && !run->question.prunes ? EXIT_FAIL : EXIT_PASS;
	case SNAPSHOT_UNKNOWN:
		break;
	}
	return EXIT_UNKNOWN;
}

static int run_snapshot(struct cli *cli, bool writes)
{
	struct snapshot_run run = {
		.cli = cli,
		.question = {.rows = &cli->repo.devices,
			     .targets = &cli->repo.targets,
			     .prunes = cli->args.prune,
			     .now_utc_ms = clock_utc_ms()},
		.writes = writes,
	};
	int status = 0;

	run.question.live = &run.live;
	status = compare(&run);
	if (status == 0) {
		status = status_of(&run);
		run.status = status;
		cli_write(cli, snapshot_report, &run);
	}
	snapshot_plan_release(&run.plan);
	live_devices_release(&run.live);
	return status;
}

int cmd_snapshot_diff(struct cli *cli)
{
	return run_snapshot(cli, false);
}

int cmd_snapshot_refresh(struct cli *cli)
{
	return run_snapshot(cli, !cli->args.check);
}

int check_snapshot(const struct arguments *args, struct err *err)
{
	if (args->api && args->from) {
		return err_set(err, ERR_INPUT,
			       "--api and --from exclude each other: one source is read");
	}
	return 0;
}
