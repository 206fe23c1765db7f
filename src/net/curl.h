/**
 * libcurl, opened at run time: the few functions and numbers of it that we use. Private to
 * net/http*.c.
 *
 * Its header is not included, so that nobody has to have it to build a program which may never ask
 * for anything by HTTP. All of this is the ABI of libcurl.so.4, in which numbers and layouts have
 * not changed since 2006 (curl: docs/libcurl/ABI.md); the names are those of curl.h without CURL.
 * The unit test asks the library itself for each option's number.
 */
#ifndef NET_CURL_H
#define NET_CURL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum curl_option {
	OPT_FORBID_REUSE = 75,
	OPT_FRESH_CONNECT = 74,
	OPT_HTTPAUTH = 107,
	OPT_HTTP_CONTENT_DECODING = 158,
	OPT_HTTP_VERSION = 84,
	OPT_NOSIGNAL = 99,
	OPT_PATH_AS_IS = 234,
	OPT_POST = 47,
	OPT_POSTFIELDSIZE = 60,
	OPT_PROTOCOLS = 181,
	OPT_SSL_SESSIONID_CACHE = 150,
	OPT_SSL_VERIFYHOST = 81,
	OPT_SSL_VERIFYPEER = 64,
	OPT_CAINFO = 10065,
	OPT_CAPATH = 10097,
	OPT_CLOSESOCKETDATA = 10209,
	OPT_CONNECT_TO = 10243,
	OPT_COPYPOSTFIELDS = 10165,
	OPT_ERRORBUFFER = 10010,
	OPT_HEADERDATA = 10029,
	OPT_HTTPHEADER = 10023,
	OPT_NOPROXY = 10177,
	OPT_OPENSOCKETDATA = 10164,
	OPT_PASSWORD = 10174,
	OPT_PRIVATE = 10103,
	OPT_PROXY = 10004,
	OPT_SOCKOPTDATA = 10149,
	OPT_UNIX_SOCKET_PATH = 10231,
	OPT_URL = 10002,
	OPT_USERAGENT = 10018,
	OPT_USERNAME = 10173,
	OPT_WRITEDATA = 10001,
	OPT_CLOSESOCKETFUNCTION = 20208,
	OPT_HEADERFUNCTION = 20079,
	OPT_OPENSOCKETFUNCTION = 20163,
	OPT_SOCKOPTFUNCTION = 20148,
	OPT_WRITEFUNCTION = 20011,
};

enum curl_multi_option {
	MULTI_SOCKETDATA = 10002,
	MULTI_SOCKETFUNCTION = 20001,
	MULTI_TIMERDATA = 10005,
	MULTI_TIMERFUNCTION = 20004,
};

enum curl_info {
	INFO_EFFECTIVE_URL = 0x100000 + 1,
	INFO_PRIVATE = 0x100000 + 21,
	INFO_CAINFO = 0x100000 + 61, /**< since 7.84 */
	INFO_RESPONSE_CODE = 0x200000 + 2,
	INFO_SSL_VERIFYRESULT = 0x200000 + 13,
	INFO_OS_ERRNO = 0x200000 + 25,
	INFO_STARTTRANSFER_TIME_T = 0x600000 + 54, /**< microseconds */
	INFO_APPCONNECT_TIME_T = 0x600000 + 56,
};

/** What libcurl answers, of a transfer as well (CURLcode). */
enum curl_code {
	CODE_OK = 0,
	CODE_UNSUPPORTED_PROTOCOL = 1, /**< HTTP/0.9 */
	CODE_COULDNT_CONNECT = 7,
	CODE_WEIRD_SERVER_REPLY = 8,
	CODE_PARTIAL_FILE = 18,
	CODE_WRITE_ERROR = 23, /**< our callbacks wanted no more */
	CODE_OUT_OF_MEMORY = 27,
	CODE_OPERATION_TIMEDOUT = 28,
	CODE_SSL_CONNECT_ERROR = 35,
	CODE_GOT_NOTHING = 52,
	CODE_SEND_ERROR = 55,
	CODE_RECV_ERROR = 56,
	CODE_PEER_FAILED_VERIFICATION = 60,
	CODE_BAD_CONTENT_ENCODING = 61,
};

#define CURL_ERROR_BYTES 256
#define CURL_GLOBAL_SSL 1L
#define CURL_AUTH_BASIC 1L
#define CURL_HTTP_VERSION_1_1 2L
#define CURL_PROTOCOLS_HTTP_HTTPS 3L
#define CURL_SOCKOPT_OK 0
#define CURL_SOCKOPT_ALREADY_CONNECTED 2
#define CURL_SOCKET_TIMEOUT (-1)
#define CURL_POLL_IN 1
#define CURL_POLL_OUT 2
#define CURL_POLL_INOUT 3
#define CURL_MESSAGE_DONE 1
#define CURL_PART_URL 0 /* the whole of it */

struct curl_list;

struct curl_message {
	int kind; /**< CURL_MESSAGE_DONE is all there is */
	void *easy;
	union {
		void *whatever;
		int code; /**< enum curl_code */
	} data;
};

/** The library; easy and multi handles are `void *` as in curl.h. */
struct curl {
	int (*global_init)(long flags);
	void (*global_cleanup)(void);
	void *(*easy_init)(void);
	int (*easy_setopt)(void *easy, int option, ...);
	int (*easy_getinfo)(void *easy, int info, ...);
	void (*easy_cleanup)(void *easy);
	const char *(*easy_strerror)(int code);
	struct curl_list *(*slist_append)(struct curl_list *list, const char *text);
	void (*slist_free_all)(struct curl_list *list);
	void *(*multi_init)(void);
	int (*multi_setopt)(void *multi, int option, ...);
	int (*multi_add_handle)(void *multi, void *easy);
	int (*multi_remove_handle)(void *multi, void *easy);
	int (*multi_socket_action)(void *multi, int fd, int events, int *running);
	struct curl_message *(*multi_info_read)(void *multi, int *left);
	int (*multi_cleanup)(void *multi);
	void *(*url)(void); /**< of the parser for URLs */
	int (*url_set)(void *url, int part, const char *text, unsigned flags);
	int (*url_get)(const void *url, int part, char **text, unsigned flags);
	void (*url_cleanup)(void *url);
	void (*free)(void *text);
};

/**
 * Open the library, the first time; it stays open until the program ends.
 *
 * @param out  lives as long as the program
 * @return     0; -1 with ERR_ABSENT if there is none that can be used
 */
int curl_open(const struct curl **out, struct err *err);

#endif
