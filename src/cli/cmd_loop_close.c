/* Closing a loop on evidence, and opening it again. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/binding_file.h"
#include "cli/commands.h"
#include "cli/loops.h"
#include "cli/signing.h"
#include "cli/tool.h"
#include "closure/closing.h"
#include "receipt/checkout.h"
#include "report/diff.h"
#include "report/layout.h"

/** One loop's file being written anew. */
struct closure {
	struct cli *cli;
	struct loops loops;
	const struct scope *scope;
	struct standing standing;
	struct str after;    /**< the file as it is going to be */
	const char *summary; /**< relative to the root; NULL: it is being reopened */
	int64_t now_utc_ms;
	bool is_written;
	int exit;
};

static void write_refused(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	const struct closure *closure = cookie;

	if (strcmp(format, "json") == 0) {
		AUTO(auto_json) struct json *map = standing_json(&closure->standing);

		json_put_text(map, "schema", "gaterun/loop-close/v1");
		json_put_bool(map, "written", false);
		json_put_int(map, "exit", closure->exit);
		json_put_null(map, "diff");
		json_write(map, JSON_INDENTED, out);
		return;
	}
	standing_write(&closure->standing, style, out);
}

static void write_done(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct closure *closure = cookie;
	const struct scope *scope = closure->scope;
	AUTO(auto_str) struct str diff = {0};

	diff_write(scope->file, scope->bytes, str_view(&closure->after), &diff);
	if (strcmp(format, "json") == 0) {
		AUTO(auto_json) struct json *map = standing_json(&closure->standing);

		json_put_text(map, "schema",
			      closure->summary ? "gaterun/loop-close/v1"
					       : "gaterun/loop-reopen/v1");
		json_put_bool(map, "written", closure->is_written);
		json_put_int(map, "exit", EXIT_PASS);
		json_put_text(map, "diff", str_text(&diff));
		json_put_text(map, "summary_file", closure->summary);
		json_write(map, JSON_INDENTED, out);
		return;
	}
	if (!closure->is_written) {
		str_add_text(out, str_view(&diff));
		return;
	}
	colour_add(out, style, COLOUR_GREEN, closure->summary ? "CLOSED" : "REOPENED");
	str_printf(out, "  %s\n  %s\n", scope->id, scope->file);
	if (closure->summary) {
		str_printf(out, "  %s\n  commit them with what is new in %s/evidence/\n",
			   closure->summary, repo_receipts(&closure->cli->repo));
	}
}

/* ---- what has to hold first */

/** The loop that is named, in the state that it has to be in. */
static int find_scope(struct closure *closure, enum scope_state state)
{
	struct cli *cli = closure->cli;
	int status = loops_open(cli, &closure->loops);
	const struct scope *twin = NULL;

	if (status) {
		return status;
	}
	closure->scope = loops_named(cli, &closure->loops);
	if (!closure->scope) {
		return EXIT_UNKNOWN;
	}
	if (closure->scope->state == SCOPE_UNKNOWN || !closure->scope->id) {
		const struct problems *problems = &closure->scope->problems;

		cli_say(cli, "%s:%d:%d: %s", closure->scope->file,
			problems->list.len ? problems->list.at[0].where.line : 1,
			problems->list.len ? problems->list.at[0].where.column : 1,
			problems->list.len ? problems->list.at[0].message : "it has no status");
		return EXIT_DATA;
	}
	twin = state == SCOPE_OPEN ? scopes_twin(&closure->loops.scopes, closure->scope) : NULL;
	if (twin) {
		cli_say(cli, "'%s' is the id of %s and of %s: give each an id of its own",
			closure->scope->id, closure->scope->file, twin->file);
		return EXIT_DATA;
	}
	if (closure->scope->state != state) {
		cli_say(cli, "%s is %s already (%s:%d)", closure->scope->id,
			scope_state_word(closure->scope->state), closure->scope->file,
			closure->scope->status_where.line);
		return EXIT_FAIL;
	}
	return 0;
}

/** Every run that is named must count, and together they must prove everything. */
static int judge(struct closure *closure)
{
	struct texts cited = loops_evidence(closure->cli);
	struct standing *standing = &closure->standing;
	int status = loops_open_prover(closure->cli, &closure->loops);
	bool all_count = true;

	if (status) {
		return status;
	}
	standing_judge(&closure->loops.prover, closure->scope, &cited, standing);
	for (size_t i = 0; i < standing->coverage.exhibits.len; i++) {
		const struct exhibit *exhibit = &standing->coverage.exhibits.at[i];

		if (exhibit->reason != REASON_NONE && all_count) {
			all_count = false;
			standing->verdict = exhibit->is_undecided ? VERDICT_UNKNOWN : VERDICT_FAIL;
			standing->reason = exhibit->reason;
			standing->why = exhibit->why;
		}
	}
	if (standing->verdict == VERDICT_PASS && all_count) {
		return 0;
	}
	closure->exit = standing->verdict == VERDICT_FAIL ? EXIT_FAIL : EXIT_UNKNOWN;
	cli_write(closure->cli, write_refused, closure);
	return closure->exit;
}

/* ---- writing */

static int exit_of(const struct err *err)
{
	return err->code == ERR_BUSY                                 ? EXIT_BUSY
	       : err->code == ERR_INPUT || err->code == ERR_INTERNAL ? EXIT_DATA
								     : EXIT_RECEIPT;
}

/** A summary that nobody will believe is not written. */
static int check_signer(const struct closure *closure, const struct signing *signing,
			struct err *err)
{
	const struct trust *trust = &closure->loops.prover.trust;
	enum reason reason = REASON_NONE;
	struct err why = {0};

	if (trust_find(trust, &signing->key.public, closure->now_utc_ms, &reason, &why)) {
		return 0;
	}
	return err_set(err, ERR_ABSENT,
		       "your key would sign the summary of the closing, and nobody would believe "
		       "it: %s ('gaterun key show' gives the line for %s/trust/allowed_signers)",
		       why.text, repo_receipts(&closure->cli->repo));
}

/** Write the signed summary; `path` gets where it is, so that it can be taken back. */
static int write_summary(struct closure *closure, struct str *path, struct err *err)
{
	AUTO(auto_signing) struct signing signing = {0};
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str folder = {0};
	struct summary_spec spec = {
		.prover = &closure->loops.prover,
		.coverage = &closure->standing.coverage,
		.closed = str_view(&closure->after),
		.version = tool_facts().version,
		.now_utc_ms = closure->now_utc_ms,
	};

	if (signing_open(closure->cli, "local", &signing, err) ||
	    check_signer(closure, &signing, err)) {
		return -1;
	}
	spec.key = &signing.key;
	if (summary_write(&spec, &bytes, err) ||
	    checkout_directory(&closure->cli->repo,
			       summary_folder(&closure->cli->arena, closure->scope->id), &folder,
			       err)) {
		return -1;
	}
	str_printf(path, "%s%s", str_text(&folder), strrchr(closure->summary, '/'));
	if (file_create(str_text(path), str_view(&bytes), 0644, FILE_SYNC_YES, err)) {
		str_clear(path);
		return -1;
	}
	return 0;
}

static int keep_receipts(struct closure *closure, struct err *err)
{
	const struct coverage *coverage = &closure->standing.coverage;

	for (size_t i = 0; i < coverage->exhibits.len; i++) {
		if (proof_keep(&closure->loops.prover, coverage->exhibits.at[i].proof, err)) {
			return err_wrap(err, "keep %s", coverage->exhibits.at[i].proof->run_key);
		}
	}
	return 0;
}

/** Put the file into its place: last, so that a loop is closed only once all else is there. */
static int replace_file(struct closure *closure, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	str_printf(&path, "%s/%s", closure->cli->repo.root, closure->scope->file);
	return binding_file_replace(str_text(&path), closure->scope->bytes,
				    str_view(&closure->after), 0644, err);
}

static int write_closed(struct closure *closure)
{
	AUTO(auto_str) struct str summary = {0};
	struct err err = {0};

	if (write_summary(closure, &summary, &err) || keep_receipts(closure, &err) ||
	    replace_file(closure, &err)) {
		if (summary.len > 0) {
			(void)unlink(str_text(&summary));
		}
		cli_say(closure->cli, "%s is not closed: %s", closure->scope->id, err.text);
		return err.code == ERR_ABSENT ? EXIT_UNKNOWN : exit_of(&err);
	}
	closure->is_written = true;
	return 0;
}

/* ---- the commands */

static void closure_release(struct closure *closure)
{
	standing_release(&closure->standing);
	loops_close(&closure->loops);
	str_release(&closure->after);
}

static int close_loop(struct closure *closure)
{
	struct closing closing = {.coverage = &closure->standing.coverage};
	struct err err = {0};
	int status = find_scope(closure, SCOPE_OPEN);

	status = status ? status : judge(closure);
	if (status) {
		return status;
	}
	closure->now_utc_ms = clock_utc_ms();
	closure->summary = summary_file(&closure->cli->arena, &closure->cli->repo,
					closure->scope->id, closure->now_utc_ms);
	closing.now_utc_ms = closure->now_utc_ms;
	closing.summary = closure->summary;
	if (closing_write(&closing, &closure->after, &err)) {
		cli_say(closure->cli, "%s is not closed: %s", closure->scope->id, err.text);
		return exit_of(&err);
	}
	if (!closure->cli->args.dry_run) {
		status = write_closed(closure);
	}
	if (status == 0) {
		cli_write(closure->cli, write_done, closure);
	}
	return status;
}

int cmd_loop_close(struct cli *cli)
{
	struct closure closure = {.cli = cli};
	int status = close_loop(&closure);

	closure_release(&closure);
	return status;
}

static int reopen_loop(struct closure *closure)
{
	struct err err = {0};
	int status = find_scope(closure, SCOPE_CLOSED);

	if (status) {
		return status;
	}
	closure->standing.scope = closure->scope;
	if (reopening_write(closure->scope, clock_utc_ms(), closure->cli->args.reason,
			    &closure->after, &err) ||
	    (!closure->cli->args.dry_run && replace_file(closure, &err))) {
		cli_say(closure->cli, "%s is not reopened: %s", closure->scope->id, err.text);
		return exit_of(&err);
	}
	closure->is_written = !closure->cli->args.dry_run;
	cli_write(closure->cli, write_done, closure);
	return 0;
}

/** Longest reason for a reopening. */
#define REASON_BYTES 500

int check_loop_close(const struct arguments *args, struct err *err)
{
	return args->evidence.len > 0 ? 0
				      : err_set(err, ERR_INPUT,
						"a loop is closed on evidence: --evidence RUN-KEY");
}

int check_loop_reopen(const struct arguments *args, struct err *err)
{
	if (!args->reason || !*args->reason) {
		return err_set(err, ERR_INPUT, "say why with --reason TEXT");
	}
	return strlen(args->reason) <= REASON_BYTES && !strpbrk(args->reason, "\r\n")
		       ? 0
		       : err_set(err, ERR_INPUT, "--reason is one line of up to %d bytes",
				 REASON_BYTES);
}

int cmd_loop_reopen(struct cli *cli)
{
	struct closure closure = {.cli = cli};
	int status = reopen_loop(&closure);

	closure_release(&closure);
	return status;
}
