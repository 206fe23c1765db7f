/**
 * How a machine was sought, for findings: every address that was tried, how that went, and whether
 * the run is at home on its LAN.
 */
#ifndef CHECK_REACH_ATTEMPTS_H
#define CHECK_REACH_ATTEMPTS_H

#include "check/reach/reach.h"

/** Note every attempt in the finding. */
void finding_add_attempts(struct check *check, struct finding *finding,
			  const struct reached *reached);

/**
 * The attempts except those over `except` (NULL: none), in words: "192.168.1.20 (lan): nothing
 * listens there, after 1 ms; …", and LAN addresses that were left out because they are elsewhere.
 * "" if there are none.
 */
const char *attempts_text(struct check *check, const struct reached *reached,
			  const struct route *except);

/** How a run is placed towards the LAN addresses of a target. */
enum home {
	HOME_POSSIBLE,   /**< nothing speaks against it */
	HOME_NO_NETWORK, /**< no network of this machine holds them, and nobody said lan_only */
	HOME_FOREIGN,    /**< their network turned out to be another one */
};

/**
 * @param lans  NULL: not known, so nothing speaks against it
 * @param lan   the network that is another one; NULL otherwise
 */
enum home routes_home(const struct target *target, const struct routes *routes,
		      const struct lans *lans, const struct lan **lan);

/**
 * The cause of what hangs on not being at home. It is one finding in each gate and for each
 * network, added when it is first asked for: so not between check_add and the use of its result.
 *
 * @return its cause; NULL if nothing speaks against being at home
 */
const char *home_cause(struct check *check, const struct target *target,
		       const struct routes *routes);

#endif
