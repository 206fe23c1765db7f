/*
 * Causes that the node itself tells: its daemon, the tailnet, and the endpoint that gives out
 * certificates. Rows 1 to 13 of the decision table, but for rows 2 and 3 (ladder_rest.c).
 *
 * None of them is the cause of anything once a certificate is shown, except what the endpoint says
 * while the one shown has expired.
 */
#include "check/ladder/ladder_private.h"

static bool is_state(const struct cert_evidence *evidence, enum backend_state state)
{
	const struct tailnet_status *status = evidence->daemon.status;

	return status && status->state == state && is_tailnet_name(evidence) &&
	       is_missing(evidence);
}

static bool has_no_domains(const struct cert_evidence *evidence)
{
	const struct tailnet_status *status = evidence->daemon.status;

	return is_state(evidence, BACKEND_RUNNING) && is_in_tailnet(evidence) &&
	       status->cert_domains.len == 0;
}

static bool daemon_is_absent(const struct cert_evidence *evidence)
{
	return is_missing(evidence) && is_local(evidence) && is_tailnet_name(evidence) &&
	       evidence->daemon.question.asked != NOT_ASKED &&
	       evidence->daemon.outcome == LOCALAPI_ABSENT;
}

static bool needs_login(const struct cert_evidence *evidence)
{
	return is_state(evidence, BACKEND_NEEDS_LOGIN);
}

static bool key_has_expired(const struct cert_evidence *evidence)
{
	return is_missing(evidence) && evidence->owner.node && evidence->owner.node->is_expired;
}

static bool needs_approval(const struct cert_evidence *evidence)
{
	return is_state(evidence, BACKEND_NEEDS_MACHINE_AUTH);
}

static bool is_stopped(const struct cert_evidence *evidence)
{
	return is_state(evidence, BACKEND_STOPPED);
}

static bool is_starting(const struct cert_evidence *evidence)
{
	return is_state(evidence, BACKEND_STARTING) || is_state(evidence, BACKEND_NO_STATE);
}

static bool magic_dns_is_off(const struct cert_evidence *evidence)
{
	return has_no_domains(evidence) && !evidence->daemon.status->has_magic_dns;
}

/** Of a name that nobody has, that is the cause. */
static bool https_is_off(const struct cert_evidence *evidence)
{
	return has_no_domains(evidence) && !has_https(evidence->daemon.status) &&
	       evidence->owner.owner != OWNER_NOBODY;
}

static bool is_unsupported(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_UNSUPPORTED);
}

static bool is_of_a_peer(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_OTHER_NAME) && evidence->owner.owner == OWNER_PEER;
}

/** A refusal says so; or the status does: no node has it, and no resolver knows it. */
static bool is_of_nobody(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_OTHER_NAME) ||
	       (is_state(evidence, BACKEND_RUNNING) && is_in_tailnet(evidence) &&
		evidence->owner.owner == OWNER_NOBODY && !evidence->address.text &&
		!is_own_domain(evidence));
}

static bool node_is_absent(const struct cert_evidence *evidence)
{
	return is_missing(evidence) && evidence->owner.owner == OWNER_ABSENT;
}

static bool has_no_record(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_DNS_RECORD);
}

static bool acme_is_unreachable(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_UNREACHABLE);
}

static bool is_rate_limited(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_RATE_LIMITED);
}

static bool has_no_reply(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_PENDING) ||
	       (wants_issue(evidence) && evidence->issue.question.asked == NO_ANSWER);
}

static bool has_other_error(const struct cert_evidence *evidence)
{
	return has_answer(evidence, CERT_ANSWER_OTHER);
}

#define DNS_PAGE "the DNS page of the admin console (https://login.tailscale.com/admin/dns)"

const struct ladder_rule ladder_node[] = {
	{1, VERDICT_UNKNOWN, REASON_DAEMON_ABSENT, RUNG_DAEMON, daemon_is_absent,
	 "no tailscaled answers at {where}, so nobody here knows {name}",
	 "start tailscaled, or ask where it runs; a daemon elsewhere has another socket"},
	{4, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_LOGIN, RUNG_STATE, needs_login,
	 "the node is logged out of the tailnet, and wants a human to log in",
	 "log in on that machine, or give it an auth key; for servers, a tag or no key expiry"},
	{4, VERDICT_FAIL, REASON_CERT_KEY_EXPIRED, RUNG_NAME, key_has_expired,
	 "the key of {node} has expired, so it is out of the tailnet",
	 "log {node} in again; for servers, a tag or no key expiry"},
	{5, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_APPROVAL, RUNG_STATE, needs_approval,
	 "the node waits for the approval of an admin of the tailnet",
	 "approve the machine in the admin console; for servers, a pre-approved auth key"},
	{0, VERDICT_FAIL, REASON_CERT_STOPPED, RUNG_STATE, is_stopped,
	 "Tailscale is stopped on this machine", "start it on that machine: `tailscale up`"},
	{0, VERDICT_UNKNOWN, REASON_CERT_STARTING, RUNG_STATE, is_starting,
	 "tailscaled has not come up yet ({state})",
	 "ask again in a minute; if it stays so, read the daemon's log"},
	{6, VERDICT_FAIL, REASON_CERT_MAGIC_DNS_OFF, RUNG_DOMAINS, magic_dns_is_off,
	 "MagicDNS is off in the tailnet, so no node has a name to certify",
	 "an admin enables MagicDNS, then HTTPS Certificates, on " DNS_PAGE},
	{7, VERDICT_FAIL, REASON_CERT_HTTPS_OFF, RUNG_DOMAINS, https_is_off,
	 "HTTPS certificates are not enabled in the tailnet",
	 "an admin enables HTTPS Certificates on " DNS_PAGE
	 ", and a minute later serve works; with headscale there are none"},
	{8, VERDICT_FAIL, REASON_CERT_UNSUPPORTED, RUNG_ISSUE, is_unsupported,
	 "the control server gives no certificates to this tailnet",
	 "an admin enables MagicDNS and HTTPS Certificates on " DNS_PAGE
	 "; with headscale there are none"},
	{9, VERDICT_FAIL, REASON_CERT_NAME_NOT_OURS, RUNG_ISSUE, is_of_a_peer,
	 "{name} is another node's name; the node that was asked may have only {domains}",
	 "ask {node} itself: each node gets the certificate of its own name and of no other; or "
	 "serve under {domains}"},
	{10, VERDICT_FAIL, REASON_CERT_NAME_UNKNOWN, RUNG_NAME, is_of_nobody,
	 "no node of the tailnet has the name {name}",
	 "use a name that the node has ({domains}), or rename the node; a name below a node's needs "
	 "the node attribute for wildcard certificates"},
	{11, VERDICT_FAIL, REASON_CERT_DNS_RECORD, RUNG_ISSUE, has_no_record,
	 "the control server could not make the DNS record for the order",
	 "try later, and see https://status.tailscale.com; `tailscale down` and `up` may clear it"},
	{12, VERDICT_FAIL, REASON_CERT_ACME_UNREACHABLE, RUNG_ISSUE, acme_is_unreachable,
	 "the node cannot reach the certificate authority, or does not trust it",
	 "install ca-certificates there, and let it reach port 443 of "
	 "acme-v02.api.letsencrypt.org"},
	{13, VERDICT_FAIL, REASON_CERT_RATE_LIMITED, RUNG_ISSUE, is_rate_limited,
	 "the certificate authority limits the certificates for {name}",
	 "wait (5 certificates of one name in 7 days); keep the node's state directory with certs/, "
	 "so that it does not order again at each start"},
	{13, VERDICT_UNKNOWN, REASON_CERT_PENDING, RUNG_ISSUE, has_no_reply,
	 "a certificate for {name} is being ordered: pending or rate limited, after {waited}",
	 "look for 429 in " LOG_HINT "; wait, and keep the node's state directory with certs/"},
	{0, VERDICT_FAIL, REASON_CERT_NODE_ABSENT, RUNG_NAME, node_is_absent,
	 "the tailnet has no node {name}",
	 "start what makes the node (for caddy-tailscale: Caddy, and its auth key); if it came back "
	 "as {name} with -1, its state was lost"},
	{0, VERDICT_FAIL, REASON_CERT_REFUSED, RUNG_ISSUE, has_other_error,
	 "the node gets no certificate for {name}: {said}", "read " LOG_HINT},
	{.rung = RUNG_COUNT},
};
