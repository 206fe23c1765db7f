/**
 * The certificate ladder: from what was observed about one TLS name to one root cause and one fix.
 * Pure.
 *
 * The causes are rows of a table (ladder_node.c, ladder_wire.c, ladder_rest.c). It follows the
 * decision table for Tailscale certificates, whose numbers the rows keep, and is read from the top:
 * the first row that holds is the cause. "Configured" never counts as working: only a certificate
 * that was seen passes.
 *
 * To add a cause: a reason in model/reasons.def, a row with its predicate in one of them, an
 * evidence that gives exactly it and a neighbour that does not in tests/unit/test_cert_ladder.c.
 */
#ifndef CHECK_LADDER_CERT_LADDER_H
#define CHECK_LADDER_CERT_LADDER_H

#include "base/mem.h"
#include "check/ladder/ladder_evidence.h"
#include "model/reason.h"

/** The rungs, in the order in which they are climbed; from RUNG_DAEMON on they stand beside. */
enum rung_id {
	RUNG_NAME,
	RUNG_ADDRESS,
	RUNG_PORT,
	RUNG_TLS,
	RUNG_CERTIFICATE,
	RUNG_HTTP,
	RUNG_DAEMON,
	RUNG_STATE,
	RUNG_DOMAINS,
	RUNG_SERVE,
	RUNG_BACKEND,
	RUNG_BACKEND_HTTP,
	RUNG_ISSUE,
	RUNG_COUNT, /**< how many; also "none of them" */
};

/** What one rung shows. */
struct rung {
	enum verdict verdict;
	const char *evidence; /**< a sentence without a full stop */
};

/** What a cause is of; one that is not of the name alone is the same for others. */
enum ladder_scope {
	SCOPE_NAME,
	SCOPE_DAEMON,  /**< the tailscaled of this machine */
	SCOPE_TAILNET, /**< the tailnet as a whole */
};

/** What holds for a name, and why. Texts are static or in the arena, and printable. */
struct ladder_opinion {
	enum verdict verdict;
	enum reason reason; /**< REASON_NONE: it is as it should be */
	int row;            /**< of the decision table; 0: none of its rows, or no cause */
	const char *cause;  /**< one sentence without a full stop; NULL with REASON_NONE */
	const char *fix;    /**< what to do; NULL with REASON_NONE */
	enum rung_id rung;  /**< which rung shows it; RUNG_COUNT: none */
	enum ladder_scope scope;
	struct rung rungs[RUNG_COUNT];
	const char *not_checked[RUNG_COUNT]; /**< "backend: the run is passive" */
	size_t not_checked_count;
};

/** "TLS handshake"; for people. */
const char *rung_title(enum rung_id id);

/** "tls"; for programs. */
const char *rung_word(enum rung_id id);

/**
 * The rows of the table that give a reason, for people: what the cause is in general, and the fix.
 *
 * @param nth  0 for the first such row, and so on
 * @return     false: there are no more
 */
bool ladder_explain(enum reason reason, size_t nth, struct arena *arena, const char **cause,
		    const char **fix);

/** What the evidence comes to. @param arena  gets the texts */
void judge_ladder(const struct cert_evidence *evidence, struct arena *arena,
		  struct ladder_opinion *out);

#endif
