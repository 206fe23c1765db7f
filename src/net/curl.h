/**
 * libcurl, opened at run time: the few functions of it that we use. Private to net/http*.c.
 *
 * Types, numbers and the functions' signatures are those of its header, so that the compiler checks
 * each call; the library itself is not linked, because that costs milliseconds at every start.
 */
#ifndef NET_CURL_H
#define NET_CURL_H

#include <curl/curl.h>

#include "base/err.h"

/** The library: each function is the one called curl_<member>. */
struct curl {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_version_info) *version_info;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_setopt) *multi_setopt;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_multi_socket_action) *multi_socket_action;
	__typeof__(curl_multi_info_read) *multi_info_read;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_url) *url;
	__typeof__(curl_url_set) *url_set;
	__typeof__(curl_url_get) *url_get;
	__typeof__(curl_url_cleanup) *url_cleanup;
	__typeof__(curl_free) *free;
	const void *ssl_context_new; /**< SSL_CTX_new as it calls it; NULL: its TLS is another's */
};

/**
 * Open the library, the first time; it stays open until the program ends.
 *
 * @param out  lives as long as the program
 * @return     0; -1 with ERR_ABSENT if there is none that can be used
 */
int curl_open(const struct curl **out, struct err *err);

#endif
