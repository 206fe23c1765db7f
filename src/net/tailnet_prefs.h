/**
 * How a node is set up: `prefs` of its LocalAPI.
 */
#ifndef NET_TAILNET_PREFS_H
#define NET_TAILNET_PREFS_H

#include "net/json_reader.h"

/** Bytes of them. */
#define TAILNET_PREFS_BYTES ((size_t)1024 * 1024)

struct tailnet_prefs {
	const char *control_url; /**< NULL: Tailscale's own */
	const char *host_name;   /**< NULL: the machine's */
	bool accepts_routes;     /**< RouteAll */
	bool accepts_dns;        /**< CorpDNS */
	bool runs_ssh;
	bool wants_running;
	bool is_logged_out;
	bool shields_up;           /**< nobody may come in */
	const char *exit_node_id;  /**< NULL: none */
	const char *exit_node_ip;  /**< NULL: none */
	const char *operator_user; /**< who may change things beside root; NULL: nobody */
	struct text_list advertised_tags;
	struct network_list advertised_routes; /**< with the two of an exit node */
};

/** Read them; pure. @return 0; -1 with ERR_INPUT and one sentence */
int tailnet_prefs_parse(struct arena *arena, struct text bytes, struct tailnet_prefs *out,
			struct err *err);

/** Is the control server one of Tailscale's own, not headscale, say? */
bool tailnet_control_is_tailscale(const struct tailnet_prefs *prefs);

#endif
