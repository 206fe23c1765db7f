/* What the facts of a request mean for a gate of kind http_probe; no I/O. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "check/reach/http_probe.h"

/** Bytes shown of a URL that a peer names. */
#define URL_BYTES 120

#define STATUS_SUCCESS 200
#define STATUS_REDIRECT 300

static enum verdict conclude(struct http_opinion *why, enum verdict verdict, enum reason reason,
			     const char *message, const char *hint)
{
	why->reason = reason;
	why->hint = hint;
	(void)snprintf(why->message, sizeof(why->message), "%s", message);
	return verdict;
}

/* ---- URLs of a peer */

void http_show_url(const char *url, struct str *out)
{
	size_t len = strcspn(url, "?#");
	const char *colon = strstr(url, "://");
	size_t start = colon && colon < url + len ? (size_t)(colon - url) + strlen("://") : 0;
	size_t host_end = start + strcspn(url + start, "/?#");
	const char *at = memchr(url + start, '@', host_end - start);
	size_t host = at ? (size_t)(at - url) + 1 : start;
	AUTO(auto_str) struct str text = {.max = URL_BYTES};

	str_add_printable(&text, (struct text){url, start});
	str_add_printable(&text, (struct text){url + host, len - host});
	str_add_text(out, str_view(&text));
	if (text.overflow || url[len] != '\0') {
		str_add(out, "…");
	}
}

bool http_may_follow(const struct url *url, const struct http_facts *facts, struct url *next)
{
	struct url found = {0};

	if (!facts->redirect || url_parse(text_of(facts->redirect), &found) ||
	    found.host.len != url->host.len ||
	    strncasecmp(found.host.at, url->host.at, found.host.len) != 0 ||
	    (url->is_tls && !found.is_tls)) {
		return false;
	}
	*next = found;
	return true;
}

/* ---- answers */

static bool is_expected(const struct texts *expect, int status)
{
	for (size_t i = 0; i < expect->len; i++) {
		struct err ignored = {0};
		int64_t code = 0;

		if (parse_int(text_of(expect->at[i]), 0, INT32_MAX, &code, &ignored) == 0 &&
		    code == status) {
			return true;
		}
	}
	return expect->len == 0 && status >= STATUS_SUCCESS && status < STATUS_REDIRECT;
}

static void add_expected(const struct texts *expect, struct str *out)
{
	str_add(out, expect->len == 0 ? "200 to 299" : "");
	for (size_t i = 0; i < expect->len; i++) {
		str_printf(out, "%s%s", i > 0 ? ", " : "", expect->at[i]);
	}
}

static enum verdict judge_status(const struct http_wanted *wanted, const struct http_facts *facts,
				 struct http_opinion *why)
{
	AUTO(auto_str) struct str text = {.max = HTTP_MESSAGE_BYTES - 1};

	(void)snprintf(why->detail, sizeof(why->detail), "%d", facts->status);
	str_printf(&text, "answers %d, expected ", facts->status);
	add_expected(wanted->expect, &text);
	if (!facts->redirect) {
		return conclude(why, VERDICT_FAIL, REASON_HTTP_STATUS, str_text(&text), NULL);
	}
	str_add(&text, "; it points to ");
	http_show_url(facts->redirect, &text);
	return conclude(why, VERDICT_FAIL, REASON_HTTP_REDIRECT, str_text(&text),
			"redirects are not followed unless the gate says `follow`, and never to "
			"another host or from https to http");
}

static enum verdict judge_body(const struct http_wanted *wanted, const struct http_facts *facts,
			       struct matcher *matcher, struct http_opinion *why)
{
	struct span span = {0};
	enum pattern_answer answer =
		facts->is_cut ? pattern_find_in_start(wanted->body, matcher, facts->body, &span)
			      : pattern_find(wanted->body, matcher, facts->body, 0, 0, &span);

	switch (answer) {
	case PATTERN_YES:
		return VERDICT_PASS;
	case PATTERN_LIMIT:
		return conclude(why, VERDICT_UNKNOWN, REASON_TEXT_LIMIT,
				"the pattern is too expensive for its body, and was given up",
				NULL);
	case PATTERN_NO:
		break;
	}
	if (facts->is_cut) {
		return conclude(why, VERDICT_FAIL, REASON_HTTP_TOO_LARGE,
				"the first 256 KiB of its body do not match, and there is more",
				"ask for a page that is smaller");
	}
	return conclude(why, VERDICT_FAIL, REASON_HTTP_BODY, "its body does not match the pattern",
			NULL);
}

/* ---- what goes wrong */

/** What OpenSSL says of a handshake that broke. */
static const struct {
	const char *part;
	enum reason reason;
} handshakes[] = {
	{"alert internal error", REASON_TLS_ALERT_INTERNAL_ERROR},
	{"alert handshake failure", REASON_TLS_ALERT_HANDSHAKE_FAILURE},
	{"alert unrecognized name", REASON_TLS_ALERT_UNRECOGNIZED_NAME},
	{"unrecognized name", REASON_TLS_ALERT_UNRECOGNIZED_NAME},
	{"alert no application protocol", REASON_TLS_ALERT_NO_APPLICATION_PROTOCOL},
	{"certificate required", REASON_TLS_CLIENT_CERTIFICATE},
	{"http request", REASON_TLS_PLAIN_HTTP},
	{"wrong version number", REASON_TLS_NOT_TLS},
	{"packet length too long", REASON_TLS_NOT_TLS},
	{"unsupported protocol", REASON_TLS_VERSION},
	{"alert protocol version", REASON_TLS_VERSION},
	{"alert", REASON_TLS_ALERT_OTHER},
};

static enum reason reason_of_handshake(const char *text)
{
	for (size_t i = 0; i < sizeof(handshakes) / sizeof(handshakes[0]); i++) {
		if (strcasestr(text, handshakes[i].part)) {
			return handshakes[i].reason;
		}
	}
	return REASON_TLS_GARBAGE;
}

static enum reason reason_of_tls(const struct http_facts *facts)
{
	switch (facts->tls) {
	case HTTP_TLS_EXPIRED:
		return REASON_CERT_EXPIRED;
	case HTTP_TLS_NOT_YET:
		return REASON_CERT_NOT_YET_VALID;
	case HTTP_TLS_NAME:
		return REASON_CERT_NAME_MISMATCH;
	case HTTP_TLS_SELF_SIGNED:
		return REASON_CERT_SELF_SIGNED;
	case HTTP_TLS_UNTRUSTED:
		return REASON_CERT_UNTRUSTED;
	case HTTP_TLS_NONE:
	case HTTP_TLS_HANDSHAKE:
		break;
	}
	return reason_of_handshake(facts->error);
}

static enum verdict judge_tls_failure(const struct http_facts *facts, struct http_opinion *why)
{
	char message[HTTP_MESSAGE_BYTES] = "";

	(void)snprintf(message, sizeof(message), "TLS fails: %s", facts->error);
	return conclude(
		why, VERDICT_FAIL, reason_of_tls(facts), message,
		facts->tls == HTTP_TLS_HANDSHAKE
			? NULL
			: "a gate of kind `tls_endpoint` judges certificates; `verify_tls: false` "
			  "leaves them to it");
}

static enum verdict judge_silence(const struct http_facts *facts, struct http_opinion *why)
{
	char message[HTTP_MESSAGE_BYTES] = "";

	if (facts->phase == HTTP_AT_TLS) {
		return conclude(why, VERDICT_FAIL, REASON_TLS_SILENT,
				"it accepts, and the TLS handshake does not end in time", NULL);
	}
	if (facts->first_byte_ms < 0) {
		return conclude(why, VERDICT_FAIL, REASON_NET_SILENT,
				"it accepts, and does not answer in time",
				"does the service hang?");
	}
	(void)snprintf(message, sizeof(message), "its %s did not end in time",
		       facts->phase == HTTP_AT_BODY ? "body" : "headers");
	return conclude(why, VERDICT_FAIL, REASON_HTTP_UNFINISHED, message, NULL);
}

static enum verdict judge_end(const struct http_facts *facts, struct http_opinion *why)
{
	if (facts->phase == HTTP_AT_TLS) {
		return conclude(why, VERDICT_FAIL, REASON_TLS_CLOSED,
				"it ends the connection during the TLS handshake", NULL);
	}
	if (facts->first_byte_ms < 0) {
		return conclude(why, VERDICT_FAIL, REASON_NET_CLOSED,
				"it ends the connection without an answer", NULL);
	}
	return conclude(why, VERDICT_FAIL, REASON_HTTP_UNFINISHED,
			"it ends the connection in the middle of its answer", NULL);
}

static enum verdict judge_with_words(const struct http_facts *facts, enum verdict verdict,
				     enum reason reason, struct http_opinion *why)
{
	char message[HTTP_MESSAGE_BYTES] = "";

	(void)snprintf(message, sizeof(message), "%s: %s", http_outcome_text(facts->outcome),
		       facts->error);
	return conclude(why, verdict, reason, message, NULL);
}

enum verdict judge_http(const struct http_wanted *wanted, const struct http_facts *facts,
			struct matcher *matcher, struct http_opinion *why)
{
	*why = (struct http_opinion){0};
	switch (facts->outcome) {
	case HTTP_OK:
		if (!is_expected(wanted->expect, facts->status)) {
			return judge_status(wanted, facts, why);
		}
		return wanted->body ? judge_body(wanted, facts, matcher, why) : VERDICT_PASS;
	case HTTP_NOT_TRIED:
		return conclude(why, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT,
				"its turn did not come in time", NULL);
	case HTTP_NO_LIBRARY:
		return judge_with_words(facts, VERDICT_UNKNOWN, REASON_HTTP_LIBRARY, why);
	case HTTP_NO_NAME:
		return judge_with_words(facts, VERDICT_UNKNOWN, REASON_NET_NAME, why);
	case HTTP_REFUSED:
		return judge_with_words(facts, VERDICT_FAIL, REASON_NET_REFUSED, why);
	case HTTP_ABSENT:
	case HTTP_DENIED:
	case HTTP_NO_ROUTE:
	case HTTP_BROKEN:
		return judge_with_words(facts, VERDICT_UNKNOWN, REASON_NET_ROUTE, why);
	case HTTP_TIMEOUT:
		return judge_silence(facts, why);
	case HTTP_TLS:
		return judge_tls_failure(facts, why);
	case HTTP_CLOSED:
		return judge_end(facts, why);
	case HTTP_MALFORMED:
		return judge_with_words(facts, VERDICT_FAIL, REASON_HTTP_MALFORMED, why);
	case HTTP_TOO_LARGE:
		return judge_with_words(facts, VERDICT_FAIL, REASON_HTTP_TOO_LARGE, why);
	}
	return VERDICT_UNKNOWN;
}
