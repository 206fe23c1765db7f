/* ssh.targets: the machines, with ssh.defaults applied. */
#include "model/binding_rows.h"
#include "model/file_form.h"

#include <stdlib.h>
#include <string.h>

/** The port of SSH (RFC 4253, section 4.1). */
#define SSH_PORT 22

/** Seconds a connection may take when the binding says nothing. */
#define CONNECT_SECONDS 3

#define MS_PER_SECOND 1000

/** ssh.defaults: what rows leave out. */
struct target_defaults {
	const char *user;
	int64_t port;
	int64_t connect_timeout_sec;
	const char *strict_host_key_checking;
	const char
		*cause; /**< NULL, or what is wrong with them: what rows leave out is not known */
};

const struct field target_default_fields[] = {
	{"user", FIELD_TEXT, offsetof(struct target_defaults, user), .nullable = true,
	 .doc = "login name"},
	{"port", FIELD_INT, offsetof(struct target_defaults, port), .min = 1, .max = 65535,
	 .nullable = true, .doc = "SSH port"},
	{"connect_timeout_sec", FIELD_INT, offsetof(struct target_defaults, connect_timeout_sec),
	 .min = 1, .max = 600, .nullable = true, .doc = "seconds until a connection is given up"},
	{"strict_host_key_checking", FIELD_TEXT,
	 offsetof(struct target_defaults, strict_host_key_checking), .nullable = true,
	 .doc = "read, never obeyed"},
	{0},
};

const struct field target_fields[] = {
	{"id", FIELD_TEXT, offsetof(struct target, id), .required = true, .doc = "its name here"},
	{"host", FIELD_CUSTOM, offsetof(struct target, host), .required = true,
	 .parse = parse_host_field, .doc = "the preferred address, or a name"},
	{"tailscale_ip", FIELD_CUSTOM, offsetof(struct target, tailscale_ip), .nullable = true,
	 .parse = parse_address_field, .doc = "its tailnet address"},
	{"access_policy", FIELD_CHOICE, offsetof(struct target, policy), .nullable = true,
	 .fallback = "lan_first", .choices = target_policies, .doc = "which way it is reached"},
	{"user", FIELD_TEXT, offsetof(struct target, user), .nullable = true, .doc = "login name"},
	{"port", FIELD_INT, offsetof(struct target, port), .min = 1, .max = 65535, .nullable = true,
	 .doc = "SSH port"},
	{"connect_timeout_sec", FIELD_INT, offsetof(struct target, connect_ms), .min = 1,
	 .max = 600, .nullable = true, .doc = "seconds until a connection is given up"},
	{"optional", FIELD_BOOL, offsetof(struct target, optional), .nullable = true,
	 .doc = "true: that it cannot be reached is no failure"},
	{"probe_via", FIELD_TEXT, offsetof(struct target, probe_via), .nullable = true,
	 .doc = "target that is its jump host, for when it does not answer directly"},
	{"aliases", FIELD_TEXTS, offsetof(struct target, aliases), .nullable = true,
	 .doc = "other names of the same machine"},
	{"tags", FIELD_TEXTS, offsetof(struct target, tags), .nullable = true,
	 .doc = "to select by"},
	{"description", FIELD_TEXT, offsetof(struct target, description), .nullable = true,
	 .doc = "for people"},
	{"strict_host_key_checking", FIELD_TEXT, offsetof(struct target, strict_host_key_checking),
	 .nullable = true, .doc = "read, never obeyed"},
	{0},
};

static void apply_defaults(struct target *target, const struct target_defaults *defaults)
{
	if (!target->user) {
		target->user = defaults->user;
	}
	if (target->port == 0) {
		target->port = defaults->port ? defaults->port : SSH_PORT;
	}
	if (target->connect_ms == 0) {
		target->connect_ms = defaults->connect_timeout_sec ? defaults->connect_timeout_sec
								   : CONNECT_SECONDS;
	}
	target->connect_ms *= MS_PER_SECOND;
}

static void decode_defaults(struct arena *arena, struct targets *targets,
			    struct target_defaults *defaults)
{
	struct binding *binding = &targets->binding;
	struct decode decode = binding_decode(arena, binding, "ssh.defaults");
	size_t before = binding->problems.list.len;

	targets->defaults = node_get(node_get(binding->root, "ssh"), "defaults");
	if (targets->defaults && decode_fields(&decode, targets->defaults, targets->defaults->where,
					       target_default_fields, defaults)) {
		defaults->cause = arena_printf(arena, "file:%s %s:%d", binding->path, binding->path,
					       binding->problems.list.at[before].where.line);
	}
}

static int compare_targets(const void *left, const void *right)
{
	const struct target *a = *(const struct target *const *)left;
	const struct target *b = *(const struct target *const *)right;
	int order = strcmp(a->id, b->id);

	return order != 0 ? order : (a > b) - (a < b);
}

static void index_by_id(struct arena *arena, struct targets *targets)
{
	targets->by_id = arena_alloc(arena, (targets->len + 1) * sizeof(*targets->by_id));
	for (size_t i = 0; i < targets->len; i++) {
		if (targets->at[i].id) {
			targets->by_id[targets->by_id_len++] = &targets->at[i];
		}
	}
	if (targets->by_id_len > 1) {
		qsort(targets->by_id, targets->by_id_len, sizeof(*targets->by_id), compare_targets);
	}
}

void targets_decode(struct arena *arena, struct targets *targets)
{
	struct binding *binding = &targets->binding;
	struct decode decode = binding_decode(arena, binding, "a target");
	const struct node *ssh = node_get(binding->root, "ssh");
	const struct node *list =
		binding_rows(&decode, binding, ssh ? ssh : binding->root, "targets");
	struct target_defaults defaults = {0};

	decode_defaults(arena, targets, &defaults);
	if (!list) {
		return;
	}
	targets->at = arena_alloc(arena, (list->count + 1) * sizeof(*targets->at));
	for (const struct node *node = list->first; node; node = node->next) {
		struct target *target = &targets->at[targets->len];
		struct row_name name = {"target", NULL, "ssh_targets", targets->len};

		row_decode(&decode, binding, node, target_fields, &target->row, target);
		apply_defaults(target, &defaults);
		name.id = target->id;
		row_close(&decode, binding, &target->row, &name);
		if (!target->row.is_broken && defaults.cause) {
			target->row.is_broken = true;
			target->row.cause = defaults.cause;
		}
		targets->len++;
	}
	index_by_id(arena, targets);
}

const struct target *targets_find(const struct targets *targets, const char *id)
{
	size_t low = 0;
	size_t high = id ? targets->by_id_len : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(targets->by_id[middle]->id, id) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < targets->by_id_len && same_string(targets->by_id[low]->id, id)
		       ? targets->by_id[low]
		       : NULL;
}
