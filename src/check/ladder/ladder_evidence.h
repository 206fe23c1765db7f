/**
 * Everything that was observed about one TLS name, before anybody concludes anything from it.
 *
 * Each piece says whether it was asked for and answered; the zero value is "not asked", so that
 * evidence that nobody gathered cannot speak for a name.
 */
#ifndef CHECK_LADDER_LADDER_EVIDENCE_H
#define CHECK_LADDER_LADDER_EVIDENCE_H

#include "model/reason.h"
#include "model/verdict.h"
#include "net/knock.h"
#include "net/localapi.h"
#include "net/serve_config.h"
#include "net/tailnet_status.h"
#include "net/tls_facts.h"

/** Was it asked, and did anything come? */
enum asked {
	NOT_ASKED,
	NO_ANSWER, /**< asked, and nothing came in `took_ms` */
	ANSWERED,
};

/** The head of each piece. */
struct question {
	enum asked asked;
	const char *why_not; /**< of one not asked, for people: "the run is passive"; NULL: there is
				nothing to ask */
	enum reason barred;  /**< the rule that forbade to ask: mode.passive, policy.never */
	bool is_moot;        /**< not asked, because something before it says enough */
	int64_t took_ms;
};

/** Whose name it is. */
enum name_owner {
	OWNER_NOBODY,  /**< no device, service or node has it */
	OWNER_BINDING, /**< a device or service has it; no daemon says which node that is */
	OWNER_ABSENT,  /**< likewise, and the tailnet has no such node */
	OWNER_LOCAL,   /**< the node of the daemon on this machine */
	OWNER_PEER,    /**< another node of its tailnet */
};

struct owner_evidence {
	enum name_owner owner;
	const char *known_as; /**< "device:immich", "endpoint:docs"; NULL: in no binding */
	const struct tailnet_node *node; /**< of OWNER_LOCAL and OWNER_PEER */
	const char *claimed; /**< the node that the binding says has it, if it is another; NULL */
	bool is_tailnet;     /**< a name below the tailnet's suffix or ts.net */
};

/** How an address for the name was found. */
struct address_evidence {
	struct question question;
	const char *text;    /**< NULL: there is none */
	const char *source;  /**< "as the daemon's status has it", for people */
	const char *failure; /**< in the resolver's words */
};

struct port_evidence {
	struct question question;
	enum knock_outcome outcome;
	const char *way;     /**< "192.168.1.5", "10.0.0.3 through harbor"; NULL: as the address */
	const char *trouble; /**< what else there is to say; NULL */
};

struct tls_evidence {
	struct question question;
	struct tls_facts facts;
	int64_t now_utc_ms; /**< what lifetimes are judged by */
};

/** An HTTP answer: through the name, or of what is behind serve. */
struct http_evidence {
	struct question question;
	int status;          /**< 0: none came */
	const char *failure; /**< why not */
};

/** The daemon of this machine. */
struct daemon_evidence {
	struct question question;
	enum localapi_outcome outcome;
	const char *where;                   /**< the socket that was asked */
	const char *said;                    /**< what it said instead of a status; NULL */
	const struct tailnet_status *status; /**< with LOCALAPI_OK */
};

/** Of the node that has the name. */
struct serve_evidence {
	struct question question;
	const struct serve_config *config; /**< with ANSWERED */
	const char
		*there; /**< whose daemon was asked, of a peer: "target:nas"; NULL: the one here */
	const struct tailnet_status *status; /**< of that daemon; NULL: it is the one here */
};

/** What serve sends requests for the name to. */
struct backend_evidence {
	struct question question;
	const char *text; /**< "http://127.0.0.1:18080"; NULL: there is none */
	enum knock_outcome outcome;
	struct http_evidence http;
};

/** The answer of the endpoint that gives out certificates. */
struct issue_evidence {
	struct question question;
	int status;       /**< of HTTP; 200: there is a certificate */
	const char *text; /**< what it said; NULL: nothing */
};

struct cert_evidence {
	const char *name; /**< or an address, which no TLS client asks for by SNI */
	uint16_t port;
	bool has_sni; /**< it is a name, so it is asked for */
	bool has_tls; /**< TLS is promised there; else a port is all there is */
	struct owner_evidence owner;
	struct address_evidence address;
	struct port_evidence port_open;
	struct tls_evidence tls;
	struct http_evidence http;
	struct daemon_evidence daemon;
	struct serve_evidence serve;
	struct backend_evidence backend;
	struct issue_evidence issue;
};

#endif
