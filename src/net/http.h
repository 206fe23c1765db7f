/**
 * Asking by HTTP, without blocking: libcurl on the loop. One client serves a whole run; its
 * requests run side by side, each over a connection of its own.
 *
 * What is never done, whoever asks: no proxy, no .netrc, no cookies, no redirect followed (the
 * answer says where it points), no decompression, no "Expect:", no name asked by libcurl itself,
 * nothing but http and https. libcurl is opened at run time by the first request (net/curl.h),
 * because linking it costs milliseconds at every start; without it each request ends at once with
 * HTTP_NO_LIBRARY.
 *
 * A peer can be silent, slow or endless: every request has a deadline, its headers and its body a
 * ceiling. Neither facts nor error texts hold a header, a password or a body that was sent.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "loop/loop.h"
#include "net/address.h"
#include "net/stream.h"

/** Requests under way at once; the others wait, and their time does not count. */
#define HTTP_CONCURRENCY 512

/** Ceiling of all headers of one answer together. */
#define HTTP_HEADERS_MAX ((size_t)32 * 1024)

enum http_method {
	HTTP_GET,
	HTTP_POST, /**< for tokens of the API only: refused on a unix socket */
};

/** What is asked, and how. Read during http_start only; `{.url = …, .timeout_ms = …}` is enough. */
struct http_request {
	enum http_method method;
	const char *url;         /**< http:// or https://, absolute, without a user in it */
	const char *unix_socket; /**< path of a socket to ask at; NULL: over TCP */
	/** Where to connect; the name in the URL is asked for there, in Host and SNI. Without a
	 * family: the host of the URL, which is looked up if it is a name. */
	struct address address;
	struct stream *through;     /**< a connection that is there already, to the URL's port: it
				       is used instead of `address`, and closed in any case */
	const char *const *headers; /**< "Name: value" each, ends with NULL; NULL: none more */
	const char *user;           /**< for Basic authentication, may be ""; NULL: none */
	const char *password;
	struct text form;     /**< POST: application/x-www-form-urlencoded */
	bool is_unverified;   /**< do not judge the certificate */
	const char *ca_file;  /**< PEM; NULL: the authorities of this machine */
	int64_t timeout_ms;   /**< from its turn on; 0: none of its own */
	int64_t deadline_ms;  /**< monotonic; whatever it is doing; 0: none. One of both is set */
	size_t body_max;      /**< ceiling of the body in bytes */
	bool wants_beginning; /**< a longer body is cut there, and the answer is good all the same;
				 with a body_max of 0 it ends with the headers */
};

enum http_outcome {
	HTTP_NOT_TRIED, /**< the zero value: the deadline came before its turn */
	HTTP_OK,        /**< a whole answer, whatever its status */
	HTTP_NO_LIBRARY,
	HTTP_NO_NAME,   /**< the host's name could not be resolved */
	HTTP_REFUSED,   /**< nothing listens there */
	HTTP_ABSENT,    /**< there is no such unix socket */
	HTTP_DENIED,    /**< the unix socket may not be used by this user */
	HTTP_NO_ROUTE,  /**< there is no way to the address */
	HTTP_TIMEOUT,   /**< `phase` says what it was waiting for */
	HTTP_TLS,       /**< `tls` says which */
	HTTP_CLOSED,    /**< the peer ended the connection before the answer was whole */
	HTTP_MALFORMED, /**< what came is not HTTP */
	HTTP_TOO_LARGE, /**< headers or body beyond their ceiling */
	HTTP_BROKEN,    /**< ours: a request that cannot be made, out of descriptors */
};

/** How far a request came. */
enum http_phase {
	HTTP_AT_START, /**< waiting for its turn, or for its name */
	HTTP_AT_CONNECT,
	HTTP_AT_TLS,
	HTTP_AT_ANSWER, /**< asked; not all headers are there */
	HTTP_AT_BODY,
};

/** What was wrong with TLS. */
enum http_tls {
	HTTP_TLS_NONE,
	HTTP_TLS_HANDSHAKE, /**< it broke before a certificate was judged; the text has the alert */
	HTTP_TLS_EXPIRED,
	HTTP_TLS_NOT_YET,
	HTTP_TLS_NAME, /**< good, and for other names */
	HTTP_TLS_SELF_SIGNED,
	HTTP_TLS_UNTRUSTED, /**< by no authority known here, or an intermediate is missing */
};

/** What became of a request. */
struct http_facts {
	enum http_outcome outcome;
	enum http_phase phase;
	enum http_tls tls;
	int status;           /**< of the answer; 0: none */
	const char *redirect; /**< the absolute URL that it points to; NULL: none */
	struct text headers;  /**< of the answer, with the status line; see http_header */
	struct text body;
	bool is_cut;            /**< there was more body; with `wants_beginning` only */
	struct address address; /**< that was dialled last; none for a stream or a unix socket */
	int64_t connect_ms; /**< after its turn came, as all of these; -1: it did not come so far */
	int64_t tls_ms;
	int64_t first_byte_ms;
	int64_t total_ms;
	const char *error; /**< what went wrong, for people: printable, without secrets; "" */
};

struct http;
struct http_call;

/** A client; costs nothing until it is asked for something. */
struct http *http_open(struct loop *loop);

/** Cancel what is under way, and let go; before its loop is freed. NULL is fine. */
void http_free(struct http *http);

/**
 * Ask.
 *
 * @param ended  called once on the loop's thread, never inside this call, with the facts (valid
 *               during the call only)
 * @return       a handle for http_cancel, valid until `ended` ran
 */
struct http_call *http_start(struct http *http, const struct http_request *request,
			     void (*ended)(const struct http_facts *facts, void *cookie),
			     void *cookie);

/** End it now with its connection; `ended` is not called. */
void http_cancel(struct http_call *call);

/** The value of the answer's first header of that name; `at` is NULL if there is none. */
struct text http_header(const struct http_facts *facts, const char *name);

/** "not tried", "no answer in time", …: an outcome in words, for sentences. */
const char *http_outcome_text(enum http_outcome outcome);

#endif
