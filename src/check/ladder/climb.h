/**
 * Climbing the certificate ladder: the evidence about one TLS name, gathered from all sides at
 * once. It never takes longer than its deadline; what had no answer by then says so.
 *
 * A name of the tailnet is asked at its own node: at the address that the status of the daemon
 * gives it, else the snapshot. A handshake there may cause an order for a certificate, so it is
 * made in active mode only; so is the question to the daemon's endpoint for certificates, which is
 * asked only for what the daemon's own node may have, and not where a certificate was shown that
 * has not expired.
 *
 * What the node of a peer serves is asked of its own daemon, and what is behind that from there,
 * over the run's session to the target that has the node's address. A climb that is not whole does
 * so only where no certificate was shown.
 */
#ifndef CHECK_LADDER_CLIMB_H
#define CHECK_LADDER_CLIMB_H

#include "check/check.h"
#include "check/ladder/ladder_evidence.h"
#include "check/reach/tls_names.h"

struct tls_roots;

/** What is to be asked. Texts and rows are borrowed until the end. */
struct climb_spec {
	const char *name; /**< in lower case; or an address */
	uint16_t port;
	const char *known_as;          /**< subject of the row that has it; NULL: none */
	const struct target *target;   /**< whose own addresses may serve it; NULL */
	const struct device *device;   /**< the node that is said to have it; NULL */
	bool has_tls;                  /**< TLS is promised there */
	bool has_http;                 /**< HTTP is to be asked */
	bool is_whole;                 /**< what is behind serve is to be asked too */
	const char *never;             /**< why the policy forbids to touch it; NULL: it does not */
	const struct tls_roots *roots; /**< beside those of the system; NULL: none */
	int64_t deadline_ms;           /**< monotonic */
};

struct climb;

/**
 * Start to climb. The climb lives in the run's arena: its evidence may be read at any time.
 *
 * @param ended  called once on the loop's thread, never inside this call
 */
struct climb *climb_start(struct context *context, const struct climb_spec *spec,
			  void (*ended)(void *cookie), void *cookie);

/** End it now with what there is; `ended` is not called. Harmless if it has ended. */
void climb_stop(struct climb *climb);

/** What was found so far; a piece under way is there as asked and without an answer. */
const struct cert_evidence *climb_evidence(const struct climb *climb);

/**
 * Whose name it is; pure.
 *
 * @param status  NULL: no daemon says
 */
void find_owner(const struct climb_spec *spec, const struct tailnet_status *status,
		struct owner_evidence *out);

/** How the TLS name of an endpoint is climbed to; pure. Without the deadline. */
void climb_spec_of(const struct repo *repo, const struct tls_place *place, struct climb_spec *out);

/** Where requests for a name end up behind serve. */
struct backend_place {
	const char *text; /**< as the configuration has it; NULL: nowhere that can be dialled */
	const char *host; /**< an address */
	uint16_t port;
	bool is_http; /**< it speaks HTTP without TLS */
};

/** The backend of a name and port; pure. Texts in the arena. */
void find_backend(const struct serve_config *config, const char *name, uint16_t port,
		  struct arena *arena, struct backend_place *out);

#endif
