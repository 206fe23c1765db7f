/* The targets as a configuration for ssh(1); see ssh_config(5). */
#include "cli/export.h"

static void add_setting(const char *key, const char *value, struct str *out)
{
	str_printf(out, "\t%s %s\n", key, value);
}

static void add_host(const struct export *export, const struct export_host *host, struct str *out)
{
	const struct target *target = host->target;

	str_printf(out, "\nHost %s\n", target->id);
	add_setting("HostName", host->address, out);
	str_printf(out, "\tPort %lld\n", (long long)target->port);
	if (target->user) {
		add_setting("User", target->user, out);
	}
	if (host->jump) {
		add_setting("ProxyJump", host->jump->target->id, out);
	}
	export_settings(export, host, add_setting, out);
}

void ssh_config_write(const struct export *export, struct str *out)
{
	str_add(out, "# Made by `gaterun targets --ssh-config` from ");
	str_add_printable(out, text_of(export->source));
	str_add(out,
		"; what is changed here is lost.\n"
		"# Try: ssh -F THIS-FILE TARGET. Only the keys pinned in the repo are trusted.\n");
	for (size_t i = 0; i < export->len; i++) {
		if (!export->hosts[i].left_out) {
			add_host(export, &export->hosts[i], out);
		}
	}
}
