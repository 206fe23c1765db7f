/**
 * Asking a tailscaled: its LocalAPI, by GET and nothing else. That of this machine, or that of
 * another one, whose SSH server connects to the socket for us.
 *
 * What can be asked is one table of calls. Whatever would change a node, a tailnet or a screen has
 * no row, so no caller can ask for it. Two rows are active (an order at a certificate authority, a
 * question to resolvers elsewhere): a caller says that it may. The `tailscale` program is never
 * started.
 *
 * To add a call: a row in `calls` (localapi.c), a word in the enum.
 */
#ifndef NET_LOCALAPI_H
#define NET_LOCALAPI_H

#include "net/http.h"
#include "net/localapi_place.h"

/** So long a daemon on this machine may take to answer what it knows. */
#define LOCALAPI_TIMEOUT_MS 5000

/** So long it may take over a certificate: ours to give up, not its to fail (tailscale.md, 4.3). */
#define LOCALAPI_CERT_TIMEOUT_MS 75000

/** Bytes kept of what a daemon says when it says no. */
#define LOCALAPI_SAID_BYTES 400

enum localapi_call {
	LOCALAPI_STATUS,
	LOCALAPI_STATUS_SELF, /**< without the peers */
	LOCALAPI_PREFS,
	LOCALAPI_SERVE_CONFIG,
	LOCALAPI_CERT_DOMAINS, /**< since 1.98 */
	LOCALAPI_DNS_CONFIG,   /**< since 1.98 */
	LOCALAPI_DERP_MAP,
	LOCALAPI_WHOIS,        /**< argument: an address, or a key "nodekey:…" */
	LOCALAPI_PEER_BY_ID,   /**< argument: a stable id; since 1.98 */
	LOCALAPI_USER_PROFILE, /**< argument: a number */
	LOCALAPI_CHECK_IP_FORWARDING,
	LOCALAPI_CHECK_UDP_GRO_FORWARDING,
	LOCALAPI_CHECK_SO_MARK_IN_USE,
	LOCALAPI_USER_METRICS,
	LOCALAPI_UPDATE_CHECK,
	LOCALAPI_CERT,      /**< active; argument: a name; the public part only */
	LOCALAPI_DNS_QUERY, /**< active; argument: a name */
	LOCALAPI_CALLS,     /**< how many there are */
};

/** A row of the table. */
struct localapi_row {
	const char *path;     /**< below /localapi/v0/; a query may follow with an argument */
	const char *doc;      /**< what it gives, for people */
	const char *argument; /**< put behind the path as it is: "addr=", "cert/"; NULL: none */
	const char *rest;     /**< behind the argument: "?type=cert"; NULL: nothing */
	bool is_active;       /**< may send packets or change something elsewhere */
	size_t body_max;
};

/** The row of a call. */
const struct localapi_row *localapi_row(enum localapi_call call);

enum localapi_outcome {
	LOCALAPI_NOT_TRIED,   /**< the zero value: the deadline came first */
	LOCALAPI_OK,          /**< an answer; `body` has it */
	LOCALAPI_ABSENT,      /**< nobody listens there: no tailscaled, or another socket */
	LOCALAPI_NO_ACCESS,   /**< the socket or its token is not for this user */
	LOCALAPI_FORBIDDEN,   /**< "invalid localapi request": not asked as it wants to be */
	LOCALAPI_NEEDS_AUTH,  /**< the token is missing, wrong, or of an earlier start */
	LOCALAPI_CERT_DENIED, /**< this user may have no certificates of the node */
	LOCALAPI_IN_USE,      /**< another user of this machine holds the daemon */
	LOCALAPI_DENIED,      /**< some other permission is missing */
	LOCALAPI_UNSUPPORTED, /**< the daemon does not know the call: it is older */
	LOCALAPI_NOT_READY,   /**< it has no network map yet */
	LOCALAPI_FAILED,      /**< another status than 200; `said` has the text */
	LOCALAPI_TIMEOUT,
	LOCALAPI_TOO_LARGE,
	LOCALAPI_MALFORMED,  /**< what answers there does not speak HTTP */
	LOCALAPI_NOT_ACTIVE, /**< an active call, and the caller did not say that it may */
	LOCALAPI_ARGUMENT,   /**< the argument cannot be asked for */
	LOCALAPI_UNREACHED,  /**< the other machine does not connect there: no such socket, it is
				not for that user, or the SSH server does not forward to it */
	LOCALAPI_PROHIBITED, /**< the other machine forwards to no sockets at all */
	LOCALAPI_LOST,       /**< the connection to the other machine has gone */
	LOCALAPI_BROKEN,     /**< ours: no libcurl, out of descriptors; `said` has the text */
};

/** A call. Read during localapi_start only. */
struct localapi_request {
	enum localapi_call call;
	const char *argument; /**< of calls that have one */
	bool is_active;       /**< the policy lets this run do active things */
	int64_t timeout_ms;   /**< 0: LOCALAPI_TIMEOUT_MS, or LOCALAPI_CERT_TIMEOUT_MS */
	int64_t deadline_ms;  /**< monotonic */
};

/** What became of a call. */
struct localapi_facts {
	enum localapi_outcome outcome;
	int status;          /**< of the answer; 0: none */
	struct text body;    /**< of an answer that is OK */
	const char *said;    /**< what the daemon, or the library, said instead; printable; "" */
	const char *version; /**< of the daemon, as its header says; NULL: not said; printable */
	const struct localapi_place *place; /**< where the answer is from; or was looked for: last
					       here, first on another machine */
	int64_t took_ms;
};

struct localapi;
struct localapi_ask;
struct ssh_session;

/**
 * A daemon to be asked.
 *
 * @param http    borrowed
 * @param places  copied; tried in order, and the first that is not absent is kept
 */
struct localapi *localapi_open(struct http *http, const struct localapi_places *places);

/** Another machine. */
struct localapi_remote {
	struct loop *loop;
	struct ssh_session *session; /**< borrowed; there for as long as something is asked */
};

/** As localapi_open, for sockets of another machine. */
struct localapi *localapi_open_remote(struct http *http, const struct localapi_remote *remote,
				      const struct localapi_places *places);

/** Cancel what is under way, before its http is freed; NULL is fine. */
void localapi_free(struct localapi *api);

/**
 * Ask.
 *
 * @param ended  called once on the loop's thread, never inside this call, with facts that are valid
 *               during the call only
 * @return       a handle for localapi_cancel; NULL: the call cannot be made, and *refused says why
 */
struct localapi_ask *localapi_start(struct localapi *api, const struct localapi_request *request,
				    void (*ended)(const struct localapi_facts *facts, void *cookie),
				    void *cookie, enum localapi_outcome *refused);

/** End it now; `ended` is not called. */
void localapi_cancel(struct localapi_ask *ask);

/** What the answer of HTTP means; pure. */
enum localapi_outcome localapi_judge(const struct http_facts *facts);

/** "nobody listens there", …: an outcome in words, for sentences. */
const char *localapi_outcome_text(enum localapi_outcome outcome);

#endif
