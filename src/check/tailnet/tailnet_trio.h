/**
 * One machine as ssh.targets, the snapshot and the live tailnet have it; private to tailnet_live.
 */
#ifndef CHECK_TAILNET_TAILNET_TRIO_H
#define CHECK_TAILNET_TAILNET_TRIO_H

#include "check/tailnet/tailnet_live.h"

/** What three sources say of one machine. */
struct trio {
	const struct device *row;         /**< of the snapshot */
	const struct target *target;      /**< NULL: no target */
	const struct live_device *device; /**< of the live tailnet; NULL: not there */
};

/** A finding about a machine, at a key of its row, with its target beside it. */
struct finding *trio_add(struct check *check, const struct trio *trio, enum verdict verdict,
			 enum reason reason, const char *key);

/** Compare what there is of a machine that is live. */
void trio_judge(struct check *check, const struct trio *trio);

#endif
