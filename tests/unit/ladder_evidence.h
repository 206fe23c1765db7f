/**
 * Evidence for tests of the ladder: a name that works, to be broken one piece at a time.
 *
 * The node is the one of an incident: serve is configured for port 443, the backend answers.
 */
#ifndef UNIT_LADDER_EVIDENCE_H
#define UNIT_LADDER_EVIDENCE_H

#include <stddef.h>

#include "check/ladder/ladder_evidence.h"

#define MAC "mneme-macbook-pro14.ayu-scylla.ts.net"
#define STORAGE "storage.ayu-scylla.ts.net"
#define DAY_MS INT64_C(86400000)
#define NOW_MS (INT64_C(20000) * DAY_MS)

/** A piece of evidence and all it points at; not to be moved. */
struct scene {
	struct cert_evidence evidence;
	struct tailnet_status status;
	struct tailnet_node peer;
	struct serve_config config;
	struct serve_port port;
	struct serve_site site;
	struct serve_mount mount;
	struct tls_chain chain;
	struct tls_certificate certificate;
	const char *domains[2];
	const char *caps[1];
	const char *names[1];
};

static const struct question answered = {.asked = ANSWERED, .took_ms = 3};

static inline void scene_tls(struct scene *scene)
{
	scene->names[0] = MAC;
	scene->certificate = (struct tls_certificate){
		.subject = "CN=" MAC,
		.issuer = "CN=E7,O=Let's Encrypt,C=US",
		.names = scene->names,
		.names_len = 1,
		.not_before_utc_ms = NOW_MS - 20 * DAY_MS,
		.not_after_utc_ms = NOW_MS + 70 * DAY_MS,
	};
	scene->chain = (struct tls_chain){.at = &scene->certificate,
					  .len = 1,
					  .trust = TLS_TRUSTED,
					  .issuer = TLS_ISSUER_PUBLIC,
					  .error_text = ""};
	scene->evidence.tls = (struct tls_evidence){
		.question = answered,
		.facts = {.outcome = TLS_DONE,
			  .phase = TLS_AT_END,
			  .alert = TLS_NONE,
			  .first_byte_ms = 2,
			  .alert_ms = TLS_NONE,
			  .ended_ms = 4,
			  .version = TLS_1_3,
			  .chain = &scene->chain,
			  .name = TLS_NAME_MATCHES},
		.now_utc_ms = NOW_MS,
	};
}

static inline void scene_serve(struct scene *scene)
{
	scene->port = (struct serve_port){.port = 443, .is_https = true};
	scene->mount = (struct serve_mount){"/", SERVE_PROXY, "http://127.0.0.1:18080"};
	scene->site = (struct serve_site){
		.host = MAC, .port = 443, .mounts = &scene->mount, .mount_count = 1};
	scene->config = (struct serve_config){
		.ports = &scene->port, .port_count = 1, .sites = &scene->site, .site_count = 1};
	scene->evidence.serve =
		(struct serve_evidence){.question = answered, .config = &scene->config};
	scene->evidence.backend =
		(struct backend_evidence){.question = answered,
					  .text = "http://127.0.0.1:18080",
					  .outcome = KNOCK_OPEN,
					  .http = {.question = answered, .status = 200}};
}

/** A name that works in every respect. */
static inline void scene_good(struct scene *scene)
{
	*scene = (struct scene){.domains = {MAC}, .caps = {"https"}};
	scene->status = (struct tailnet_status){
		.version = "1.98.0",
		.state = BACKEND_RUNNING,
		.state_text = "Running",
		.magic_dns_suffix = "ayu-scylla.ts.net",
		.has_magic_dns = true,
		.cert_domains = {scene->domains, 1},
		.self = {.dns_name = MAC, .online = true, .cap_keys = {scene->caps, 1}},
	};
	scene->peer = (struct tailnet_node){.dns_name = MAC, .online = true};
	scene->evidence = (struct cert_evidence){
		.name = MAC,
		.port = 443,
		.has_sni = true,
		.has_tls = true,
		.owner = {.owner = OWNER_LOCAL, .node = &scene->status.self, .is_tailnet = true},
		.address = {.question = answered,
			    .text = "100.102.226.62",
			    .source = "the daemon's status"},
		.port_open = {.question = answered, .outcome = KNOCK_OPEN},
		.http = {.question = answered, .status = 200},
		.daemon = {.question = answered,
			   .outcome = LOCALAPI_OK,
			   .where = "/run/tailscale/tailscaled.sock",
			   .status = &scene->status},
		.issue = {.question = answered, .status = 200},
	};
	scene_tls(scene);
	scene_serve(scene);
}

/** Whatever was seen over TLS was not. */
static inline void scene_no_tls(struct scene *scene)
{
	scene->evidence.tls.facts = (struct tls_facts){
		.alert = TLS_NONE, .first_byte_ms = TLS_NONE, .alert_ms = TLS_NONE};
	scene->evidence.http = (struct http_evidence){
		.question = {.why_not = "there is no TLS to ask through", .is_moot = true}};
	scene->evidence.issue = (struct issue_evidence){.question = {.why_not = "not asked here"}};
}

/** The handshake ended with an alert after so many milliseconds. */
static inline void scene_alert(struct scene *scene, int code, int64_t after_ms)
{
	scene_no_tls(scene);
	scene->evidence.tls.facts.outcome = TLS_ALERT;
	scene->evidence.tls.facts.phase = TLS_AT_SERVER_HELLO;
	scene->evidence.tls.facts.alert = code;
	scene->evidence.tls.facts.first_byte_ms = after_ms;
	scene->evidence.tls.facts.alert_ms = after_ms;
	scene->evidence.tls.facts.ended_ms = after_ms;
}

/** The port accepted, and nothing came for so long. */
static inline void scene_silent(struct scene *scene, int64_t for_ms)
{
	scene_no_tls(scene);
	scene->evidence.tls.facts.outcome = TLS_TIMEOUT;
	scene->evidence.tls.facts.phase = TLS_AT_SERVER_HELLO;
	scene->evidence.tls.facts.ended_ms = for_ms;
	scene->evidence.tls.question = (struct question){.asked = NO_ANSWER, .took_ms = for_ms};
}

/** The connection was not made. */
static inline void scene_shut(struct scene *scene, enum knock_outcome outcome)
{
	scene_no_tls(scene);
	scene->evidence.port_open.outcome = outcome;
	scene->evidence.tls.question = (struct question){.why_not = "the port does not answer"};
}

/** The daemon's endpoint for certificates said this. */
static inline void scene_issue(struct scene *scene, int status, const char *text)
{
	scene->evidence.issue = (struct issue_evidence){answered, status, text};
}

/** The name belongs to another node, whose configuration nobody can read from here. */
static inline void scene_of_peer(struct scene *scene)
{
	scene->status.self.dns_name = STORAGE;
	scene->domains[0] = STORAGE;
	scene->evidence.owner.owner = OWNER_PEER;
	scene->evidence.owner.node = &scene->peer;
	scene->evidence.serve = (struct serve_evidence){
		{.why_not = "the daemon of another node is not read"}, NULL, NULL, NULL};
	scene->evidence.backend =
		(struct backend_evidence){.question = {.why_not = "what serve does is not known"}};
	scene->evidence.issue =
		(struct issue_evidence){{.why_not = "only the node itself can be asked"}, 0, NULL};
}

#endif
