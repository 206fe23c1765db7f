/* One transfer: what libcurl is told, and what it tells while bytes come in. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "net/http_private.h"

/* ---- the socket */

/** Where libcurl thinks it connects: it gets a connected socket, and must not ask for a name. */
#define ANYWHERE "::127.0.0.1:"

static curl_socket_t on_open_socket(void *cookie, curlsocktype purpose,
				    struct curl_sockaddr *address)
{
	struct http_call *call = cookie;

	(void)purpose;
	(void)address;
	call->watched = -1;
	return call->is_unix ? http_unix_socket() : take_fd(&call->fd);
}

static int on_socket_options(void *cookie, curl_socket_t fd, curlsocktype purpose)
{
	const struct http_call *call = cookie;

	(void)fd;
	(void)purpose;
	return call->is_unix ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ALREADY_CONNECTED;
}

/** A socket that a task waits for is closed by that task; the loop must not lose it. */
static int on_close_socket(void *cookie, curl_socket_t fd)
{
	struct http *http = cookie;

	for (struct http_call *call = http->first; call; call = call->next) {
		if (call->waiting_for == fd && !call->is_stepping) {
			call->waiting_for = -1;
			call->closing = fd;
			task_wake(&call->task);
			return 0;
		}
	}
	return close(fd);
}

/* ---- what comes in */

static void note_status_line(struct http_call *call, struct text line)
{
	const char *space = memchr(line.at, ' ', line.len);
	size_t at = space ? (size_t)(space - line.at) + 1 : line.len;

	str_clear(&call->headers);
	/* 101 is a final answer to whoever did not ask to switch. */
	call->is_interim =
		at + 2 < line.len && line.at[at] == '1' && memcmp(line.at + at, "101", 3) != 0;
}

/** One line with its end; an empty one ends the headers. What is not taken ends the transfer. */
/* (curl_write_callback has no const.) NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_header(char *at, size_t one, size_t len, void *cookie)
{
	struct http_call *call = cookie;
	struct text line = {at, len};

	(void)one; /* is 1 */
	call->header_bytes += len;
	if (call->header_bytes > HTTP_HEADERS_MAX) {
		call->is_too_large = true;
		return 0;
	}
	if (call->has_headers) { /* trailers */
		return len;
	}
	if (text_starts(line, "HTTP/")) {
		note_status_line(call, line);
	}
	if (!call->is_interim) {
		str_add_text(&call->headers, line);
	}
	if (text_trim(line).len == 0 && !call->is_interim) {
		call->has_headers = true;
		call->is_enough = call->body_max == 0 && call->wants_beginning;
	}
	return call->is_enough ? 0 : len;
}

static size_t on_body(char *at, size_t one, size_t len, void *cookie)
{
	struct http_call *call = cookie;
	size_t room = call->body_max - call->body.len;

	(void)one;
	str_add_bytes(&call->body, at, len < room ? len : room);
	if (len <= room) {
		return len;
	}
	*(call->wants_beginning ? &call->is_enough : &call->is_too_large) = true;
	call->facts.is_cut = call->wants_beginning;
	return 0;
}

/* ---- what libcurl is told */

#define SET(option, value) (void)curl->easy_setopt(call->easy, option, value)

/* What follows the option is not checked by the compiler; that a function is of its type is. */
#define SET_FUNCTION(option, type, function) SET(option, ((type){function}))

static void set_callbacks(struct http_call *call, const struct curl *curl)
{
	SET(CURLOPT_PRIVATE, call);
	SET(CURLOPT_ERRORBUFFER, call->curl_error);
	SET_FUNCTION(CURLOPT_OPENSOCKETFUNCTION, curl_opensocket_callback, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, call);
	SET_FUNCTION(CURLOPT_SOCKOPTFUNCTION, curl_sockopt_callback, on_socket_options);
	SET(CURLOPT_SOCKOPTDATA, call);
	SET_FUNCTION(CURLOPT_CLOSESOCKETFUNCTION, curl_closesocket_callback, on_close_socket);
	SET(CURLOPT_CLOSESOCKETDATA, call->http);
	SET_FUNCTION(CURLOPT_HEADERFUNCTION, curl_write_callback, on_header);
	SET(CURLOPT_HEADERDATA, call);
	SET_FUNCTION(CURLOPT_WRITEFUNCTION, curl_write_callback, on_body);
	SET(CURLOPT_WRITEDATA, call);
}

/** Nothing of this machine's environment or of an earlier answer plays a part. */
static void set_habits(struct http_call *call, const struct curl *curl)
{
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(CURLOPT_USERAGENT, "gaterun");
}

static CURLcode on_tls_context(CURL *easy, void *context, void *cookie)
{
	const struct http *http = cookie;

	(void)easy;
	return tls_store_use(http->authorities, context) ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

/** The environment's file and folder, read once if libcurl can be given what was read. */
static bool has_authorities(struct http *http, const char *file, const char *folder)
{
	if (!http->has_looked) {
		http->has_looked = true;
		http->authorities = tls_store_fits(http->curl->ssl_context_new)
					    ? tls_store_read(file, folder)
					    : NULL;
	}
	return http->authorities != NULL;
}

/**
 * Whom to trust: the caller's file; else SSL_CERT_FILE and SSL_CERT_DIR, as OpenSSL itself obeys
 * them; else what libcurl was built with.
 *
 * libcurl reads a file once for all transfers only if there is no folder besides, which costs 15 ms
 * for each otherwise. So the folder it was built with is left out where there is its file, and
 * where the environment names both, they are read here.
 */
static void set_trust(struct http_call *call, const struct curl *curl,
		      const struct http_request *request)
{
	const char *file = request->ca_file ? request->ca_file : getenv("SSL_CERT_FILE");
	const char *folder = request->ca_file ? NULL : getenv("SSL_CERT_DIR");
	bool is_judged = call->is_tls && !request->is_unverified;

	SET(CURLOPT_SSL_VERIFYPEER, request->is_unverified ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, request->is_unverified ? 0L : 2L);
	if (is_judged && file && folder && has_authorities(call->http, file, folder)) {
		SET(CURLOPT_CAINFO, NULL);
		SET(CURLOPT_CAPATH, NULL);
		SET_FUNCTION(CURLOPT_SSL_CTX_FUNCTION, curl_ssl_ctx_callback, on_tls_context);
		SET(CURLOPT_SSL_CTX_DATA, call->http);
	} else if (file || folder) {
		SET(CURLOPT_CAINFO, file);
		SET(CURLOPT_CAPATH, folder);
	} else if (curl->easy_getinfo(call->easy, CURLINFO_CAINFO, &file) == CURLE_OK && file &&
		   access(file, R_OK) == 0) {
		SET(CURLOPT_CAINFO, file);
		SET(CURLOPT_CAPATH, NULL);
	}
}

static void set_question(struct http_call *call, const struct curl *curl,
			 const struct http_request *request)
{
	SET(CURLOPT_URL, request->url);
	if (call->is_unix) {
		SET(CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
	} else {
		call->connect_to = curl->slist_append(NULL, ANYWHERE);
		SET(CURLOPT_CONNECT_TO, call->connect_to);
	}
	for (size_t i = 0; request->headers && request->headers[i]; i++) {
		call->header_list = curl->slist_append(call->header_list, request->headers[i]);
	}
	if (request->user) {
		SET(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		SET(CURLOPT_USERNAME, request->user);
		SET(CURLOPT_PASSWORD, request->password ? request->password : "");
	}
	if (request->method == HTTP_POST) {
		call->header_list = curl->slist_append(call->header_list, "Expect:");
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE, (long)request->form.len);
		SET(CURLOPT_COPYPOSTFIELDS, request->form.at ? request->form.at : "");
	}
	SET(CURLOPT_HTTPHEADER, call->header_list);
}

#undef SET_FUNCTION
#undef SET

int http_easy_open(struct http_call *call, const struct http_request *request, struct err *err)
{
	const struct curl *curl = call->http->curl;

	call->easy = curl->easy_init();
	if (!call->easy) {
		return err_set(err, ERR_SYSTEM, "libcurl has no memory for a request");
	}
	set_callbacks(call, curl);
	set_habits(call, curl);
	set_trust(call, curl, request);
	set_question(call, curl, request);
	return 0;
}

void http_easy_close(struct http_call *call)
{
	if (call->easy) {
		const struct curl *curl = call->http->curl;

		curl->easy_cleanup(call->easy);
		curl->free(call->redirect);
		curl->slist_free_all(call->header_list);
		curl->slist_free_all(call->connect_to);
		call->easy = NULL;
	}
}
