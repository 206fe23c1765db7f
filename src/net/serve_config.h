/**
 * What a node promises to serve: the `serve-config` of its LocalAPI, laid flat.
 *
 * Ports, sites and funnels of the configuration itself, of what runs in a foreground (and vanishes
 * when that ends) and of services stand in one list each, and say whose they are.
 */
#ifndef NET_SERVE_CONFIG_H
#define NET_SERVE_CONFIG_H

#include "net/json_reader.h"

/** Bytes of a serve configuration. */
#define SERVE_CONFIG_BYTES ((size_t)1024 * 1024)

enum serve_origin {
	SERVE_BACKGROUND, /**< stays until it is taken away */
	SERVE_FOREGROUND, /**< as long as the command that made it runs */
	SERVE_SERVICE,    /**< of a service that several nodes may host; own addresses */
};

/** What listens on a port. */
struct serve_port {
	enum serve_origin origin;
	const char *owner; /**< id of the foreground, name of the service; NULL: background */
	uint16_t port;
	bool is_https;             /**< TLS here, then the site of that name and port */
	bool is_http;              /**< the site of that name and port, without TLS */
	const char *forward;       /**< "127.0.0.1:5432": raw TCP to there; NULL: none */
	const char *terminate_tls; /**< name of the certificate of a forward with TLS; NULL: none */
};

enum serve_handler {
	SERVE_NOTHING, /**< a kind that this program does not know */
	SERVE_PROXY,
	SERVE_PATH,
	SERVE_TEXT,
	SERVE_REDIRECT,
};

/** What answers below a path of a site. */
struct serve_mount {
	const char *path; /**< "/" */
	enum serve_handler handler;
	const char *value; /**< backend "http://127.0.0.1:3000", folder, text or URL */
};

/** "fqdn:port". */
struct serve_site {
	enum serve_origin origin;
	const char *owner;
	const char *host; /**< without a trailing dot */
	uint16_t port;
	const struct serve_mount *mounts;
	size_t mount_count;
};

/** "fqdn:port" that the Internet may reach. */
struct serve_funnel {
	enum serve_origin origin;
	const char *owner;
	const char *host;
	uint16_t port;
};

struct serve_config {
	struct serve_port *ports;
	size_t port_count;
	struct serve_site *sites;
	size_t site_count;
	struct serve_funnel *funnels; /**< those that are on */
	size_t funnel_count;
};

/**
 * Read a serve configuration; `null` is an empty one. Pure.
 *
 * @param arena  gets all of it
 * @return       0; -1 with ERR_INPUT and one sentence
 */
int serve_config_parse(struct arena *arena, struct text bytes, struct serve_config *out,
		       struct err *err);

/** What listens on the node's own port, not of a service; NULL if nothing does. */
const struct serve_port *serve_config_port(const struct serve_config *config, uint16_t port);

/** The site of that name (whatever its case) and port; NULL if there is none. */
const struct serve_site *serve_config_site(const struct serve_config *config, const char *host,
					   uint16_t port);

#endif
