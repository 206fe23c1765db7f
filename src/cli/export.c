#include "cli/export.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/user.h"
#include "model/route.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** Of these an id is made that is a host's name everywhere: no pattern, range, option or port. */
#define ID_LETTERS LETTERS "._-"

/** Of these a login name is made that no format reads as anything else. */
#define USER_LETTERS LETTERS "._-@+"

static bool is_made_of(const char *text, const char *letters)
{
	return *text && *text != '-' && strspn(text, letters) == strlen(text);
}

/** Of these an address or a name is made. */
#define HOST_LETTERS LETTERS ".:_-"

/** Most jump hosts on the way to a target: Ansible gets a command within a command for each. */
#define EXPORT_HOPS_MAX 4

/** Does no format find a quote, an escape, a variable, a template or a line end in it? */
static bool is_plain_path(const char *path)
{
	for (const char *at = path; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == '\x7f' || strchr("\"'\\$`{}", *at)) {
			return false;
		}
	}
	return true;
}

/* ---- one target */

static const char *first_address(const struct target *target, const char **left_out)
{
	/* Whoever uses another client decides what may be touched, so no mode limits the list. */
	const struct policy anything = {.tailscale_ssh = TAILSCALE_SSH_PROBE};
	const struct vantage from = {.mode = MODE_ACTIVE, .policy = &anything};
	const struct route *first = NULL;
	struct routes routes = {0};

	routes_of(target, &from, NULL, &routes);
	first = routes_first(&routes);
	if (!first) {
		*left_out = routes.len > 0 ? routes.at[0].why : "it has no address";
		return NULL;
	}
	return first->text;
}

/** ssh(1) with a HostKeyAlias looks for just that, so where a pin names the port the alias does. */
static const char *alias_of(struct cli *cli, const struct target *target)
{
	const struct known_hosts *hosts = &cli->repo.known_hosts;
	AUTO(host_name_release) struct host_name here = {0};
	AUTO(host_name_release) struct host_name elsewhere = {0};
	const struct known_host *line = NULL;
	size_t next = 0;

	host_name_fill(&here, target->id, (uint16_t)target->port);
	host_name_fill(&elsewhere, target->id, 0);
	while ((line = known_hosts_next(hosts, &here, &next))) {
		if (line->marker == KNOWN_HOST_PLAIN && !known_host_names(line, &elsewhere)) {
			return arena_text(&cli->arena, str_text(&here.with_port));
		}
	}
	return target->id;
}

/** ssh(1) would look for the revocation under the alias only, and let a machine in that we do not.
 */
static bool has_revoked_pin(const struct known_hosts *hosts, const struct target *target)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	struct known_host_pins pins = {0};
	bool has = false;

	host_name_fill(&wanted, target->id, (uint16_t)target->port);
	known_hosts_pins(hosts, target->id, (uint16_t)target->port, &pins);
	for (size_t i = 0; i < pins.len; i++) {
		has = has || known_hosts_revoked(hosts, &wanted, pins.at[i]->blob);
	}
	VEC_RELEASE(&pins);
	return has;
}

static void fill_host(struct cli *cli, const struct target *target, struct export_host *host)
{
	host->target = target;
	if (!target->id || !is_made_of(target->id, ID_LETTERS)) {
		host->left_out = "its id is not made of letters, digits, '.', '_' and '-'";
	} else if (targets_find(&cli->repo.targets, target->id) != target) {
		host->left_out = "another row has this id";
	} else if (target->row.is_broken) {
		host->left_out = "its row is wrong; 'gaterun lint' says why";
	} else if (target->user && !is_made_of(target->user, USER_LETTERS)) {
		host->left_out = "its user has letters that other programs would read as a command";
	} else if (has_revoked_pin(&cli->repo.known_hosts, target)) {
		host->left_out = "a key that is pinned for it is revoked";
	} else {
		host->address = first_address(target, &host->left_out);
		host->alias = alias_of(cli, target);
		if (host->address && !is_made_of(host->address, HOST_LETTERS)) {
			host->left_out = "other programs would read its host as an option";
		}
	}
}

/** Behind jump hosts that cannot be told, or go in a circle, is a target that cannot be told. */
static void link_jump(const struct targets *targets, const struct export *export,
		      struct export_host *host)
{
	const struct target *at = host->target;

	for (size_t hops = 0; !host->left_out && at->probe_via; hops++) {
		at = targets_find(targets, at->probe_via);
		if (!at || export->hosts[at - targets->at].left_out) {
			host->left_out =
				"a jump host on the way (probe_via) is no target, or left out";
			return;
		}
		if (hops == EXPORT_HOPS_MAX) {
			host->left_out =
				"its jump hosts (probe_via) are too many, or go in a circle";
			return;
		}
	}
	if (!host->left_out && host->target->probe_via) {
		at = targets_find(targets, host->target->probe_via);
		host->jump = &export->hosts[at - targets->at];
	}
}

/* ---- all of them */

static const char *absolute(struct cli *cli, const char *path)
{
	char here[PATH_MAX];

	return *path == '/' || !getcwd(here, sizeof(here))
		       ? path
		       : arena_printf(&cli->arena, "%s/%s", here, path);
}

int export_fill(struct cli *cli, struct export *out)
{
	const struct targets *targets = &cli->repo.targets;
	const char *known_hosts = cli->repo.known_hosts_file.path;
	struct export export = {.len = targets->len, .source = targets->binding.path};
	int status = 0;

	if (targets->binding.state != BINDING_LOADED) {
		return cli_refuse(cli, "the repo has no ssh.targets binding");
	}
	if (!known_hosts) {
		return cli_refuse(cli, "the repo has no known_hosts file, so no client could know "
				       "the machines");
	}
	status = user_identity(cli, &export.identity);
	if (status) {
		return status;
	}
	export.known_hosts = arena_printf(&cli->arena, "%s/%s", cli->repo.root, known_hosts);
	export.identity = export.identity ? absolute(cli, export.identity) : NULL;
	if (!is_plain_path(export.known_hosts) ||
	    (export.identity && !is_plain_path(export.identity))) {
		return cli_refuse(cli,
				  "the path of known_hosts or of the identity has a quote or "
				  "another letter that other programs would read as a command");
	}
	export.hosts = arena_alloc(&cli->arena, (targets->len + 1) * sizeof(*export.hosts));
	for (size_t i = 0; i < targets->len; i++) {
		fill_host(cli, &targets->at[i], &export.hosts[i]);
	}
	for (size_t i = 0; i < targets->len; i++) {
		link_jump(targets, &export, &export.hosts[i]);
	}
	*out = export;
	return 0;
}

/** A path as a value of ssh(1): quoted, because it may have blanks, and without tokens. */
static void add_path(const char *key, const char *path,
		     void (*add)(const char *key, const char *value, struct str *out),
		     struct str *out)
{
	AUTO(auto_str) struct str value = {0};

	str_add_char(&value, '"');
	for (; *path; path++) {
		str_add(&value, *path == '%' ? "%" : "");
		str_add_char(&value, *path);
	}
	str_add_char(&value, '"');
	add(key, str_text(&value), out);
}

void export_settings(const struct export *export, const struct export_host *host,
		     void (*add)(const char *key, const char *value, struct str *out),
		     struct str *out)
{
	AUTO(auto_str) struct str seconds = {0};

	str_printf(&seconds, "%lld", (long long)(host->target->connect_ms + 999) / 1000);
	add("HostKeyAlias", host->alias, out);
	add_path("UserKnownHostsFile", export->known_hosts, add, out);
	add("GlobalKnownHostsFile", "/dev/null", out);
	add("StrictHostKeyChecking", "yes", out);
	add("UpdateHostKeys", "no", out);
	add("CheckHostIP", "no", out);
	add("BatchMode", "yes", out);
	add("ConnectTimeout", str_text(&seconds), out);
	if (export->identity) {
		add_path("IdentityFile", export->identity, add, out);
		add("IdentitiesOnly", "yes", out);
	}
}

/* ---- the command */

struct exporting {
	const struct export *export;
	export_writer *write;
};

static void write_export(const char *format, const struct style *style, void *cookie,
			 struct str *out)
{
	const struct exporting *exporting = cookie;

	(void)format;
	(void)style;
	exporting->write(exporting->export, out);
}

static int export_targets(struct cli *cli, export_writer *write)
{
	struct export export = {0};
	struct exporting exporting = {&export, write};
	int status = export_fill(cli, &export);

	if (status) {
		return status;
	}
	cli_write(cli, write_export, &exporting);
	for (size_t i = 0; i < export.len; i++) {
		const struct export_host *host = &export.hosts[i];

		if (host->left_out) {
			cli_say(cli, "%s is left out: %s", host->target->row.subject,
				host->left_out);
			status = EXIT_DATA;
		}
	}
	return status;
}

int cmd_targets(struct cli *cli)
{
	if (cli->args.ssh_config) {
		return export_targets(cli, ssh_config_write);
	}
	return cli->args.ansible ? export_targets(cli, ansible_write) : cmd_targets_list(cli);
}

int check_targets(const struct arguments *args, struct err *err)
{
	const char *name = args->ssh_config ? "--ssh-config" : "--ansible";

	if (args->ssh_config && args->ansible) {
		return err_set(err, ERR_INPUT, "--ssh-config and --ansible are two formats");
	}
	for (size_t i = 0; (args->ssh_config || args->ansible) && i < args->outputs.len; i++) {
		if (strncmp(args->outputs.at[i], "json", 4) == 0) {
			return err_set(err, ERR_INPUT, "%s is a format of its own, and not JSON",
				       name);
		}
	}
	return 0;
}
