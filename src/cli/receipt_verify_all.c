/* `receipt verify --all`: every receipt of the checkout, each as if it was named by its run key. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/receipt_check.h"
#include "data/json.h"
#include "receipt/envelope.h"
#include "report/layout.h"
#include "report/progress.h"

/** One of them. */
struct verified {
	const char *file;
	const char *run_key;
	enum receipt_verdict verdict;
	enum reason reason;
	const char *why;
	const char *signer;
};

/** All of them, and how many have which verdict. */
struct all {
	struct VEC(struct verified) rows;
	size_t counts[RECEIPT_NONE + 1];
};

/** Receipts are named by their run keys; other files of these folders belong to them. */
static void list_folder(struct cli *cli, const char *folder, struct all *all)
{
	struct tree_names names = {0};
	struct err err = {0};
	enum tree_answer answer = tree_directory(cli->repo.tree, folder, &names, &err);

	if (answer == TREE_REFUSED) {
		problems_add(&cli->problems, PROBLEM_FILE, (struct place){folder, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
	}
	for (size_t i = 0; answer == TREE_OK && i < names.len; i++) {
		struct text name = text_of(names.at[i]);
		size_t end = strlen(".json");

		if (name.len <= end || strcmp(names.at[i] + name.len - end, ".json") != 0) {
			continue;
		}
		name.len -= end;
		if (run_key_form(name) == RUN_KEY_OURS) {
			*VEC_ADD(&all->rows) = (struct verified){
				.file = arena_printf(&cli->arena, "%s/%s", folder, names.at[i]),
				.run_key =
					arena_printf(&cli->arena, "%.*s", (int)name.len, name.at)};
		}
	}
	tree_names_release(&names);
}

static void judge_row(struct cli *cli, struct receipt_judge *judge, struct verified *row)
{
	AUTO(auto_verification) struct verification found = {0};
	struct named_receipt receipt = {.name = row->run_key, .file = row->file, .is_key = true};
	struct text bytes = {0};
	struct err err = {0};

	if (tree_read(cli->repo.tree, row->file, ENVELOPE_BYTES, &bytes, &err) != TREE_OK) {
		row->verdict = RECEIPT_NONE;
		row->reason = REASON_RECEIPT_NOT_ONE;
		row->why = arena_text(&cli->arena, err.text);
		return;
	}
	str_add_text(&receipt.bytes, bytes);
	receipt_judge_one(judge, &receipt, &found);
	str_release(&receipt.bytes);
	row->verdict = found.verdict;
	row->reason = found.reason;
	row->why = arena_text(&cli->arena, found.why);
	row->signer = found.signer[0] ? arena_text(&cli->arena, found.signer) : NULL;
}

static struct json *row_json(const struct verified *row)
{
	struct json *map = json_map();

	json_put_text(map, "file", row->file);
	json_put_text(map, "run_key", row->run_key);
	json_put_text(map, "verdict", receipt_verdict_word(row->verdict));
	json_put_text(map, "reason", reason_code(row->reason));
	json_put_text(map, "why", row->why);
	json_put_text(map, "signer", row->signer);
	return map;
}

static void write_json(const struct all *all, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();
	struct json *counts = json_map();

	for (size_t i = 0; i < all->rows.len; i++) {
		json_add(list, row_json(&all->rows.at[i]));
	}
	for (enum receipt_verdict i = 0; i <= RECEIPT_NONE; i++) {
		json_put_int(counts, receipt_verdict_word(i), (int64_t)all->counts[i]);
	}
	json_put_text(map, "schema", "gaterun/receipts-verify/v1");
	json_put(map, "counts", counts);
	json_put(map, "receipts", list);
	json_write(map, JSON_INDENTED, out);
}

static bool is_valid(enum receipt_verdict verdict)
{
	return verdict == RECEIPT_TRUSTED || verdict == RECEIPT_OWN;
}

static void write_all(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct all *all = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(all, out);
		return;
	}
	for (size_t i = 0; i < all->rows.len; i++) {
		const struct verified *row = &all->rows.at[i];
		AUTO(auto_str) struct str line = {0};

		if (is_valid(row->verdict)) {
			continue;
		}
		colour_add(out, style,
			   row->verdict == RECEIPT_UNDECIDED ? COLOUR_YELLOW : COLOUR_RED,
			   row->verdict == RECEIPT_UNDECIDED ? "UNDECIDED" : "INVALID");
		str_printf(&line, "%s: %s (%s)", row->file, row->why, reason_code(row->reason));
		str_add(out, "  ");
		wrap_add(out, style, 11, 2, str_text(&line));
		str_add_char(out, '\n');
	}
	str_printf(
		out,
		"%zu receipts: %zu valid (%zu of them by your own key), %zu not, %zu undecided\n",
		all->rows.len, all->counts[RECEIPT_TRUSTED] + all->counts[RECEIPT_OWN],
		all->counts[RECEIPT_OWN], all->counts[RECEIPT_INVALID] + all->counts[RECEIPT_NONE],
		all->counts[RECEIPT_UNDECIDED]);
}

/** Nothing to verify proves nothing. */
static int status_of(const struct all *all)
{
	if (all->counts[RECEIPT_INVALID] + all->counts[RECEIPT_NONE] > 0) {
		return EXIT_FAIL;
	}
	return all->counts[RECEIPT_UNDECIDED] > 0 || all->rows.len == 0 ? EXIT_UNKNOWN : EXIT_PASS;
}

static void judge_all(struct cli *cli, struct receipt_judge *judge, struct all *all)
{
	struct progress progress = {0};

	progress_start(&progress, STDERR_FILENO, &cli->error_style);
	progress.unit = "receipts";
	for (size_t i = 0; i < all->rows.len; i++) {
		judge_row(cli, judge, &all->rows.at[i]);
		all->counts[all->rows.at[i].verdict]++;
		progress_show(i + 1, all->rows.len, NULL, &progress);
	}
	progress_erase(&progress);
}

int receipt_verify_all(struct cli *cli)
{
	struct receipt_judge judge = {0};
	struct all all = {0};
	int status = cli_load_config(cli);

	if (status) {
		return status;
	}
	list_folder(cli, repo_receipts(&cli->repo), &all);
	list_folder(cli, arena_printf(&cli->arena, "%s/evidence", repo_receipts(&cli->repo)), &all);
	status = cli->problems.list.len > 0 ? cli_tell_problems(cli)
					    : receipt_judge_open(cli, &judge);
	if (status == 0) {
		judge_all(cli, &judge, &all);
		cli_write(cli, write_all, &all);
		status = status_of(&all);
	}
	receipt_judge_release(&judge);
	VEC_RELEASE(&all.rows);
	return status;
}
