#include "cli/witness_key.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/user.h"

/** Longest name of a host that is asked for. */
#define HOST_BYTES 200

/** Its two files. */
struct paths {
	struct str key;
	struct str vkey;
};

static int find_paths(struct paths *out, struct err *err)
{
	if (user_config_dir(&out->key, err)) {
		return -1;
	}
	str_add_text(&out->vkey, str_view(&out->key));
	str_add(&out->key, "/witness_ed25519");
	str_add(&out->vkey, "/witness.vkey");
	return 0;
}

static void paths_release(struct paths *paths)
{
	str_release(&paths->key);
	str_release(&paths->vkey);
}

/** The name that was asked for, or one of this host. */
static int choose_name(const char *name, char out[NOTE_NAME_BYTES], struct err *err)
{
	AUTO(auto_str) struct str chosen = {0};
	char host[HOST_BYTES] = "";

	if (name) {
		str_add(&chosen, name);
	} else if (gethostname(host, sizeof(host) - 1) == 0) {
		str_printf(&chosen, "%s/gaterun", host);
	}
	if (!note_is_name(str_view(&chosen))) {
		return err_set(err, ERR_INPUT,
			       "'%.100s' cannot name a witness: expected printable text without "
			       "blanks and '+'; --name gives one",
			       str_text(&chosen));
	}
	memcpy(out, str_text(&chosen), chosen.len + 1);
	return 0;
}

/** Write the key file. */
static int make_key(const char *path, struct key **out, struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_key) struct key *key = key_generate();
	int failed = 0;

	key_write_openssh(key, "gaterun witness key", &text);
	failed = file_create(path, str_view(&text), 0600, FILE_SYNC_YES, err);
	explicit_bzero(text.at, text.cap);
	if (failed) {
		return -1;
	}
	*out = key;
	key = NULL;
	return 0;
}

/** Name the key, once. */
static int make_vkey(const char *path, const char *name, struct own_witness *witness,
		     struct err *err)
{
	AUTO(auto_str) struct str text = {0};

	if (choose_name(name, witness->public.name, err)) {
		return -1;
	}
	witness_write_vkey(&witness->public, &text);
	str_add_char(&text, '\n');
	return file_create(path, str_view(&text), 0644, FILE_SYNC_YES, err);
}

/** Read what the key is called; ERR_ABSENT if it has no name yet. */
static int read_vkey(const char *path, struct own_witness *witness, struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	struct witness found = {0};

	if (file_read(path, NOTE_BYTES, &text, err)) {
		return -1;
	}
	if (witness_read_vkey(text_trim(str_view(&text)), &found, err)) {
		return err_wrap(err, "'%s'", path);
	}
	if (memcmp(found.key.bytes, witness->public.key.bytes, sizeof(found.key.bytes)) != 0) {
		return err_set(err, ERR_INPUT, "'%s' is about another key than the one beside it",
			       path);
	}
	witness->public = found;
	return 0;
}

/** Read the key, or make it. Of two that make it at once, both take the one that is there then. */
static int take_key(const char *path, bool can_make, struct key **out, bool *is_new,
		    struct err *err)
{
	AUTO(auto_str) struct str folder = {0};
	enum key_state state = key_load(path, out, err);

	if (state == KEY_ABSENT && can_make) {
		*err = (struct err){0};
		str_add_bytes(&folder, path, (size_t)(strrchr(path, '/') - path));
		if (file_make_dirs(str_text(&folder), 0700, err)) {
			return -1;
		}
		*is_new = make_key(path, out, err) == 0;
		if (*is_new) {
			return 0;
		}
		state = err->code == ERR_BUSY ? key_load(path, out, err) : state;
	}
	if (state == KEY_ABSENT && !can_make) {
		return err_set(err, ERR_ABSENT,
			       "there is no witness key at %s; 'gaterun log witness sign' makes it",
			       path);
	}
	return state == KEY_USABLE ? 0 : err_wrap(err, "witness key");
}

static int open_files(const struct paths *paths, const char *name, bool can_make,
		      struct own_witness *witness, bool *is_new, struct err *err)
{
	if (take_key(str_text(&paths->key), can_make, &witness->key, is_new, err)) {
		return -1;
	}
	*err = (struct err){0};
	key_public(witness->key, &witness->public.key);
	if (read_vkey(str_text(&paths->vkey), witness, err) == 0) {
		return 0;
	}
	if (err->code != ERR_ABSENT || !can_make) {
		return -1;
	}
	*err = (struct err){0};
	if (make_vkey(str_text(&paths->vkey), name, witness, err) == 0) {
		return 0;
	}
	if (err->code != ERR_BUSY) {
		return -1;
	}
	*err = (struct err){0};
	return read_vkey(str_text(&paths->vkey), witness, err);
}

int own_witness_open(const struct cli *cli, const char *name, bool can_make,
		     struct own_witness *out, struct err *err)
{
	struct own_witness witness = {0};
	struct paths paths = {0};
	bool is_new = false;
	int failed = find_paths(&paths, err) ||
		     open_files(&paths, name, can_make, &witness, &is_new, err);

	if (failed) {
		own_witness_release(&witness);
	} else {
		*out = witness;
	}
	if (!failed && is_new) {
		cli_say(cli, "made a key that cosigns heads of logs, and nothing else: %s (%s)",
			str_text(&paths.key), out->public.name);
		cli_say(cli,
			"'gaterun log witness show' prints its line for receipts/trust/policy");
	} else if (!failed && name && strcmp(name, out->public.name) != 0) {
		cli_say(cli, "the witness is called %s already; --name is only for a new key",
			out->public.name);
	}
	paths_release(&paths);
	return failed ? -1 : 0;
}

void own_witness_release(struct own_witness *witness)
{
	key_free(witness->key);
	*witness = (struct own_witness){0};
}
