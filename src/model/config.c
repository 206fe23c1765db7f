/* gaterun.yaml: says where things are; everything has a default place. */
#include "model/config.h"

#include <string.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "data/yaml.h"
#include "net/localapi_place.h"

static const struct choice keep_choices[] = {
	{"evidence", 0, "git tracks only receipts that loops cite"},
	{"all", 1, "git tracks every receipt"},
	{0},
};

static const struct field pack_fields[] = {
	{"budget", FIELD_DURATION, offsetof(struct pack_settings, budget_ms), .max = 3600000,
	 .doc = "how long a run of the pack may take; a gate that is not done by then is unknown"},
	{0},
};

#define BINDING(member) \
	(offsetof(struct config, bindings.member) - offsetof(struct config, bindings))

static const struct field binding_fields[] = {
	{"ssh_targets", FIELD_TEXT, BINDING(ssh_targets), .doc = "the machines, or none"},
	{"tailnet_snapshot", FIELD_TEXT, BINDING(tailnet_snapshot), .doc = "the tailnet, or none"},
	{"services_health", FIELD_TEXT, BINDING(services_health), .doc = "the endpoints, or none"},
	{"probe_policy", FIELD_TEXT, BINDING(probe_policy), .doc = "what may be touched, or none"},
	{"known_hosts", FIELD_TEXT, BINDING(known_hosts), .doc = "pinned host keys, or none"},
	{"waivers", FIELD_TEXT, BINDING(waivers), .doc = "dated permissions, or none"},
	{"tailnet_policy", FIELD_TEXT, BINDING(tailnet_policy),
	 .doc = "the tailnet's ACL, or none"},
	{0},
};

const struct field config_fields[] = {
	{"version", FIELD_INT, offsetof(struct config, version), .required = true, .min = 1,
	 .max = 1, .doc = "form of the file"},
	{"repo", FIELD_TEXT, offsetof(struct config, repo),
	 .doc = "its name in receipts and logs; without it, that of the first commit"},
	{"bindings", FIELD_STRUCT, offsetof(struct config, bindings), .fields = binding_fields,
	 .doc = "where the bindings are"},
	{"gates", FIELD_TEXT, offsetof(struct config, gates), .fallback = "gates",
	 .doc = "a directory, or shipped"},
	{"receipts", FIELD_TEXT, offsetof(struct config, receipts), .fallback = "receipts",
	 .doc = "directory of receipts"},
	{"loops", FIELD_CUSTOM, offsetof(struct config, loops), .parse = loops_parse,
	 .doc = "folders of loops; or a map: folders, packs, allow_dirty, scopes"},
	{"packs", FIELD_MAP, offsetof(struct config, packs), .fields = pack_fields,
	 .size = sizeof(struct pack_settings), .doc = "settings of packs"},
	{"identity", FIELD_TEXT, offsetof(struct config, identity),
	 .doc = "SSH key of automation: a private key, or a public one that the agent has"},
	{"tailscaled_socket", FIELD_TEXT, offsetof(struct config, tailscaled_socket),
	 .doc = "socket of this machine's tailscaled, where it is not in its usual place; none: this "
		"machine has no tailscaled, and that is right"},
	{"adopted", FIELD_DATE, offsetof(struct config, adopted_utc_ms),
	 .doc = "loops closed before this day are not judged"},
	{"keep", FIELD_CHOICE, offsetof(struct config, keep), .fallback = "evidence",
	 .choices = keep_choices, .doc = "which receipts git tracks"},
	{"except", FIELD_MAP, offsetof(struct config, except),
	 .doc = "per text gate: globs of files it does not look at"},
	{0},
};

/** Default base names; a key without a row has none. */
static const struct {
	const char *key;
	const char *path;
} defaults[] = {
	{"ssh_targets", "bindings/ssh.targets.yaml"},
	{"tailnet_snapshot", "bindings/tailscale.tailnet.snapshot.yaml"},
	{"services_health", "bindings/services.health.yaml"},
	{"probe_policy", "bindings/probe.policy.yaml"},
	{"known_hosts", "bindings/known_hosts"},
	{"waivers", "bindings/waivers.yaml"},
	{"tailnet_policy", "bindings/tailscale.acl.policy.hujson"},
};

static const char *configured(const struct config *config, const char *key)
{
	for (const struct field *field = binding_fields; field->name; field++) {
		if (strcmp(field->name, key) == 0) {
			const char *at = (const char *)&config->bindings + field->offset;
			const char *path = NULL;

			memcpy(&path, at, sizeof(path));
			return path;
		}
	}
	return NULL;
}

struct file_place config_place(const struct config *config, const char *key)
{
	struct file_place place = {.key = key};
	const char *path = configured(config, key);
	const struct node *bindings = node_get(config->node, "bindings");

	if (path) {
		place.is_named = true;
		place.path = strcmp(path, "none") == 0 ? NULL : path;
		place.where = node_place(bindings, key);
		return place;
	}
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (strcmp(defaults[i].key, key) == 0) {
			place.path = defaults[i].path;
		}
	}
	return place;
}

/** What stands there must not lead out of the root; where links lead, the tree finds out. */
static void check_path(struct decode *decode, const struct node *map, const char *key)
{
	const struct node *node = node_get(map, key);
	struct err err = {0};

	if (node && node->kind == NODE_SCALAR && !node_is_null(node) &&
	    tree_check_path(node->text.at, &err)) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "write a path relative to the root of the repo, without '..'",
			       "'%s': %s", key, err.text);
	}
}

static void check_paths(struct decode *decode, const struct node *root)
{
	check_path(decode, root, "gates");
	check_path(decode, root, "receipts");
	for (const struct field *field = binding_fields; field->name; field++) {
		check_path(decode, node_get(root, "bindings"), field->name);
	}
}

/** The next component that means something; false at the end. */
static bool next_part(struct text *path, struct text *part)
{
	while (text_split(path, '/', part)) {
		if (part->len > 0 && !text_is(*part, ".")) {
			return true;
		}
	}
	return false;
}

/** Is `path` the folder, or below it? Both stay inside the root. */
static bool is_within(const char *path, const char *folder)
{
	struct text here = text_of(path);
	struct text there = text_of(folder);
	struct text part = {0};
	struct text other = {0};

	while (next_part(&there, &other)) {
		if (!next_part(&here, &part) || !text_equal(part, other)) {
			return false;
		}
	}
	return true;
}

/** Receipts are written there, git ignores what else appears there, and no text gate looks there:
 * so nothing that is judged may be there, and it is not git's own folder. */
static void check_receipts(struct decode *decode, const struct config *config)
{
	const struct node *node = node_get(config->node, "receipts");
	const char *held = is_within(config->gates, config->receipts) ? config->gates : NULL;
	struct err told = {0};

	if (!node || tree_check_path(config->receipts, &told)) {
		return;
	}
	if (is_within(config->receipts, ".git")) {
		decode_problem(decode, PROBLEM_VALUE, node, NULL,
			       "'receipts': '%s' is git's own folder", config->receipts);
		return;
	}
	for (const struct field *field = binding_fields; field->name && !held; field++) {
		const char *path = config_place(config, field->name).path;

		held = path && is_within(path, config->receipts) ? path : NULL;
	}
	if (held) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "name a folder of their own; text gates do not look into it",
			       "'receipts': '%s' is where '%s' is", config->receipts, held);
	}
}

/** It is a thing of the machine and not of the repo, so a whole path. */
static void check_socket(struct decode *decode, struct config *config)
{
	const struct node *node = node_get(config->node, "tailscaled_socket");
	const char *path = config->tailscaled_socket;

	if (path && same_string(path, "none")) {
		config->has_no_tailscaled = true;
		config->tailscaled_socket = NULL;
	} else if (path && (*path != '/' || strlen(path) >= LOCALAPI_SOCKET_BYTES)) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "write a path like /var/run/tailscale/tailscaled.sock, or none",
			       "'tailscaled_socket': '%s' is not the absolute path of a socket",
			       path);
	}
}

/** The identity becomes part of a log's name (C2SP signed-note: no blank, no plus), of 200 bytes.
 */
#define REPO_NAME_BYTES 200

static void check_repo_name(struct decode *decode, const struct config *config)
{
	AUTO(auto_str) struct str shown = {0};
	const char *name = config->repo;

	if (!name) {
		return;
	}
	str_add_printable(&shown, text_of(name));
	if (!*name || strlen(name) > REPO_NAME_BYTES || strpbrk(name, " +") ||
	    !text_is(str_view(&shown), name)) {
		decode_problem(
			decode, PROBLEM_VALUE, node_get(config->node, "repo"),
			"write a name like ops.example: up to 200 bytes without blanks and '+'",
			"'%s' cannot be the repo's identity", name);
	}
}

void config_load(struct repo *repo, struct problems *problems)
{
	struct config *config = &repo->config;
	struct decode decode = {.arena = &repo->arena, .problems = problems, .what = CONFIG_FILE};
	struct err err = {0};
	struct node *root = NULL;
	enum tree_answer answer =
		tree_read(repo->tree, CONFIG_FILE, OWN_FILE_BYTES, &config->bytes, &err);

	config->gates = "gates";
	config->receipts = "receipts";
	if (answer == TREE_ABSENT) {
		return;
	}
	if (answer == TREE_REFUSED) {
		problems_add(problems, PROBLEM_FILE, (struct place){CONFIG_FILE, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
		return;
	}
	config->file = CONFIG_FILE;
	sha256_hex(config->bytes.at, config->bytes.len, config->sha256);
	if (yaml_load(&repo->arena, CONFIG_FILE, config->bytes, OWN_FILE, problems, NULL, &root)) {
		return;
	}
	decode.source = config->bytes;
	(void)decode_fields(&decode, root, root->where, config_fields, config);
	check_paths(&decode, root);
	loops_check_paths(&decode, &config->loops);
	config->node = root;
	check_receipts(&decode, config);
	check_repo_name(&decode, config);
	check_socket(&decode, config);
}
