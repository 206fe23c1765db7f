#include "cli/baseline.h"

#include "base/cleanup.h"
#include "cli/receipt_check.h"
#include "git/revision.h"
#include "receipt/earlier.h"

/** "it cannot be read: gaterun.yaml:3:1: the first thing that is wrong". */
static const char *first_problem(struct arena *arena, struct problems *problems)
{
	const struct problem *first = NULL;
	AUTO(auto_str) struct str where = {0};

	problems_sort(problems);
	first = &problems->list.at[0];
	if (first->where.file) {
		str_printf(&where, "%s:", first->where.file);
	}
	if (first->where.file && first->where.line > 0) {
		str_printf(&where, "%d:%d:", first->where.line, first->where.column);
	}
	return arena_printf(arena, "it cannot be read there: %s %s", str_text(&where),
			    first->message);
}

static int choose_revision(struct cli *cli, struct baseline *baseline)
{
	const char *root = cli->repo.root;
	struct problems problems = {0};
	struct tree *tree = NULL;
	struct err err = {0};

	if (revision_commit(root, baseline->name, baseline->commit, &err)) {
		return cli_usage(cli, "--baseline: %s", err.text);
	}
	if (tree_open_revision(root, baseline->commit, &tree, &err)) {
		baseline->broken = arena_text(&cli->arena, err.text);
		return 0;
	}
	if (repo_load_facts(&baseline->repo, tree, &cli->repo.gates, &problems)) {
		baseline->broken = first_problem(&cli->arena, &problems);
	}
	problems_release(&problems);
	return 0;
}

/** 0 if the receipt is valid, by somebody trusted or this user; else the status, after having said
 * why. */
static int believe(struct cli *cli, const struct verification *verification)
{
	if (verification->verdict == RECEIPT_TRUSTED || verification->verdict == RECEIPT_OWN) {
		return 0;
	}
	cli_say(cli, "--baseline: the receipt of %s is not to be believed: %s", cli->args.baseline,
		verification->why);
	return verification->verdict == RECEIPT_UNDECIDED ? EXIT_UNKNOWN : EXIT_DATA;
}

static int choose_receipt(struct cli *cli, struct baseline *baseline)
{
	AUTO(auto_verification) struct verification verification = {0};
	struct named_receipt receipt = {0};
	struct texts uncommitted = {0};
	int status = receipt_find(cli, baseline->name, &receipt);

	if (status == 0) {
		status = receipt_check(cli, &receipt, &uncommitted, &verification);
	}
	if (status == 0) {
		status = believe(cli, &verification);
	}
	if (status == 0) {
		baseline->run_key = baseline->name;
		earlier_fill(&verification.statement, baseline);
	}
	str_release(&receipt.bytes);
	return status;
}

int choose_baseline(struct cli *cli, struct baseline *baseline, struct run_options *out)
{
	if (!cli->args.baseline) {
		return 0;
	}
	baseline->name = cli->args.baseline;
	out->baseline = baseline;
	out->fails_on_introduced = cli->args.fail_on != NULL;
	return run_key_form(text_of(baseline->name)) == RUN_KEY_NONE
		       ? choose_revision(cli, baseline)
		       : choose_receipt(cli, baseline);
}
