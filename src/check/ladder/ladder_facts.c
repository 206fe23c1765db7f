/* What the evidence says, in the terms of the table. */
#include "check/ladder/ladder_private.h"
#include "net/dns_name.h"

bool has_shown(const struct cert_evidence *evidence)
{
	const struct tls_facts *facts = &evidence->tls.facts;

	return evidence->tls.question.asked == ANSWERED && facts->chain &&
	       (facts->outcome == TLS_DONE || facts->outcome == TLS_CLIENT_CERTIFICATE);
}

enum lifetime lifetime_shown(const struct cert_evidence *evidence)
{
	return lifetime_of(evidence->tls.facts.chain->at, 0, evidence->tls.now_utc_ms);
}

enum lifetime lifetime_above(const struct cert_evidence *evidence)
{
	return has_shown(evidence)
		       ? lifetime_of_path(evidence->tls.facts.chain, evidence->tls.now_utc_ms)
		       : LIFETIME_FINE;
}

bool is_served(const struct cert_evidence *evidence)
{
	const struct tls_facts *facts = &evidence->tls.facts;
	enum lifetime lifetime = LIFETIME_EXPIRED;

	if (!has_shown(evidence)) {
		return false;
	}
	lifetime = lifetime_shown(evidence);
	return facts->chain->trust == TLS_TRUSTED && facts->name != TLS_NAME_DIFFERS &&
	       facts->staple != TLS_STAPLE_REVOKED && lifetime != LIFETIME_EXPIRED &&
	       lifetime != LIFETIME_NOT_YET && lifetime_above(evidence) == LIFETIME_FINE;
}

bool is_in_tailnet(const struct cert_evidence *evidence)
{
	const struct tailnet_status *status = evidence->daemon.status;

	switch (evidence->owner.owner) {
	case OWNER_LOCAL:
		return true;
	case OWNER_PEER: /* a node may be shared from another tailnet */
		return !status || !status->magic_dns_suffix || !evidence->owner.node ||
		       dns_name_is_below(evidence->owner.node->dns_name
						 ? evidence->owner.node->dns_name
						 : evidence->name,
					 status->magic_dns_suffix);
	case OWNER_NOBODY:
	case OWNER_BINDING:
	case OWNER_ABSENT:
		break;
	}
	return status && dns_name_is_below(evidence->name, status->magic_dns_suffix);
}

bool is_own_domain(const struct cert_evidence *evidence)
{
	const struct tailnet_status *status = evidence->daemon.status;

	return status && tailnet_status_certifies(status, evidence->name);
}

const struct tailnet_status *own_status(const struct cert_evidence *evidence)
{
	return evidence->owner.owner == OWNER_LOCAL ? evidence->daemon.status
						    : evidence->serve.status;
}

bool is_not_its_domain(const struct cert_evidence *evidence)
{
	const struct tailnet_status *status = own_status(evidence);

	return status && !tailnet_status_certifies(status, evidence->name);
}

bool has_handler(const struct cert_evidence *evidence)
{
	const struct serve_config *config = evidence->serve.config;
	const struct serve_port *port = NULL;

	if (!config) {
		return false;
	}
	port = serve_config_port(config, evidence->port);
	return serve_config_site(config, evidence->name, evidence->port) ||
	       (port && (port->terminate_tls || (port->forward && !port->is_https)));
}

bool has_https(const struct tailnet_status *status)
{
	return tailnet_node_can(&status->self, "https");
}

/** TLS is promised, and no certificate was seen. */
bool is_missing(const struct cert_evidence *evidence)
{
	return evidence->has_tls && !has_shown(evidence);
}

/** No certificate, or none that is valid any more: it matters whether one can be had. */
bool wants_issue(const struct cert_evidence *evidence)
{
	return is_missing(evidence) ||
	       (has_shown(evidence) && lifetime_shown(evidence) == LIFETIME_EXPIRED);
}

/** The daemon of this machine is the one that matters, as far as anybody can tell. */
bool is_local(const struct cert_evidence *evidence)
{
	return evidence->owner.owner == OWNER_LOCAL || evidence->owner.owner == OWNER_NOBODY;
}

bool is_tailnet_name(const struct cert_evidence *evidence)
{
	return evidence->owner.is_tailnet || is_in_tailnet(evidence);
}

bool has_answer(const struct cert_evidence *evidence, enum cert_answer answer)
{
	const struct issue_evidence *issue = &evidence->issue;

	return issue->question.asked == ANSWERED && wants_issue(evidence) &&
	       cert_answer_of(issue->status, issue->text) == answer;
}

bool has_port(const struct cert_evidence *evidence, enum knock_outcome outcome)
{
	return evidence->port_open.question.asked != NOT_ASKED &&
	       evidence->port_open.outcome == outcome;
}

bool has_tls(const struct cert_evidence *evidence, enum tls_outcome outcome)
{
	return evidence->tls.question.asked != NOT_ASKED && evidence->tls.facts.outcome == outcome;
}
