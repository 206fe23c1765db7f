/**
 * The credential of the tailnet's API: from the environment, or from the file that the user's
 * config.yaml names. Never from the command line, never from the repo, and in no message.
 */
#ifndef CLI_TAILNET_CREDENTIAL_H
#define CLI_TAILNET_CREDENTIAL_H

#include "cli/user.h"
#include "net/tailnet_api.h"

/** An API key. */
#define ENV_API_KEY "GATERUN_TAILNET_API_KEY"
/** An OAuth client. */
#define ENV_CLIENT_ID "GATERUN_TAILNET_OAUTH_CLIENT_ID"
#define ENV_CLIENT_SECRET "GATERUN_TAILNET_OAUTH_CLIENT_SECRET"

/** As tailnet_credential, without a word. @return 0; -1 */
int tailnet_credential_find(struct cli *cli, const struct user_config *config, struct str *secret,
			    struct tailnet_api_settings *out, struct err *err);

/**
 * Where to ask, and by whose leave.
 *
 * @param secret  gets the credential, which `out` points to; the caller wipes it
 * @return        0; EXIT_DATA after having said what is wrong, or that there is none
 */
int tailnet_credential(struct cli *cli, struct str *secret, struct tailnet_api_settings *out);

/** Forget a secret. */
void secret_wipe(struct str *secret);

#endif
