/**
 * What net/http*.c share: the client, and one request in it.
 *
 * A request is a task: its turn, the name, the connection, the transfer. libcurl gets a socket that
 * is connected already, but for a unix socket, and one handle of libcurl does all transfers
 * (net/http_multi.c); the task of a request waits for its own socket.
 */
#ifndef NET_HTTP_PRIVATE_H
#define NET_HTTP_PRIVATE_H

#include "loop/lookup.h"
#include "net/curl.h"
#include "net/dial.h"
#include "net/http.h"
#include "net/tls_store.h"

/** The task for the time that libcurl wants to be called at. */
struct http_timer {
	struct task task;
	struct http *http;
};

struct http {
	struct loop *loop;
	const struct curl *curl; /**< NULL until the first request */
	CURLM *multi;
	struct http_timer timer;
	int64_t timer_until_ms;  /**< 0: it wants nothing */
	struct http_call *first; /**< all, in the order of http_start */
	struct http_call *last;
	size_t under_way; /**< that had their turn */
	bool has_looked;  /**< for authorities that libcurl would read again and again */
	struct tls_store *authorities; /**< of them; NULL: libcurl reads its own */
};

/** Where a request is. */
enum http_state {
	CALL_WAITING, /**< for its turn */
	CALL_NAMING,
	CALL_CONNECTING,
	CALL_TRANSFERRING,
	CALL_OVER, /**< `outcome` is decided */
};

struct http_call {
	struct task task;
	struct http *http;
	struct http_call *next;
	struct http_call *previous;
	void (*ended)(const struct http_facts *facts, void *cookie);
	void *cookie;
	enum http_state state;
	bool has_turn;
	bool is_stepping;
	bool is_told; /**< it ended by itself, so `ended` is called */

	char *host;    /**< of the URL, without brackets */
	uint16_t port; /**< to be dialled */
	bool is_tls;
	int64_t timeout_ms;
	int64_t deadline_ms;
	int64_t start_ms; /**< of its turn */
	int64_t until_ms; /**< when it is given up */

	struct address addresses[LOOKUP_ADDRESSES]; /**< to be dialled one after the other */
	size_t address_count;
	size_t address_at;
	struct lookup *lookup; /**< NULL unless under way */
	struct dial dial;
	bool is_unix;
	struct stream *through;
	struct http_bridge *bridge; /**< NULL unless there is one */

	CURL *easy;
	bool is_added;    /**< the easy handle is in the multi handle */
	int fd;           /**< connected, not handed to libcurl yet; -1: none */
	int watched;      /**< the socket that libcurl waits for; -1: none */
	unsigned events;  /**< enum wait_events, for it */
	int waiting_for;  /**< the socket that the loop watches for this task; -1: none */
	int closing;      /**< to be closed when nobody waits for it; -1: none */
	bool is_finished; /**< libcurl says that the transfer is over, with `code` */
	CURLcode code;
	struct curl_slist *header_list;
	struct curl_slist *connect_to;
	char curl_error[CURL_ERROR_SIZE];

	size_t body_max;
	bool wants_beginning;
	bool is_interim;     /**< the headers coming in are those of a 1xx */
	bool has_headers;    /**< all of the answer are there */
	bool is_enough;      /**< we ended it: what was wanted is there */
	bool is_too_large;   /**< we ended it: it passed a ceiling */
	size_t header_bytes; /**< of all answers together */
	struct str headers;
	char *redirect; /**< of libcurl's; NULL: none */
	struct str body;
	struct str error;

	struct http_facts facts;
};

/* ---- http_multi.c: the handle of libcurl that does all transfers, on our loop */

/** Open libcurl and make the handle, unless that was done. */
int http_multi_open(struct http *http, struct err *err);

/** Let go; no transfer is left. */
void http_multi_close(struct http *http);

/** Begin the transfer of a call whose socket is connected. */
void http_multi_add(struct http_call *call);

/** Let libcurl look at the call's socket, from the call's own step. */
void http_multi_touch(struct http_call *call);

/** End the transfer, if there is one. */
void http_multi_remove(struct http_call *call);

/* ---- http_easy.c: one transfer */

/** Make the easy handle and tell it everything but where to connect. */
int http_easy_open(struct http_call *call, const struct http_request *request, struct err *err);

void http_easy_close(struct http_call *call);

/* ---- http_facts.c: what became of it */

/** Fill facts from what the call knows, but for the outcome if that is decided. */
void http_facts_fill(struct http_call *call, int64_t now_ms);

/** Which outcome is that of a connection that was not made? Pure. */
enum http_outcome http_outcome_of_errno(int error);

/** Which kind of failure of TLS? Pure. `verify` is an X509_V_ERR_… of OpenSSL, `text` libcurl's. */
enum http_tls http_tls_of(CURLcode code, long verify, const char *text);

/* ---- http_socket.c: sockets for libcurl */

/** A unix socket that is not connected. @return it; -1 with errno */
int http_unix_socket(void);

/**
 * Listen on 127.0.0.1 for one connection that carries what a stream does, and back.
 *
 * @param stream  owned from then on, also on failure
 * @param out     the bridge; cleared when it has ended by itself
 * @return        the port; -1 with errno
 */
int http_bridge_open(struct loop *loop, struct stream *stream, struct http_bridge **out);

/** The connection comes from this socket; another is turned away. */
void http_bridge_expect(struct http_bridge *bridge, int fd);

/** End it with its stream; NULL is fine. */
void http_bridge_close(struct http_bridge *bridge);

#endif
