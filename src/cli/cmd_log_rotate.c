/*
 * Replace the signing key. Each step is on disk before the next, and whoever is stopped runs the
 * command again:
 *
 *     KEY.next                made, or copied from --to
 *     logs                    closed by the old key and opened by the new one (receipt/rotate.h)
 *     KEY.retired-<digest>    a second name of the old key's file
 *     KEY                     KEY.next is renamed over it: there is a key at every moment
 *     receipts/evidence       the last head of the closed log, if receipts of it are kept there
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "data/json.h"
#include "receipt/kept.h"
#include "receipt/rotate.h"
#include "report/layout.h"

/** Ceiling of a key file. */
#define KEY_BYTES ((size_t)64 * 1024)

/** One rotation. */
struct rotation {
	const char *path; /**< of the key's file */
	const char *next; /**< where the new key waits */
	const char *retired;
	struct str state;
	struct signing old;
	struct signing new;
	bool was_done; /**< before: nothing is left to do */
	char old_fingerprint[FINGERPRINT_BYTES];
	char new_fingerprint[FINGERPRINT_BYTES];
	char now[CLOCK_RFC3339_BYTES];
	struct str line; /**< for allowed_signers */
	struct rotations logs;
	const char *kept; /**< the head of one of them that this repo keeps now; NULL */
};

/* ---- what is printed */

/** The line of receipts/trust/revoked that ends what the old key may say in one log. */
static void add_revocation(const struct rotation *rotation, const struct rotated *log,
			   struct str *out)
{
	str_printf(out, "%s  %s  retired  %llu  ", rotation->old_fingerprint, rotation->now,
		   (unsigned long long)log->closed.size);
	hex_encode(out, log->closed.root.bytes, SHA256_BYTES);
}

static void write_json(const struct rotation *rotation, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < rotation->logs.len; i++) {
		const struct rotated *log = &rotation->logs.at[i];
		AUTO(auto_str) struct str revoked = {0};
		AUTO(auto_str) struct str root = {0};
		struct json *row = json_map();

		add_revocation(rotation, log, &revoked);
		hex_encode(&root, log->closed.root.bytes, SHA256_BYTES);
		json_put_text(row, "closed", log->closed.origin);
		json_put_int(row, "size", (int64_t)log->closed.size);
		json_put_text(row, "root", str_text(&root));
		json_put_text(row, "next", log->next);
		if (!rotation->was_done) {
			json_put_text(row, "revoked", str_text(&revoked));
		}
		json_add(list, row);
	}
	json_put_text(map, "schema", "gaterun/log-rotate/v1");
	json_put_bool(map, "done_before", rotation->was_done);
	json_put_text(map, "file", rotation->path);
	json_put_text(map, "fingerprint", rotation->new_fingerprint);
	json_put_text(map, "allowed_signers", str_text(&rotation->line));
	if (!rotation->was_done) {
		json_put_text(map, "retired_file", rotation->retired);
		json_put_text(map, "retired_fingerprint", rotation->old_fingerprint);
	}
	json_put_text(map, "kept", rotation->kept);
	json_put(map, "logs", list);
	json_write(map, JSON_INDENTED, out);
}

static void add_paragraph(struct str *out, const struct style *style, const char *text)
{
	str_add_char(out, '\n');
	wrap_add(out, style, 0, 0, text);
	str_add_char(out, '\n');
}

static void write_rotation(const char *format, const struct style *style, void *cookie,
			   struct str *out)
{
	const struct rotation *rotation = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(rotation, out);
		return;
	}
	str_printf(out, "key      %s is %s%s\n", rotation->path, rotation->new_fingerprint,
		   rotation->was_done ? ", and has signed nothing yet" : " now");
	if (!rotation->was_done) {
		str_printf(out, "retired  %s is %s\n", rotation->retired,
			   rotation->old_fingerprint);
	}
	for (size_t i = 0; i < rotation->logs.len; i++) {
		const struct rotated *log = &rotation->logs.at[i];

		str_printf(out,
			   "log      %s, closed with %llu entries,\n"
			   "         is continued by %s\n",
			   log->closed.origin, (unsigned long long)log->closed.size, log->next);
	}
	if (rotation->kept) {
		str_printf(out, "kept     %s: commit it with its neighbours\n", rotation->kept);
	}
	add_paragraph(
		out, style,
		"Others trust the new key when receipts/trust/allowed_signers of the repo has "
		"this line, with your name instead of you@example.org; the old key's line "
		"stays, for what it signed:");
	str_printf(out, "\n%s\n", str_text(&rotation->line));
	if (rotation->was_done) {
		return;
	}
	add_paragraph(out, style,
		      "What the old key would sign from now on is refused everywhere when "
		      "receipts/trust/revoked has the line of the repo's log:");
	str_add_char(out, '\n');
	for (size_t i = 0; i < rotation->logs.len; i++) {
		add_revocation(rotation, &rotation->logs.at[i], out);
		str_add_char(out, '\n');
	}
	add_paragraph(out, style,
		      "The old key's file is kept, because a log of it on another machine can be "
		      "closed by nothing else. Where there is none, delete it: it is of no more "
		      "use to anybody but a thief.");
}

/* ---- the steps */

/** Where everything is, and the old key. */
static int begin(struct cli *cli, struct rotation *rotation, struct err *err)
{
	char hex[SHA256_HEX_BYTES];
	struct stat file;

	if (signing_path(cli, &rotation->path, err) ||
	    signing_open_existing(cli, &rotation->old, err) ||
	    log_state_folder(&rotation->state, err)) {
		return -1;
	}
	if (lstat(rotation->path, &file) < 0 || !S_ISREG(file.st_mode)) {
		return err_set(err, ERR_INPUT,
			       "'%s' is a link: say in config.yaml (signing_key) which file it is "
			       "that is to be replaced",
			       rotation->path);
	}
	sha256_hex(rotation->old.key.public.bytes, ED25519_PUBLIC_BYTES, hex);
	rotation->next = arena_printf(&cli->arena, "%s.next", rotation->path);
	rotation->retired = arena_printf(&cli->arena, "%s.retired-%.16s", rotation->path, hex);
	public_key_fingerprint(&rotation->old.key.public, rotation->old_fingerprint);
	clock_format_rfc3339(clock_utc_ms(), rotation->now);
	return 0;
}

static bool is_same(const struct signing *left, const struct signing *right)
{
	return memcmp(left->key.public.bytes, right->key.public.bytes, ED25519_PUBLIC_BYTES) == 0;
}

/** The file of --to must be of a key that signs, before anything of it is copied. */
static int copy_given(const struct cli *cli, const struct rotation *rotation, struct str *out,
		      struct err *err)
{
	AUTO(auto_signing) struct signing given = {0};

	if (signing_open_file(cli->args.to, &given, err)) {
		return -1;
	}
	if (is_same(&given, &rotation->old)) {
		return err_set(err, ERR_INPUT, "'%s' is the key that is to be replaced",
			       cli->args.to);
	}
	return file_read(cli->args.to, KEY_BYTES, out, err);
}

/** Put the new key where it waits, unless an earlier call did. */
static int place_next(const struct cli *cli, const struct rotation *rotation, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_key) struct key *key = NULL;
	int failed = 0;

	if (file_exists(rotation->next)) {
		cli_say(cli, "going on with a rotation that was stopped: the new key waits in %s",
			rotation->next);
		return 0;
	}
	if (!cli->args.to) {
		key = key_generate();
		key_write_openssh(key, "gaterun signing key", &bytes);
	} else if (copy_given(cli, rotation, &bytes, err)) {
		return -1;
	}
	failed = file_create(rotation->next, str_view(&bytes), 0600, FILE_SYNC_YES, err);
	explicit_bzero(bytes.at, bytes.cap);
	if (failed && err->code == ERR_BUSY) { /* another one made it in this moment */
		*err = (struct err){0};
		failed = 0;
	}
	return failed;
}

/** The key that waits; with --to it must be that one. */
static int open_next(const struct cli *cli, struct rotation *rotation, struct err *err)
{
	AUTO(auto_signing) struct signing given = {0};

	if (signing_open_file(rotation->next, &rotation->new, err)) {
		return -1;
	}
	if (is_same(&rotation->new, &rotation->old)) {
		return err_set(err, ERR_INPUT,
			       "'%s' holds the key that is to be replaced: remove it",
			       rotation->next);
	}
	if (!cli->args.to) {
		return 0;
	}
	if (signing_open_file(cli->args.to, &given, err)) {
		return -1;
	}
	return is_same(&rotation->new, &given)
		       ? 0
		       : err_set(err, ERR_INPUT,
				 "a rotation to another key was begun, which waits in '%s': finish "
				 "it without --to",
				 rotation->next);
}

/** Give the old key's file its second name, and the new key's file its place. */
static int switch_keys(const struct rotation *rotation, struct err *err)
{
	AUTO(auto_str) struct str folder = {0};

	str_add_bytes(&folder, rotation->path,
		      (size_t)(strrchr(rotation->path, '/') - rotation->path));
	if (link(rotation->path, rotation->retired) < 0 && errno != EEXIST) {
		return err_errno(err, "name '%s'", rotation->retired);
	}
	if (file_sync_dir(str_text(&folder), err)) {
		return -1;
	}
	/* Whoever rotates beside us to the same key may have done it. */
	if (rename(rotation->next, rotation->path) < 0 && errno != ENOENT) {
		return err_errno(err, "rename '%s'", rotation->next);
	}
	return file_sync_dir(str_text(&folder), err);
}

static int rotate(struct cli *cli, struct rotation *rotation, struct err *err)
{
	const char *state = NULL;
	enum rotate_state is = ROTATE_NOTHING;

	if (begin(cli, rotation, err)) {
		return -1;
	}
	state = str_text(&rotation->state);
	is = rotate_look(state, &rotation->old.key.public, &rotation->logs);
	if (is == ROTATE_NOTHING) {
		return err_set(err, ERR_ABSENT,
			       "the key %s has no log on this machine that could be closed; to "
			       "have another key, move %s away",
			       rotation->old_fingerprint, rotation->path);
	}
	if (is == ROTATE_DONE && !cli->args.to && !file_exists(rotation->next)) {
		rotation->was_done = true;
		rotation->new.key = rotation->old.key;
		return 0;
	}
	VEC_RELEASE(&rotation->logs);
	return place_next(cli, rotation, err) || open_next(cli, rotation, err) ||
			       rotate_logs(state, &rotation->old.key, &rotation->new.key,
					   &rotation->logs, err) ||
			       switch_keys(rotation, err)
		       ? -1
		       : 0;
}

/* ---- what others need to go on believing what was kept */

/** Open one of the logs that were closed, which is here. */
static int open_closed(const char *state, const char *origin, struct log **out, struct err *err)
{
	struct logs_here here = {0};
	int failed = logs_here(state, &here, err);
	bool is_here = false;

	for (size_t i = 0; i < here.len && !failed && !is_here; i++) {
		is_here = strcmp(here.at[i].origin, origin) == 0;
		failed = is_here && log_open(state, origin, &here.at[i].key, LOG_READ, out, err);
	}
	VEC_RELEASE(&here);
	if (!failed && !is_here) {
		failed = err_set(err, ERR_ABSENT, "it is not here");
	}
	return failed ? -1 : 0;
}

/** Does this repo keep receipts of a log? Then its heads are there, whatever they are worth. */
static bool keeps(struct cli *cli, const char *origin)
{
	const char *receipts = repo_receipts(&cli->repo);
	char log[LOG_NAME_BYTES];
	struct tree_names names = {0};
	struct err ignored = {0};
	bool has = false;

	origin_folder(origin, log);
	has = tree_directory(cli->repo.tree,
			     arena_printf(&cli->arena, "%s/evidence/%s/checkpoints", receipts, log),
			     &names, &ignored) == TREE_OK &&
	      names.len > 0;
	tree_names_release(&names);
	return has;
}

static int keep_head(struct cli *cli, struct rotation *rotation, const struct checkpoint *closed,
		     struct err *err)
{
	AUTO(auto_log) struct log *log = NULL;
	char name[LOG_NAME_BYTES];

	if (open_closed(str_text(&rotation->state), closed->origin, &log, err) ||
	    log_load(log, err) || kept_add(&cli->repo, log, 0, err)) {
		return -1;
	}
	origin_folder(closed->origin, name);
	rotation->kept =
		arena_printf(&cli->arena, "%s/evidence/%s/checkpoints/%08llu",
			     repo_receipts(&cli->repo), name, (unsigned long long)closed->size);
	return 0;
}

/** Where receipts of a closed log are kept, its last head is: a clone sees by it that they are
 * older than what retires the key. The rotation is done, whatever comes of this. */
static void keep_heads(struct cli *cli, struct rotation *rotation)
{
	struct err err = {0};

	if ((!cli->args.root && !cli_find_root(cli)) || cli_load_config(cli)) {
		problems_release(&cli->problems);
		return;
	}
	for (size_t i = 0; i < rotation->logs.len; i++) {
		const struct checkpoint *closed = &rotation->logs.at[i].closed;

		if (keeps(cli, closed->origin) && keep_head(cli, rotation, closed, &err)) {
			cli_say(cli,
				"the last head of log '%s' is not kept: %s; 'gaterun receipt keep' "
				"of any run of it keeps it",
				closed->origin, err.text);
		}
	}
}

/** Say why it was not done, or not to the end. */
static int refuse(struct cli *cli, const struct err *err)
{
	if (err->code != ERR_BUSY) {
		return cli_refuse(cli, "%s", err->text);
	}
	cli_say(cli, "%s", err->text);
	return EXIT_BUSY;
}

int cmd_log_rotate(struct cli *cli)
{
	struct rotation rotation = {0};
	struct err err = {0};
	int status = EXIT_PASS;

	if (rotate(cli, &rotation, &err)) {
		status = refuse(cli, &err);
	} else {
		public_key_fingerprint(&rotation.new.key.public, rotation.new_fingerprint);
		signing_line(&rotation.new.key.public, &rotation.line);
		keep_heads(cli, &rotation);
		cli_write(cli, write_rotation, &rotation);
	}
	if (!rotation.was_done) {
		signing_release(&rotation.new);
	}
	signing_release(&rotation.old);
	VEC_RELEASE(&rotation.logs);
	str_release(&rotation.line);
	str_release(&rotation.state);
	return status;
}
