/**
 * What one TLS handshake showed: values, nothing to let go of. The chain lives as long as the
 * struct tls (net/tls.h) that made it; one chain served by many ports is there once.
 */
#ifndef NET_TLS_FACTS_H
#define NET_TLS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/digest.h"

/** Most certificates of one chain that are looked at; the rest is counted. */
#define TLS_CHAIN_MAX 10

/** Most names of one certificate that are kept; the rest is counted. */
#define TLS_NAMES_MAX 100

/** Bytes of a handshake; a peer that sends more does something else. */
#define TLS_HANDSHAKE_BYTES ((size_t)256 * 1024)

/** How it ended. */
enum tls_outcome {
	TLS_NOT_TRIED, /**< the zero value */
	TLS_DONE,      /**< the handshake came to its end; says nothing about the certificate */
	TLS_ALERT,     /**< the server sent a fatal alert: `alert`, after `alert_ms` */
	TLS_CLIENT_CERTIFICATE, /**< it wants a certificate from us and ended it without one; its
				   chain is there only if it had proven its key */
	TLS_VERSION,    /**< it speaks only versions outside of those offered: `alert` 70 perhaps */
	TLS_CLOSED,     /**< closed without a word, in `phase` */
	TLS_RESET,      /**< the connection was reset, in `phase` */
	TLS_TIMEOUT,    /**< nothing more came before the deadline, in `phase` */
	TLS_PLAIN_HTTP, /**< what answers is HTTP without TLS */
	TLS_NOT_TLS,    /**< what answers is something else: `said` */
	TLS_GARBAGE,    /**< TLS at first, then what no server may send: `failure` */
	TLS_FLOOD,      /**< more than TLS_HANDSHAKE_BYTES */
	TLS_BROKEN,     /**< ours: `failure` */
};

/** How far the handshake came. */
enum tls_phase {
	TLS_AT_CLIENT_HELLO, /**< ours could not be sent */
	TLS_AT_SERVER_HELLO, /**< sent, and no ServerHello came */
	TLS_AT_CERTIFICATE,  /**< ServerHello came, no certificate */
	TLS_AT_FINISHED,     /**< the certificate came, and not the end */
	TLS_AT_END,          /**< complete on our side */
};

/** Versions, in order; the values are those of the wire. */
enum tls_version {
	TLS_ANY = 0, /**< none negotiated; no limit */
	TLS_1_0 = 0x0301,
	TLS_1_1 = 0x0302,
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304,
};

/** Does the server want to know who we are? Nothing is ever shown to it. */
enum tls_client_certificate {
	TLS_CLIENT_NOT_ASKED,
	TLS_CLIENT_ASKED,    /**< and it went on without */
	TLS_CLIENT_REQUIRED, /**< it ended the handshake for want of one */
};

/** What a chain rests on; dates and names are not part of it. */
enum tls_trust {
	TLS_TRUST_UNKNOWN, /**< there are no roots here to judge by */
	TLS_TRUSTED,       /**< it ends at a root of the system, or of the roots that were given */
	TLS_SELF_SIGNED,   /**< the server's own certificate signs itself, and is no such root */
	TLS_UNKNOWN_ROOT,  /**< it ends at an authority that nobody here knows */
	TLS_MISSING_INTERMEDIATE, /**< the server does not send what links it to a root */
	TLS_BAD_CHAIN,            /**< a signature, purpose or constraint is wrong: `error_text` */
};

/** Who issued it. */
enum tls_issuer {
	TLS_ISSUER_PUBLIC,  /**< a root of the system */
	TLS_ISSUER_STAGING, /**< an authority for tries: Let's Encrypt staging, Pebble */
	TLS_ISSUER_PRIVATE, /**< any other: an authority of one's own */
	TLS_ISSUER_SELF,    /**< itself */
};

/** One certificate. Texts are printable and cut. */
struct tls_certificate {
	const char *subject;   /**< "CN=immich.example,O=Shop"; RFC 2253 */
	const char *issuer;    /**< likewise */
	const char **names;    /**< DNS names and addresses of subjectAltName */
	size_t names_len;      /**< TLS_NAMES_MAX at most */
	size_t names_left_out; /**< those beyond */
	int64_t not_before_utc_ms;
	int64_t not_after_utc_ms; /**< the last second; 0 (long ago) if it cannot be read */
	bool is_ca;
	bool is_self_signed; /**< its own key signs it */
	char sha256[SHA256_HEX_BYTES];
};

/** What the server sent, in its order: its own first. */
struct tls_chain {
	const struct tls_certificate *at; /**< one at least */
	size_t len;                       /**< TLS_CHAIN_MAX at most */
	size_t left_out;                  /**< those beyond */
	enum tls_trust trust;
	enum tls_issuer issuer;
	int error;              /**< X509_V_ERR_…; 0: none */
	int error_depth;        /**< which certificate: 0 is the server's own */
	const char *error_text; /**< static; "" without an error */
	/**
	 * When all authorities on its way to the root are valid: of the latest to begin, and of the
	 * first to end. 0: it is not trusted, or there are none.
	 */
	int64_t path_from_utc_ms;
	int64_t path_until_utc_ms;
};

/** A stapled answer of OCSP, about the server's own certificate. Its signature is not checked. */
enum tls_staple {
	TLS_STAPLE_NONE,
	TLS_STAPLE_GOOD,
	TLS_STAPLE_REVOKED,
	TLS_STAPLE_UNKNOWN,
	TLS_STAPLE_BROKEN, /**< not readable, or about another certificate */
};

/** Does the certificate hold the name that was asked for? */
enum tls_name {
	TLS_NAME_NOT_ASKED, /**< there is no name, or no certificate */
	TLS_NAME_MATCHES,
	TLS_NAME_DIFFERS,
};

/** No such time; no alert. */
#define TLS_NONE (-1)

struct tls_facts {
	enum tls_outcome outcome;
	enum tls_phase phase;
	int alert;                /**< code of the server's fatal alert; TLS_NONE */
	enum tls_phase alert_at;  /**< when the alert came: up to TLS_AT_SERVER_HELLO it was before
				     ServerHello */
	int64_t first_byte_ms;    /**< from our ClientHello until anything came; TLS_NONE */
	int64_t alert_ms;         /**< until the alert; TLS_NONE */
	int64_t ended_ms;         /**< until the end of it all */
	enum tls_version version; /**< negotiated; TLS_ANY: none was */
	const char *cipher;       /**< as OpenSSL calls it; static; NULL: none */
	char alpn[32];            /**< protocol the server chose; "": none */
	const struct tls_chain *chain; /**< NULL: none was seen */
	enum tls_name name;
	enum tls_client_certificate client_certificate;
	enum tls_staple staple;
	int64_t staple_produced_utc_ms; /**< 0: none */
	int64_t staple_until_utc_ms;    /**< 0: none, or without an end */
	const char *failure;            /**< what OpenSSL says about it; static; NULL: nothing */
	char said[64];                  /**< TLS_PLAIN_HTTP, TLS_NOT_TLS: how it began, printable */
	size_t received_bytes;
};

/** "internal_error" for 80; "unknown" for codes that no RFC names. */
const char *tls_alert_word(int alert);

/** "TLS 1.2"; "?" for none. */
const char *tls_version_word(enum tls_version version);

#endif
