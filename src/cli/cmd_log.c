#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "data/json.h"
#include "receipt/chain.h"
#include "receipt/record.h"
#include "report/layout.h"
#include "report/progress.h"

/** What was checked, and with which result. */
struct log_check {
	struct cli *cli;
	char origin[ORIGIN_BYTES];
	const char *folder;
	struct log_report report;
	struct chain chain;
};

/** Is there no copy of the newest head, by which a rollback would be seen? */
static bool is_unpinned(const struct log_report *report)
{
	return !report->has_pin && report->size > 0;
}

static int status_of(const struct log_report *report)
{
	if (report->problems.len > 0) {
		return EXIT_FAIL;
	}
	return is_unpinned(report) ? EXIT_UNKNOWN : EXIT_PASS;
}

/** The log that a log continues; NULL: none. */
static const struct chain_link *link_before(const struct chain *chain, const char *origin)
{
	const struct chain_link *link = chain_find(chain, origin);

	return link && link->is_opened ? link : NULL;
}

/** Logs that it continues, the nearest first. */
static struct json *list_before(const struct log_check *check)
{
	const struct chain_link *link = link_before(&check->chain, check->origin);
	struct json *list = json_list();

	for (size_t i = 0; i < check->chain.links.len && link; i++) {
		struct json *row = json_map();

		json_put_text(row, "origin", link->before.origin);
		json_put_int(row, "entries", (int64_t)link->before.size);
		json_put_bool(row, "here", chain_find(&check->chain, link->before.origin));
		json_add(list, row);
		link = link_before(&check->chain, link->before.origin);
	}
	return list;
}

static void write_json(const struct log_check *check, struct str *out)
{
	const struct log_report *report = &check->report;
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < report->problems.len; i++) {
		const struct log_problem *problem = &report->problems.at[i];
		struct json *row = json_map();

		json_put_text(row, "flaw", log_flaw_word(problem->flaw));
		json_put_int(row, "seq", problem->seq);
		json_put_text(row, "message", problem->text);
		json_add(list, row);
	}
	json_put_text(map, "schema", "gaterun/log/v1");
	json_put_text(map, "origin", check->origin);
	json_put_bool(map, "sound", report->problems.len == 0);
	json_put_int(map, "entries", report->size);
	json_put_int(map, "covered", report->covered);
	json_put_bool(map, "full", report->is_full);
	if (report->is_full) {
		json_put_int(map, "heads", report->heads);
		json_put_int(map, "runs", report->runs);
		json_put_int(map, "unfinished", report->unfinished);
	}
	json_put_bool(map, "pinned", report->has_pin);
	json_put(map, "continues", list_before(check));
	json_put(map, "problems", list);
	json_write(map, JSON_INDENTED, out);
}

static void write_counts(const struct log_report *report, struct str *out)
{
	str_printf(out, "entries  %lld", (long long)report->size);
	if (report->is_full) {
		str_printf(out, ": %lld runs, %lld of them without a receipt",
			   (long long)report->runs, (long long)report->unfinished);
	}
	str_add_char(out, '\n');
	str_add(out, "heads    ");
	if (report->is_full) {
		str_printf(out, "%lld signed, ", (long long)report->heads);
	}
	str_printf(out, "the newest covers %lld entries%s\n\n", (long long)report->covered,
		   is_unpinned(report) ? "; there is no pin, so a rollback would go unseen" : "");
}

/** Logs that it continues, the nearest first. */
static void write_chain(const struct log_check *check, struct str *out)
{
	const struct chain_link *own = chain_find(&check->chain, check->origin);
	const struct chain_link *link = link_before(&check->chain, check->origin);

	/* No further than there are logs: what lies here may say anything, in a circle too. */
	for (size_t i = 0; i < check->chain.links.len && link; i++) {
		bool is_here = chain_find(&check->chain, link->before.origin);

		str_printf(out, "after    %s: %llu entries%s\n", link->before.origin,
			   (unsigned long long)link->before.size,
			   is_here ? "" : "; it is not here, and not checked");
		link = link_before(&check->chain, link->before.origin);
	}
	if (own && own->is_closed) {
		str_printf(out, "closed   %s continues it\n", own->next);
	}
}

static void write_check(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	const struct log_check *check = cookie;
	const struct log_report *report = &check->report;

	if (strcmp(format, "json") == 0) {
		write_json(check, out);
		return;
	}
	str_printf(out, "log      %s\n", check->origin);
	write_chain(check, out);
	write_counts(report, out);
	for (size_t i = 0; i < report->problems.len; i++) {
		const struct log_problem *problem = &report->problems.at[i];
		AUTO(auto_str) struct str line = {0};

		colour_add(out, style, COLOUR_RED, "FAIL");
		str_printf(&line, "%s (%s)", problem->text, log_flaw_word(problem->flaw));
		str_add(out, "  ");
		wrap_add(out, style, 6, 6, str_text(&line));
		str_add_char(out, '\n');
	}
	if (report->problems.len > 0) {
		AUTO(auto_str) struct str way_out = {0};

		str_add(&way_out, "to go on: ");
		log_way_out(check->cli, check->folder, &way_out);
		str_add_char(out, '\n');
		wrap_add(out, style, 0, 2, str_text(&way_out));
		str_add_char(out, '\n');
		return;
	}
	if (is_unpinned(report)) {
		colour_add(out, style, COLOUR_YELLOW, "UNKNOWN");
		str_add(out, ": what is there agrees, but whether its end was taken away cannot be "
			     "said;\n  the next run writes a pin again\n");
		return;
	}
	colour_add(out, style, COLOUR_GREEN, "ok");
	str_add(out, ": nothing is missing and nothing was changed");
	str_add(out,
		report->is_full ? "\n" : " since it was signed; --full checks each signature\n");
}

/** Say why nothing was verified; unknown is never pass. */
static int undecided(const struct cli *cli, const struct err *err)
{
	cli_say(cli, "the log cannot be verified: %s", err->text);
	return EXIT_UNKNOWN;
}

static void show_progress(size_t done, size_t planned, void *cookie)
{
	progress_show(done, planned, NULL, cookie);
}

/** Check it on all cores; who waits at a terminal sees how far it is. */
static int verify_shown(struct cli *cli, struct log *log, struct log_report *out, struct err *err)
{
	struct progress progress = {0};
	const struct log_look look = {.is_full = cli->args.full,
				      .uses_pool = true,
				      .progress = show_progress,
				      .cookie = &progress};
	int failed = 0;

	progress_start(&progress, STDERR_FILENO, &cli->error_style);
	progress.unit = "files";
	failed = log_verify(log, &look, out, err);
	progress_erase(&progress);
	return failed;
}

/** What is wrong with a log that this one continues is wrong with this one too. */
static void take_problems(const char *origin, const struct log_report *from, struct log_report *to)
{
	for (size_t i = 0; i < from->problems.len; i++) {
		const struct log_problem *problem = &from->problems.at[i];

		log_problem(to, problem->flaw, problem->seq, "log '%s': %s", origin, problem->text);
	}
}

/** Check the logs that it continues, as far as they are here, and that each names the other. */
static int verify_chain(struct cli *cli, const char *state, struct log_check *check,
			struct err *err)
{
	const struct chain_link *link = NULL;

	if (chain_look(state, check->origin, &check->chain, err)) {
		return -1;
	}
	chain_judge(&check->chain, check->origin, &check->report);
	link = link_before(&check->chain, check->origin);
	for (size_t i = 0; i < check->chain.links.len && link; i++) {
		AUTO(auto_log) struct log *log = NULL;
		AUTO(auto_log_report) struct log_report report = {0};
		const struct chain_link *before = chain_find(&check->chain, link->before.origin);

		if (!before) {
			return 0;
		}
		if (log_open(state, before->origin, &before->key, LOG_READ, &log, err) ||
		    verify_shown(cli, log, &report, err)) {
			return -1;
		}
		chain_judge(&check->chain, before->origin, &report);
		take_problems(before->origin, &report, &check->report);
		link = link_before(&check->chain, before->origin);
	}
	return 0;
}

int cmd_log_verify(struct cli *cli)
{
	AUTO(auto_str) struct str state = {0};
	AUTO(auto_log) struct log *log = NULL;
	struct log_check check = {.cli = cli};
	struct signing_public own = {0};
	struct err err = {0};
	int status = cli_load_config(cli);

	if (status == 0) {
		status = signing_public(cli, &own);
	}
	if (status) {
		return status;
	}
	if (record_origin(&cli->repo, &own.key, check.origin, &err) ||
	    log_state_folder(&state, &err) ||
	    log_open(str_text(&state), check.origin, &own.key, LOG_READ, &log, &err) ||
	    verify_shown(cli, log, &check.report, &err) ||
	    verify_chain(cli, str_text(&state), &check, &err)) {
		log_report_release(&check.report);
		chain_release(&check.chain);
		return undecided(cli, &err);
	}
	check.folder = log_folder(log);
	cli_write(cli, write_check, &check);
	status = status_of(&check.report);
	log_report_release(&check.report);
	chain_release(&check.chain);
	return status;
}
