/**
 * The TLS names of a repo: who should have a certificate for what, and where to ask for it. Each
 * endpoint has one at most: `tls: {name, node}` of its row, else the host of its https: URL.
 */
#ifndef CHECK_REACH_TLS_NAMES_H
#define CHECK_REACH_TLS_NAMES_H

#include "check/reach/endpoints.h"

/** Port of a TLS name whose URL is not https. */
#define TLS_PORT 443

struct tls_place {
	const struct endpoint *endpoint;
	const struct target *target; /**< what the endpoint runs on; NULL: its host is no target */
	const char *name;            /**< to ask for, in lower case; NULL: the URL has an address */
	const char *address;         /**< the URL's host, if it is an address; NULL: it is a name */
	uint16_t port;
	/**
	 * Who serves the name itself, a tailnet node of its own for example, if that is not
	 * `target`: both NULL without `tls.node`, and if that is unknown.
	 */
	const struct target *node_target;
	const struct device *node_device;
};

/**
 * The TLS name of an endpoint whose row is not broken.
 *
 * @param arena  of the texts in `out`
 * @return       false: it has nothing to do with TLS
 */
bool tls_place_of(struct arena *arena, const struct repo *repo, const struct endpoint *endpoint,
		  struct tls_place *out);

/** Is `tls.node` given, and neither a device nor a target? */
bool tls_place_is_lost(const struct tls_place *place);

/**
 * Choose those that a gate is to judge; as endpoints_choose, which says what cannot be judged.
 * Also said: a named endpoint without TLS, a `tls.node` that nobody is.
 *
 * @param ids  of the endpoints; empty: all that have a TLS name
 * @param out  endpoints_most of them
 * @return     how many there are
 */
size_t tls_places_choose(struct check *check, const struct texts *ids, struct tls_place *out);

#endif
