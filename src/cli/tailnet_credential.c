#include "cli/tailnet_credential.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/user.h"

void secret_wipe(struct str *secret)
{
	if (secret->at) {
		explicit_bzero(secret->at, secret->cap);
	}
	str_release(secret);
}

/** A variable that says something; NULL if it is not there or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/** The one line of a file that nobody else may read. */
static int read_file(const char *path, struct str *out, struct err *err)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info = {0};

	if (fd < 0 || fstat(fd, &info) < 0) {
		return err_errno(err, "open credential '%s'", path);
	}
	if (!S_ISREG(info.st_mode)) {
		return err_set(err, ERR_INPUT, "credential '%s' is %s, expected a file", path,
			       file_sort(info.st_mode));
	}
	if (info.st_mode & 077) {
		return err_set(err, ERR_INPUT,
			       "credential '%s' may be read by others (mode %04o): chmod 600 it, "
			       "or make a new one if others used the machine",
			       path, (unsigned)info.st_mode & 07777);
	}
	return file_read_fd(fd, path, TAILNET_CREDENTIAL_BYTES, out, err);
}

/** Keep the credential without the line end behind it. */
static int keep(struct text text, const char *from, struct str *secret, struct err *err)
{
	struct text trimmed = text_trim(text);

	if (!tailnet_api_is_credential(trimmed)) {
		return err_set(err, ERR_INPUT,
			       "%s has no credential: expected one word of at most %zu bytes", from,
			       TAILNET_CREDENTIAL_BYTES);
	}
	str_add_text(secret, trimmed);
	return 0;
}

static int from_environment(struct str *secret, struct tailnet_api_settings *out, struct err *err)
{
	const char *key = variable(ENV_API_KEY);
	const char *id = variable(ENV_CLIENT_ID);
	const char *client_secret = variable(ENV_CLIENT_SECRET);

	if (key && (id || client_secret)) {
		return err_set(err, ERR_INPUT,
			       "%s and %s are both set: the API takes one credential", ENV_API_KEY,
			       id ? ENV_CLIENT_ID : ENV_CLIENT_SECRET);
	}
	if (!id != !client_secret) {
		return err_set(err, ERR_INPUT,
			       "%s is set and %s is not: an OAuth client needs both",
			       id ? ENV_CLIENT_ID : ENV_CLIENT_SECRET,
			       id ? ENV_CLIENT_SECRET : ENV_CLIENT_ID);
	}
	out->client_id = id;
	return key || id ? keep(text_of(key ? key : client_secret),
				key ? ENV_API_KEY : ENV_CLIENT_SECRET, secret, err)
			 : 0;
}

static int from_file(struct cli *cli, const struct user_config *config, struct str *secret,
		     struct tailnet_api_settings *out, struct err *err)
{
	const char *path = config->tailnet_api.credential_file;
	struct str bytes = {0};
	int result = -1;

	if (!path) {
		return err_set(err, ERR_ABSENT,
			       "there is no credential for the tailnet's API: set %s, or %s and "
			       "%s, or name a file in the user's config.yaml under "
			       "`tailnet_api: {credential_file: FILE}`",
			       ENV_API_KEY, ENV_CLIENT_ID, ENV_CLIENT_SECRET);
	}
	if (read_file(path, &bytes, err) == 0) {
		result = keep(str_view(&bytes), arena_printf(&cli->arena, "credential '%s'", path),
			      secret, err);
	}
	secret_wipe(&bytes);
	out->client_id = config->tailnet_api.oauth_client_id;
	return result;
}

int tailnet_credential_find(struct cli *cli, const struct user_config *config, struct str *secret,
			    struct tailnet_api_settings *out, struct err *err)
{
	struct tailnet_api_settings settings = {.url = config->tailnet_api.url,
						.tailnet = config->tailnet_api.tailnet};
	const char *why = settings.url ? tailnet_api_check_url(settings.url) : NULL;

	if (why) {
		/* What stands there is not told: it may have a password in it. */
		return err_set(err, ERR_INPUT,
			       "the url of tailnet_api in config.yaml is none of an API: %s", why);
	}
	if (from_environment(secret, &settings, err) ||
	    (secret->len == 0 && from_file(cli, config, secret, &settings, err))) {
		return -1;
	}
	settings.secret = str_text(secret);
	*out = settings;
	return 0;
}

int tailnet_credential(struct cli *cli, struct str *secret, struct tailnet_api_settings *out)
{
	struct user_config config = {0};
	struct err err = {0};
	int status = user_read_config(cli, &config);

	if (status) {
		return status;
	}
	return tailnet_credential_find(cli, &config, secret, out, &err)
		       ? cli_refuse(cli, "%s", err.text)
		       : 0;
}
