/* What all probes of a run share. */
#include "net/tls_private.h"

#include <stdlib.h>

/** Bytes of a chain that OpenSSL takes; more is an error of the server. */
#define CHAIN_BYTES ((long)128 * 1024)

/** One share for the key is sent, of the first; servers that want another ask for it. */
static char groups[] = "X25519:P-256:P-384:P-521:X448"; /* the macro of OpenSSL takes no const */

struct tls *tls_open(void)
{
	return mem_alloc(sizeof(struct tls));
}

/** Whatever the certificate is like, the handshake goes on. */
static int accept_chain(X509_STORE_CTX *context, void *cookie)
{
	(void)context;
	(void)cookie;
	return 1;
}

static bool configure(SSL_CTX *context)
{
	SSL_CTX_set_cert_verify_callback(context, accept_chain, NULL);
	(void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
						   SSL_OP_LEGACY_SERVER_CONNECT);
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(context, CHAIN_BYTES);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_security_level(context, 0);
	return SSL_CTX_set_min_proto_version(context, TLS1_VERSION) &&
	       SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") &&
	       SSL_CTX_set1_groups_list(context, groups) &&
	       SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
}

int tls_context_need(struct tls *tls)
{
	if (tls->context) {
		return 0;
	}
	/* Without openssl.cnf, which could forbid the versions that are looked for. */
	if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)) {
		return -1;
	}
	tls->method = tls->method ? tls->method : tls_wire_method();
	tls->context = tls->method ? SSL_CTX_new(TLS_client_method()) : NULL;
	if (tls->context && configure(tls->context)) {
		return 0;
	}
	SSL_CTX_free(tls->context);
	tls->context = NULL;
	return -1;
}

void tls_free(struct tls *tls)
{
	if (!tls) {
		return;
	}
	while (tls->roots) {
		struct tls_roots *roots = tls->roots;

		tls->roots = roots->next;
		X509_STORE_free(roots->store);
		free(roots);
	}
	X509_STORE_free(tls->system);
	SSL_CTX_free(tls->context);
	BIO_meth_free(tls->method);
	arena_release(&tls->arena);
	free(tls);
}
