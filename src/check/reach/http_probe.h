/**
 * What an answer by HTTP means for a gate; pure, tested on captured facts.
 */
#ifndef CHECK_REACH_HTTP_PROBE_H
#define CHECK_REACH_HTTP_PROBE_H

#include "check/text/pattern.h"
#include "data/field.h"
#include "model/reason.h"
#include "model/verdict.h"
#include "net/http.h"

/** Bytes of a body that a gate's pattern is looked for in. */
#define HTTP_PROBE_BODY_BYTES ((size_t)256 * 1024)

/** Bytes of a message of judge_http. */
#define HTTP_MESSAGE_BYTES 400

/** What is demanded of an answer. */
struct http_wanted {
	const struct texts *expect; /**< status codes; none: any from 200 to 299 */
	struct pattern *body;       /**< must match somewhere in the body; NULL: whatever it says */
};

/** Why judge_http came to its verdict. */
struct http_opinion {
	enum reason reason;
	char message[HTTP_MESSAGE_BYTES]; /**< printable, without secrets; "" for a pass */
	char detail[16];                  /**< the status, where that is the trouble; "" */
	const char *hint;                 /**< static; NULL: nothing to add */
};

/** Is the answer what the gate demands? */
enum verdict judge_http(const struct http_wanted *wanted, const struct http_facts *facts,
			struct matcher *matcher, struct http_opinion *why);

/**
 * Where a redirect leads, if it may be followed: to the same host, and not from TLS to plain HTTP.
 *
 * @param url   what was asked for
 * @param next  the parts of where the answer points to; left alone on false
 */
bool http_may_follow(const struct url *url, const struct http_facts *facts, struct url *next);

/** A URL without what may be secret: user, query and fragment; printable, and of sane length. */
void http_show_url(const char *url, struct str *out);

#endif
