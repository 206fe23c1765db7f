/**
 * The keys of a row of the snapshot that the tailnet knows about, and whether they agree; private
 * to the plan.
 *
 * To add one: a row in snapshot_projections.
 */
#ifndef CHECK_TAILNET_SNAPSHOT_PROJECTION_H
#define CHECK_TAILNET_SNAPSHOT_PROJECTION_H

#include "check/tailnet/snapshot_plan.h"

/** What a key is for. */
enum snapshot_part {
	SNAPSHOT_DETAIL,  /**< a row may do without it */
	SNAPSHOT_ADDRESS, /**< any of the device's addresses agrees */
	SNAPSHOT_FQDN,
};

struct snapshot_projection {
	const char *key;
	enum snapshot_part part;
	/** What the device has; false if that was not told. */
	bool (*give)(struct arena *arena, const struct live_device *device, struct yaml_value *out);
};

#define SNAPSHOT_PROJECTIONS 7

/** In the order of a new row. */
extern const struct snapshot_projection snapshot_projections[SNAPSHOT_PROJECTIONS];

/** Does the row say already what the device has, or may it do without saying it? */
bool snapshot_agrees(const struct device *row, const struct live_device *device,
		     const struct snapshot_projection *projection, const struct yaml_value *value);

/** A value as it is shown: NULL for nothing, a list in brackets. */
const char *snapshot_show_node(struct arena *arena, const struct node *node);
const char *snapshot_show_value(struct arena *arena, const struct yaml_value *value);

#endif
