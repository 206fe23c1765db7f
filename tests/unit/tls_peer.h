/*
 * Servers for tests of the TLS prober: certificates made on the spot, and a thread at the other
 * end of a socket pair. Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_TLS_PEER_H
#define TESTS_UNIT_TLS_PEER_H

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "net/tls.h"
#include "signer.h"

/** What the other end does. */
struct peer {
	/* a server of OpenSSL */
	const struct signer *own;
	const struct signer *sent[4]; /**< sent after its own certificate, ended by NULL */
	int min_version;              /**< 0: any */
	int max_version;
	int verify;            /**< SSL_VERIFY_… of the client */
	const char *only_name; /**< alert 112 for every other SNI; NULL: any will do */
	const char *alpn;      /**< in the form of the wire; alert 120 for others; NULL: none */
	struct str staple;     /**< stapled as it is */
	/* or bytes, whatever the client says */
	const char *bytes;
	size_t len;
	size_t times;    /**< `bytes` are sent so often; 0: once */
	bool is_slow;    /**< byte by byte */
	bool holds_open; /**< stays until the client has gone; otherwise closes */
	/* private */
	int fd;
	pthread_t thread;
};

static inline int peer_on_name(SSL *ssl, int *alert, void *cookie)
{
	const struct peer *peer = cookie;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return !peer->only_name || (name && strcmp(name, peer->only_name) == 0)
		       ? SSL_TLSEXT_ERR_OK
		       : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static inline int peer_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *len,
			       const unsigned char *in, unsigned in_len, void *cookie)
{
	const struct peer *peer = cookie;
	unsigned char *chosen = NULL;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, len, (const unsigned char *)peer->alpn,
				  (unsigned)strlen(peer->alpn), in,
				  in_len) != OPENSSL_NPN_NEGOTIATED) {
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static inline int peer_on_status(SSL *ssl, void *cookie)
{
	const struct peer *peer = cookie;
	unsigned char *copy = OPENSSL_memdup(peer->staple.at, peer->staple.len);

	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)peer->staple.len);
	return SSL_TLSEXT_ERR_OK;
}

static inline void peer_serve_tls(struct peer *peer)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char buffer[64];
	SSL *ssl = NULL;

	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, peer->min_version);
	SSL_CTX_set_max_proto_version(context, peer->max_version);
	SSL_CTX_set_verify(context, peer->verify, NULL);
	SSL_CTX_use_certificate(context, peer->own->certificate);
	SSL_CTX_use_PrivateKey(context, peer->own->key);
	for (size_t i = 0; peer->sent[i]; i++) {
		SSL_CTX_add1_chain_cert(context, peer->sent[i]->certificate);
	}
	SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_tlsext_servername_callback(context, peer_on_name);
	SSL_CTX_set_tlsext_servername_arg(context, peer);
	if (peer->alpn) {
		SSL_CTX_set_alpn_select_cb(context, peer_on_alpn, peer);
	}
	if (peer->staple.len > 0) {
		SSL_CTX_set_tlsext_status_cb(context, peer_on_status);
		SSL_CTX_set_tlsext_status_arg(context, peer);
	}
	ssl = SSL_new(context);
	SSL_set_fd(ssl, peer->fd);
	if (SSL_accept(ssl) == 1) {
		while (SSL_read(ssl, buffer, sizeof(buffer)) > 0) {
		}
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
}

static inline void peer_serve_bytes(const struct peer *peer)
{
	char buffer[4096];
	size_t piece = peer->is_slow ? 1 : peer->len;
	size_t left = peer->times ? peer->times : 1;

	if (recv(peer->fd, buffer, sizeof(buffer), 0) <= 0) { /* the ClientHello */
		return;
	}
	for (; left > 0; left--) {
		for (size_t at = 0; at < peer->len; at += piece) {
			if (send(peer->fd, peer->bytes + at, piece, MSG_NOSIGNAL) < 0) {
				return;
			}
		}
	}
	while (peer->holds_open && recv(peer->fd, buffer, sizeof(buffer), 0) > 0) {
	}
}

static inline void *peer_run(void *cookie)
{
	struct peer *peer = cookie;

	if (peer->own) {
		peer_serve_tls(peer);
	} else {
		peer_serve_bytes(peer);
	}
	close(peer->fd);
	return NULL;
}

struct peer_answer {
	struct tls_facts facts;
	int count;
};

static inline void peer_on_ended(const struct tls_facts *facts, void *cookie)
{
	struct peer_answer *answer = cookie;

	answer->facts = *facts;
	answer->count++;
}

/** Probe a peer with `spec`, whose stream and deadline are filled here if they are not. */
static inline struct tls_facts peer_probe(struct tls *tls, struct peer *peer, struct tls_spec spec)
{
	struct peer_answer answer = {0};
	struct err err = {0};
	struct loop *loop = NULL;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	peer->fd = pair[1];
	assert_int_equal(loop_open(&loop, &err), 0);
	assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
	spec.stream = stream_of_socket(pair[0]);
	spec.deadline_ms = spec.deadline_ms ? spec.deadline_ms : clock_monotonic_ms() + 20000;
	tls_probe_start(loop, tls, &spec, peer_on_ended, &answer);
	loop_run(loop);
	loop_free(loop);
	pthread_join(peer->thread, NULL);
	assert_int_equal(answer.count, 1);
	return answer.facts;
}

#endif
