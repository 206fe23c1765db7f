/**
 * What belongs to the user and not to the repo: their settings, their signing key.
 */
#ifndef CLI_USER_H
#define CLI_USER_H

#include "cli/cli.h"
#include "crypto/key.h"

/** The user's settings, config.yaml. Paths are absolute. */
struct user_config {
	const char *identity;
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

/** Append the path of the signing key. */
int signing_key_path(struct str *out, struct err *err);

/** Make the key file. -1 with ERR_BUSY if there is one. */
int signing_key_make(struct key **out, struct err *err);

/**
 * The key that signs, made on the first use, which is said.
 *
 * @param context  in "ci" a missing key is replaced by one for this run only, which is said too
 * @param out      freed by the caller
 * @return         0; -1 if there is a key that cannot be used, or none can be made
 */
int signing_key(const struct cli *cli, const char *context, struct key **out, struct err *err);

/** What to do about a log that is not sound: append a sentence about its folder and the key. */
void log_way_out(const char *folder, struct str *out);

/** The public half of the key that signs, without a word: -1 with ERR_ABSENT if there is none. */
int user_public(struct public_key *out, struct err *err);

/** As user_public, and where the key is. 0, or EXIT_DATA after having said why there is none. */
int signing_public(struct cli *cli, const char **path, struct public_key *out);

#endif
