#include "cli/signing.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/user.h"
#include "crypto/login_key.h"
#include "receipt/trust.h"

/** What the key is called where nothing else is said, in the folder of config.yaml. */
#define DEFAULT_NAME "signing_ed25519"

/* ---- which file */

/** @param is_named  config.yaml names it */
static int find_path(struct cli *cli, const char **out, bool *is_named, struct err *err)
{
	AUTO(auto_str) struct str directory = {0};
	struct user_config config = {0};

	if (user_read_config(cli, &config)) {
		return err_set(err, ERR_INPUT, "the user's config.yaml is wrong");
	}
	*is_named = config.signing_key != NULL;
	if (config.signing_key) {
		*out = config.signing_key;
		return 0;
	}
	if (user_config_dir(&directory, err)) {
		return -1;
	}
	*out = arena_printf(&cli->arena, "%s/" DEFAULT_NAME, str_text(&directory));
	return 0;
}

int signing_path(struct cli *cli, const char **out, struct err *err)
{
	bool is_named = false;

	return find_path(cli, out, &is_named, err);
}

/* ---- what is in it */

/** What a key file says. */
struct loaded {
	struct key *own;          /**< KEY_USABLE */
	struct public_key public; /**< KEY_USABLE, KEY_LOCKED and KEY_PUBLIC */
};

/** A file that is no private key for us to read: does it say which key of an agent is meant? */
static enum key_state load_public(const char *path, enum key_state state, struct public_key *out,
				  struct err *err)
{
	AUTO(auto_login_key) struct login_key *key = NULL;
	struct err why = {0};
	enum key_state as_login = login_key_load(path, &key, &why);

	if (as_login == KEY_LOCKED && !key) {
		(void)err_set(err, ERR_INPUT,
			      "key '%s' needs a passphrase, and nothing says which key it is: put "
			      "its public half beside it (FILE.pub), for an agent that has it",
			      path);
		return KEY_UNREADABLE;
	}
	if (as_login == KEY_UNSUPPORTED) { /* what wants to be touched says so */
		*err = why;
		return KEY_UNSUPPORTED;
	}
	if ((as_login != KEY_LOCKED && as_login != KEY_PUBLIC) || !key) {
		return state;
	}
	if (public_key_from_wire(login_key_blob(key), out, &why)) {
		err_fill(err, ERR_INPUT, "key '%s': %s (ssh-keygen -t ed25519)", path, why.text);
		return KEY_UNSUPPORTED;
	}
	return as_login;
}

static enum key_state load(const char *path, struct loaded *out, struct err *err)
{
	enum key_state state = key_load(path, &out->own, err);

	if (state == KEY_USABLE) {
		key_public(out->own, &out->public);
	} else if (state == KEY_LOCKED || state == KEY_UNREADABLE) {
		state = load_public(path, state, &out->public, err);
	}
	return state;
}

/* ---- making one */

static bool is_public_name(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && strcmp(path + len - 4, ".pub") == 0;
}

int signing_make(struct cli *cli, struct key **out, struct err *err)
{
	AUTO(auto_str) struct str directory = {0};
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_key) struct key *key = NULL;
	const char *path = NULL;
	int failed = 0;

	if (signing_path(cli, &path, err)) {
		return -1;
	}
	if (is_public_name(path)) {
		return err_set(err, ERR_INPUT,
			       "config.yaml names a public key, '%s', whose private half is an "
			       "agent's: ssh-keygen -t ed25519 makes both, ssh-add gives it one",
			       path);
	}
	str_add_bytes(&directory, path, (size_t)(strrchr(path, '/') - path));
	if (file_make_dirs(str_text(&directory), 0700, err)) {
		return -1;
	}
	key = key_generate();
	key_write_openssh(key, "gaterun signing key", &text);
	failed = file_create(path, str_view(&text), 0600, FILE_SYNC_YES, err);
	explicit_bzero(text.at, text.cap);
	if (failed) {
		return -1;
	}
	*out = key;
	key = NULL;
	return 0;
}

static void use_own(struct signing *signing, struct key *key)
{
	signing->own = key;
	signing->key = signing_key_of(key);
}

/** Make the key, and say so: once, because the next run finds it. */
static int make_and_tell(struct cli *cli, const char *path, struct signing *out, struct err *err)
{
	char fingerprint[FINGERPRINT_BYTES];
	struct key *key = NULL;

	if (signing_make(cli, &key, err)) {
		/* With ERR_BUSY another run made it in this moment. */
		if (err->code != ERR_BUSY || key_load(path, &key, err) != KEY_USABLE) {
			return err_wrap(err, "make a signing key");
		}
		use_own(out, key);
		return 0;
	}
	use_own(out, key);
	public_key_fingerprint(&out->key.public, fingerprint);
	cli_say(cli, "made a key that signs your receipts, and nothing else: %s (%s)", path,
		fingerprint);
	cli_say(cli, "'gaterun key trust' says how others can trust it");
	return 0;
}

/* ---- having it sign */

static int use_agent(const char *path, struct signing *out, struct err *err)
{
	if (agent_key_open(path, getenv("SSH_AUTH_SOCK"), &out->agent, err)) {
		return -1;
	}
	out->key = agent_key_signing(out->agent);
	return 0;
}

/** @param state  what the file is, for those who want to do something about an absent one */
static int open_file(const char *path, struct signing *out, enum key_state *state, struct err *err)
{
	struct loaded loaded = {0};

	*state = load(path, &loaded, err);
	switch (*state) {
	case KEY_USABLE:
		use_own(out, loaded.own);
		return 0;
	case KEY_LOCKED:
	case KEY_PUBLIC:
		return use_agent(path, out, err) ? err_wrap(err, "signing key") : 0;
	case KEY_ABSENT:
	case KEY_UNREADABLE:
	case KEY_EXPOSED:
	case KEY_UNSUPPORTED:
		break;
	}
	return err_wrap(err, "signing key");
}

int signing_open_file(const char *path, struct signing *out, struct err *err)
{
	enum key_state state = KEY_ABSENT;

	return open_file(path, out, &state, err);
}

int signing_open_existing(struct cli *cli, struct signing *out, struct err *err)
{
	enum key_state state = KEY_ABSENT;
	const char *path = NULL;

	return signing_path(cli, &path, err) || open_file(path, out, &state, err) ? -1 : 0;
}

int signing_open(struct cli *cli, const char *context, struct signing *out, struct err *err)
{
	bool is_ci = strcmp(context, "ci") == 0;
	enum key_state state = KEY_ABSENT;
	const char *path = NULL;
	bool is_named = false;

	if (find_path(cli, &path, &is_named, err) == 0) {
		if (open_file(path, out, &state, err) == 0) {
			return 0;
		}
	} else if (err->code != ERR_ABSENT || !is_ci) {
		return -1;
	}
	if (state != KEY_ABSENT || is_named) {
		return -1;
	}
	if (is_ci) {
		use_own(out, key_generate());
		cli_say(cli, "there is no signing key here, so this run is signed with one that is "
			     "thrown away; nobody can trust its receipt later");
		return 0;
	}
	return make_and_tell(cli, path, out, err);
}

void signing_release(struct signing *signing)
{
	key_free(signing->own);
	agent_key_free(signing->agent);
	*signing = (struct signing){0};
}

/* ---- knowing it */

int signing_find_public(struct cli *cli, struct signing_public *out, struct err *err)
{
	struct loaded loaded = {0};
	struct signing_public found = {0};
	enum key_state state = KEY_ABSENT;

	if (signing_path(cli, &found.path, err)) {
		return -1;
	}
	state = load(found.path, &loaded, err);
	key_free(loaded.own);
	if (state == KEY_ABSENT) {
		return err_set(err, ERR_ABSENT,
			       "there is no signing key at %s; 'gaterun key new' makes it, or the "
			       "first run does",
			       found.path);
	}
	if (state != KEY_USABLE && state != KEY_LOCKED && state != KEY_PUBLIC) {
		return err_wrap(err, "signing key");
	}
	found.key = loaded.public;
	found.place = state == KEY_USABLE   ? SIGNING_IN_FILE
		      : state == KEY_PUBLIC ? SIGNING_IN_AGENT
					    : SIGNING_LOCKED;
	*out = found;
	return 0;
}

int signing_public(struct cli *cli, struct signing_public *out)
{
	struct err err = {0};

	return signing_find_public(cli, out, &err) ? cli_refuse(cli, "%s", err.text) : EXIT_PASS;
}

void signing_line(const struct public_key *key, struct str *out)
{
	AUTO(auto_str) struct str ssh = {0};
	struct text line = {0};

	public_key_write_ssh(key, "", &ssh);
	line = text_trim(str_view(&ssh));
	str_printf(out, "you@example.org namespaces=\"" RECEIPT_NAMESPACE "\" %.*s", (int)line.len,
		   line.at);
}

void log_way_out(struct cli *cli, const char *folder, struct str *out)
{
	struct err ignored = {0};
	const char *path = NULL;
	bool is_named = false;

	str_printf(out, "put back what %s held, from a backup", folder);
	if (find_path(cli, &path, &is_named, &ignored)) {
		return;
	}
	str_printf(out,
		   is_named ? ", or start another log with another key: `signing_key` in "
			      "config.yaml names it, and now %s"
			    : ", or start another log with another key: move %s away, and the next "
			      "run makes one",
		   path);
}
