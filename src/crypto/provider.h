/**
 * Private to src/crypto: OpenSSL's start, and the one end when it refuses to work.
 */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

/**
 * Start OpenSSL once, without openssl.cnf: reading it costs as much as everything else we ask of
 * the library, and a receipt must not depend on it. Cheap when already done; any thread may call.
 */
void provider_start(void);

/** OpenSSL failed where only a bug or a broken installation can make it fail: exit 70. */
_Noreturn void provider_failed(const char *what);

#endif
