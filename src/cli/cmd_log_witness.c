#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/receipt_check.h"
#include "cli/witness_key.h"
#include "data/json.h"
#include "git/git.h"
#include "receipt/checkout.h"
#include "receipt/follow.h"
#include "receipt/record.h"
#include "report/layout.h"

/** What came of one log. */
struct looked_at {
	const char *origin; /**< "": where it was looked for, see `where` */
	const char *where;  /**< the folder */
	enum followed followed;
	const char *flaw; /**< code; "": none */
	const char *why;
	const char *proof; /**< folder; NULL: none */
	uint64_t before;
	uint64_t size;
	const char *file; /**< with the cosignature; NULL: there is none */
	bool was_there;   /**< before */
};

/** One invocation. */
struct work {
	struct cli *cli;
	struct str state;
	bool signs;
	struct own_witness witness;
	struct VEC(struct looked_at) rows;
	bool is_unwritten; /**< a cosignature could not be put where it belongs */
};

int check_log_witness(const struct arguments *args, struct err *err)
{
	const char *word = args->words.at[0];
	bool is_sign = strcmp(word, "sign") == 0;

	if (!is_sign && strcmp(word, "pull") != 0 && strcmp(word, "show") != 0) {
		return err_set(err, ERR_INPUT, "'%s' is not pull, sign or show", word);
	}
	if (strcmp(word, "show") == 0 && args->words.len > 1) {
		return err_set(err, ERR_INPUT, "log witness show takes no folder");
	}
	if (!is_sign && (args->out || args->name)) {
		return err_set(err, ERR_INPUT, "--out and --name are for log witness sign");
	}
	if (args->out && args->words.len == 1) {
		return err_set(err, ERR_INPUT,
			       "--out needs a folder to look at; what this repo keeps is cosigned "
			       "there");
	}
	return 0;
}

/* ---- what is said */

static const char *word_of(enum followed followed)
{
	switch (followed) {
	case FOLLOWED_UNKNOWN:
		return "unknown";
	case FOLLOWED_NEW:
		return "grew";
	case FOLLOWED_SAME:
		return "same";
	case FOLLOWED_BAD:
		return "bad";
	}
	return "unknown";
}

static void write_json(const struct work *work, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < work->rows.len; i++) {
		const struct looked_at *row = &work->rows.at[i];
		struct json *one = json_map();

		json_put_text(one, "origin", row->origin);
		json_put_text(one, "folder", row->where);
		json_put_text(one, "state", word_of(row->followed));
		json_put_text(one, "reason", row->flaw);
		json_put_text(one, "message", row->why);
		json_put_int(one, "before", (int64_t)row->before);
		json_put_int(one, "size", (int64_t)row->size);
		if (row->proof) {
			json_put_text(one, "proof", row->proof);
		}
		if (row->file) {
			json_put_text(one, "cosignature", row->file);
			json_put_bool(one, "cosigned_before", row->was_there);
		}
		json_add(list, one);
	}
	json_put_text(map, "schema", "gaterun/log-witness/v1");
	if (work->signs) {
		json_put_text(map, "witness", work->witness.public.name);
	}
	json_put(map, "logs", list);
	json_write(map, JSON_INDENTED, out);
}

static void write_trouble(const struct looked_at *row, const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str line = {0};
	bool is_bad = row->followed == FOLLOWED_BAD;

	colour_add(out, style, is_bad ? COLOUR_RED : COLOUR_YELLOW, is_bad ? "FAIL" : "UNKNOWN");
	str_add(out, "  ");
	str_add(&line, row->why);
	if (*row->flaw) {
		str_printf(&line, " (%s)", row->flaw);
	}
	wrap_add(out, style, is_bad ? 8 : 11, 6, str_text(&line));
	str_add_char(out, '\n');
	if (row->proof) {
		str_printf(out, "      both heads, as the log signed them: %s\n", row->proof);
	}
}

static void write_row(const struct looked_at *row, const struct style *style, struct str *out)
{
	str_printf(out, "%s\n  ", *row->origin ? row->origin : row->where);
	if (row->followed == FOLLOWED_BAD || row->followed == FOLLOWED_UNKNOWN) {
		write_trouble(row, style, out);
		return;
	}
	colour_add(out, style, COLOUR_GREEN, "ok");
	if (row->followed == FOLLOWED_SAME) {
		str_printf(out, "  %llu entries, as before\n", (unsigned long long)row->size);
	} else if (row->before > 0) {
		str_printf(out, "  %llu entries, grown from %llu\n", (unsigned long long)row->size,
			   (unsigned long long)row->before);
	} else {
		str_printf(out, "  %llu entries, seen for the first time\n",
			   (unsigned long long)row->size);
	}
	if (row->file) {
		str_printf(out, "      %s: %s\n",
			   row->was_there ? "was cosigned before" : "cosigned", row->file);
	}
}

static void write_work(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct work *work = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(work, out);
		return;
	}
	for (size_t i = 0; i < work->rows.len; i++) {
		write_row(&work->rows.at[i], style, out);
	}
}

static int status_of(const struct work *work)
{
	int status = EXIT_PASS;

	if (work->rows.len == 0) {
		return EXIT_UNKNOWN;
	}
	for (size_t i = 0; i < work->rows.len; i++) {
		switch (work->rows.at[i].followed) {
		case FOLLOWED_BAD:
			return EXIT_FAIL;
		case FOLLOWED_UNKNOWN:
			status = EXIT_UNKNOWN;
			break;
		case FOLLOWED_NEW:
		case FOLLOWED_SAME:
			break;
		}
	}
	return status == EXIT_PASS && work->is_unwritten ? EXIT_RECEIPT : status;
}

/* ---- one log */

/** The folder that a cosignature of a log that is here goes to. */
static int make_folder(const struct work *work, const struct follow_source *source, struct str *out,
		       struct err *err)
{
	const char *to = work->cli->args.out;
	char log[LOG_NAME_BYTES];

	origin_folder(source->origin, log);
	if (to) {
		str_printf(out, "%s/%s/cosig", to, log);
	} else {
		str_printf(out, "%s/cosig", log_folder(source->log));
	}
	return file_make_dirs(str_text(out), to ? 0755 : 0700, err);
}

/** Put the line where it belongs. What was cosigned before stays: its time says more. */
static int put_line(struct work *work, const struct follow_source *source, struct looked_at *row,
		    struct text line, struct err *err)
{
	struct repo *repo = &work->cli->repo;
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str below = {0};
	char log[LOG_NAME_BYTES];
	int failed = 0;

	if (source->log) {
		failed = make_folder(work, source, &path, err);
	} else {
		origin_folder(source->origin, log);
		str_printf(&below, "evidence/%s/cosig", log);
		failed = checkout_directory(repo, str_text(&below), &path, err);
	}
	if (failed) {
		return -1;
	}
	str_add_char(&path, '/');
	cosigned_name((int64_t)row->size, &work->witness.public, &path);
	row->file = arena_text(&work->cli->arena, str_text(&path));
	failed = file_create(str_text(&path), line, 0644, FILE_SYNC_YES, err);
	if (failed && err->code == ERR_BUSY) {
		row->was_there = true;
		*err = (struct err){0};
		return 0;
	}
	return failed;
}

static void cosign(struct work *work, const struct follow_source *source,
		   const struct follow *follow, struct looked_at *row)
{
	const struct signing_key signing = signing_key_of(work->witness.key);
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};

	if (follow_cosign(follow, source, work->witness.public.name, &signing, &line, &err)) {
		row->followed = FOLLOWED_UNKNOWN;
		row->why = arena_text(&work->cli->arena, err.text);
	} else if (put_line(work, source, row, str_view(&line), &err)) {
		row->file = NULL;
		work->is_unwritten = true;
		cli_say(work->cli,
			"the cosignature of %s is not written: %s; --out names another "
			"place",
			source->origin, err.text);
	}
}

static void follow_one(struct work *work, const struct follow_source *source, const char *where)
{
	struct arena *arena = &work->cli->arena;
	AUTO(auto_follow) struct follow follow = {0};
	enum followed followed = follow_log(str_text(&work->state), source, &follow);
	AUTO(auto_str) struct str shown = {0};
	struct looked_at row = {
		.origin = arena_text(arena, source->origin),
		.where = arena_text(arena, where),
		.followed = followed,
		.flaw = log_flaw_word(follow.flaw),
		.proof = follow.proof ? arena_text(arena, follow.proof) : NULL,
		.before = follow.before.size,
		.size = follow.head.size,
	};

	str_add_printable(&shown, text_of(follow.why));
	row.why = arena_text(arena, str_text(&shown));
	if (work->signs && (followed == FOLLOWED_NEW || followed == FOLLOWED_SAME)) {
		cosign(work, source, &follow, &row);
	}
	*VEC_ADD(&work->rows) = row;
}

/** Something where a log was expected. */
static void add_unknown(struct work *work, const char *where, const char *why)
{
	*VEC_ADD(&work->rows) = (struct looked_at){
		.origin = "",
		.where = arena_text(&work->cli->arena, where),
		.flaw = "",
		.why = arena_text(&work->cli->arena, why),
	};
}

/* ---- logs in folders */

static void follow_folder(struct work *work, const char *path)
{
	AUTO(auto_log) struct log *log = NULL;
	struct follow_source source = {0};
	struct err err = {0};

	if (log_open_folder(path, &log, &err)) {
		add_unknown(work, path, err.text);
		return;
	}
	source.log = log;
	memcpy(source.origin, log_origin(log, &source.key), sizeof(source.origin));
	follow_one(work, &source, path);
}

static bool is_log(const char *path)
{
	AUTO(auto_str) struct str vkey = {0};

	str_printf(&vkey, "%s/log.vkey", path);
	return file_exists(str_text(&vkey));
}

static int order_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/** A log, or a folder with some. */
static void follow_path(struct work *work, const char *path)
{
	AUTO(auto_closedir) DIR *directory = NULL;
	struct VEC(const char *) found = {0};
	struct dirent *entry = NULL;

	if (is_log(path)) {
		follow_folder(work, path);
		return;
	}
	directory = opendir(path);
	if (!directory) {
		struct err err = {0};

		(void)err_errno(&err, "open '%s'", path);
		add_unknown(work, path, err.text);
		return;
	}
	while ((entry = readdir(directory))) {
		const char *below = arena_printf(&work->cli->arena, "%s/%s", path, entry->d_name);

		if (entry->d_name[0] != '.' && is_log(below)) {
			*VEC_ADD(&found) = below;
		}
	}
	if (found.len == 0) {
		add_unknown(work, path,
			    "there is no log here: neither log.vkey nor folders with one");
	} else {
		qsort(found.at, found.len, sizeof(*found.at), order_names);
	}
	for (size_t i = 0; i < found.len; i++) {
		follow_folder(work, found.at[i]);
	}
	VEC_RELEASE(&found);
}

/* ---- what the repo keeps */

/** Follow the kept heads of a log, if it has some. */
static void follow_kept(struct work *work, const struct kept_place *place, const char *origin,
			const struct public_key *key)
{
	struct follow_source source = {.place = place, .key = *key};
	struct tree_names names = {0};
	AUTO(auto_str) struct str folder = {0};
	struct err ignored = {0};
	char log[LOG_NAME_BYTES];

	origin_folder(origin, log);
	str_printf(&folder, "%s/evidence/%s/checkpoints", place->receipts, log);
	if (tree_directory(place->tree, str_text(&folder), &names, &ignored) == TREE_OK &&
	    names.len > 0) {
		memcpy(source.origin, origin, strlen(origin) + 1);
		follow_one(work, &source, str_text(&folder));
	}
	tree_names_release(&names);
}

/** Was this log followed already? A key may be listed twice, and in two files. */
static bool is_followed(const struct work *work, const char *origin)
{
	for (size_t i = 0; i < work->rows.len; i++) {
		if (strcmp(work->rows.at[i].origin, origin) == 0) {
			return true;
		}
	}
	return false;
}

/** The logs of the policy, and those of all whom allowed_signers lists. */
static void follow_all_kept(struct work *work, const struct receipt_judge *judge)
{
	struct cli *cli = work->cli;
	struct git_state git = {0};
	struct err ignored = {0};
	const char *repo_id = NULL;

	(void)git_identity(cli->repo.root, &git, &ignored);
	repo_id = record_repo_id(&cli->repo, &git, &cli->arena);
	for (size_t i = 0; i < judge->policy.logs.len; i++) {
		follow_kept(work, &judge->place, judge->policy.logs.at[i].origin,
			    &judge->policy.logs.at[i].key);
	}
	for (size_t i = 0; i < judge->trust.signers.len; i++) {
		const struct public_key *key = &judge->trust.signers.at[i].key;
		char origin[ORIGIN_BYTES];

		if (origin_make(repo_id, key, origin, &ignored) == 0 &&
		    !is_followed(work, origin)) {
			follow_kept(work, &judge->place, origin, key);
		}
	}
	if (work->rows.len == 0) {
		cli_say(cli,
			"%s/evidence has no head of a log whose signer this repo lists; name the "
			"folder of a log, or keep a receipt first",
			repo_receipts(&cli->repo));
	}
}

static int follow_repo(struct work *work)
{
	struct receipt_judge judge = {0};
	int status = cli_load_config(work->cli);

	if (status == 0) {
		status = receipt_judge_open(work->cli, &judge);
	}
	if (status == 0) {
		follow_all_kept(work, &judge);
	}
	receipt_judge_release(&judge);
	return status;
}

/* ---- the command */

/** The line for the policy, whose names are one word: what the witness is called. */
static int show(struct cli *cli)
{
	AUTO(auto_own_witness) struct own_witness witness = {0};
	struct err err = {0};

	if (own_witness_open(cli, NULL, false, &witness, &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	str_printf(&cli->out, "witness %s ", witness.public.name);
	witness_write_vkey(&witness.public, &cli->out);
	str_add_char(&cli->out, '\n');
	return EXIT_PASS;
}

static int follow_named(struct work *work)
{
	const struct words *words = &work->cli->args.words;

	if (words->len == 1) {
		return follow_repo(work);
	}
	for (size_t i = 1; i < words->len; i++) {
		follow_path(work, words->at[i]);
	}
	return 0;
}

int cmd_log_witness(struct cli *cli)
{
	const char *word = cli->args.words.at[0];
	struct work work = {.cli = cli, .signs = strcmp(word, "sign") == 0};
	struct err err = {0};
	int status = 0;

	if (strcmp(word, "show") == 0) {
		return show(cli);
	}
	if (log_state_folder(&work.state, &err) ||
	    (work.signs && own_witness_open(cli, cli->args.name, true, &work.witness, &err))) {
		status = cli_refuse(cli, "%s", err.text);
	} else {
		status = follow_named(&work);
	}
	if (status == 0) {
		cli_write(cli, write_work, &work);
		status = status_of(&work);
	}
	own_witness_release(&work.witness);
	str_release(&work.state);
	VEC_RELEASE(&work.rows);
	return status;
}
