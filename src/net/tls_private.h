/**
 * What the parts of the TLS prober share. Private to net/tls*.c, with them the home of
 * <openssl/ssl.h>.
 */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"
#include "net/tls.h"

/** Lists of known chains; a power of two. */
#define TLS_KNOWN_LISTS 256

struct tls {
	SSL_CTX *context;   /**< NULL before the first probe */
	BIO_METHOD *method; /**< of net/tls_wire.c; made with the context */
	X509_STORE *system; /**< roots of the system; NULL before the first chain */
	bool has_system;    /**< there are some */
	struct tls_roots *roots;
	struct tls_known *known[TLS_KNOWN_LISTS]; /**< by the first byte of their digest */
	struct arena arena;                       /**< of the chains */
};

struct tls_roots {
	struct tls_roots *next;
	unsigned char sha256[SHA256_BYTES]; /**< of the text they were read from */
	X509_STORE *store;
};

/** The stream as OpenSSL sees it, and what was seen of it. */
struct tls_wire {
	struct stream *stream;
	size_t received; /**< bytes in all */
	size_t budget;   /**< bytes it may still read in this step */
	bool is_hungry;  /**< the budget of this step was too small */
	bool is_flooded; /**< more than TLS_HANDSHAKE_BYTES came */
	bool is_ended;   /**< the peer has closed */
	bool is_cut;     /**< nothing can be sent any more; what is, goes nowhere */
	int error;       /**< errno of reading; 0: none */
	int64_t sent_ms; /**< monotonic, when our first bytes were taken; 0: not yet */
	int64_t first_byte_ms;
	char head[64]; /**< the first bytes */
	size_t head_len;
};

/** The row of OpenSSL for a wire; NULL without memory. */
BIO_METHOD *tls_wire_method(void);

/** A BIO over a wire, which is borrowed. */
BIO *tls_wire_bio(const BIO_METHOD *method, struct tls_wire *wire);

/** Before each step: how much it may read, so that no peer holds the loop. */
void tls_wire_begin_step(struct tls_wire *wire);

/** Did anything come that cannot be a record of TLS? */
bool tls_wire_is_foreign(const struct tls_wire *wire);

/** Does it look like an answer of HTTP? */
bool tls_wire_is_http(const struct tls_wire *wire);

/** The context of all probes. -1 if OpenSSL refuses. */
int tls_context_need(struct tls *tls);

/** Judge a chain: fill `trust`, `issuer` and the error of `out`, whose certificates are read. */
void tls_verify(struct tls *tls, STACK_OF(X509) * chain, const struct tls_roots *roots,
		struct tls_chain *out);

/** The chain as a value that is kept; NULL: there is none. */
const struct tls_chain *tls_chain_of(struct tls *tls, STACK_OF(X509) * chain,
				     const struct tls_roots *roots);

/** Does the certificate hold the name, or the address? */
bool tls_certificate_holds(X509 *certificate, const char *name);

/** Read what was stapled, of a handshake that is complete. */
void tls_staple_read(SSL *ssl, struct tls_facts *facts);

/** First millisecond of a time; 0 if it cannot be read. */
int64_t tls_time_utc_ms(const ASN1_TIME *time);

#endif
