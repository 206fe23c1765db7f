#include "net/tailnet_status.h"

#include <string.h>

#include "net/dns_name.h"

/** A word of BackendState. */
struct state_word {
	const char *word;
	enum backend_state state;
};

static const struct state_word state_words[] = {
	{"NoState", BACKEND_NO_STATE},
	{"NeedsLogin", BACKEND_NEEDS_LOGIN},
	{"NeedsMachineAuth", BACKEND_NEEDS_MACHINE_AUTH},
	{"Stopped", BACKEND_STOPPED},
	{"Starting", BACKEND_STARTING},
	{"Running", BACKEND_RUNNING},
};

static enum backend_state state_of(const char *word)
{
	for (size_t i = 0; i < sizeof(state_words) / sizeof(state_words[0]); i++) {
		if (strcmp(state_words[i].word, word) == 0) {
			return state_words[i].state;
		}
	}
	return BACKEND_OTHER;
}

/** NULL for "", which is how Go says that there is none. */
static const char *if_any(const char *text)
{
	return text && *text ? text : NULL;
}

/** A member that is text and not "". */
static const char *read_text(struct json_reader *reader, const struct node *map, const char *key)
{
	return if_any(reader_text(reader, map, key));
}

static const char *read_name(struct json_reader *reader, const struct node *map, const char *key)
{
	return dns_name_copy(reader->arena, reader_text(reader, map, key));
}

static void read_node(struct json_reader *reader, const struct node *map, struct tailnet_node *node)
{
	*node = (struct tailnet_node){
		.id = read_text(reader, map, "ID"),
		.node_id = reader_int(reader, map, "NodeID"),
		.public_key = read_text(reader, map, "PublicKey"),
		.host_name = read_text(reader, map, "HostName"),
		.dns_name = read_name(reader, map, "DNSName"),
		.os = read_text(reader, map, "OS"),
		.tailscale_ips = reader_addresses(reader, map, "TailscaleIPs"),
		.allowed_ips = reader_networks(reader, map, "AllowedIPs"),
		.primary_routes = reader_networks(reader, map, "PrimaryRoutes"),
		.tags = reader_texts(reader, map, "Tags"),
		.cur_addr = read_text(reader, map, "CurAddr"),
		.relay = read_text(reader, map, "Relay"),
		.peer_relay = read_text(reader, map, "PeerRelay"),
		.online = reader_bool(reader, map, "Online"),
		.active = reader_bool(reader, map, "Active"),
		.exit_node = reader_bool(reader, map, "ExitNode"),
		.exit_node_option = reader_bool(reader, map, "ExitNodeOption"),
		.is_sharee = reader_bool(reader, map, "ShareeNode"),
		.is_expired = reader_bool(reader, map, "Expired"),
		.key_expiry = reader_time(reader, map, "KeyExpiry"),
		.last_seen = reader_time(reader, map, "LastSeen"),
		.created = reader_time(reader, map, "Created"),
		.ssh_host_keys = reader_texts(reader, map, "sshHostKeys"),
		.cap_keys = reader_keys(reader, map, "CapMap"),
	};
}

static void read_peers(struct json_reader *reader, struct tailnet_status *status)
{
	const struct node *peers = reader_map(reader, reader->top, "Peer");

	if (!peers || peers->count == 0) {
		return;
	}
	status->peers = arena_alloc(reader->arena, peers->count * sizeof(*status->peers));
	for (const struct node *peer = peers->first; peer; peer = peer->next) {
		if (peer->kind != NODE_MAP) {
			reader_refuse(reader, peer, "a peer is %s, expected a map",
				      node_sort(peer));
			return;
		}
		read_node(reader, peer, &status->peers[status->peer_count++]);
	}
}

static void read_tailnet(struct json_reader *reader, struct tailnet_status *status)
{
	const struct node *tailnet = reader_map(reader, reader->top, "CurrentTailnet");
	const char *suffix = read_name(reader, tailnet, "MagicDNSSuffix");

	if (!suffix) {
		suffix = read_name(reader, reader->top, "MagicDNSSuffix");
	}
	while (suffix && *suffix == '.') {
		suffix++;
	}
	status->magic_dns_suffix = if_any(suffix);
	status->tailnet = read_text(reader, tailnet, "Name");
	status->has_magic_dns = reader_bool(reader, tailnet, "MagicDNSEnabled");
	status->cert_domains = reader_texts(reader, reader->top, "CertDomains");
	for (size_t i = 0; i < status->cert_domains.len; i++) {
		const char *name = dns_name_copy(reader->arena, status->cert_domains.at[i]);

		status->cert_domains.at[i] = name ? name : "";
	}
}

/** Is there a newer program than the one that runs? */
static void read_version(struct json_reader *reader, struct tailnet_status *status)
{
	const struct node *version = reader_map(reader, reader->top, "ClientVersion");
	bool is_latest = reader_bool(reader, version, "RunningLatest");

	status->version = read_text(reader, reader->top, "Version");
	status->latest_version = is_latest ? NULL : read_text(reader, version, "LatestVersion");
	status->is_update_urgent = reader_bool(reader, version, "UrgentSecurityUpdate");
}

static void read_status(struct json_reader *reader, struct tailnet_status *status)
{
	const struct node *top = reader->top;
	const char *word = reader_text(reader, top, "BackendState");

	read_version(reader, status);
	status->state_text = word ? word : "";
	status->state = state_of(status->state_text);
	status->auth_url = read_text(reader, top, "AuthURL");
	status->is_userspace = node_get(top, "TUN") && !reader_bool(reader, top, "TUN");
	status->health = reader_texts(reader, top, "Health");
	status->exit_node_id = read_text(reader, reader_map(reader, top, "ExitNodeStatus"), "ID");
	read_tailnet(reader, status);
	read_node(reader, reader_map(reader, top, "Self"), &status->self);
	read_peers(reader, status);
}

int tailnet_status_parse(struct arena *arena, struct text bytes, struct tailnet_status *out,
			 struct err *err)
{
	struct json_reader reader = {0};
	struct tailnet_status status = {0};

	if (json_reader_open(&reader, arena, "the status", bytes, err)) {
		return -1;
	}
	if (reader.top->kind != NODE_MAP || !node_get(reader.top, "BackendState")) {
		reader_refuse(&reader, reader.top, "there is no 'BackendState', so it is none");
	}
	read_status(&reader, &status);
	if (json_reader_close(&reader, err)) {
		return -1;
	}
	*out = status;
	return 0;
}

bool tailnet_status_is_current(const struct tailnet_status *status)
{
	return status->state == BACKEND_RUNNING && status->self.online;
}

bool tailnet_status_certifies(const struct tailnet_status *status, const char *name)
{
	for (size_t i = 0; i < status->cert_domains.len; i++) {
		if (dns_name_same(status->cert_domains.at[i], name)) {
			return true;
		}
	}
	return false;
}

const struct tailnet_node *tailnet_status_find_name(const struct tailnet_status *status,
						    const char *name)
{
	if (status->self.dns_name && dns_name_same(status->self.dns_name, name)) {
		return &status->self;
	}
	for (size_t i = 0; i < status->peer_count; i++) {
		if (status->peers[i].dns_name && dns_name_same(status->peers[i].dns_name, name)) {
			return &status->peers[i];
		}
	}
	return NULL;
}

static bool has_address(const struct tailnet_node *node, const struct address *address)
{
	for (size_t i = 0; i < node->tailscale_ips.len; i++) {
		if (address_equal(&node->tailscale_ips.at[i], address)) {
			return true;
		}
	}
	return false;
}

const struct tailnet_node *tailnet_status_find_address(const struct tailnet_status *status,
						       const struct address *address)
{
	if (has_address(&status->self, address)) {
		return &status->self;
	}
	for (size_t i = 0; i < status->peer_count; i++) {
		if (has_address(&status->peers[i], address)) {
			return &status->peers[i];
		}
	}
	return NULL;
}

bool tailnet_node_is_foreign(const struct tailnet_node *node)
{
	return node->is_sharee ||
	       (node->dns_name && dns_name_is_below(node->dns_name, "mullvad.ts.net"));
}

bool tailnet_node_can(const struct tailnet_node *node, const char *cap)
{
	return text_list_holds(&node->cap_keys, cap);
}
