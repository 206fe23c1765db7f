/**
 * The devices of a tailnet as they are now, told by whoever knows: the local daemon's status, or
 * the control plane's API v2. One plain list, so that what compares them does not ask which it was.
 *
 * What a source cannot tell is not there (NULL, TOLD_NOT), which is something else than empty: the
 * local daemon knows the version of no peer, and no route that waits for approval.
 */
#ifndef NET_LIVE_DEVICE_H
#define NET_LIVE_DEVICE_H

#include "base/mem.h"
#include "base/vec.h"
#include "data/field.h"
#include "net/tailnet_status.h"

/** A claim that a source makes, or does not make. */
enum told {
	TOLD_NOT, /**< the zero value: nothing was said */
	TOLD_NO,
	TOLD_YES,
};

/** Texts live in the arena of the list; none holds a control character. */
struct live_device {
	const char *node_id; /**< the stable id; NULL: not told */
	const char *fqdn; /**< its name in MagicDNS, without the last dot; never NULL in a list */
	const char *hostname;       /**< what the machine calls itself; NULL: not told */
	const char *os;             /**< NULL: not told */
	const char *client_version; /**< "1.94.1", without what the build adds; NULL: not told */
	const struct address
		*addresses; /**< its tailnet addresses, as told: IPv4 first as a rule */
	size_t address_count;
	enum told key_expiry_disabled;
	enum told online;
	const struct texts *advertised_routes; /**< in order of text; NULL: not told */
	const struct texts *enabled_routes;
	struct texts tags; /**< "tag:server", in order of text */
	bool is_guest;     /**< of another tailnet and shared with this one, as its name tells */
};

/** A device that is none of this tailnet's, or none yet, and why. */
struct ignored_device {
	const char *name;
	const char *why; /**< "shared in from another tailnet" */
};

struct live_devices {
	struct VEC(struct live_device) list; /**< in order of fqdn, then of node id */
	struct VEC(struct ignored_device) ignored;
	const char *tailnet; /**< its name, as the source calls it; NULL: not told */
	const char *domain;  /**< its MagicDNS suffix without the last dot; NULL: not told */
	const char *source;  /**< for messages: "the LocalAPI of this machine" */
};

/**
 * The devices that a daemon knows: itself and its peers. Policy may hide others from it.
 *
 * @param status  its texts are borrowed
 * @return        0; -1 with ERR_INPUT if it is not running, names no peer, or has no connection to
 *                the control server: what it does not see is not gone then, and what it sees may
 *                be
 */
int live_devices_from_status(struct arena *arena, const struct tailnet_status *status,
			     struct live_devices *out, struct err *err);

/**
 * Add a device that somebody told, unless it cannot be named: then it is ignored. Its texts are
 * judged here, and those that no binding could hold count as not told.
 */
void live_devices_add(struct arena *arena, struct live_devices *devices,
		      const struct live_device *device);

/** Note a device that does not count. */
void live_devices_ignore(struct arena *arena, struct live_devices *devices, const char *name,
			 const char *why);

/** Put the list in its order, once all are there. */
void live_devices_sort(struct live_devices *devices);

/** Routes as texts, in order. */
const struct texts *live_routes(struct arena *arena, const struct network_list *routes);

/** Free the lists; their texts belong to the arena. */
void live_devices_release(struct live_devices *devices);

/** The address that a binding names: the first IPv4 one, else the first; NULL if it has none. */
const struct address *live_device_address(const struct live_device *device);

/** Is it one of the device's addresses? */
bool live_device_has(const struct live_device *device, const struct address *address);

/** The first label of its fqdn, as a text that points into it; {0} if it has no fqdn. */
struct text live_device_label(const struct live_device *device);

#endif
