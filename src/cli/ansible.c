/* The targets as an inventory for Ansible, in YAML. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/export.h"
#include "cli/shell.h"

/* ---- hosts */

/** A value in double quotes, which JSON and YAML read alike. */
static void add_value(struct str *out, const char *key, const char *value)
{
	str_printf(out, "      %s: \"", key);
	for (; *value; value++) {
		str_add(out, strchr("\"\\", *value) ? "\\" : "");
		str_add_char(out, *value);
	}
	str_add(out, "\"\n");
}

static void add_option(const char *key, const char *value, struct str *out)
{
	AUTO(auto_str) struct str setting = {0};

	str_printf(&setting, "%s=%s", key, value);
	str_add(out, out->len > 0 ? " -o " : "-o ");
	shell_word(out, str_text(&setting));
}

/** Every '%' twice, so that the ssh which starts a ProxyCommand hands it on as one. */
static void add_doubled(struct str *out, const char *text)
{
	for (; *text; text++) {
		str_add(out, *text == '%' ? "%" : "");
		str_add_char(out, *text);
	}
}

/**
 * The words for ssh(1) that belong to a host. A jump host needs settings of its own, which
 * ProxyJump would not hand on, so it is a ProxyCommand; one that is behind another has one in turn.
 * (Chains are short and no circles: export_fill sees to that.)
 */
static void add_words(const struct export *export, const struct export_host *host, struct str *out)
{
	const struct export_host *jump = host->jump;
	AUTO(auto_str) struct str words = {0};
	AUTO(auto_str) struct str command = {0};

	export_settings(export, host, add_option, out);
	if (!jump) {
		return;
	}
	add_words(export, jump, &words);
	str_add(&command, "ssh -W \"[%h]:%p\" ");
	add_doubled(&command, str_text(&words));
	str_printf(&command, " -p %lld ", (long long)jump->target->port);
	if (jump->target->user) {
		str_printf(&command, "-l %s ", jump->target->user);
	}
	str_add(&command, jump->address);
	add_option("ProxyCommand", str_text(&command), out);
}

static void add_host(const struct export *export, const struct export_host *host, struct str *out)
{
	AUTO(auto_str) struct str words = {0};

	str_printf(out, "    \"%s\":\n", host->target->id);
	add_value(out, "ansible_host", host->address);
	str_printf(out, "      ansible_port: %lld\n", (long long)host->target->port);
	if (host->target->user) {
		add_value(out, "ansible_user", host->target->user);
	}
	add_words(export, host, &words);
	add_value(out, "ansible_ssh_common_args", str_text(&words));
}

/* ---- groups */

/** What a group's name is made of. */
#define FIT "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/** A host in a group. */
struct member {
	const char *group; /**< "policy_" or "tag_", and a word made fit for a name */
	const char *id;
	size_t order; /**< of the host */
};

struct members {
	struct arena arena;
	struct VEC(struct member) list;
};

/** Whatever does not fit into a group's name becomes '_'. */
static void add_member(struct members *members, const char *prefix, const char *word,
		       const struct export_host *host, size_t order)
{
	char *group = arena_printf(&members->arena, "%s%s", prefix, word);

	for (char *at = group; *at; at++) {
		if (!strchr(FIT, *at)) {
			*at = '_';
		}
	}
	*VEC_ADD(&members->list) = (struct member){group, host->target->id, order};
}

static int compare_members(const void *left, const void *right)
{
	const struct member *a = left;
	const struct member *b = right;
	int order = strcmp(a->group, b->group);

	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static void find_members(const struct export *export, struct members *members)
{
	for (size_t i = 0; i < export->len; i++) {
		const struct export_host *host = &export->hosts[i];

		if (host->left_out) {
			continue;
		}
		add_member(members, "policy_", access_policy_word(host->target->policy), host, i);
		for (size_t k = 0; k < host->target->tags.len; k++) {
			add_member(members, "tag_", host->target->tags.at[k], host, i);
		}
	}
	if (members->list.len > 1) {
		qsort(members->list.at, members->list.len, sizeof(*members->list.at),
		      compare_members);
	}
}

static void add_groups(const struct export *export, struct str *out)
{
	struct members members = {0};

	find_members(export, &members);
	str_add(out, members.list.len > 0 ? "  children:\n" : "");
	for (size_t i = 0; i < members.list.len; i++) {
		const struct member *member = &members.list.at[i];
		const struct member *before = i > 0 ? member - 1 : NULL;
		bool is_first = !before || strcmp(before->group, member->group) != 0;

		if (is_first) {
			str_printf(out, "    %s:\n      hosts:\n", member->group);
		}
		if (is_first || before->order != member->order) {
			str_printf(out, "        \"%s\": {}\n", member->id);
		}
	}
	VEC_RELEASE(&members.list);
	arena_release(&members.arena);
}

void ansible_write(const struct export *export, struct str *out)
{
	size_t told = 0;

	str_add(out, "# Made by `gaterun targets --ansible` from ");
	str_add_printable(out, text_of(export->source));
	str_add(out,
		"; what is changed here is lost.\n"
		"# Try: ansible -i THIS-FILE all -m ping. Only the keys pinned in the repo are "
		"trusted.\n");
	for (size_t i = 0; i < export->len; i++) {
		told += !export->hosts[i].left_out;
	}
	str_add(out, told > 0 ? "all:\n  hosts:\n" : "all:\n  hosts: {}\n");
	for (size_t i = 0; i < export->len; i++) {
		if (!export->hosts[i].left_out) {
			add_host(export, &export->hosts[i], out);
		}
	}
	add_groups(export, out);
}
