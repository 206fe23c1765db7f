/**
 * What tailscaled's certificate endpoint says when it gives no certificate: its sentences, sorted.
 * Pure.
 */
#ifndef CHECK_LADDER_LADDER_ANSWER_H
#define CHECK_LADDER_LADDER_ANSWER_H

#include "base/mem.h"
#include "net/json_reader.h"

/** Most names of one list that are told. */
#define ANSWER_NAMES_MAX 64

enum cert_answer {
	CERT_ANSWER_GIVEN,        /**< 200 */
	CERT_ANSWER_OTHER,        /**< an error that is none of those below */
	CERT_ANSWER_BROWSER,      /**< 403 "invalid localapi request" */
	CERT_ANSWER_DENIED,       /**< 403 "cert access denied" */
	CERT_ANSWER_UNSUPPORTED,  /**< "… does not support getting TLS certs" */
	CERT_ANSWER_OTHER_NAME,   /**< "invalid domain …; must be one of […]", or a wildcard */
	CERT_ANSWER_DNS_RECORD,   /**< "SetDNS …": control did not make the record */
	CERT_ANSWER_UNREACHABLE,  /**< the ACME server could not be reached, or not be trusted */
	CERT_ANSWER_RATE_LIMITED, /**< 429, or "rateLimited" */
	CERT_ANSWER_PENDING,      /**< "context deadline exceeded": the daemon itself gave up */
};

/** Which it is. @param text  the body; NULL: none */
enum cert_answer cert_answer_of(int status, const char *text);

/**
 * The names in "invalid domain "x"; must be one of ["a" "b"]" (Go's %q), with or without quotes.
 *
 * @return none if the text has no such list; texts are printable, in the arena
 */
struct text_list cert_answer_names(struct arena *arena, const char *text);

#endif
