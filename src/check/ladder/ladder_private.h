/**
 * What the parts of the certificate ladder share. Private to check/ladder/cert_ladder.c and
 * check/ladder_*.c.
 */
#ifndef CHECK_LADDER_LADDER_PRIVATE_H
#define CHECK_LADDER_LADDER_PRIVATE_H

#include "base/str.h"
#include "check/ladder/cert_ladder.h"
#include "check/ladder/ladder_answer.h"
#include "check/reach/lifetime.h"

/** A cause: the first row whose predicate holds is the one. */
struct ladder_rule {
	int row; /**< of the decision table; 0: beyond it */
	enum verdict verdict;
	enum reason reason;
	enum rung_id rung; /**< which shows it */
	bool (*holds)(const struct cert_evidence *evidence);
	const char *cause; /**< one sentence; "{name}" and the like are filled in (ladder_fill) */
	const char *fix;
};

/**
 * The table in three parts, read one after the other: what the node says of itself, what the wire
 * shows, what a certificate shows and the rest. Each is ended by a row without a predicate.
 */
extern const struct ladder_rule ladder_node[];
extern const struct ladder_rule ladder_wire[];
extern const struct ladder_rule ladder_rest[];

/** Where a daemon tells of its orders; for the sentences of the table. */
#define LOG_HINT "the daemon's log (`journalctl -u tailscaled`, lines with cert(\"{name}\"))"

/** How much is left of the life of what was shown? Only where something was. */
enum lifetime lifetime_shown(const struct cert_evidence *evidence);

/** And of the authorities above it; fine if there are none. */
enum lifetime lifetime_above(const struct cert_evidence *evidence);

/** Did the server show a certificate? */
bool has_shown(const struct cert_evidence *evidence);

/** Is what it showed what it should be? */
bool is_served(const struct cert_evidence *evidence);

/** TLS is promised, and no certificate was seen. */
bool is_missing(const struct cert_evidence *evidence);

/** No certificate, or none that is valid any more: it matters whether one can be had. */
bool wants_issue(const struct cert_evidence *evidence);

/** The daemon of this machine is the one that matters, as far as anybody can tell. */
bool is_local(const struct cert_evidence *evidence);

/** Is it a name of this tailnet, or of any? */
bool is_tailnet_name(const struct cert_evidence *evidence);

/** Did the endpoint for certificates say that, and does it matter? */
bool has_answer(const struct cert_evidence *evidence, enum cert_answer answer);

/** Was the port asked, with that outcome? */
bool has_port(const struct cert_evidence *evidence, enum knock_outcome outcome);

/** Was a handshake made, with that outcome? */
bool has_tls(const struct cert_evidence *evidence, enum tls_outcome outcome);

/** Is it a name of the tailnet that the daemon here is in? */
bool is_in_tailnet(const struct cert_evidence *evidence);

/** Is the name one of this node's certificate domains? */
bool is_own_domain(const struct cert_evidence *evidence);

/** The status of the node that has the name, by its own daemon; NULL: that was not read. */
const struct tailnet_status *own_status(const struct cert_evidence *evidence);

/** Does that say that the name is none of its certificate domains? */
bool is_not_its_domain(const struct cert_evidence *evidence);

/** Has serve a site, or a forward with a certificate, for the name and port? */
bool has_handler(const struct cert_evidence *evidence);

/** Does the node say in its CapMap that it may have certificates? */
bool has_https(const struct tailnet_status *status);

/** "20 ms", "3.0 s". */
void add_duration(struct str *out, int64_t duration_ms);

/** "a, b and c". */
void add_names(struct str *out, const char *const *names, size_t len);

/** Fill in what stands in braces, into the arena, printable; evidence NULL: in capitals. */
const char *ladder_fill(struct arena *arena, const char *sentence,
			const struct cert_evidence *evidence);

/** What each rung shows. */
void ladder_rungs(const struct cert_evidence *evidence, struct arena *arena,
		  struct rung out[RUNG_COUNT]);

/** The head of the piece of evidence that a rung is made of; NULL: it always is. */
const struct question *rung_question(const struct cert_evidence *evidence, enum rung_id id);

/** Was it left out, although there was something to ask, and nothing before it says enough? */
bool question_is_open(const struct question *question);

#endif
