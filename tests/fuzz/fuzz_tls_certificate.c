/*
 * Bytes that a server sends as its certificate: whatever OpenSSL takes, its texts are printable and
 * bounded, and the chain has a judgement.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/** Inputs after which the known chains are forgotten. */
#define FORGET_AFTER 256

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void require_plain(const char *text)
{
	require(strlen(text) <= 256);
	for (; *text; text++) {
		require((unsigned char)*text >= ' ' && *text != 127);
	}
}

static void require_sane(const struct tls_chain *chain)
{
	for (size_t i = 0; i < chain->len; i++) {
		const struct tls_certificate *one = &chain->at[i];

		require_plain(one->subject);
		require_plain(one->issuer);
		require(one->names_len <= TLS_NAMES_MAX && strlen(one->sha256) == 64);
		for (size_t j = 0; j < one->names_len; j++) {
			require_plain(one->names[j]);
		}
	}
	require((chain->trust == TLS_TRUSTED) == (chain->error == 0));
	require((chain->error_text[0] == '\0') == (chain->error == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct tls *tls;
	static int inputs;
	const unsigned char *at = bytes;
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *one = NULL;

	if (inputs++ % FORGET_AFTER == 0) {
		tls_free(tls);
		tls = tls_open();
	}
	require(chain != NULL && tls_context_need(tls) == 0);
	while (len > 0 && (one = d2i_X509(NULL, &at, (long)(len - (size_t)(at - bytes))))) {
		require(sk_X509_push(chain, one) > 0);
	}
	if (sk_X509_num(chain) > 0) {
		const struct tls_chain *read = tls_chain_of(tls, chain, NULL);

		require(read != NULL);
		require(tls_chain_of(tls, chain, NULL) == read);
		require_sane(read);
		(void)tls_certificate_holds(sk_X509_value(chain, 0), "a.example");
		(void)tls_certificate_holds(sk_X509_value(chain, 0), "192.0.2.1");
	}
	sk_X509_pop_free(chain, X509_free);
	ERR_clear_error();
	return 0;
}
