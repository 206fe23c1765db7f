/**
 * What a TLS handshake means for a gate; pure.
 */
#ifndef CHECK_REACH_TLS_JUDGE_H
#define CHECK_REACH_TLS_JUDGE_H

#include "base/mem.h"
#include "model/reason.h"
#include "model/verdict.h"
#include "net/tls_facts.h"

/** Most opinions about one handshake. */
#define TLS_OPINIONS_MAX 10

/** What is demanded of a server. */
struct tls_demands {
	bool has_name;    /**< else nobody can say whom to trust, and only its dates are judged */
	int64_t min_days; /**< the certificate lasts longer than that; 0: by its own life */
	bool allow_private_ca;        /**< an authority that nobody here knows will do */
	enum tls_version min_version; /**< older is a failure */
	bool wants_alpn;              /**< protocols were offered, and it must take one */
};

/** One thing that is so. A pass is a remark. */
struct tls_opinion {
	enum verdict verdict;
	enum reason reason;
	const char *message; /**< follows "NAME at ADDRESS port N: " */
	const char *hint;    /**< static; NULL: nothing to add */
};

struct tls_opinions {
	struct tls_opinion at[TLS_OPINIONS_MAX];
	size_t len;
};

/**
 * Judge a handshake and the certificate it showed at a time.
 *
 * How long a certificate has to last depends on how long it was made for: one of 90 days fails with
 * 7 days left and is remarked on below 27, a third of its life less three days of trying; a shorter
 * one in proportion. A longer one gets no more than that.
 *
 * @param arena  of the messages
 * @param out    empty: all is well, without a word
 */
void judge_tls(const struct tls_facts *facts, const struct tls_demands *demands, int64_t now_utc_ms,
	       struct arena *arena, struct tls_opinions *out);

#endif
