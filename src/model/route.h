/**
 * The one resolver: which addresses of a target would be tried, in which order, and why (or why
 * not). Pure; sends nothing. `gaterun resolve`, `plan` and the SSH kinds all ask here.
 *
 * Only what the target's row says is dialled: its host, and its tailscale_ip. The MagicDNS name in
 * the device's row (fqdn) is not: it would give the address that tailscale_ip has, by way of a
 * resolver that may be broken. Where it is a target's host it is a name as any other.
 *
 * The home LAN. A private address is at home where the run is on its network. A lan_first target
 * whose LAN address is in no network of this machine is reached over the tailnet without a wait, if
 * that may be dialled; else its LAN address is dialled all the same, because a router may lead
 * there. lan_only means that somebody says so, and is always dialled. A network whose machines
 * turned out to be others (net/lans.h) is not dialled any more by anybody.
 */
#ifndef MODEL_ROUTE_H
#define MODEL_ROUTE_H

#include "loop/lookup.h"
#include "model/binding.h"
#include "model/policy.h"
#include "model/reason.h"
#include "net/lans.h"
#include "net/race_rules.h"
#include "net/tailnet_status.h"

/** Most addresses one target has: those of its host, and its tailnet address. */
#define ROUTES_MAX RACE_MAX

/** Most addresses of a name that are looked at. */
#define NAME_ADDRESSES_MAX (ROUTES_MAX - 1)

/** What is known of where a run is. */
struct vantage {
	enum mode mode;
	const struct policy *policy;
	const struct lans *lans;       /**< NULL: not known, so nothing is ruled out by it */
	const struct targets *targets; /**< where jump hosts are found; NULL: there are none */
	/** What the local tailscaled knows of its peers; NULL: nothing is known of it. */
	const struct tailnet_status *tailnet;
	bool is_without_ssh; /**< nobody speaks SSH over the routes, so Tailscale SSH is no matter
			      */
};

/** What a name stands for. */
struct named {
	struct address_field at[NAME_ADDRESSES_MAX]; /**< `text` says name and address */
	size_t len;
	const char *failure; /**< why there is none, for a sentence; NULL with addresses */
};

struct route {
	struct address address; /**< ADDRESS_NONE: a name that nobody has looked up */
	const char *text;       /**< as written in the binding: an address, or a name */
	enum path path;         /**< PATH_NONE for such a name */
	bool is_fallback;       /**< the tailnet address of a target to be reached at home */
	bool is_permitted;      /**< may be dialled in this mode */
	enum reason reason;     /**< why not; REASON_NONE if permitted */
	const char *why;        /**< a short clause for people: "lan_first: LAN before tailnet" */
};

/** Jump hosts one behind the other, at most. */
#define JUMPS_MAX 4

/** The way through a jump host, for when no address of its own does. */
struct jump {
	const struct target *host; /**< NULL: the target has none */
	bool is_permitted;
	enum reason reason; /**< why not */
	const char *why;    /**< a short clause for people */
};

struct routes {
	struct route at[ROUTES_MAX];
	size_t len;
	struct jump jump;
};

/**
 * The routes of a target in the order they would be tried: home addresses, then fallbacks.
 *
 * @param named  what its host stands for, if that is a name; NULL: it was not looked up
 */
void routes_of(const struct target *target, const struct vantage *from, const struct named *named,
	       struct routes *out);

/**
 * The same as its jump host would dial them: by the same policy and mode, wherever this machine is.
 * Without a further jump host. A loopback address is one of the jump host: what is forwarded there.
 */
void routes_from_host(const struct target *target, const struct vantage *from,
		      const struct named *named, struct routes *out);

/** May this machine be logged in to, so that it connects to others? */
void jump_judge(const struct target *host, const struct vantage *from, struct jump *out);

/**
 * The route to a given address.
 *
 * @param target  whose policy holds for it too; NULL: nobody's
 */
void route_to(const struct target *target, const struct vantage *from,
	      const struct address_field *field, struct route *out);

/** Fill a zeroed one with what the resolver said of `name`; texts go into the arena. */
void named_fill(struct named *named, struct arena *arena, const char *name,
		const struct lookup_answer *answer);

/** The first that may be dialled from here; NULL if none may. */
const struct route *routes_first(const struct routes *routes);

/** Is there a fallback that may be dialled? */
bool routes_have_fallback(const struct routes *routes);

/** Does what may be dialled hang on a peer that may run Tailscale SSH, its own or its jump host? */
bool routes_hang_on_tailnet(const struct routes *routes);

/** Does a route have to be looked up before anybody can dial it? */
bool routes_want_name(const struct routes *routes);

#endif
