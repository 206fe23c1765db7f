#include "net/curl.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/** Names of the library, the best first. */
static const char *const names[] = {
#ifdef __APPLE__
	"libcurl.4.dylib",
	"/usr/lib/libcurl.4.dylib",
	"/opt/homebrew/opt/curl/lib/libcurl.4.dylib",
#else
	"libcurl.so.4", "libcurl-gnutls.so.4", /* Debian's other build, with the same ABI */
#endif
};

#define SYMBOL(name)                                       \
	{                                                  \
		"curl_" #name, offsetof(struct curl, name) \
	}

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(global_init),
	SYMBOL(version_info),
	SYMBOL(easy_init),
	SYMBOL(easy_setopt),
	SYMBOL(easy_getinfo),
	SYMBOL(easy_cleanup),
	SYMBOL(easy_strerror),
	SYMBOL(slist_append),
	SYMBOL(slist_free_all),
	SYMBOL(multi_init),
	SYMBOL(multi_setopt),
	SYMBOL(multi_add_handle),
	SYMBOL(multi_remove_handle),
	SYMBOL(multi_socket_action),
	SYMBOL(multi_info_read),
	SYMBOL(multi_cleanup),
	SYMBOL(url),
	SYMBOL(url_set),
	SYMBOL(url_get),
	SYMBOL(url_cleanup),
	SYMBOL(free),
};

static void *open_any(void)
{
	void *library = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !library; i++) {
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	}
	return library;
}

/** Which OpenSSL does it call? What is not in use stands in parentheses in that text. */
static const void *find_openssl(const struct curl *curl, void *library)
{
	const char *tls = curl->version_info(CURLVERSION_NOW)->ssl_version;

	return tls && strncmp(tls, "OpenSSL/", strlen("OpenSSL/")) == 0
		       ? dlsym(library, "SSL_CTX_new")
		       : NULL;
}

static int load(struct curl *curl, struct err *err)
{
	void *library = open_any();

	if (!library) {
		const char *why = dlerror();

		return err_set(err, ERR_ABSENT, "open libcurl: %s", why ? why : "not found");
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol) {
			(void)dlclose(library);
			return err_set(err, ERR_ABSENT, "libcurl has no %s", symbols[i].name);
		}
		/* POSIX lets a function's address be an object's, C only lets it be copied. */
		memcpy((char *)curl + symbols[i].offset, &symbol, sizeof(symbol));
	}
	curl->ssl_context_new = find_openssl(curl, library);
	return 0;
}

int curl_open(const struct curl **out, struct err *err)
{
	static struct curl curl;
	struct curl found = {0};

	if (!curl.global_init) {
		if (load(&found, err)) {
			return -1;
		}
		if (found.global_init(CURL_GLOBAL_SSL) != CURLE_OK) {
			return err_set(err, ERR_ABSENT, "libcurl does not start");
		}
		curl = found;
	}
	*out = &curl;
	return 0;
}
