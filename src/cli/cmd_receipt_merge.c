#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/receipt_check.h"
#include "cli/signing.h"
#include "cli/tool.h"
#include "data/json.h"
#include "git/git.h"
#include "receipt/merge.h"
#include "receipt/record.h"

/** What was made. */
struct merged {
	struct merge_part *parts;
	struct verification *verifications; /**< of the parts; own their texts */
	size_t count;
	struct record record;
};

static void write_merged(const char *format, const struct style *style, void *cookie,
			 struct str *out)
{
	const struct merged *merged = cookie;
	const struct statement *statement = &merged->record.statement;

	if (strcmp(format, "json") == 0) {
		const struct statement_part *parts = statement->inputs.merged.at;
		AUTO(auto_json) struct json *map = json_map();
		struct json *list = json_list();

		for (size_t i = 0; i < statement->inputs.merged.len; i++) {
			struct json *row = json_map();

			json_put_text(row, "run_key", parts[i].run_key);
			json_put_text(row, "shard", parts[i].shard);
			json_add(list, row);
		}
		json_put_text(map, "schema", "gaterun/receipt-merge/v1");
		json_put_text(map, "run_key", statement->identity.run_key);
		json_put_text(map, "file", merged->record.file);
		json_put_text(map, "result", statement_result(statement));
		json_put_int(map, "exit", statement->totals.exit);
		json_put(map, "merged", list);
		json_write(map, JSON_INDENTED, out);
		return;
	}
	receipt_write(statement, style, out);
	str_printf(out, "\n%s\n", merged->record.file);
}

/** Take one part in; only what is valid, and by somebody who counts here. */
static int add_part(struct receipt_judge *judge, struct merged *merged, const char *name)
{
	struct cli *cli = judge->cli;
	struct verification *found = &merged->verifications[merged->count];
	struct merge_part *part = &merged->parts[merged->count];
	struct named_receipt receipt = {0};
	int status = receipt_find(cli, name, &receipt);

	merged->count++;
	if (status == 0) {
		receipt_judge_one(judge, &receipt, found);
	}
	if (status == 0 && found->verdict != RECEIPT_TRUSTED && found->verdict != RECEIPT_OWN) {
		cli_say(cli, "%s is not merged: %s", name, found->why);
		status = found->verdict == RECEIPT_INVALID ? EXIT_FAIL : EXIT_UNKNOWN;
		status = found->verdict == RECEIPT_NONE ? EXIT_DATA : status;
	}
	part->name = name;
	part->statement = found->statement;
	memcpy(part->signer, found->signer, sizeof(part->signer));
	sha256_hex(receipt.bytes.at ? receipt.bytes.at : "", receipt.bytes.len, part->sha256);
	str_release(&receipt.bytes);
	return status;
}

/** The merged receipt goes into the log of this repo. */
static int check_repo(struct cli *cli, const struct merged *merged)
{
	const char *repo = merged->parts[0].statement.source.repo;
	struct git_state git = {0};
	struct err err = {0};
	const char *own = NULL;

	if (git_identity(cli->repo.root, &git, &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	own = record_repo_id(&cli->repo, &git, &cli->arena);
	if (strcmp(own, repo) != 0) {
		return cli_refuse(cli, "the receipts are about repo '%s', and this is '%s'", repo,
				  own);
	}
	return 0;
}

static int record(struct cli *cli, struct merged *merged, const struct statement *statement)
{
	AUTO(auto_signing) struct signing signing = {0};
	struct record_spec spec = {
		.repo = &cli->repo, .arguments = cli->words, .tool = tool_facts()};
	struct err err = {0};

	if (signing_open(cli, statement->policy.context, &signing, &err)) {
		cli_say(cli, "no receipt: %s", err.text);
		return EXIT_RECEIPT;
	}
	spec.key = &signing.key;
	if (record_merged(&merged->record, &spec, statement, &err)) {
		cli_say(cli, "no receipt: %s", err.text);
		return err.code == ERR_BUSY ? EXIT_BUSY : EXIT_RECEIPT;
	}
	cli_write(cli, write_merged, merged);
	return (int)statement->totals.exit;
}

static int add_parts(struct cli *cli, struct merged *merged)
{
	struct receipt_judge judge = {0};
	int status = receipt_judge_open(cli, &judge);

	for (size_t i = 0; status == 0 && i < cli->args.words.len; i++) {
		status = add_part(&judge, merged, cli->args.words.at[i]);
	}
	receipt_judge_release(&judge);
	return status;
}

static int merge(struct cli *cli, struct merged *merged)
{
	struct statement statement = {0};
	struct err err = {0};
	int status = cli_load_config(cli);

	if (status == 0) {
		status = add_parts(cli, merged);
	}
	if (status == 0) {
		status = check_repo(cli, merged);
	}
	if (status) {
		return status;
	}
	if (merge_receipts(&cli->arena, merged->parts, merged->count, clock_utc_ms(), &statement,
			   &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	return record(cli, merged, &statement);
}

int cmd_receipt_merge(struct cli *cli)
{
	size_t count = cli->args.words.len;
	struct merged merged = {
		.parts = arena_alloc(&cli->arena, count * sizeof(*merged.parts)),
		.verifications = arena_alloc(&cli->arena, count * sizeof(*merged.verifications)),
	};
	int status = merge(cli, &merged);

	record_release(&merged.record);
	for (size_t i = 0; i < merged.count; i++) {
		verification_release(&merged.verifications[i]);
	}
	return status;
}
