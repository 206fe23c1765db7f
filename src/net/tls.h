/**
 * A TLS client that only looks: it makes a handshake over a stream, whatever the certificate is
 * like, says what it saw (net/tls_facts.h) and closes. It never sends anything but the handshake
 * and close_notify, and has no certificate of its own to show.
 *
 * Old versions and weak ciphers are offered too, so that a server which knows nothing better is
 * seen and judged instead of being an error.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/str.h"
#include "loop/loop.h"
#include "net/stream.h"
#include "net/tls_facts.h"

/**
 * What all probes of a run share: the contexts of OpenSSL, the roots of the system (read when the
 * first chain is judged; SSL_CERT_FILE and SSL_CERT_DIR are obeyed), and all chains seen, each
 * judged once. Belongs to one thread.
 */
struct tls;

/** Costs nothing before the first probe. */
struct tls *tls_open(void);

/** Everything its probes gave out ends with it; no probe may be under way. NULL is fine. */
void tls_free(struct tls *tls);

/** Bytes of a text with roots: twice what all public ones take. */
#define TLS_ROOTS_BYTES ((size_t)512 * 1024)

/** Roots beside those of the system, of somebody's own authority. */
struct tls_roots;

/**
 * Read certificates in PEM. The same bytes give the same roots.
 *
 * @param out  lives as long as `tls`
 * @return     0; -1 with ERR_INPUT if there is none, or one that cannot be read
 */
int tls_roots_read(struct tls *tls, struct text pem, const struct tls_roots **out, struct err *err);

struct tls_spec {
	struct stream *stream;   /**< connected; the probe owns it from then on */
	const char *sni;         /**< name to ask for; NULL: none */
	const char *name;        /**< name or address the certificate should hold; NULL: `sni` */
	const char *const *alpn; /**< protocols to offer, ended by NULL; NULL: none */
	const struct tls_roots *roots; /**< NULL: those of the system alone */
	enum tls_version min_version;  /**< offered at least; TLS_ANY: TLS 1.0 */
	enum tls_version max_version;  /**< offered at most; TLS_ANY: the newest */
	int64_t deadline_ms;           /**< monotonic */
};

struct tls_probe;

/**
 * Start a handshake.
 *
 * @param spec   read during the call only; texts are copied
 * @param ended  called once on the loop's thread, never inside this call, with the facts (copy
 *               them; what they point at lives as long as `tls`)
 * @return       a handle for tls_probe_cancel, valid until `ended` ran
 */
struct tls_probe *tls_probe_start(struct loop *loop, struct tls *tls, const struct tls_spec *spec,
				  void (*ended)(const struct tls_facts *facts, void *cookie),
				  void *cookie);

/** End it now; `ended` is not called. */
void tls_probe_cancel(struct tls_probe *probe);

#endif
