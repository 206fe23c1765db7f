/**
 * The three bindings: ssh.targets, the tailnet snapshot, services.health.
 *
 * They load whatever rows they can: a mistake in a row is kept with the row (G001 reports it) and
 * marks the row as broken, so that what hangs on it is unknown. Unknown keys are ignored. Addresses
 * are parsed once, here.
 */
#ifndef MODEL_BINDING_H
#define MODEL_BINDING_H

#include "data/field.h"
#include "data/yaml.h"
#include "net/address.h"
#include "net/known_hosts.h"

enum binding_state {
	BINDING_ABSENT, /**< not at its default path, and gaterun.yaml does not name it */
	BINDING_NONE,   /**< gaterun.yaml says there is none */
	BINDING_LOADED,
};

enum access_policy {
	POLICY_LAN_FIRST,
	POLICY_LAN_ONLY,
	POLICY_TAILSCALE_REQUIRED,
	POLICY_CLIENT, /**< devices only: not governed */
};

extern const struct choice target_policies[];
extern const struct choice device_policies[];

/** The head every binding starts with. */
struct binding {
	enum binding_state state;
	const char *path; /**< relative to the root */
	struct text bytes;
	char sha256[65];
	const struct node *root;
	struct problems problems; /**< every mistake, in order */
	bool is_broken;           /**< the file as a whole gives no rows */
};

/** The head every row starts with. */
struct row {
	const struct node *node; /**< the row's map, for places */
	const char *subject;     /**< "target:immich"; "row:ssh_targets[3]" where there is no id */
	size_t first_problem; /**< how many problems there were before it; the list may keep fewer
			       */
	size_t problem_count;
	bool is_broken;    /**< a rule about the row itself is violated */
	const char *cause; /**< for what hangs on a broken row: "target:nas
			      bindings/ssh.targets.yaml:7" */
};

/** An address as written and as a value; family ADDRESS_NONE if not there (or malformed). */
struct address_field {
	const char *text;
	struct address address;
};

/** A target's or endpoint's host: an address, or a name. */
struct target {
	struct row row;
	const char *id;
	struct address_field host; /**< address.family is ADDRESS_NONE for a name */
	struct address_field tailscale_ip;
	int policy;       /**< enum access_policy; without one: lan_first */
	const char *user; /**< with the defaults applied */
	int64_t port;
	int64_t connect_ms;
	bool optional;
	const char *probe_via; /**< target id of the jump host; NULL: none */
	struct texts aliases;
	struct texts tags;
	const char *description;
	const char *strict_host_key_checking; /**< read, never obeyed */
};

struct targets {
	struct binding binding;
	struct target *at;
	size_t len;
	const struct target **by_id; /**< those with an id, sorted by it, then by place */
	size_t by_id_len;
	const struct node *defaults; /**< ssh.defaults; NULL if there is none */
};

struct device {
	struct row row;
	const char *id;
	struct address_field tailscale_ip;
	struct address_field lan_ip;
	const char *fqdn;
	int policy; /**< enum access_policy */
	struct texts legacy_aliases;
};

struct devices {
	struct binding binding;
	struct device *at;
	size_t len;
	int64_t device_count; /**< -1: not said */
	const char *tailnet;
	const char *snapshot_time;
};

/** The TLS name of an endpoint, where its URL does not say it. */
struct endpoint_tls {
	const struct node *map; /**< as written; NULL: not there */
	const char *name;       /**< to ask for; NULL: the URL's host */
	const char *node; /**< id of the device or target that serves it itself; NULL: `host` */
};

struct endpoint {
	struct row row;
	const char *id;
	const char *host; /**< a target id */
	const char *url_text;
	struct url url;      /**< valid when the row is not broken */
	struct texts expect; /**< status codes, one or several */
	bool enabled;
	struct endpoint_tls tls;
};

struct endpoints {
	struct binding binding;
	struct endpoint *at;
	size_t len;
};

/**
 * The tailnet's policy file (HuJSON). Its mistakes are no reason not to run: they stay with the
 * file, and a gate tells them.
 */
struct tailnet_policy {
	struct binding binding;       /**< root is NULL if it does not parse */
	struct repeated_keys repeats; /**< the later one counts */
};

/** Decode a loaded tree; `binding` has path, bytes and root. Mistakes go to binding.problems. */
void targets_decode(struct arena *arena, struct targets *targets);
void devices_decode(struct arena *arena, struct devices *devices);
void endpoints_decode(struct arena *arena, struct endpoints *endpoints);

/** Are there rows to look a name up in? Not when the file is absent, or no tree, or has no list. */
bool binding_has_rows(const struct binding *binding);

/** The target with exactly this id; NULL if there is none. The first of several. */
const struct target *targets_find(const struct targets *targets, const char *id);

/** "lan_first", … */
const char *access_policy_word(int policy);

#endif
