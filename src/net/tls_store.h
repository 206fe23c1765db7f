/**
 * Authorities for a library that makes its TLS with the same OpenSSL as we do. Private to
 * net/http*.c: it keeps libcurl from reading them anew for each connection.
 */
#ifndef NET_TLS_STORE_H
#define NET_TLS_STORE_H

#include <stdbool.h>

struct tls_store;

/**
 * Is that the very OpenSSL that we use? A store means nothing to another one, not even of the same
 * version.
 *
 * @param context_new  address of the other library's SSL_CTX_new; NULL: it uses something else
 */
bool tls_store_fits(const void *context_new);

/**
 * Read authorities, as libcurl reads them: an intermediate is as good as a root.
 *
 * @param file    PEM
 * @param folder  or several with colons between them, where each is found by its hash
 * @return        to be freed with tls_store_free; NULL if libcurl could not read them either
 */
struct tls_store *tls_store_read(const char *file, const char *folder);

void tls_store_free(struct tls_store *store);

/**
 * Verify by these authorities and no others.
 *
 * @param context  an SSL_CTX, without connections yet; it keeps what it needs of the store
 * @return         whether OpenSSL took them
 */
bool tls_store_use(const struct tls_store *store, void *context);

#endif
