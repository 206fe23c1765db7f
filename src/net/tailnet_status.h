/**
 * What a tailscaled says about itself and its peers: the `status` of its LocalAPI, which is what
 * `tailscale status --json` prints.
 *
 * All texts are the daemon's own words, UTF-8 but not printable as they are. Names lose their
 * trailing dot. What is absent or null is empty: a daemon that needs a login has a `self` with host
 * name and system only, no peers and no tailnet.
 */
#ifndef NET_TAILNET_STATUS_H
#define NET_TAILNET_STATUS_H

#include "net/json_reader.h"

/** Bytes of a status; one of ten thousand nodes has about as many kilobytes. */
#define TAILNET_STATUS_BYTES ((size_t)16 * 1024 * 1024)

enum backend_state {
	BACKEND_OTHER, /**< a word that this program does not know */
	BACKEND_NO_STATE,
	BACKEND_NEEDS_LOGIN,
	BACKEND_NEEDS_MACHINE_AUTH, /**< waits for the approval of an admin */
	BACKEND_STOPPED,
	BACKEND_STARTING,
	BACKEND_RUNNING,
};

/** This node or a peer. */
struct tailnet_node {
	const char *id;         /**< stable, "nXYZCNTRL"; NULL: not said */
	int64_t node_id;        /**< a number that may be above 2^53; 0: not said */
	const char *public_key; /**< "nodekey:…"; NULL: not said */
	const char *host_name;  /**< what the machine calls itself; NULL: not said */
	const char *dns_name;   /**< what MagicDNS calls it, without the trailing dot; NULL: none */
	const char *os;
	struct address_list tailscale_ips;
	struct network_list allowed_ips;    /**< what it is let through with: own and routes */
	struct network_list primary_routes; /**< subnets that go through it now */
	struct text_list tags;              /**< "tag:…" */
	const char *cur_addr;               /**< direct path, "ip:port"; NULL: none */
	const char *relay;                  /**< code of its home DERP; no proof of relaying */
	const char *peer_relay;             /**< path over a peer, "ip:port:vni:…"; NULL: none */
	bool online;
	bool active;    /**< there was traffic lately; only then the path means anything */
	bool exit_node; /**< this node's traffic leaves there now */
	bool exit_node_option;
	bool is_sharee;             /**< of another tailnet: somebody a node is shared to */
	bool is_expired;            /**< the control server says that its key is */
	struct set_time key_expiry; /**< not set: the key does not expire */
	struct set_time last_seen;  /**< set only while it is offline */
	struct set_time created;
	struct text_list ssh_host_keys; /**< any: it runs Tailscale SSH */
	struct text_list cap_keys;      /**< keys of its CapMap: "https", "funnel", … */
};

struct tailnet_status {
	const char *version;
	bool is_userspace; /**< no TUN device: what the node dials does not go through it */
	enum backend_state state;
	const char *state_text; /**< the word as said; "" if none was */
	const char *auth_url;   /**< NULL: no login is waiting */
	struct text_list health;
	const char *tailnet;           /**< name of the tailnet; NULL: none */
	const char *magic_dns_suffix;  /**< without dots at its ends; NULL: none */
	bool has_magic_dns;            /**< enabled in the tailnet */
	struct text_list cert_domains; /**< of this node; without trailing dots */
	const char *exit_node_id;      /**< stable id of the exit node in use; NULL: none */
	const char *latest_version;    /**< newer than the one that runs; NULL: none is known */
	bool is_update_urgent;         /**< the newer one is a security update */
	struct tailnet_node self;
	struct tailnet_node *peers; /**< as said, in order of their keys */
	size_t peer_count;
};

/**
 * Read a status; pure.
 *
 * @param arena  gets all texts
 * @return       0; -1 with ERR_INPUT and one sentence
 */
int tailnet_status_parse(struct arena *arena, struct text bytes, struct tailnet_status *out,
			 struct err *err);

/** Is it of a daemon that runs and hears from its control server? What another one says of its
 * peers may be old. */
bool tailnet_status_is_current(const struct tailnet_status *status);

/** Is it a name that the node itself may have a certificate for? */
bool tailnet_status_certifies(const struct tailnet_status *status, const char *name);

/** The node with that DNS name, whatever its case and with or without a trailing dot; `self`
 * counts. NULL if there is none. */
const struct tailnet_node *tailnet_status_find_name(const struct tailnet_status *status,
						    const char *name);

/** The node with that address; `self` counts. NULL if there is none. */
const struct tailnet_node *tailnet_status_find_address(const struct tailnet_status *status,
						       const struct address *address);

/** Is it somebody else's: shared in from another tailnet, or a Mullvad exit node? Snapshots and
 * parity leave those out. */
bool tailnet_node_is_foreign(const struct tailnet_node *node);

/** Does its CapMap have the key? */
bool tailnet_node_can(const struct tailnet_node *node, const char *cap);

#endif
