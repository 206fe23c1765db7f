#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/receipts.h"
#include "data/json.h"
#include "receipt/envelope.h"
#include "receipt/log.h"

/* ---- show */

/** What is shown: the statement, and the bytes it was read from. */
struct shown {
	struct statement statement;
	struct str payload;
	const char *outputs; /**< where to look for outputs; NULL: they are not shown */
};

static void write_shown(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	const struct shown *shown = cookie;

	if (strcmp(format, "json") == 0) {
		str_add_text(out, str_view(&shown->payload));
		str_add_char(out, '\n');
		return;
	}
	receipt_write(&shown->statement, style, out);
	if (shown->outputs) {
		receipt_write_outputs(&shown->statement, shown->outputs, out);
	}
	str_add(out, "\nwhat it says was not verified: 'gaterun receipt verify' does\n");
}

int cmd_receipt_show(struct cli *cli)
{
	struct named_receipt receipt = {0};
	struct shown shown = {0};
	AUTO(auto_str) struct str state = {0};
	struct err err = {0};
	int status = receipt_find(cli, cli->args.words.at[0], &receipt);

	if (status == 0 && receipt_open(&cli->arena, str_view(&receipt.bytes), &shown.payload,
					&shown.statement, &err)) {
		status = cli_refuse(cli, "'%s' is not a receipt: %s", receipt.name, err.text);
	}
	if (status == 0 && receipt.is_key &&
	    strcmp(shown.statement.identity.run_key, receipt.name) != 0) {
		status = cli_refuse(cli, "'%s' is the receipt of another run, %s", receipt.file,
				    shown.statement.identity.run_key);
	}
	if (status == 0 && cli->args.shows_outputs) {
		status = log_state_folder(&state, &err) ? cli_refuse(cli, "%s", err.text) : 0;
		shown.outputs = str_text(&state);
	}
	if (status == 0) {
		cli_write(cli, write_shown, &shown);
	}
	str_release(&shown.payload);
	str_release(&receipt.bytes);
	return status;
}

/* ---- list */

/** One file of the directory. */
struct listed {
	const char *file;
	bool is_receipt;
	struct statement statement;
};

struct listing {
	struct VEC(struct listed) rows;
};

static struct json *listed_json(const struct listed *row)
{
	struct json *map = json_map();

	json_put_text(map, "file", row->file);
	json_put_text(map, "run_key", row->statement.identity.run_key);
	json_put_text(map, "started_at", row->statement.time.started_at);
	json_put_text(map, "result", row->is_receipt ? statement_result(&row->statement) : NULL);
	json_put_text(map, "commit", row->statement.source.commit);
	return map;
}

static void write_listing(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	const struct listing *listing = cookie;

	if (strcmp(format, "json") == 0) {
		AUTO(auto_json) struct json *map = json_map();
		struct json *list = json_list();

		for (size_t i = 0; i < listing->rows.len; i++) {
			json_add(list, listed_json(&listing->rows.at[i]));
		}
		json_put_text(map, "schema", "gaterun/receipts/v1");
		json_put(map, "receipts", list);
		json_write(map, JSON_INDENTED, out);
		return;
	}
	for (size_t i = 0; i < listing->rows.len; i++) {
		const struct listed *row = &listing->rows.at[i];

		str_printf(out, "%-7s ",
			   row->is_receipt ? statement_result(&row->statement) : "not one");
		str_add_printable(out, text_of(row->file));
		str_add_char(out, '\n');
	}
	(void)style;
	if (listing->rows.len == 0) {
		str_add(out, "no receipts here; 'gaterun verify' writes them\n");
	}
}

/** Read one file; what it says is not verified. */
static void list_file(struct cli *cli, const char *file, struct listing *listing)
{
	struct listed *row = VEC_ADD(&listing->rows);
	struct text bytes = {0};
	struct err ignored = {0};

	row->file = file;
	if (tree_read(cli->repo.tree, file, ENVELOPE_BYTES, &bytes, &ignored) == TREE_OK &&
	    receipt_open(&cli->arena, bytes, NULL, &row->statement, &ignored) == 0) {
		row->is_receipt = row->statement.kind == STATEMENT_RECEIPT;
	}
}

static void list_directory(struct cli *cli, const char *directory, struct listing *listing)
{
	struct tree_names names = {0};
	struct err err = {0};
	enum tree_answer answer = tree_directory(cli->repo.tree, directory, &names, &err);

	if (answer == TREE_REFUSED) {
		problems_add(&cli->problems, PROBLEM_FILE, (struct place){directory, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
	}
	if (answer != TREE_OK) {
		return;
	}
	for (size_t i = 0; i < names.len; i++) {
		const char *dot = strrchr(names.at[i], '.');

		if (dot && strcmp(dot, ".json") == 0 && names.at[i][0] != '.') {
			list_file(cli, arena_printf(&cli->arena, "%s/%s", directory, names.at[i]),
				  listing);
		}
	}
	tree_names_release(&names);
}

/** By time, and within a millisecond by place in the log; what is no receipt has no time. */
static int compare_listed(const void *left, const void *right)
{
	const struct listed *a = left;
	const struct listed *b = right;
	const char *a_time = a->statement.time.started_at;
	const char *b_time = b->statement.time.started_at;
	int order = strcmp(a_time ? a_time : "", b_time ? b_time : "");

	if (order == 0) {
		order = (a->statement.identity.seq > b->statement.identity.seq) -
			(a->statement.identity.seq < b->statement.identity.seq);
	}
	return order != 0 ? order : strcmp(a->file, b->file);
}

int cmd_receipt_list(struct cli *cli)
{
	struct listing listing = {0};
	int status = cli_load_config(cli);
	const char *directory = NULL;

	if (status) {
		return status;
	}
	directory = repo_receipts(&cli->repo);
	list_directory(cli, arena_printf(&cli->arena, "%s/evidence", directory), &listing);
	list_directory(cli, directory, &listing);
	if (listing.rows.len > 1) {
		qsort(listing.rows.at, listing.rows.len, sizeof(*listing.rows.at), compare_listed);
	}
	if (cli->problems.list.len > 0) {
		status = cli_tell_problems(cli);
	} else {
		cli_write(cli, write_listing, &listing);
	}
	VEC_RELEASE(&listing.rows);
	return status;
}
