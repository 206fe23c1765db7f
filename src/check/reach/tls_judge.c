#include "check/reach/tls_judge.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "check/reach/lifetime.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)

/** Names of a certificate that a message lists. */
#define NAMES_TOLD 4

struct judgement {
	const struct tls_facts *facts;
	const struct tls_demands *demands;
	int64_t now_ms;
	struct arena *arena;
	struct tls_opinions *out;
};

static void add(struct judgement *self, enum verdict verdict, enum reason reason,
		const char *message, const char *hint)
{
	if (self->out->len < TLS_OPINIONS_MAX) {
		self->out->at[self->out->len++] =
			(struct tls_opinion){verdict, reason, message, hint};
	}
}

/** "12 days", "30 hours". */
static const char *span(struct arena *arena, int64_t ms)
{
	if (ms >= 3 * DAY_MS) {
		return arena_printf(arena, "%" PRId64 " days", ms / DAY_MS);
	}
	return ms >= 2 * HOUR_MS ? arena_printf(arena, "%" PRId64 " hours", ms / HOUR_MS)
				 : arena_printf(arena, "%" PRId64 " minutes", ms / 60000);
}

/** "2026-03-01 21:48 UTC". */
static const char *moment(struct arena *arena, int64_t utc_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(utc_ms, text);
	return arena_printf(arena, "%.10s %.5s UTC", text, text + 11);
}

/* ---- a handshake that did not come to its end */

static const struct {
	int alert;
	enum reason reason;
	const char *hint;
} alerts[] = {
	{40, REASON_TLS_ALERT_HANDSHAKE_FAILURE,
	 "client and server share no cipher, or it has no certificate at all"},
	{80, REASON_TLS_ALERT_INTERNAL_ERROR,
	 "it has no certificate for the name: see its log; of a tailnet node, whether HTTPS "
	 "certificates are enabled and something is served under this name and port"},
	{112, REASON_TLS_ALERT_UNRECOGNIZED_NAME,
	 "no site of that server has the name: correct the name, or add the site"},
	{120, REASON_TLS_ALERT_NO_APPLICATION_PROTOCOL,
	 "it speaks none of the protocols that the gate offers"},
};

static void judge_alert(struct judgement *self)
{
	const struct tls_facts *facts = self->facts;
	enum reason reason = REASON_TLS_ALERT_OTHER;
	const char *hint = NULL;

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		if (alerts[i].alert == facts->alert) {
			reason = alerts[i].reason;
			hint = alerts[i].hint;
		}
	}
	add(self, VERDICT_FAIL, reason,
	    arena_printf(self->arena,
			 "ends the handshake with alert %d (%s), after %" PRId64 " ms, %s",
			 facts->alert, tls_alert_word(facts->alert), facts->alert_ms,
			 facts->alert_at <= TLS_AT_SERVER_HELLO ? "before its ServerHello"
								: "after its ServerHello"),
	    hint);
}

static const char *phase_words(enum tls_phase phase)
{
	switch (phase) {
	case TLS_AT_CLIENT_HELLO:
		return "before our greeting could be sent";
	case TLS_AT_SERVER_HELLO:
		return "instead of its ServerHello";
	case TLS_AT_CERTIFICATE:
		return "instead of its certificate";
	case TLS_AT_FINISHED:
		return "after its certificate";
	case TLS_AT_END:
		break;
	}
	return "at the end of the handshake";
}

static void judge_silence(struct judgement *self)
{
	const struct tls_facts *facts = self->facts;

	add(self, VERDICT_UNKNOWN, REASON_TLS_SILENT,
	    arena_printf(self->arena,
			 "accepts the connection and says nothing %s, for %" PRId64 " ms",
			 phase_words(facts->phase), facts->ended_ms),
	    "the server hangs, or waits for a certificate that is being issued: see its log");
}

static void judge_going(struct judgement *self)
{
	const struct tls_facts *facts = self->facts;

	add(self, VERDICT_FAIL, REASON_TLS_CLOSED,
	    arena_printf(self->arena, "%s the connection %s, after %" PRId64 " ms",
			 facts->outcome == TLS_RESET ? "resets" : "closes",
			 phase_words(facts->phase), facts->ended_ms),
	    "a forwarder whose backend is down does that");
}

static void judge_other_protocol(struct judgement *self)
{
	const struct tls_facts *facts = self->facts;
	bool is_http = facts->outcome == TLS_PLAIN_HTTP;

	add(self, VERDICT_FAIL, is_http ? REASON_TLS_PLAIN_HTTP : REASON_TLS_NOT_TLS,
	    arena_printf(self->arena, "speaks %s, not TLS: '%s'",
			 is_http ? "plain HTTP" : "something else", facts->said),
	    is_http ? "serve HTTPS on this port, or correct the URL's scheme or port"
		    : "correct the URL's port");
}

static void judge_client_certificate(struct judgement *self)
{
	bool has_chain = self->facts->chain != NULL;

	/* What it showed can be judged; only what is behind it cannot be seen. */
	add(self, has_chain ? VERDICT_PASS : VERDICT_UNKNOWN, REASON_TLS_CLIENT_CERTIFICATE,
	    has_chain ? "demands a certificate from its clients; its own was seen all the same"
		      : "demands a certificate from its clients before it proves its own",
	    NULL);
}

/** Everything but a handshake that is done. */
static void judge_failure(struct judgement *self)
{
	const struct tls_facts *facts = self->facts;

	switch (facts->outcome) {
	case TLS_NOT_TRIED:
		add(self, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, "was not tried in time", NULL);
		break;
	case TLS_ALERT:
		judge_alert(self);
		break;
	case TLS_CLIENT_CERTIFICATE:
		judge_client_certificate(self);
		break;
	case TLS_VERSION:
		add(self, VERDICT_FAIL, REASON_TLS_VERSION,
		    "speaks no version of TLS that is known here",
		    "its software is too old, or its configuration allows too little");
		break;
	case TLS_CLOSED:
	case TLS_RESET:
		judge_going(self);
		break;
	case TLS_TIMEOUT:
		judge_silence(self);
		break;
	case TLS_PLAIN_HTTP:
	case TLS_NOT_TLS:
		judge_other_protocol(self);
		break;
	case TLS_GARBAGE:
	case TLS_FLOOD:
		add(self, VERDICT_FAIL, REASON_TLS_GARBAGE,
		    arena_printf(self->arena, "breaks the protocol %s: %s",
				 phase_words(facts->phase),
				 facts->outcome == TLS_FLOOD ? "it sends without end"
				 : facts->failure            ? facts->failure
							     : "nonsense"),
		    NULL);
		break;
	case TLS_BROKEN:
		add(self, VERDICT_UNKNOWN, REASON_TLS_BROKEN,
		    arena_printf(self->arena, "could not be tried: %s",
				 facts->failure ? facts->failure : "no memory"),
		    NULL);
		break;
	case TLS_DONE:
		break;
	}
}

/* ---- what was agreed on */

static void judge_terms(struct judgement *self)
{
	const struct tls_facts *facts = self->facts;

	if (facts->version < self->demands->min_version) {
		add(self, VERDICT_FAIL, REASON_TLS_VERSION,
		    arena_printf(self->arena, "speaks %s at best, and the gate demands %s",
				 tls_version_word(facts->version),
				 tls_version_word(self->demands->min_version)),
		    "its software is too old, or its configuration allows too little");
	}
	if (self->demands->wants_alpn && facts->alpn[0] == '\0') {
		add(self, VERDICT_FAIL, REASON_TLS_ALPN,
		    "takes none of the protocols that the gate offers", NULL);
	}
}

/* ---- the certificate */

static const char *list_names(struct arena *arena, const struct tls_certificate *own)
{
	AUTO(auto_str) struct str text = {0};
	size_t told = own->names_len < NAMES_TOLD ? own->names_len : NAMES_TOLD;
	size_t more = own->names_len - told + own->names_left_out;

	if (told == 0) {
		return "no name at all";
	}
	for (size_t i = 0; i < told; i++) {
		str_printf(&text, "%s%s", i ? ", " : "", own->names[i]);
	}
	if (more > 0) {
		str_printf(&text, " and %zu more", more);
	}
	return arena_text(arena, str_text(&text));
}

static void judge_name(struct judgement *self)
{
	if (self->facts->name == TLS_NAME_DIFFERS) {
		add(self, VERDICT_FAIL, REASON_CERT_NAME_MISMATCH,
		    arena_printf(self->arena, "its certificate is for %s",
				 list_names(self->arena, &self->facts->chain->at[0])),
		    "another server has the port, or the server does not know the name");
	}
}

/** An authority that is not known here. */
static void judge_unknown_authority(struct judgement *self)
{
	const struct tls_chain *chain = self->facts->chain;
	const struct tls_certificate *last = &chain->at[chain->len - 1];
	bool is_own = chain->trust == TLS_SELF_SIGNED;

	if (self->demands->allow_private_ca) {
		return;
	}
	add(self, VERDICT_FAIL, is_own ? REASON_CERT_SELF_SIGNED : REASON_CERT_UNTRUSTED,
	    is_own ? "its certificate is signed by itself"
		   : arena_printf(self->arena,
				  "its certificate ends at '%s', which is no authority here",
				  last->issuer),
	    "let this machine trust it, if it is yours; or in a gate of yours, name its certificate in "
	    "`ca`, or say `allow_private_ca: true`");
}

static void judge_trust(struct judgement *self)
{
	const struct tls_chain *chain = self->facts->chain;

	if (chain->trust != TLS_TRUSTED && chain->issuer == TLS_ISSUER_STAGING) {
		add(self, VERDICT_FAIL, REASON_CERT_STAGING,
		    arena_printf(self->arena,
				 "its certificate is from '%s', an authority for tries",
				 chain->at[0].issuer),
		    "ask the real authority: TS_DEBUG_ACME_DIRECTORY_URL, or the ACME server of "
		    "the web server's configuration, names the one for tries");
		return;
	}
	switch (chain->trust) {
	case TLS_TRUSTED:
		break;
	case TLS_TRUST_UNKNOWN:
		add(self, VERDICT_UNKNOWN, REASON_CERT_NO_ROOTS,
		    "this machine has no certificates of authorities to judge by",
		    "install ca-certificates");
		break;
	case TLS_SELF_SIGNED:
	case TLS_UNKNOWN_ROOT:
		judge_unknown_authority(self);
		break;
	case TLS_MISSING_INTERMEDIATE:
		add(self, VERDICT_FAIL, REASON_CERT_MISSING_INTERMEDIATE,
		    arena_printf(self->arena,
				 "sends its certificate without that of its issuer '%s'",
				 chain->at[0].issuer),
		    "serve the full chain; some clients find the rest elsewhere, most do not");
		break;
	case TLS_BAD_CHAIN:
		add(self, VERDICT_FAIL, REASON_CERT_UNTRUSTED,
		    arena_printf(self->arena, "its certificate does not verify: %s (at depth %d)",
				 chain->error_text, chain->error_depth),
		    NULL);
		break;
	}
}

/** Something has not begun, or is over. */
static void add_out_of_time(struct judgement *self, enum lifetime lifetime, const char *whose,
			    int64_t from_ms, int64_t until_ms)
{
	bool is_early = lifetime == LIFETIME_NOT_YET;

	add(self, VERDICT_FAIL, is_early ? REASON_CERT_NOT_YET_VALID : REASON_CERT_EXPIRED,
	    arena_printf(self->arena, is_early ? "%s is valid from %s only" : "%s expired on %s",
			 whose, moment(self->arena, is_early ? from_ms : until_ms)),
	    "is this machine's clock right, and does renewal work?");
}

static void judge_life(struct judgement *self)
{
	const struct tls_certificate *own = &self->facts->chain->at[0];
	int64_t from_ms = own->not_before_utc_ms;
	int64_t until_ms = own->not_after_utc_ms;
	enum lifetime lifetime = lifetime_of(own, self->demands->min_days, self->now_ms);
	const char *left =
		arena_printf(self->arena, "its certificate has %s left of %s, until %s",
			     span(self->arena, until_ms - self->now_ms),
			     span(self->arena, until_ms - from_ms), moment(self->arena, until_ms));

	switch (lifetime) {
	case LIFETIME_FINE:
		break;
	case LIFETIME_LATE:
		add(self, VERDICT_PASS, REASON_CERT_RENEWAL_LATE, left,
		    "it should have been renewed by now: see the log of whoever renews it");
		break;
	case LIFETIME_HARDLY:
		add(self, VERDICT_FAIL, REASON_CERT_EXPIRING, left,
		    "renewal fails: see the log of whoever renews it");
		break;
	case LIFETIME_EXPIRED:
	case LIFETIME_NOT_YET:
		add_out_of_time(self, lifetime, "its certificate", from_ms, until_ms);
		break;
	}
}

static void judge_authorities(struct judgement *self)
{
	const struct tls_chain *chain = self->facts->chain;
	enum lifetime lifetime = lifetime_of_path(chain, self->now_ms);

	if (lifetime != LIFETIME_FINE) {
		add_out_of_time(self, lifetime, "an authority of its chain",
				chain->path_from_utc_ms, chain->path_until_utc_ms);
	}
}

static void judge_chain(struct judgement *self)
{
	if (self->demands->has_name) {
		judge_name(self);
		judge_trust(self);
	} else {
		add(self, VERDICT_PASS, REASON_CERT_NO_NAME,
		    "the URL has an address, so only the dates of the certificate are judged",
		    "give the endpoint a name: tls: {name: …}");
	}
	if (self->facts->staple == TLS_STAPLE_REVOKED) {
		add(self, VERDICT_FAIL, REASON_CERT_REVOKED,
		    "its certificate is revoked, as the server itself says by OCSP",
		    "get a new one");
	}
	judge_life(self);
	if (self->demands->has_name) {
		judge_authorities(self);
	}
}

void judge_tls(const struct tls_facts *facts, const struct tls_demands *demands, int64_t now_utc_ms,
	       struct arena *arena, struct tls_opinions *out)
{
	struct judgement self = {facts, demands, now_utc_ms, arena, out};
	bool is_done = facts->outcome == TLS_DONE;

	out->len = 0;
	judge_failure(&self);
	if (is_done) {
		judge_terms(&self);
	}
	if (facts->chain && (is_done || facts->outcome == TLS_CLIENT_CERTIFICATE)) {
		judge_chain(&self);
	} else if (is_done) {
		/* Without a certificate there is nothing that this gate could vouch for. */
		add(&self, VERDICT_FAIL, REASON_CERT_UNTRUSTED, "shows no certificate", NULL);
	}
}
