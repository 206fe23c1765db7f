/* What each rung shows by itself, in a sentence; which of them is the cause is not asked here. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "check/ladder/ladder_private.h"

/** Milliseconds of a day. */
#define DAY_MS INT64_C(86400000)

static void add(struct str *out, const char *text)
{
	str_add_printable(out, text_of(text ? text : "?"));
}

static enum verdict pass_if(bool holds)
{
	return holds ? VERDICT_PASS : VERDICT_FAIL;
}

/* ---- whose name it is */

static enum verdict write_name(const struct cert_evidence *evidence, struct str *out)
{
	const struct owner_evidence *owner = &evidence->owner;

	if (owner->known_as) {
		add(out, owner->known_as);
	}
	str_add(out, owner->known_as ? "; " : "");
	switch (owner->owner) {
	case OWNER_NOBODY:
		str_add(out, "no device, service or node has this name");
		return evidence->daemon.status && is_in_tailnet(evidence) ? VERDICT_FAIL
									  : VERDICT_UNKNOWN;
	case OWNER_BINDING:
		str_add(out, "the repo knows it; no daemon says which node that is");
		return VERDICT_PASS;
	case OWNER_ABSENT:
		str_add(out, "the tailnet has no node of this name");
		return VERDICT_FAIL;
	case OWNER_LOCAL:
		str_add(out, "the node of this machine");
		break;
	case OWNER_PEER:
		str_add(out, "a node of its own in the tailnet");
		break;
	}
	if (owner->node && !owner->node->online) {
		str_add(out, ", offline");
	}
	if (owner->node && owner->node->is_expired) {
		str_add(out, ", its key has expired");
	}
	if (owner->claimed) {
		str_add(out, "; the repo says it is of ");
		add(out, owner->claimed);
	}
	return pass_if(!owner->node || !owner->node->is_expired);
}

static enum verdict write_address(const struct cert_evidence *evidence, struct str *out)
{
	const struct address_evidence *address = &evidence->address;

	if (!address->text && address->question.asked == NO_ANSWER) {
		str_add(out, "the resolver did not answer in ");
		add_duration(out, address->question.took_ms);
		return VERDICT_UNKNOWN;
	}
	if (!address->text) {
		str_add(out, "no address: ");
		add(out, address->failure ? address->failure : "nobody has one");
		return VERDICT_UNKNOWN;
	}
	add(out, address->text);
	str_add(out, ", by ");
	add(out, address->source);
	return VERDICT_PASS;
}

/* ---- the way there */

static enum verdict write_port(const struct cert_evidence *evidence, struct str *out)
{
	static const struct {
		enum verdict verdict;
		const char *text;
	} meanings[] = {
		[KNOCK_NOT_TRIED] = {VERDICT_UNKNOWN, "was not tried in time"},
		[KNOCK_OPEN] = {VERDICT_PASS, "accepts connections"},
		[KNOCK_RESET] = {VERDICT_FAIL, "accepts, and resets the connection at once"},
		[KNOCK_REFUSED] = {VERDICT_FAIL, "nothing listens"},
		[KNOCK_NO_ROUTE] = {VERDICT_UNKNOWN, "there is no way there"},
		[KNOCK_TIMEOUT] = {VERDICT_UNKNOWN, "no answer"},
		[KNOCK_BROKEN] = {VERDICT_UNKNOWN, "could not be tried"},
	};
	const struct port_evidence *port = &evidence->port_open;

	add(out, port->way ? port->way : evidence->address.text);
	str_printf(out, " port %u: %s, after ", (unsigned)evidence->port,
		   meanings[port->outcome].text);
	add_duration(out, port->question.took_ms);
	if (port->trouble) {
		str_add(out, " (");
		add(out, port->trouble);
		str_add(out, ")");
	}
	return meanings[port->outcome].verdict;
}

static enum verdict write_alert(const struct tls_facts *facts, struct str *out)
{
	str_printf(out, "alert %d (%s) after ", facts->alert, tls_alert_word(facts->alert));
	add_duration(out, facts->alert_ms < 0 ? facts->ended_ms : facts->alert_ms);
	return VERDICT_FAIL;
}

static enum verdict write_tls(const struct cert_evidence *evidence, struct str *out)
{
	const struct tls_facts *facts = &evidence->tls.facts;

	switch (facts->outcome) {
	case TLS_NOT_TRIED:
		str_add(out, "was not tried in time");
		return VERDICT_UNKNOWN;
	case TLS_DONE:
		str_printf(out, "%s in ", tls_version_word(facts->version));
		add_duration(out, facts->ended_ms);
		return VERDICT_PASS;
	case TLS_CLIENT_CERTIFICATE:
		str_add(out, has_shown(evidence)
				     ? "it wants a certificate from us, and has shown its own"
				     : "it wants a certificate from us before it proves its own");
		return has_shown(evidence) ? VERDICT_PASS : VERDICT_UNKNOWN;
	case TLS_ALERT:
		return write_alert(facts, out);
	case TLS_VERSION:
		str_add(out, "it speaks none of the versions that are offered");
		return VERDICT_FAIL;
	case TLS_CLOSED:
	case TLS_RESET:
		str_printf(out, "%s %s, after ", facts->outcome == TLS_CLOSED ? "closed" : "reset",
			   facts->phase <= TLS_AT_SERVER_HELLO ? "before TLS began"
							       : "in the middle of it");
		add_duration(out, facts->ended_ms);
		return VERDICT_FAIL;
	case TLS_TIMEOUT:
		str_add(out, facts->phase <= TLS_AT_SERVER_HELLO
				     ? "silence for "
				     : "it began, and then silence for ");
		add_duration(out, facts->ended_ms);
		return VERDICT_UNKNOWN;
	case TLS_PLAIN_HTTP:
		str_add(out, "HTTP without TLS answers");
		return VERDICT_FAIL;
	case TLS_NOT_TLS:
	case TLS_GARBAGE:
	case TLS_FLOOD:
		str_add(out, "what answers is not TLS");
		return VERDICT_FAIL;
	case TLS_BROKEN:
		break;
	}
	str_add(out, "could not be tried: ");
	add(out, facts->failure);
	return VERDICT_UNKNOWN;
}

/* ---- what is shown */

static const char *trust_text(enum tls_trust trust)
{
	switch (trust) {
	case TLS_TRUST_UNKNOWN:
		return "there are no roots here to judge it by";
	case TLS_TRUSTED:
		return "trusted";
	case TLS_SELF_SIGNED:
		return "signed by itself";
	case TLS_UNKNOWN_ROOT:
		return "by an authority that is not known here";
	case TLS_MISSING_INTERMEDIATE:
		return "without the certificate that links it to a root";
	case TLS_BAD_CHAIN:
		break;
	}
	return "with a broken chain";
}

static enum verdict write_certificate(const struct cert_evidence *evidence, struct str *out)
{
	const struct tls_chain *chain = evidence->tls.facts.chain;
	int64_t left_ms = 0;
	char date[CLOCK_RFC3339_BYTES];

	if (!has_shown(evidence)) {
		str_add(out, "none was shown");
		return VERDICT_UNKNOWN;
	}
	left_ms = chain->at->not_after_utc_ms - evidence->tls.now_utc_ms;
	clock_format_rfc3339(chain->at->not_after_utc_ms, date);
	str_add(out, "of ");
	add_names(out, chain->at->names, chain->at->names_len);
	str_printf(out, "%s by %s, %s, until %.10s (%lld days)%s%s",
		   chain->at->names_len > 0 ? "" : chain->at->subject, chain->at->issuer,
		   trust_text(chain->trust), date, (long long)(left_ms / DAY_MS),
		   lifetime_above(evidence) == LIFETIME_FINE
			   ? ""
			   : ", by an authority whose own time is not now",
		   evidence->tls.facts.staple == TLS_STAPLE_REVOKED ? ", revoked" : "");
	return chain->trust == TLS_TRUST_UNKNOWN ? VERDICT_UNKNOWN : pass_if(is_served(evidence));
}

static enum verdict write_http_answer(const struct http_evidence *http, struct str *out)
{
	if (http->status == 0) {
		str_add(out, "no answer: ");
		add(out, http->failure ? http->failure : "silence");
		str_add(out, ", after ");
		add_duration(out, http->question.took_ms);
		return VERDICT_UNKNOWN;
	}
	str_printf(out, "HTTP status %d, after ", http->status);
	add_duration(out, http->question.took_ms);
	return pass_if(http->status < 500);
}

static enum verdict write_http(const struct cert_evidence *evidence, struct str *out)
{
	return write_http_answer(&evidence->http, out);
}

/* ---- the daemon of this machine */

static enum verdict write_daemon(const struct cert_evidence *evidence, struct str *out)
{
	const struct daemon_evidence *daemon = &evidence->daemon;

	if (daemon->outcome == LOCALAPI_OK) {
		str_add(out, "tailscaled ");
		add(out, daemon->status ? daemon->status->version : NULL);
		str_add(out, " answers at ");
		add(out, daemon->where);
		return VERDICT_PASS;
	}
	if (daemon->said) {
		add(out, daemon->said); /* names the place as well */
		return VERDICT_UNKNOWN;
	}
	add(out, daemon->where);
	str_add(out, ": ");
	add(out, localapi_outcome_text(daemon->outcome));
	return VERDICT_UNKNOWN;
}

static enum verdict write_state(const struct cert_evidence *evidence, struct str *out)
{
	const struct tailnet_status *status = evidence->daemon.status;

	if (!status) {
		str_add(out, "the daemon did not say");
		return VERDICT_UNKNOWN;
	}
	add(out, status->state_text);
	str_add(out, status->self.online ? ", online" : "");
	str_add(out, status->auth_url ? ", a login is waiting" : "");
	return status->state == BACKEND_RUNNING || status->state == BACKEND_STARTING
		       ? pass_if(status->state == BACKEND_RUNNING)
		       : VERDICT_FAIL;
}

/** On another machine: say on which. */
static void add_there(const struct cert_evidence *evidence, struct str *out)
{
	if (evidence->serve.there) {
		str_add(out, " on ");
		add(out, evidence->serve.there);
	}
}

static enum verdict write_domains(const struct cert_evidence *evidence, struct str *out)
{
	const struct tailnet_status *own = own_status(evidence);
	const struct tailnet_status *status = own ? own : evidence->daemon.status;
	bool has_any = status && status->cert_domains.len > 0;

	if (!status) {
		str_add(out, "the daemon did not say");
		return VERDICT_UNKNOWN;
	}
	if (evidence->serve.there) {
		add(out, evidence->serve.there);
		str_add(out, ": ");
	}
	str_add(out, has_any ? "certificates for " : "no name to have certificates for");
	add_names(out, status->cert_domains.at, status->cert_domains.len);
	str_printf(out, "; MagicDNS is %s, the capability https is %s",
		   status->has_magic_dns ? "on" : "off", has_https(status) ? "there" : "not there");
	return pass_if(has_any && !is_not_its_domain(evidence));
}

static enum verdict write_serve(const struct cert_evidence *evidence, struct str *out)
{
	const struct serve_config *config = evidence->serve.config;
	const struct serve_port *port = NULL;
	const struct serve_site *site = NULL;

	if (!config) {
		str_add(out, "no answer in time");
		return VERDICT_UNKNOWN;
	}
	port = serve_config_port(config, evidence->port);
	site = serve_config_site(config, evidence->name, evidence->port);
	str_printf(out, "port %u", (unsigned)evidence->port);
	add_there(evidence, out);
	str_add(out, ": ");
	if (!port) {
		str_add(out, "no handler");
	} else if (port->forward) {
		str_add(out, "TCP to ");
		add(out, port->forward);
	} else {
		str_add(out, port->is_https ? "HTTPS" : "HTTP");
	}
	str_add(out, site ? "; a site for " : "; no site for ");
	add(out, evidence->name);
	if (site && site->origin == SERVE_FOREGROUND) {
		str_add(out, ", as long as its command runs");
	}
	return pass_if(has_handler(evidence));
}

static enum verdict write_backend(const struct cert_evidence *evidence, struct str *out)
{
	const struct backend_evidence *backend = &evidence->backend;

	add(out, backend->text);
	add_there(evidence, out);
	if (backend->outcome == KNOCK_OPEN) {
		str_add(out, " accepts connections");
		return VERDICT_PASS;
	}
	str_add(out, backend->outcome == KNOCK_REFUSED ? ": nothing listens" : ": no answer");
	return backend->outcome == KNOCK_REFUSED ? VERDICT_FAIL : VERDICT_UNKNOWN;
}

static enum verdict write_backend_http(const struct cert_evidence *evidence, struct str *out)
{
	return write_http_answer(&evidence->backend.http, out);
}

static enum verdict write_issue(const struct cert_evidence *evidence, struct str *out)
{
	const struct issue_evidence *issue = &evidence->issue;
	AUTO(auto_str) struct str said = {.max = 300};

	if (issue->question.asked == NO_ANSWER) {
		str_add(out, "still pending after ");
		add_duration(out, issue->question.took_ms);
		return VERDICT_UNKNOWN;
	}
	if (cert_answer_of(issue->status, issue->text) == CERT_ANSWER_GIVEN) {
		str_add(out, "it gives a certificate");
		return VERDICT_PASS;
	}
	str_add_printable(&said, text_trim(text_of(issue->text ? issue->text : "")));
	str_printf(out, "%d: %s", issue->status, str_text(&said));
	return VERDICT_FAIL;
}

/* ---- all of them */

static const struct {
	const char *word;
	const char *title;
	enum verdict (*write)(const struct cert_evidence *evidence, struct str *out);
} rungs[RUNG_COUNT] = {
	[RUNG_NAME] = {"name", "name", write_name},
	[RUNG_ADDRESS] = {"address", "address", write_address},
	[RUNG_PORT] = {"port", "port", write_port},
	[RUNG_TLS] = {"tls", "TLS handshake", write_tls},
	[RUNG_CERTIFICATE] = {"certificate", "certificate", write_certificate},
	[RUNG_HTTP] = {"http", "HTTP", write_http},
	[RUNG_DAEMON] = {"daemon", "daemon", write_daemon},
	[RUNG_STATE] = {"state", "backend state", write_state},
	[RUNG_DOMAINS] = {"domains", "certificate domains", write_domains},
	[RUNG_SERVE] = {"serve", "serve config", write_serve},
	[RUNG_BACKEND] = {"backend", "backend", write_backend},
	[RUNG_BACKEND_HTTP] = {"backend_http", "backend's HTTP", write_backend_http},
	[RUNG_ISSUE] = {"issue", "certificate endpoint", write_issue},
};

const char *rung_title(enum rung_id id)
{
	return id < RUNG_COUNT ? rungs[id].title : NULL;
}

const char *rung_word(enum rung_id id)
{
	return id < RUNG_COUNT ? rungs[id].word : NULL;
}

const struct question *rung_question(const struct cert_evidence *evidence, enum rung_id id)
{
	switch (id) {
	case RUNG_NAME:
	case RUNG_COUNT:
		break;
	case RUNG_ADDRESS:
		return &evidence->address.question;
	case RUNG_PORT:
		return &evidence->port_open.question;
	case RUNG_TLS:
	case RUNG_CERTIFICATE:
		return &evidence->tls.question;
	case RUNG_HTTP:
		return &evidence->http.question;
	case RUNG_DAEMON:
	case RUNG_STATE:
	case RUNG_DOMAINS:
		return &evidence->daemon.question;
	case RUNG_SERVE:
		return &evidence->serve.question;
	case RUNG_BACKEND:
		return &evidence->backend.question;
	case RUNG_BACKEND_HTTP:
		return &evidence->backend.http.question;
	case RUNG_ISSUE:
		return &evidence->issue.question;
	}
	return NULL;
}

void ladder_rungs(const struct cert_evidence *evidence, struct arena *arena,
		  struct rung out[RUNG_COUNT])
{
	for (enum rung_id id = 0; id < RUNG_COUNT; id++) {
		const struct question *question = rung_question(evidence, id);
		AUTO(auto_str) struct str text = {0};

		if (question && question->asked == NOT_ASKED) {
			str_add(&text, question->why_not ? "not asked: " : "nothing to ask");
			str_add_printable(&text,
					  text_of(question->why_not ? question->why_not : ""));
			out[id].verdict = question->why_not ? VERDICT_UNKNOWN : VERDICT_SKIP;
		} else {
			out[id].verdict = rungs[id].write(evidence, &text);
		}
		out[id].evidence = arena_text(arena, str_text(&text));
	}
}
