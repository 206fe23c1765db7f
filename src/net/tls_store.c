#include "net/tls_store.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"

struct tls_store {
	X509_STORE *store;
};

bool tls_store_fits(const void *context_new)
{
	SSL_CTX *(*ours)(const SSL_METHOD *) = SSL_CTX_new;

	/* C has no comparison of a function's address with an object's. */
	return memcmp(&ours, &context_new, sizeof(ours)) == 0;
}

static bool read_all(X509_STORE *store, const char *file, const char *folder)
{
	bool is_read = X509_STORE_load_file(store, file) && X509_STORE_load_path(store, folder);

	ERR_clear_error();
	return is_read &&
	       X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
}

struct tls_store *tls_store_read(const char *file, const char *folder)
{
	X509_STORE *store = X509_STORE_new();
	struct tls_store *out = NULL;

	if (!store || !read_all(store, file, folder)) {
		X509_STORE_free(store);
		return NULL;
	}
	out = mem_alloc(sizeof(*out));
	out->store = store;
	return out;
}

void tls_store_free(struct tls_store *store)
{
	if (store) {
		X509_STORE_free(store->store);
		free(store);
	}
}

bool tls_store_use(const struct tls_store *store, void *context)
{
	return SSL_CTX_set1_verify_cert_store((SSL_CTX *)context, store->store) == 1;
}
