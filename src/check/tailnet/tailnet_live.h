/**
 * What is declared, what the snapshot says, and what the tailnet is; judged on a plain list of live
 * devices, whoever told it.
 */
#ifndef CHECK_TAILNET_TAILNET_LIVE_H
#define CHECK_TAILNET_TAILNET_LIVE_H

#include "check/check.h"
#include "net/live_device.h"

/** Who tells what the live tailnet is. */
enum live_teller {
	LIVE_TELLER_DAEMON,
	LIVE_TELLER_API,
};

/** Settings. */
struct tailnet_live_gate {
	int source;          /**< enum live_teller */
	struct texts ignore; /**< globs over names of live devices that are nobody's business */
};

/** Give the findings about a tailnet, under the settings of the check. */
void judge_live(struct check *check, const struct live_devices *live);

/**
 * Is the name one that a tailnet gives to the second of a name: "immich-1" for `base` "immich"?
 * Case does not matter.
 */
bool name_is_drifted(struct text label, const char *base);

#endif
