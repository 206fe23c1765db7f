/* What became of a request: libcurl's codes in our words. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "net/http_private.h"

#define MICROSECONDS_PER_MS 1000

/** X509_V_ERR_… (openssl/x509_vfy.h); their numbers are OpenSSL's ABI. */
enum verify_error {
	VERIFY_NOT_YET_VALID = 9,
	VERIFY_EXPIRED = 10,
	VERIFY_SELF_SIGNED = 18,
	VERIFY_SELF_SIGNED_IN_CHAIN = 19,
};

/** What libcurl has no code for. */
static bool says(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

enum http_outcome http_outcome_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return HTTP_ABSENT;
	case EACCES:
	case EPERM:
		return HTTP_DENIED;
	default:
		break;
	}
	switch (dial_end_of(error)) {
	case DIAL_REFUSED:
		return HTTP_REFUSED;
	case DIAL_RESET:
		return HTTP_CLOSED;
	case DIAL_TIMEOUT:
		return HTTP_TIMEOUT;
	case DIAL_NO_ROUTE:
		return HTTP_NO_ROUTE;
	case DIAL_BROKEN:
		break;
	}
	return HTTP_BROKEN;
}

/** Which outcome is that? `text` is libcurl's, `is_early` says that no TLS was agreed. */
static enum http_outcome outcome_of(CURLcode code, const char *text, bool is_early)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_OK;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
		return HTTP_MALFORMED;
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE: /* a header line without an end */
#endif
	case CURLE_OUT_OF_MEMORY: /* the same, said by an older one */
		return is_early ? HTTP_BROKEN : HTTP_TOO_LARGE;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
		return HTTP_TLS;
	case CURLE_SSL_CONNECT_ERROR:
		return says(text, "SSL_ERROR_SYSCALL") || says(text, "reset by peer") ||
				       says(text, "unexpected eof")
			       ? HTTP_CLOSED
			       : HTTP_TLS;
	case CURLE_RECV_ERROR:
		if (says(text, "chunk")) {
			return HTTP_MALFORMED;
		}
		return says(text, "too large") ? HTTP_TOO_LARGE : HTTP_CLOSED;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
		return HTTP_CLOSED;
	default: /* libcurl has a hundred codes */
		return HTTP_BROKEN;
	}
}

enum http_tls http_tls_of(CURLcode code, long verify, const char *text)
{
	if (code != CURLE_PEER_FAILED_VERIFICATION) {
		return HTTP_TLS_HANDSHAKE;
	}
	if (says(text, "subject name") || says(text, "host name")) { /* there is no code for it */
		return HTTP_TLS_NAME;
	}
	switch (verify) {
	case VERIFY_EXPIRED:
		return HTTP_TLS_EXPIRED;
	case VERIFY_NOT_YET_VALID:
		return HTTP_TLS_NOT_YET;
	case VERIFY_SELF_SIGNED:
	case VERIFY_SELF_SIGNED_IN_CHAIN:
		return HTTP_TLS_SELF_SIGNED;
	default:
		return HTTP_TLS_UNTRUSTED;
	}
}

/** A time of libcurl's, which begins when the connection is there; -1 if it was not reached. */
static int64_t since_turn(const struct http_call *call, CURLINFO info)
{
	curl_off_t microseconds = 0;

	(void)call->http->curl->easy_getinfo(call->easy, info, &microseconds);
	return microseconds > 0 ? call->facts.connect_ms + microseconds / MICROSECONDS_PER_MS : -1;
}

static enum http_phase phase_of(const struct http_call *call)
{
	if (call->facts.connect_ms < 0) {
		return call->has_turn && !call->lookup ? HTTP_AT_CONNECT : HTTP_AT_START;
	}
	if (call->has_headers) {
		return HTTP_AT_BODY;
	}
	return call->is_tls && call->facts.tls_ms < 0 ? HTTP_AT_TLS : HTTP_AT_ANSWER;
}

/**
 * The absolute URL that an answer points to. libcurl tells it only of transfers that went to their
 * end, so its parser for URLs is asked.
 */
static void read_redirect(struct http_call *call)
{
	const struct curl *curl = call->http->curl;
	AUTO(auto_str) struct str location = {0};
	char *asked = NULL;
	CURLU *url = NULL;

	str_add_text(&location, http_header(&call->facts, "Location"));
	if (call->facts.status / 100 != 3 || location.len == 0) {
		return;
	}
	url = curl->url();
	(void)curl->easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &asked);
	if (url && asked && curl->url_set(url, CURLUPART_URL, asked, 0) == CURLUE_OK &&
	    curl->url_set(url, CURLUPART_URL, str_text(&location), 0) == CURLUE_OK &&
	    curl->url_get(url, CURLUPART_URL, &call->redirect, 0) == CURLUE_OK) {
		call->facts.redirect = call->redirect;
	}
	curl->url_cleanup(url);
}

/** What the transfer says about itself. */
static void read_transfer(struct http_call *call)
{
	const struct curl *curl = call->http->curl;
	struct http_facts *facts = &call->facts;
	long status = 0;

	facts->tls_ms = call->is_tls ? since_turn(call, CURLINFO_APPCONNECT_TIME_T) : -1;
	facts->first_byte_ms =
		call->header_bytes > 0 ? since_turn(call, CURLINFO_STARTTRANSFER_TIME_T) : -1;
	if (!call->has_headers) {
		return;
	}
	(void)curl->easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	facts->status = (int)status;
	facts->headers = str_view(&call->headers);
	facts->body = str_view(&call->body);
	read_redirect(call);
}

/** libcurl connects to unix sockets only. */
static void conclude_unix(struct http_call *call)
{
	long error = 0;

	(void)call->http->curl->easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &error);
	call->facts.outcome = http_outcome_of_errno((int)error);
	call->facts.connect_ms = -1;
	call->facts.phase = HTTP_AT_CONNECT;
	str_printf(&call->error, "connect to the socket: %s", strerror((int)error));
}

/** The outcome of a transfer that libcurl has ended. */
static void conclude(struct http_call *call)
{
	struct http_facts *facts = &call->facts;
	const char *text = call->curl_error[0] ? call->curl_error
					       : call->http->curl->easy_strerror(call->code);
	long verify = 0;

	if (call->is_too_large) {
		facts->outcome = HTTP_TOO_LARGE;
		str_add(&call->error,
			call->has_headers ? "the body is too large" : "the headers are too large");
		return;
	}
	facts->outcome = call->is_enough
				 ? HTTP_OK
				 : outcome_of(call->code, text, facts->phase < HTTP_AT_ANSWER);
	if (call->code == CURLE_COULDNT_CONNECT) {
		conclude_unix(call);
		return;
	}
	if (facts->outcome == HTTP_OK && !call->has_headers) {
		facts->outcome = HTTP_MALFORMED;
	}
	if (facts->outcome == HTTP_TLS) {
		(void)call->http->curl->easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT,
						     &verify);
		facts->tls = http_tls_of(call->code, verify, text);
	}
	if (facts->outcome != HTTP_OK) {
		str_add_printable(&call->error, text_of(text));
	}
}

void http_facts_fill(struct http_call *call, int64_t now_ms)
{
	struct http_facts *facts = &call->facts;

	facts->tls_ms = -1;
	facts->first_byte_ms = -1;
	facts->total_ms = call->has_turn ? now_ms - call->start_ms : -1;
	if (call->state == CALL_TRANSFERRING) {
		read_transfer(call);
	}
	facts->phase = phase_of(call);
	if (call->is_finished) {
		conclude(call);
	}
	facts->error = str_text(&call->error);
}

struct text http_header(const struct http_facts *facts, const char *name)
{
	struct text rest = facts->headers;
	struct text line = {0};
	size_t len = strlen(name);

	while (rest.at && text_split(&rest, '\n', &line)) {
		if (line.len > len && line.at[len] == ':' && strncasecmp(line.at, name, len) == 0) {
			return text_trim((struct text){line.at + len + 1, line.len - len - 1});
		}
	}
	return (struct text){0};
}

static const char *const outcome_texts[] = {
	[HTTP_NOT_TRIED] = "was not tried in time",
	[HTTP_OK] = "answered",
	[HTTP_NO_LIBRARY] = "libcurl is not there",
	[HTTP_NO_NAME] = "the name could not be resolved",
	[HTTP_REFUSED] = "nothing listens there",
	[HTTP_ABSENT] = "there is no such socket",
	[HTTP_DENIED] = "the socket may not be used by this user",
	[HTTP_NO_ROUTE] = "there is no way there",
	[HTTP_TIMEOUT] = "no answer in time",
	[HTTP_TLS] = "TLS failed",
	[HTTP_CLOSED] = "the connection was closed before the answer was whole",
	[HTTP_MALFORMED] = "what answers is not HTTP",
	[HTTP_TOO_LARGE] = "the answer is too large",
	[HTTP_BROKEN] = "could not be tried",
};

const char *http_outcome_text(enum http_outcome outcome)
{
	return outcome_texts[outcome];
}
