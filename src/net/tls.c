/*
 * One handshake as a task. What happened is taken from OpenSSL's callbacks and codes, never from
 * its texts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/tls_private.h"

/** Bytes of the longest list of protocols that is offered. */
#define ALPN_BYTES 255

/**
 * In TLS 1.3 our side is done before the server has looked at the certificate that we do not have.
 * It says at once whether that will do: with a ticket, or an alert.
 */
#define ANSWER_MS 1000

enum state {
	AT_START,
	AT_HANDSHAKE,
	AT_ANSWER, /**< complete, but the server asked who we are: does it go on? */
};

struct tls_probe {
	struct task task;
	struct tls *tls;
	enum state state;
	struct tls_wire wire;
	SSL *ssl; /**< NULL: not made, or OpenSSL refused */
	char *name;
	char *sni;
	const struct tls_roots *roots;
	enum tls_version min_version;
	enum tls_version max_version;
	unsigned char alpn[ALPN_BYTES];
	unsigned alpn_len;
	int64_t deadline_ms;
	int64_t answer_ms; /**< until when AT_ANSWER waits */
	bool has_ticket;   /**< the server went on after the handshake */
	int last_alert;    /**< of any level; TLS_NONE */
	int64_t last_alert_ms;
	struct tls_facts facts;
	void (*ended)(const struct tls_facts *facts, void *cookie);
	void *cookie;
	bool is_told; /**< it ended by itself, so `ended` is called */
};

/* ---- what OpenSSL tells while it works */

static int64_t since_hello(const struct tls_probe *probe, int64_t when_ms)
{
	return probe->wire.sent_ms ? when_ms - probe->wire.sent_ms : 0;
}

static void on_message(int is_sent, int version, int type, const void *bytes, size_t len, SSL *ssl,
		       void *cookie)
{
	struct tls_probe *probe = cookie;
	enum tls_phase *phase = &probe->facts.phase;

	(void)version;
	(void)ssl;
	if (is_sent || type != SSL3_RT_HANDSHAKE || len == 0) {
		return;
	}
	switch (*(const unsigned char *)bytes) {
	case SSL3_MT_SERVER_HELLO:
		*phase = *phase < TLS_AT_CERTIFICATE ? TLS_AT_CERTIFICATE : *phase;
		break;
	case SSL3_MT_CERTIFICATE:
		*phase = *phase < TLS_AT_FINISHED ? TLS_AT_FINISHED : *phase;
		break;
	case SSL3_MT_NEWSESSION_TICKET:
		probe->has_ticket = true;
		break;
	default: /* the other messages say nothing more */
		break;
	}
}

static void on_info(const SSL *ssl, int where, int value)
{
	struct tls_probe *probe = SSL_get_app_data(ssl);

	if (where == SSL_CB_READ_ALERT && (value & 0xff) != SSL3_AD_CLOSE_NOTIFY) {
		probe->last_alert = value & 0xff;
		probe->last_alert_ms = clock_monotonic_ms();
		probe->facts.alert_at = probe->facts.phase;
	}
}

static int on_certificate_wanted(SSL *ssl, void *cookie)
{
	struct tls_probe *probe = cookie;

	(void)ssl;
	probe->facts.client_certificate = TLS_CLIENT_ASKED;
	return 1; /* and there is none */
}

/* ---- the start */

static bool set_up(struct tls_probe *probe)
{
	SSL *ssl = SSL_new(probe->tls->context);
	BIO *bio = tls_wire_bio(probe->tls->method, &probe->wire);

	probe->ssl = ssl;
	if (!ssl || !bio) {
		BIO_free(bio);
		return false;
	}
	SSL_set_bio(ssl, bio, bio);
	SSL_set_app_data(ssl, probe);
	SSL_set_info_callback(ssl, on_info);
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, probe);
	SSL_set_cert_cb(ssl, on_certificate_wanted, probe);
	SSL_set_connect_state(ssl);
	return (!probe->sni || SSL_set_tlsext_host_name(ssl, probe->sni)) &&
	       (probe->alpn_len == 0 ||
		SSL_set_alpn_protos(ssl, probe->alpn, probe->alpn_len) == 0) &&
	       (!probe->min_version || SSL_set_min_proto_version(ssl, (int)probe->min_version)) &&
	       (!probe->max_version || SSL_set_max_proto_version(ssl, (int)probe->max_version));
}

/* ---- the end */

/** Does the alert say that a certificate of ours was wanted? Nobody wants it unasked. */
static bool is_about_our_certificate(const struct tls_probe *probe)
{
	switch (probe->facts.alert) {
	case TLS13_AD_CERTIFICATE_REQUIRED:
	case SSL_AD_HANDSHAKE_FAILURE:
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_ACCESS_DENIED:
		return probe->facts.client_certificate == TLS_CLIENT_ASKED;
	default: /* any other byte a server may send */
		return false;
	}
}

static enum tls_outcome outcome_of_alert(struct tls_probe *probe)
{
	if (is_about_our_certificate(probe)) {
		probe->facts.client_certificate = TLS_CLIENT_REQUIRED;
		return TLS_CLIENT_CERTIFICATE;
	}
	return probe->facts.alert == SSL_AD_PROTOCOL_VERSION ? TLS_VERSION : TLS_ALERT;
}

/** It did not speak as TLS allows; or not in a version that we know. */
static enum tls_outcome outcome_of_reason(struct tls_probe *probe, unsigned long error)
{
	probe->facts.failure = ERR_reason_error_string(error);
	switch (ERR_GET_REASON(error)) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_WRONG_VERSION_NUMBER:
		return TLS_VERSION;
	case ERR_R_MALLOC_FAILURE:
	case ERR_R_INTERNAL_ERROR:
		return TLS_BROKEN;
	default: /* the library has hundreds */
		return TLS_GARBAGE;
	}
}

/** Why the handshake failed, the surest sign first. */
static enum tls_outcome outcome_of_failure(struct tls_probe *probe)
{
	const struct tls_wire *wire = &probe->wire;
	unsigned long error = ERR_peek_error();
	bool is_alert = ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET &&
			ERR_GET_REASON(error) <= SSL_AD_REASON_OFFSET + UINT8_MAX;

	if (probe->last_alert != TLS_NONE && is_alert) {
		probe->facts.alert = probe->last_alert;
		probe->facts.alert_ms = since_hello(probe, probe->last_alert_ms);
		return outcome_of_alert(probe);
	}
	if (tls_wire_is_foreign(wire)) {
		return tls_wire_is_http(wire) ? TLS_PLAIN_HTTP : TLS_NOT_TLS;
	}
	if (wire->is_flooded) {
		return TLS_FLOOD;
	}
	if (wire->error || (wire->is_ended && wire->is_cut)) {
		return wire->error == ETIMEDOUT ? TLS_TIMEOUT : TLS_RESET;
	}
	if (wire->is_ended || (SSL_get_shutdown(probe->ssl) & SSL_RECEIVED_SHUTDOWN)) {
		return TLS_CLOSED;
	}
	return outcome_of_reason(probe, error);
}

static void copy_said(struct tls_probe *probe)
{
	const struct tls_wire *wire = &probe->wire;
	struct str clean = {.max = sizeof(probe->facts.said) - 1};
	struct text head = {wire->head, wire->head_len};
	struct text line = {0};

	if (text_split(&head, '\n', &line)) {
		str_add_printable(&clean, text_trim(line));
		memcpy(probe->facts.said, str_text(&clean), clean.len + 1);
	}
	str_release(&clean);
}

static void read_negotiated(struct tls_probe *probe)
{
	struct tls_facts *facts = &probe->facts;
	const unsigned char *alpn = NULL;
	unsigned len = 0;

	facts->version = (enum tls_version)SSL_version(probe->ssl);
	facts->cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(probe->ssl));
	SSL_get0_alpn_selected(probe->ssl, &alpn, &len);
	if (alpn && len < sizeof(facts->alpn)) {
		struct str clean = {.max = sizeof(facts->alpn) - 1};

		str_add_printable(&clean, (struct text){(const char *)alpn, len});
		memcpy(facts->alpn, str_text(&clean), clean.len + 1);
		str_release(&clean);
	}
	tls_staple_read(probe->ssl, facts);
}

/**
 * Has the server signed with the key of its certificate? Anybody can send a certificate. Before
 * TLS 1.3 there are handshakes without a signature, which prove the key by their end alone.
 */
static bool has_proof(const struct tls_probe *probe)
{
	int type = NID_undef;

	return probe->facts.phase == TLS_AT_END ||
	       SSL_get_peer_signature_type_nid(probe->ssl, &type) == 1;
}

static void read_chain(struct tls_probe *probe)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(probe->ssl);
	struct tls_facts *facts = &probe->facts;

	facts->chain = tls_chain_of(probe->tls, chain, probe->roots);
	if (facts->chain && probe->name) {
		facts->name = tls_certificate_holds(sk_X509_value(chain, 0), probe->name)
				      ? TLS_NAME_MATCHES
				      : TLS_NAME_DIFFERS;
	}
}

/** The probe is over; fill what is left of the facts. */
static enum step conclude(struct tls_probe *probe, enum tls_outcome outcome)
{
	struct tls_facts *facts = &probe->facts;

	facts->outcome = outcome;
	facts->received_bytes = probe->wire.received;
	facts->ended_ms = since_hello(probe, clock_monotonic_ms());
	if (probe->wire.received > 0) {
		facts->first_byte_ms = since_hello(probe, probe->wire.first_byte_ms);
	}
	if (outcome == TLS_PLAIN_HTTP || outcome == TLS_NOT_TLS) {
		copy_said(probe);
	}
	if (probe->ssl && facts->phase >= TLS_AT_FINISHED &&
	    (outcome != TLS_CLIENT_CERTIFICATE || has_proof(probe))) {
		read_chain(probe);
	}
	if (facts->phase == TLS_AT_END) {
		read_negotiated(probe);
	}
	if (outcome == TLS_DONE) {
		(void)SSL_shutdown(probe->ssl);
	}
	ERR_clear_error();
	probe->is_told = true;
	return STEP_DONE;
}

static enum step wait_for_more(struct tls_probe *probe, struct wait *wait, int64_t until_ms)
{
	unsigned events = SSL_want_write(probe->ssl) ? WAIT_WRITE : WAIT_READ;

	if (probe->wire.is_hungry) {
		wait_until(wait, loop_now_ms(probe->task.loop));
		return STEP_WAIT;
	}
	stream_wait(probe->wire.stream, &probe->task, wait, events);
	wait_until(wait, until_ms);
	return STEP_WAIT;
}

static bool is_unfinished(int why)
{
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

/** After the handshake: until the server says that it goes on without our certificate, or not. */
static enum step await_answer(struct tls_probe *probe, struct wait *wait)
{
	char byte = 0;
	int got = SSL_read(probe->ssl, &byte, 1);

	if (got > 0 || probe->has_ticket) {
		return conclude(probe, TLS_DONE);
	}
	if (is_unfinished(SSL_get_error(probe->ssl, got))) {
		return loop_now_ms(probe->task.loop) < probe->answer_ms
			       ? wait_for_more(probe, wait, probe->answer_ms)
			       : conclude(probe, TLS_DONE);
	}
	if (outcome_of_failure(probe) == TLS_CLIENT_CERTIFICATE) {
		return conclude(probe, TLS_CLIENT_CERTIFICATE);
	}
	return conclude(probe, TLS_DONE);
}

static enum step shake_hands(struct tls_probe *probe, struct wait *wait)
{
	int64_t now_ms = loop_now_ms(probe->task.loop);
	int done = SSL_do_handshake(probe->ssl);

	if (probe->wire.sent_ms && probe->facts.phase == TLS_AT_CLIENT_HELLO) {
		probe->facts.phase = TLS_AT_SERVER_HELLO;
	}
	if (done == 1) {
		probe->facts.phase = TLS_AT_END;
		if (probe->facts.client_certificate == TLS_CLIENT_NOT_ASKED ||
		    SSL_version(probe->ssl) != TLS1_3_VERSION) {
			return conclude(probe, TLS_DONE);
		}
		probe->state = AT_ANSWER;
		probe->answer_ms = now_ms + ANSWER_MS;
		if (probe->deadline_ms < probe->answer_ms) {
			probe->answer_ms = probe->deadline_ms;
		}
		return await_answer(probe, wait);
	}
	if (!is_unfinished(SSL_get_error(probe->ssl, done))) {
		return conclude(probe, outcome_of_failure(probe));
	}
	if (now_ms >= probe->deadline_ms) {
		return conclude(probe, TLS_TIMEOUT);
	}
	return wait_for_more(probe, wait, probe->deadline_ms);
}

static enum step probe_step(struct task *task, struct wait *wait)
{
	struct tls_probe *probe = (struct tls_probe *)task;

	ERR_clear_error();
	tls_wire_begin_step(&probe->wire);
	switch (probe->state) {
	case AT_START:
		if (tls_context_need(probe->tls) || !set_up(probe)) {
			probe->facts.failure = "OpenSSL refuses to begin";
			return conclude(probe, TLS_BROKEN);
		}
		probe->state = AT_HANDSHAKE;
		return shake_hands(probe, wait);
	case AT_HANDSHAKE:
		return shake_hands(probe, wait);
	case AT_ANSWER:
		break;
	}
	return await_answer(probe, wait);
}

static void probe_release(struct task *task)
{
	struct tls_probe *probe = (struct tls_probe *)task;

	SSL_free(probe->ssl);
	probe->ssl = NULL;
	stream_close(probe->wire.stream);
	probe->wire.stream = NULL;
	free(probe->sni);
	free(probe->name);
}

static void probe_ended(struct task *task, void *cookie)
{
	struct tls_probe *probe = (struct tls_probe *)task;

	(void)cookie;
	if (probe->is_told) { /* not when it was cancelled */
		probe->ended(&probe->facts, probe->cookie);
	}
	free(probe);
}

static const struct task_ops probe_ops = {"tls", probe_step, probe_release};

/** The list as it is sent: each with its length before it. What does not fit is left out. */
static void copy_alpn(struct tls_probe *probe, const char *const *protocols)
{
	for (size_t i = 0; protocols && protocols[i]; i++) {
		size_t len = strlen(protocols[i]);

		if (len == 0 || len > UINT8_MAX || len + 1 > ALPN_BYTES - probe->alpn_len) {
			continue;
		}
		probe->alpn[probe->alpn_len++] = (unsigned char)len;
		memcpy(probe->alpn + probe->alpn_len, protocols[i], len);
		probe->alpn_len += (unsigned)len;
	}
}

static char *copy_text(const char *text)
{
	return text ? mem_copy(text, strlen(text)) : NULL;
}

struct tls_probe *tls_probe_start(struct loop *loop, struct tls *tls, const struct tls_spec *spec,
				  void (*ended)(const struct tls_facts *facts, void *cookie),
				  void *cookie)
{
	struct tls_probe *probe = mem_alloc(sizeof(*probe));

	probe->task.ops = &probe_ops;
	probe->task.ended = probe_ended;
	probe->tls = tls;
	probe->wire.stream = spec->stream;
	probe->sni = copy_text(spec->sni);
	probe->name = copy_text(spec->name ? spec->name : spec->sni);
	probe->roots = spec->roots;
	probe->min_version = spec->min_version;
	probe->max_version = spec->max_version;
	probe->deadline_ms = spec->deadline_ms;
	probe->last_alert = TLS_NONE;
	probe->facts.alert = TLS_NONE;
	probe->facts.alert_ms = TLS_NONE;
	probe->facts.first_byte_ms = TLS_NONE;
	probe->ended = ended;
	probe->cookie = cookie;
	copy_alpn(probe, spec->alpn);
	task_start(loop, &probe->task);
	return probe;
}

void tls_probe_cancel(struct tls_probe *probe)
{
	task_cancel(&probe->task);
}
