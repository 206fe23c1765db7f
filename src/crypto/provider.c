#include "crypto/provider.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

/** EX_SOFTWARE of sysexits(3), the program's code for internal errors. */
#define EXIT_BROKEN_CRYPTO 70

static void start(void)
{
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)) {
		provider_failed("OPENSSL_init_crypto");
	}
}

void provider_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, start);
}

/** What cannot be written to standard error cannot be said at all. */
static void complain(const char *text)
{
	ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

	(void)ignored;
}

_Noreturn void provider_failed(const char *what)
{
	complain("gaterun: OpenSSL does not work here: ");
	complain(what);
	complain("\n");
	_exit(EXIT_BROKEN_CRYPTO);
}
