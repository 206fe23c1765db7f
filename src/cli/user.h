/**
 * What belongs to the user and not to the repo: their settings.
 */
#ifndef CLI_USER_H
#define CLI_USER_H

#include "cli/cli.h"

/** The user's settings, config.yaml. Paths are absolute. */
struct user_config {
	const char *identity;
	/** What signs receipts, instead of signing_ed25519 (cli/signing.h). */
	const char *signing_key;
	/** How the tailnet's API is asked. It stands here and not in the repo, so that nobody who
	 * can change the repo can send a secret of this user anywhere. */
	struct {
		const char *url;
		const char *tailnet;
		const char *oauth_client_id;
		const char *credential_file;
	} tailnet_api;
};

/** Read config.yaml, if there is one. 0, or EXIT_DATA after having told what is wrong with it. */
int user_read_config(struct cli *cli, struct user_config *out);

/** `$XDG_CONFIG_HOME/gaterun`, by default `~/.config/gaterun`. -1 if neither is known. */
int user_config_dir(struct str *out, struct err *err);

/**
 * The SSH key of the run: --identity, else the user's config.yaml, else gaterun.yaml; NULL for
 * none.
 * `~/` is expanded; a relative path belongs to where it was written.
 *
 * @return  0; EXIT_DATA after having told what is wrong with config.yaml
 */
int user_identity(struct cli *cli, const char **out);

#endif
