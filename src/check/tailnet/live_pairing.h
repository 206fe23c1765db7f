/**
 * Which row of the tailnet snapshot is which device of the live tailnet: the one join that all
 * questions about drift use.
 *
 * By the row's `node_id`, where it has one; by its fqdn; by its id, or a legacy alias, being the
 * first label of the device's name; and at last by its tailnet address, which a node keeps when it
 * is renamed. The fqdn comes before the id because of the nodes that stay behind when a machine
 * registers again: the row `pve` of pve-1.example.ts.net does not mean the dead node `pve` beside
 * it. Each way is tried for all rows before the next one; who stands first counts.
 * A guest from another tailnet is not joined by its label, which means nothing here.
 */
#ifndef CHECK_TAILNET_LIVE_PAIRING_H
#define CHECK_TAILNET_LIVE_PAIRING_H

#include "model/binding.h"
#include "net/live_device.h"

/** How a row and a device were joined. */
enum live_join {
	LIVE_JOIN_NONE,
	LIVE_JOIN_NODE_ID,
	LIVE_JOIN_FQDN,
	LIVE_JOIN_ID,
	LIVE_JOIN_ALIAS, /**< naming drift: the device has the name that the row calls an old one */
	LIVE_JOIN_ADDRESS,
};

/** The join; in the arena. */
struct live_pairing {
	const struct live_device **device_of; /**< of each row; NULL: none */
	enum live_join *join_of;              /**< of each row */
	const struct device **row_of;         /**< of each device; NULL: none */
};

/** Join each row with one device at most; rows without an id join nothing. */
void live_pairing_make(struct arena *arena, const struct devices *rows,
		       const struct live_devices *live, struct live_pairing *out);

#endif
