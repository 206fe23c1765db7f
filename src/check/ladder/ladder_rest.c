/*
 * Causes that a certificate shows (rows 26 to 28 of the decision table), then what is behind it,
 * and what is left when nothing else explains it: so rows 2 and 3 stand here too, because that
 * nobody may ask says less than whatever else was seen.
 */
#include "check/ladder/ladder_private.h"

static bool has_trust(const struct cert_evidence *evidence, enum tls_trust trust)
{
	return has_shown(evidence) && evidence->tls.facts.chain->trust == trust;
}

static bool has_lifetime(const struct cert_evidence *evidence, enum lifetime lifetime)
{
	return has_shown(evidence) && lifetime_shown(evidence) == lifetime;
}

static bool daemon_refuses(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_BROWSER) ||
	       (is_missing(evidence) && is_local(evidence) && is_tailnet_name(evidence) &&
		evidence->daemon.question.asked != NOT_ASKED &&
		evidence->daemon.outcome == LOCALAPI_FORBIDDEN);
}

static bool access_is_denied(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_DENIED);
}

static bool is_staging(const struct cert_evidence *evidence)
{
	return has_shown(evidence) && !has_trust(evidence, TLS_TRUSTED) &&
	       evidence->tls.facts.chain->issuer == TLS_ISSUER_STAGING;
}

static bool is_of_another(const struct cert_evidence *evidence)
{
	return has_shown(evidence) && evidence->tls.facts.name == TLS_NAME_DIFFERS;
}

static bool is_revoked(const struct cert_evidence *evidence)
{
	return has_shown(evidence) && evidence->tls.facts.staple == TLS_STAPLE_REVOKED;
}

static bool authority_has_expired(const struct cert_evidence *evidence)
{
	return lifetime_above(evidence) == LIFETIME_EXPIRED;
}

static bool authority_is_early(const struct cert_evidence *evidence)
{
	return lifetime_above(evidence) == LIFETIME_NOT_YET;
}

static bool has_expired(const struct cert_evidence *evidence)
{
	return has_lifetime(evidence, LIFETIME_EXPIRED);
}

static bool is_hardly_left(const struct cert_evidence *evidence)
{
	return has_lifetime(evidence, LIFETIME_HARDLY) && is_served(evidence);
}

static bool is_late(const struct cert_evidence *evidence)
{
	return has_lifetime(evidence, LIFETIME_LATE) && is_served(evidence);
}

static bool is_not_yet_valid(const struct cert_evidence *evidence)
{
	return has_lifetime(evidence, LIFETIME_NOT_YET);
}

static bool has_no_roots(const struct cert_evidence *evidence)
{
	return has_trust(evidence, TLS_TRUST_UNKNOWN);
}

/** A signature, purpose or constraint is wrong. */
static bool does_not_verify(const struct cert_evidence *evidence)
{
	return has_trust(evidence, TLS_BAD_CHAIN);
}

static bool is_untrusted(const struct cert_evidence *evidence)
{
	return has_shown(evidence) && !has_trust(evidence, TLS_TRUSTED);
}

/** A page came through the name: what refuses here ("localhost" may be ::1) is not asked there. */
static bool is_answered(const struct cert_evidence *evidence)
{
	return evidence->http.question.asked == ANSWERED && evidence->http.status < 500 &&
	       evidence->http.status != 404;
}

static bool backend_is_down(const struct cert_evidence *evidence)
{
	return (evidence->backend.question.asked != NOT_ASKED &&
		evidence->backend.outcome == KNOCK_REFUSED && !is_answered(evidence)) ||
	       (evidence->http.question.asked == ANSWERED && evidence->http.status == 502);
}

/** The port of a forward accepts whatever its backend is like. */
static bool forward_is_unproven(const struct cert_evidence *evidence)
{
	const struct serve_config *config = evidence->serve.config;
	const struct serve_port *port = config ? serve_config_port(config, evidence->port) : NULL;

	return port && port->forward && !evidence->has_tls && has_port(evidence, KNOCK_OPEN) &&
	       (evidence->backend.question.asked == NOT_ASKED ||
		evidence->backend.outcome != KNOCK_OPEN);
}

static bool service_is_ill(const struct cert_evidence *evidence)
{
	return evidence->http.question.asked == ANSWERED && evidence->http.status >= 500;
}

static bool http_is_silent(const struct cert_evidence *evidence)
{
	return evidence->http.question.asked == NO_ANSWER;
}

static bool has_no_address(const struct cert_evidence *evidence)
{
	return evidence->address.question.asked != NOT_ASKED && !evidence->address.text;
}

static bool has_no_route(const struct cert_evidence *evidence)
{
	return has_port(evidence, KNOCK_NO_ROUTE) || has_port(evidence, KNOCK_BROKEN);
}

static bool has_no_answer(const struct cert_evidence *evidence)
{
	return has_port(evidence, KNOCK_TIMEOUT);
}

static bool is_silent(const struct cert_evidence *evidence)
{
	return has_tls(evidence, TLS_TIMEOUT);
}

static bool wants_our_certificate(const struct cert_evidence *evidence)
{
	return has_tls(evidence, TLS_CLIENT_CERTIFICATE) && !has_shown(evidence);
}

static bool handshake_fails(const struct cert_evidence *evidence)
{
	return evidence->tls.question.asked == ANSWERED && !has_shown(evidence) &&
	       !has_tls(evidence, TLS_NOT_TRIED) && !has_tls(evidence, TLS_BROKEN);
}

/** What would prove it was not asked, by a rule. */
static enum reason barred_by(const struct cert_evidence *evidence)
{
	if (evidence->has_tls && evidence->tls.question.asked == NOT_ASKED) {
		return evidence->tls.question.barred;
	}
	return evidence->port_open.question.asked == NOT_ASKED ? evidence->port_open.question.barred
							       : REASON_NONE;
}

static bool is_static(const struct cert_evidence *evidence)
{
	return barred_by(evidence) == REASON_MODE_STATIC;
}

static bool is_passive(const struct cert_evidence *evidence)
{
	return barred_by(evidence) == REASON_MODE_PASSIVE;
}

static bool is_barred(const struct cert_evidence *evidence)
{
	return barred_by(evidence) != REASON_NONE;
}

static bool is_unproven(const struct cert_evidence *evidence)
{
	return evidence->has_tls ? !is_served(evidence) : !has_port(evidence, KNOCK_OPEN);
}

const struct ladder_rule ladder_rest[] = {
	{26, VERDICT_FAIL, REASON_CERT_STAGING, RUNG_CERTIFICATE, is_staging,
	 "the certificate is from an authority for tries ({issuer})",
	 "take TS_DEBUG_ACME_DIRECTORY_URL (or the server's staging setting) away, and the "
	 "certificate too"},
	{27, VERDICT_FAIL, REASON_CERT_NAME_MISMATCH, RUNG_CERTIFICATE, is_of_another,
	 "the certificate is of {shown}, not of {name}: another server owns the port, or {name} fell "
	 "back to it",
	 "see what listens on port {port} (a NAS, a web server's default site), and in which order"},
	{28, VERDICT_FAIL, REASON_CERT_EXPIRED, RUNG_CERTIFICATE, has_expired,
	 "the certificate has expired, so it is not renewed",
	 "read why in " LOG_HINT "; `tailscale cert --min-validity 720h {name}` there renews it"},
	{28, VERDICT_FAIL, REASON_CERT_RENEWAL_LATE, RUNG_CERTIFICATE, is_hardly_left,
	 "the certificate is about to expire, and was not renewed",
	 "read why in " LOG_HINT "; `tailscale cert --min-validity 720h {name}` there renews it"},
	{28, VERDICT_FAIL, REASON_CERT_EXPIRED, RUNG_CERTIFICATE, authority_has_expired,
	 "an authority of the certificate's chain has expired",
	 "serve the chain that came with the certificate, or have a new one issued"},
	{0, VERDICT_FAIL, REASON_CERT_REVOKED, RUNG_CERTIFICATE, is_revoked,
	 "the certificate is revoked, as the server itself says by OCSP", "have a new one issued"},
	{0, VERDICT_FAIL, REASON_CERT_NOT_YET_VALID, RUNG_CERTIFICATE, authority_is_early,
	 "an authority of the certificate's chain is not valid yet",
	 "compare the clocks of both machines"},
	{0, VERDICT_FAIL, REASON_CERT_NOT_YET_VALID, RUNG_CERTIFICATE, is_not_yet_valid,
	 "the certificate is not valid yet", "compare the clocks of both machines"},
	{0, VERDICT_UNKNOWN, REASON_CERT_NO_ROOTS, RUNG_CERTIFICATE, has_no_roots,
	 "there are no root certificates here to judge the chain by",
	 "install ca-certificates on this machine"},
	{0, VERDICT_FAIL, REASON_CERT_UNTRUSTED, RUNG_CERTIFICATE, does_not_verify,
	 "the certificate does not verify: {fault}",
	 "have a new one issued, by an authority that may issue it"},
	{0, VERDICT_FAIL, REASON_CERT_UNTRUSTED, RUNG_CERTIFICATE, is_untrusted,
	 "the certificate does not end at a root that is trusted here ({issuer})",
	 "let the server send its whole chain, have a certificate of a public authority, or trust "
	 "that root on this machine, if it is yours"},
	{2, VERDICT_UNKNOWN, REASON_DAEMON_DENIED, RUNG_DAEMON, daemon_refuses,
	 "tailscaled refuses to be asked (invalid localapi request), as it does with browsers",
	 "something between rewrites Host or Origin; let the socket be the daemon's own"},
	{3, VERDICT_UNKNOWN, REASON_CERT_ACCESS_DENIED, RUNG_ISSUE, access_is_denied,
	 "tailscaled gives no certificate to this user, so nobody can see why none is served",
	 "`tailscale set --operator=USER` on that machine, or TS_PERMIT_CERT_UID in its "
	 "environment"},
	{0, VERDICT_UNKNOWN, REASON_NET_NAME, RUNG_ADDRESS, has_no_address,
	 "there is no address for {name}", "is the name right, and does a resolver here know it?"},
	{0, VERDICT_UNKNOWN, REASON_NET_ROUTE, RUNG_PORT, has_no_route,
	 "there is no way to {name} from here", "is the machine on, and are you on its network?"},
	{0, VERDICT_UNKNOWN, REASON_NET_TIMEOUT, RUNG_PORT, has_no_answer,
	 "port {port} of {name} does not answer",
	 "is the machine on, and does a firewall drop the port?"},
	{0, VERDICT_UNKNOWN, REASON_NET_SILENT, RUNG_TLS, is_silent,
	 "port {port} of {name} accepts, and says nothing for {waited}",
	 "read the log of what listens there"},
	{0, VERDICT_UNKNOWN, REASON_TLS_CLIENT_CERTIFICATE, RUNG_TLS, wants_our_certificate,
	 "{name} wants a certificate from its clients before it proves its own",
	 "ask from a machine that has one"},
	{0, VERDICT_FAIL, REASON_CERT_HANDSHAKE, RUNG_TLS, handshake_fails,
	 "the TLS handshake with {name} fails, and nothing that was seen says why",
	 "read the log of what listens on port {port}"},
	{0, VERDICT_FAIL, REASON_SERVE_BACKEND_DOWN, RUNG_BACKEND, backend_is_down,
	 "{backend}, which requests are sent to, does not answer", "start it"},
	{0, VERDICT_UNKNOWN, REASON_NET_TIMEOUT, RUNG_BACKEND, forward_is_unproven,
	 "port {port} of {name} accepts, as a forward always does, and nothing shows that {backend} "
	 "behind it answers",
	 "ask {backend} on that machine"},
	{0, VERDICT_FAIL, REASON_SERVE_HTTP_STATUS, RUNG_HTTP, service_is_ill,
	 "what answers under {name} says {http}", "read the log of the service"},
	{0, VERDICT_UNKNOWN, REASON_NET_TIMEOUT, RUNG_HTTP, http_is_silent,
	 "no HTTP answer came through {name}", "read the log of the service"},
	{0, VERDICT_UNKNOWN, REASON_MODE_STATIC, RUNG_TLS, is_static,
	 "whether a certificate is served was not asked: the run is static",
	 "ask in active mode, where the policy grants it"},
	{0, VERDICT_UNKNOWN, REASON_MODE_PASSIVE, RUNG_TLS, is_passive,
	 "whether a certificate is served was not asked: a handshake may cause an order, and the run "
	 "is passive",
	 "ask in active mode, where the policy grants it"},
	{0, VERDICT_UNKNOWN, REASON_POLICY_NEVER, RUNG_TLS, is_barred,
	 "whether a certificate is served was not asked: {barred}",
	 "somebody wrote that rule; see probe.policy"},
	{0, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, RUNG_TLS, is_unproven,
	 "nothing that was seen proves that {name} is served",
	 "ask again with a longer --deadline"},
	{28, VERDICT_PASS, REASON_CERT_RENEWAL_LATE, RUNG_CERTIFICATE, is_late,
	 "the certificate should have been renewed by now",
	 "see whether it is in a few days; " LOG_HINT " says why not"},
	{.rung = RUNG_COUNT},
};
