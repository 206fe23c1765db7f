/**
 * How a node is set up: `prefs`, `cert-domains` and `dns-config` of its LocalAPI.
 */
#ifndef NET_TAILNET_PREFS_H
#define NET_TAILNET_PREFS_H

#include "net/json_reader.h"

/** Bytes of each of them. */
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

/** What the tailnet says about names. */
struct tailnet_dns {
	bool has_magic_dns; /**< Proxied */
	struct text_list domains;
	struct text_list cert_domains;
	struct text_list extra_names; /**< names of its extra records */
};

/** Read one of them; pure. @return 0; -1 with ERR_INPUT and one sentence */
int tailnet_prefs_parse(struct arena *arena, struct text bytes, struct tailnet_prefs *out,
			struct err *err);
int tailnet_dns_parse(struct arena *arena, struct text bytes, struct tailnet_dns *out,
		      struct err *err);

/** `cert-domains`: a list or null; without trailing dots. */
int tailnet_cert_domains_parse(struct arena *arena, struct text bytes, struct text_list *out,
			       struct err *err);

/** Is the control server one of Tailscale's own, not headscale, say? */
bool tailnet_control_is_tailscale(const struct tailnet_prefs *prefs);

/** Is the network one of the two that an exit node advertises, 0.0.0.0/0 and ::/0? */
bool network_is_everything(const struct network *network);

#endif
