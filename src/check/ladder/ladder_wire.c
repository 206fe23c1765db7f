/* Causes that the wire shows: the port, and the handshake. Rows 14 to 25 of the decision table. */
#include "check/ladder/ladder_private.h"

/** Alert 80 before that: the configuration refuses. After it: an order was tried. */
#define ALERT_AT_ONCE_MS 1000

/**
 * Half of the least that serve and tsnet give an order: 120 s since 1.102, 60 s before. What comes
 * after it is nearer to that than to an error.
 */
#define ALERT_LATE_MS 30000

/** Internal error; handshake failure; protocol version; unrecognized name (RFC 8446, 6). */
#define ALERT_INTERNAL 80
#define ALERT_HANDSHAKE 40
#define ALERT_VERSION 70
#define ALERT_NAME 112

static bool has_alert(const struct cert_evidence *evidence, int alert)
{
	return evidence->tls.question.asked != NOT_ASKED && !has_shown(evidence) &&
	       evidence->tls.facts.alert == alert;
}

/** Alert 80 between two times. */
static bool has_internal(const struct cert_evidence *evidence, int64_t from_ms, int64_t until_ms)
{
	return has_alert(evidence, ALERT_INTERNAL) && evidence->tls.facts.alert_ms >= from_ms &&
	       evidence->tls.facts.alert_ms < until_ms;
}

static bool is_refused_at_once(const struct cert_evidence *evidence)
{
	return has_internal(evidence, 0, ALERT_AT_ONCE_MS);
}

static bool is_refused(const struct cert_evidence *evidence)
{
	return has_port(evidence, KNOCK_REFUSED);
}

static bool is_online(const struct cert_evidence *evidence)
{
	return evidence->owner.node && evidence->owner.node->online;
}

static bool is_dropped(const struct cert_evidence *evidence)
{
	return has_port(evidence, KNOCK_TIMEOUT) && is_online(evidence);
}

static bool is_offline(const struct cert_evidence *evidence)
{
	return evidence->owner.node && !evidence->owner.node->online &&
	       (has_port(evidence, KNOCK_TIMEOUT) || has_port(evidence, KNOCK_NO_ROUTE));
}

static bool is_closed_at_once(const struct cert_evidence *evidence)
{
	return has_port(evidence, KNOCK_RESET) ||
	       ((has_tls(evidence, TLS_CLOSED) || has_tls(evidence, TLS_RESET)) &&
		evidence->tls.facts.phase <= TLS_AT_SERVER_HELLO);
}

static bool has_no_sni(const struct cert_evidence *evidence)
{
	return is_refused_at_once(evidence) && !evidence->has_sni;
}

static bool has_no_handler(const struct cert_evidence *evidence)
{
	return is_refused_at_once(evidence) && evidence->serve.question.asked == ANSWERED &&
	       !has_handler(evidence);
}

static bool is_not_for_name(const struct cert_evidence *evidence)
{
	return is_refused_at_once(evidence) && is_not_its_domain(evidence);
}

static bool has_failed_order(const struct cert_evidence *evidence)
{
	return is_tailnet_name(evidence) && has_internal(evidence, ALERT_AT_ONCE_MS, ALERT_LATE_MS);
}

static bool has_late_alert(const struct cert_evidence *evidence)
{
	return is_tailnet_name(evidence) && has_internal(evidence, ALERT_LATE_MS, INT64_MAX);
}

/** Nothing was said: the order may be under way still. Not so if a certificate is there. */
static bool is_silent_order(const struct cert_evidence *evidence)
{
	return is_tailnet_name(evidence) && has_tls(evidence, TLS_TIMEOUT) &&
	       evidence->tls.facts.phase <= TLS_AT_SERVER_HELLO &&
	       evidence->issue.question.asked != ANSWERED;
}

static bool is_own_node(const struct cert_evidence *evidence)
{
	return is_tailnet_name(evidence) && is_refused_at_once(evidence) &&
	       evidence->owner.owner != OWNER_LOCAL && evidence->serve.question.asked != ANSWERED;
}

static bool has_no_such_site(const struct cert_evidence *evidence)
{
	return has_alert(evidence, ALERT_NAME);
}

static bool has_no_common_ground(const struct cert_evidence *evidence)
{
	return has_alert(evidence, ALERT_HANDSHAKE) || has_alert(evidence, ALERT_VERSION) ||
	       has_tls(evidence, TLS_VERSION);
}

static bool is_plain_http(const struct cert_evidence *evidence)
{
	return has_tls(evidence, TLS_PLAIN_HTTP);
}

const struct ladder_rule ladder_wire[] = {
	{14, VERDICT_FAIL, REASON_SERVE_NO_LISTENER, RUNG_PORT, is_refused,
	 "nothing listens on port {port} of {name}",
	 "serve it (`tailscale serve --bg`), or start what should listen; tsnet does not listen "
	 "while HTTPS is off in the tailnet"},
	{15, VERDICT_FAIL, REASON_SERVE_BLOCKED, RUNG_PORT, is_dropped,
	 "{node} is online and drops connections to port {port}",
	 "see the tailnet policy (grants for this source, its tests), shields-up and the firewall of "
	 "{node}"},
	{0, VERDICT_UNKNOWN, REASON_CERT_NODE_OFFLINE, RUNG_PORT, is_offline, "{node} is offline",
	 "turn it on, or see its network; then ask again"},
	{16, VERDICT_FAIL, REASON_SERVE_CLOSED, RUNG_TLS, is_closed_at_once,
	 "port {port} of {name} accepts, and closes before TLS begins: the backend of a TCP forward "
	 "is down",
	 "start the backend that serve forwards to; with Funnel, see whether the policy allows it"},
	{17, VERDICT_FAIL, REASON_CERT_NO_SNI, RUNG_TLS, has_no_sni,
	 "{name} is no name, and serve picks its certificate by the name that is asked for",
	 "connect by the node's full name"},
	{18, VERDICT_FAIL, REASON_SERVE_NO_HANDLER, RUNG_SERVE, has_no_handler,
	 "serve has no site for {name} on port {port}",
	 "serve it with --bg: without, it ends with the command that made it"},
	{19, VERDICT_FAIL, REASON_CERT_NOT_FOR_NAME, RUNG_DOMAINS, is_not_for_name,
	 "the node may have certificates for {domains} only, and not for {name}",
	 "use a name that it has; a peer's name is asked at the peer"},
	{20, VERDICT_FAIL, REASON_CERT_ORDER_FAILED, RUNG_TLS, has_failed_order,
	 "{node} ordered a certificate during the handshake, and the order failed",
	 "ask that node for the error (`tailscale cert {name}` there), or read " LOG_HINT},
	{21, VERDICT_UNKNOWN, REASON_CERT_PENDING, RUNG_TLS, has_late_alert,
	 "a certificate for {name} is being ordered: pending or rate limited, after {waited}",
	 "try once more in 2 to 5 minutes; then look for 429 in " LOG_HINT " of {node}"},
	{21, VERDICT_UNKNOWN, REASON_CERT_PENDING, RUNG_TLS, is_silent_order,
	 "nothing was said for {waited}: a certificate for {name} may be being ordered, pending or "
	 "rate limited",
	 "ask with a longer --deadline (serve gives up after one or two minutes, by its version), "
	 "then look for 429 in " LOG_HINT " of {node}"},
	{22, VERDICT_FAIL, REASON_CERT_OWN_NODE, RUNG_TLS, is_own_node,
	 "{node} has no certificate for its name: a node of its own (tsnet, caddy-tailscale), or "
	 "serve on another machine",
	 "read the log there: \"must be one of [host]\" means that it fell back to the host, so the "
	 "node {node} is not up or the site is not its full name"},
	{23, VERDICT_FAIL, REASON_TLS_ALERT_UNRECOGNIZED_NAME, RUNG_TLS, has_no_such_site,
	 "the server has no site {name} (alert 112)",
	 "add the name to the server's configuration, or correct it here"},
	{24, VERDICT_FAIL, REASON_CERT_NO_COMMON_GROUND, RUNG_TLS, has_no_common_ground,
	 "client and server share no TLS version or cipher",
	 "this is the server's own TLS configuration, not Tailscale's"},
	{25, VERDICT_FAIL, REASON_TLS_PLAIN_HTTP, RUNG_TLS, is_plain_http,
	 "plain HTTP is spoken on port {port}",
	 "serve it with --https={port} instead of --http, or correct the URL"},
	{.rung = RUNG_COUNT},
};
