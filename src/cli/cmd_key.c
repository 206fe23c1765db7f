#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "data/json.h"
#include "receipt/record.h"

/** What key show prints. */
struct shown_key {
	struct signing_public found;
	char fingerprint[FINGERPRINT_BYTES];
	struct str line; /**< for allowed_signers */
};

/** Where the private half is, and so who signs. */
static const struct {
	const char *json;
	const char *text;
} place_words[] = {
	[SIGNING_IN_FILE] = {"file", "with the private key in this file"},
	[SIGNING_IN_AGENT] = {"agent",
			      "with the private key in an SSH agent; this is the public one"},
	[SIGNING_LOCKED] = {"agent",
			    "with an SSH agent that has this key, which needs a passphrase"},
};

static void write_key(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct shown_key *key = cookie;

	(void)style;
	if (strcmp(format, "json") == 0) {
		AUTO(auto_json) struct json *map = json_map();

		json_put_text(map, "schema", "gaterun/key/v1");
		json_put_text(map, "file", key->found.path);
		json_put_text(map, "signs", place_words[key->found.place].json);
		json_put_text(map, "fingerprint", key->fingerprint);
		json_put_text(map, "allowed_signers", str_text(&key->line));
		json_write(map, JSON_INDENTED, out);
		return;
	}
	str_printf(out, "key          %s\nfingerprint  %s\nsigns        %s\n\n", key->found.path,
		   key->fingerprint, place_words[key->found.place].text);
	str_printf(out,
		   "Others trust it when receipts/trust/allowed_signers of the repo has this line, "
		   "with your\nname instead of you@example.org:\n\n%s\n",
		   str_text(&key->line));
}

int cmd_key_show(struct cli *cli)
{
	struct shown_key shown = {0};
	int status = signing_public(cli, &shown.found);

	if (status) {
		return status;
	}
	public_key_fingerprint(&shown.found.key, shown.fingerprint);
	signing_line(&shown.found.key, &shown.line);
	cli_write(cli, write_key, &shown);
	str_release(&shown.line);
	return EXIT_PASS;
}

int cmd_key_new(struct cli *cli)
{
	AUTO(auto_key) struct key *key = NULL;
	struct public_key public = {0};
	char fingerprint[FINGERPRINT_BYTES];
	const char *path = NULL;
	struct err err = {0};

	if (signing_path(cli, &path, &err) || signing_make(cli, &key, &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	key_public(key, &public);
	public_key_fingerprint(&public, fingerprint);
	str_printf(&cli->out, "%s\n%s\n", path, fingerprint);
	return EXIT_PASS;
}

/** The name of a verifier key is the log's origin, which needs the repo. */
static int export_vkey(struct cli *cli, const struct public_key *public)
{
	char origin[ORIGIN_BYTES];
	struct err err = {0};
	int status = cli_load_config(cli);

	if (status) {
		return status;
	}
	if (record_origin(&cli->repo, public, origin, &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	vkey_write(origin, public, &cli->out);
	str_add_char(&cli->out, '\n');
	return EXIT_PASS;
}

int cmd_key_export(struct cli *cli)
{
	const char *format = cli->args.format ? cli->args.format : "ssh";
	struct signing_public own = {0};
	int status = signing_public(cli, &own);

	if (status) {
		return status;
	}
	if (strcmp(format, "vkey") == 0) {
		return export_vkey(cli, &own.key);
	}
	if (strcmp(format, "pem") == 0) {
		public_key_write_pem(&own.key, &cli->out);
	} else if (strcmp(format, "minisign") == 0) {
		public_key_write_minisign(&own.key, &cli->out);
	} else if (strcmp(format, "signify") == 0) {
		public_key_write_signify(&own.key, &cli->out);
	} else {
		public_key_write_ssh(&own.key, "gaterun signing key", &cli->out);
	}
	return EXIT_PASS;
}
