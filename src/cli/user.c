#include "cli/user.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "data/yaml.h"

#define API(member)                                         \
	(offsetof(struct user_config, tailnet_api.member) - \
	 offsetof(struct user_config, tailnet_api))

static const struct field tailnet_api_fields[] = {
	{"url", FIELD_TEXT, API(url),
	 .doc = "scheme, host and port of a server that is not Tailscale's own"},
	{"tailnet", FIELD_TEXT, API(tailnet),
	 .doc = "which tailnet; without it, that of the credential"},
	{"oauth_client_id", FIELD_TEXT, API(oauth_client_id),
	 .doc = "of an OAuth client, whose secret the file has; without it, the file has an API key"},
	{"credential_file", FIELD_TEXT, API(credential_file),
	 .doc = "the file with the credential, which nobody else may read"},
	{0},
};

static const struct field user_fields[] = {
	{"identity", FIELD_TEXT, offsetof(struct user_config, identity),
	 .doc = "the SSH key that gates log in with: a private key, or a public one that the SSH agent "
		"has the other half of"},
	{"signing_key", FIELD_TEXT, offsetof(struct user_config, signing_key),
	 .doc = "the Ed25519 key that signs receipts and nothing else: a private key, or a public one "
		"that the SSH agent has the other half of; by default signing_ed25519 beside this "
		"file"},
	{"tailnet_api", FIELD_STRUCT, offsetof(struct user_config, tailnet_api),
	 .fields = tailnet_api_fields, .doc = "how the API of the tailnet is asked"},
	{0},
};

/** The home directory; "" if it is not known. (Asking the user database may ask the network.) */
static const char *home(void)
{
	const char *value = getenv("HOME");

	return value && value[0] == '/' ? value : "";
}

int user_config_dir(struct str *out, struct err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME");

	/* The XDG specification: relative paths are to be ignored. */
	if (xdg && xdg[0] == '/') {
		str_printf(out, "%s/gaterun", xdg);
	} else if (*home()) {
		str_printf(out, "%s/.config/gaterun", home());
	} else {
		return err_set(err, ERR_ABSENT,
			       "no place for settings and keys: neither HOME nor XDG_CONFIG_HOME "
			       "is an absolute path");
	}
	return 0;
}

/** A path as it was written in a file of `base`, made absolute. */
static const char *absolute(struct cli *cli, const char *path, const char *base)
{
	if (path[0] == '~' && path[1] == '/' && *home()) {
		return arena_printf(&cli->arena, "%s%s", home(), path + 1);
	}
	return path[0] == '/' ? path : arena_printf(&cli->arena, "%s/%s", base, path);
}

/** Read config.yaml; what is wrong with it is a problem. */
static void load_config(struct cli *cli, const char *path, struct user_config *config)
{
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};
	struct node *root = NULL;
	struct place where = {path, 0, 0};
	struct decode decode = {
		.arena = &cli->arena, .problems = &cli->problems, .what = "the user's settings"};

	if (file_read(path, OWN_FILE_BYTES, &bytes, &err)) {
		if (err.code != ERR_ABSENT) {
			problems_add(&cli->problems, PROBLEM_FILE, where, (struct text){0}, NULL,
				     "%s", err.text);
		}
		return;
	}
	decode.source = str_view(&bytes);
	if (yaml_load(&cli->arena, path, str_view(&bytes), OWN_FILE, &cli->problems, NULL, &root) ==
	    0) {
		(void)decode_fields(&decode, root, root->where, user_fields, config);
	}
}

int user_read_config(struct cli *cli, struct user_config *out)
{
	AUTO(auto_str) struct str directory = {0};
	struct err ignored = {0};

	if (user_config_dir(&directory, &ignored)) {
		return 0;
	}
	load_config(cli, arena_printf(&cli->arena, "%s/config.yaml", str_text(&directory)), out);
	/* A line of this file may hold what somebody took for the place of a secret. */
	for (size_t i = 0; i < cli->problems.list.len; i++) {
		cli->problems.list.at[i].quoted = NULL;
	}
	if (cli->problems.list.len > 0) {
		return cli_tell_problems(cli);
	}
	if (out->identity) {
		out->identity = absolute(cli, out->identity, str_text(&directory));
	}
	if (out->signing_key) {
		out->signing_key = absolute(cli, out->signing_key, str_text(&directory));
	}
	if (out->tailnet_api.credential_file) {
		out->tailnet_api.credential_file =
			absolute(cli, out->tailnet_api.credential_file, str_text(&directory));
	}
	return 0;
}

int user_identity(struct cli *cli, const char **out)
{
	struct user_config config = {0};
	char here[PATH_MAX];
	int status = 0;

	if (cli->args.identity) {
		*out = absolute(cli, cli->args.identity, getcwd(here, sizeof(here)) ? here : ".");
		return 0;
	}
	status = user_read_config(cli, &config);
	if (status) {
		return status;
	}
	*out = config.identity ? config.identity
	       : cli->repo.config.identity
		       ? absolute(cli, cli->repo.config.identity, cli->repo.root)
		       : NULL;
	return 0;
}
