#include "model/route.h"

static enum path path_of(const struct address *address)
{
	switch (address_classify(address)) {
	case ADDRESS_LOOPBACK:
		return PATH_LOOPBACK;
	case ADDRESS_TAILNET:
	case ADDRESS_TAILNET_RESERVED:
		return PATH_TAILNET;
	case ADDRESS_PRIVATE:
	case ADDRESS_LINK_LOCAL:
	case ADDRESS_OTHER:
	case ADDRESS_UNUSABLE:
		break;
	}
	return PATH_LAN;
}

/** The target's tailnet address is one, whatever range its control server takes addresses from. */
static enum path path_to(const struct target *target, const struct address *address)
{
	enum path path = path_of(address);

	return path == PATH_LAN && address_equal(address, &target->tailscale_ip.address)
		       ? PATH_TAILNET
		       : path;
}

static struct route *add_route(struct routes *routes, const struct target *target,
			       const struct address_field *field, const char *why)
{
	struct route *route = &routes->at[routes->len++];

	*route = (struct route){
		.address = field->address,
		.text = field->text,
		.path = field->address.family ? path_to(target, &field->address) : PATH_NONE,
		.is_permitted = true,
		.why = why,
	};
	return route;
}

static void forbid(struct route *route, enum reason reason, const char *why)
{
	if (route->is_permitted) {
		route->is_permitted = false;
		route->reason = reason;
		route->why = why;
	}
}

/**
 * A peer that runs Tailscale SSH may open a login page on somebody's screen as soon as it is asked.
 * The daemon knows the host keys of those that do; a peer that it does not know may be one.
 */
static void predict(struct route *route, const struct vantage *from)
{
	const struct tailnet_node *peer = NULL;

	if (!from->tailnet) {
		forbid(route, REASON_AUTH_PREDICTED_TAILSCALE_SSH,
		       "the peer may run Tailscale SSH, and the policy says refuse");
		return;
	}
	if (!tailnet_status_is_current(from->tailnet)) {
		forbid(route, REASON_AUTH_PREDICTED_TAILSCALE_SSH,
		       "the local tailscaled has no connection to its control server, so the peer "
		       "may run Tailscale SSH by now, and the policy says refuse");
		return;
	}
	peer = tailnet_status_find_address(from->tailnet, &route->address);
	if (!peer || peer == &from->tailnet->self) {
		forbid(route, REASON_AUTH_PREDICTED_TAILSCALE_SSH,
		       "the local tailscaled knows no such peer, so it may run Tailscale SSH, and "
		       "the policy says refuse");
	} else if (peer->ssh_host_keys.len > 0) {
		forbid(route, REASON_AUTH_PREDICTED_TAILSCALE_SSH,
		       "the peer runs Tailscale SSH, and the policy says refuse");
	}
}

/** What holds for every route, whatever the target's policy. */
static void apply_rules(struct route *route, const struct vantage *from)
{
	if (from->mode == MODE_STATIC) {
		forbid(route, REASON_MODE_STATIC, "the run is static and sends no packet");
	}
	if (address_classify(&route->address) == ADDRESS_UNUSABLE &&
	    route->address.family != ADDRESS_NONE) {
		forbid(route, REASON_NET_NOT_PERMITTED, "not the address of one machine");
	}
	if (route->path != PATH_TAILNET) {
		return;
	}
	if (from->mode != MODE_ACTIVE) {
		forbid(route, REASON_MODE_PASSIVE,
		       "a passive run sends no SSH to a tailnet address");
	}
	if (from->policy->tailscale_ssh == TAILSCALE_SSH_REFUSE && !from->is_without_ssh) {
		predict(route, from);
	}
}

bool routes_hang_on_tailnet(const struct routes *routes)
{
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].reason == REASON_AUTH_PREDICTED_TAILSCALE_SSH) {
			return true;
		}
	}
	return routes->jump.reason == REASON_AUTH_PREDICTED_TAILSCALE_SSH;
}

bool routes_have_fallback(const struct routes *routes)
{
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].is_fallback && routes->at[i].is_permitted) {
			return true;
		}
	}
	return false;
}

/** Rule out LAN addresses that are not those of the machines meant, as far as that is known. */
static void rule_out_elsewhere(const struct target *target, const struct vantage *from,
			       struct routes *out)
{
	bool has_other_way = out->jump.is_permitted ||
			     (target->policy == POLICY_LAN_FIRST && routes_have_fallback(out));

	for (size_t i = 0; from->lans && i < out->len; i++) {
		struct route *route = &out->at[i];
		const struct lan *lan = NULL;

		if (route->path != PATH_LAN || !address_is_local(&route->address)) {
			continue;
		}
		lan = lans_find(from->lans, &route->address);
		if (lan && lan_is_foreign(lan)) {
			forbid(route, REASON_NET_NOT_HOME,
			       "its network is not the one at home: the machines on it are others");
		} else if (!lan && has_other_way) {
			forbid(route, REASON_NET_NOT_HOME, "no network of this machine holds it");
		}
	}
}

static bool has_address(const struct routes *routes, const struct address *address)
{
	for (size_t i = 0; i < routes->len; i++) {
		if (address_equal(&routes->at[i].address, address)) {
			return true;
		}
	}
	return false;
}

static void add_tailnet(const struct target *target, struct routes *out, const char *why)
{
	const struct address_field *field = &target->tailscale_ip;

	if (field->address.family != ADDRESS_NONE && !has_address(out, &field->address)) {
		(void)add_route(out, target, field, why);
	}
}

/** The addresses of a name that are on the tailnet, or those that are not. */
static void add_named(const struct target *target, const struct named *named, bool is_tailnet,
		      struct routes *out, const char *why)
{
	for (size_t i = 0; i < named->len; i++) {
		const struct address *address = &named->at[i].address;

		if ((path_to(target, address) == PATH_TAILNET) == is_tailnet &&
		    !has_address(out, address)) {
			(void)add_route(out, target, &named->at[i], why);
		}
	}
}

/** The addresses of the target's host; those on the tailnet come last. */
static void add_host(const struct target *target, const struct named *named, struct routes *out,
		     const char *why)
{
	if (target->host.address.family != ADDRESS_NONE) {
		(void)add_route(out, target, &target->host, why);
	} else if (!named) {
		(void)add_route(out, target, &target->host,
				"looked up when the run comes to it, then judged by its "
				"addresses");
	} else if (named->len == 0) {
		forbid(add_route(out, target, &target->host, why), REASON_NET_NAME, named->failure);
	} else {
		add_named(target, named, false, out, why);
		add_named(target, named, true, out, why);
	}
}

/** The host must be on the tailnet, or must not be. */
static void forbid_path(struct routes *out, bool is_tailnet, const char *why)
{
	for (size_t i = 0; i < out->len; i++) {
		enum path path = out->at[i].path;

		if (path != PATH_NONE && (path == PATH_TAILNET) == is_tailnet) {
			forbid(&out->at[i], REASON_NET_NOT_PERMITTED, why);
		}
	}
}

static void add_lan_first(const struct target *target, const struct named *named,
			  struct routes *out)
{
	size_t own = 0;

	add_host(target, named, out, "lan_first: the LAN address comes first");
	own = out->len;
	add_tailnet(target, out, "lan_first: the tailnet address is the fallback");
	for (size_t i = 0; i < out->len; i++) {
		out->at[i].is_fallback = i >= own || out->at[i].path == PATH_TAILNET;
	}
}

static void find_routes(const struct target *target, const struct vantage *from,
			const struct named *named, size_t depth, struct routes *out);

static void forbid_jump(struct jump *jump, enum reason reason, const char *why)
{
	if (jump->is_permitted) {
		jump->is_permitted = false;
		jump->reason = reason;
		jump->why = why;
	}
}

/** Something on the way to the jump host itself, by its own policy. */
static void judge_way_to(struct jump *jump, const struct vantage *from, size_t depth)
{
	struct routes way = {0};

	find_routes(jump->host, from, NULL, depth + 1, &way);
	if (!routes_first(&way) && !way.jump.is_permitted) {
		forbid_jump(jump, way.at[0].reason, "its jump host may not be dialled");
	}
}

/** May this machine be logged in to, to connect from there? */
static void judge_host(struct jump *jump, const struct vantage *from, size_t depth)
{
	if (from->mode == MODE_STATIC) {
		forbid_jump(jump, REASON_MODE_STATIC, "the run is static and sends no packet");
	}
	if (jump->host->row.is_broken) {
		forbid_jump(jump, REASON_BINDING_BROKEN, "the row of its jump host is wrong");
	}
	if (policy_forbids(from->policy, jump->host->id, "ssh_auth")) {
		forbid_jump(jump, REASON_POLICY_NEVER, "its jump host is never logged in to");
	}
	if (depth >= JUMPS_MAX) {
		forbid_jump(jump, REASON_BINDING_PROBE_VIA,
			    "its jump hosts are too many, or in a circle");
	}
	if (jump->is_permitted) {
		judge_way_to(jump, from, depth);
	}
}

void jump_judge(const struct target *host, const struct vantage *from, struct jump *out)
{
	*out = (struct jump){.host = host, .is_permitted = true, .why = "it connects there"};
	judge_host(out, from, 0);
}

void routes_from_host(const struct target *target, const struct vantage *from,
		      const struct named *named, struct routes *out)
{
	const struct vantage there = {
		.mode = from->mode,
		.policy = from->policy,
		.tailnet = from->tailnet,
		.is_without_ssh = from->is_without_ssh,
	};

	find_routes(target, &there, named, 0, out);
}

static void find_jump(const struct target *target, const struct vantage *from,
		      const struct named *named, size_t depth, struct jump *out)
{
	const struct target *host =
		from->targets ? targets_find(from->targets, target->probe_via) : NULL;
	struct routes leg = {0};

	if (!host) {
		return;
	}
	*out = (struct jump){.host = host, .is_permitted = true};
	out->why = "its jump host connects to it";
	routes_from_host(target, from, named, &leg);
	if (!routes_first(&leg)) {
		forbid_jump(out, leg.at[0].reason, leg.at[0].why);
	}
	if (host == target) {
		forbid_jump(out, REASON_BINDING_PROBE_VIA,
			    "its jump hosts are too many, or in a circle");
	}
	judge_host(out, from, depth);
}

static void find_routes(const struct target *target, const struct vantage *from,
			const struct named *named, size_t depth, struct routes *out)
{
	*out = (struct routes){0};
	switch ((enum access_policy)target->policy) {
	case POLICY_LAN_FIRST:
		add_lan_first(target, named, out);
		break;
	case POLICY_LAN_ONLY:
	case POLICY_CLIENT:
		add_host(target, named, out, "lan_only: the LAN address and no other");
		forbid_path(out, true, "lan_only: never a tailnet address");
		break;
	case POLICY_TAILSCALE_REQUIRED:
		add_tailnet(target, out, "tailscale_required: the tailnet address and no other");
		if (out->len == 0) {
			add_host(target, named, out, "tailscale_required: the only address given");
			forbid_path(out, false, "tailscale_required: never a LAN address");
		}
		break;
	}
	for (size_t i = 0; i < out->len; i++) {
		apply_rules(&out->at[i], from);
	}
	find_jump(target, from, named, depth, &out->jump);
	rule_out_elsewhere(target, from, out);
}

void route_to(const struct target *target, const struct vantage *from,
	      const struct address_field *field, struct route *out)
{
	const struct target nobody = {.policy = POLICY_CLIENT};
	struct routes routes = {0};

	(void)add_route(&routes, target ? target : &nobody, field, "the address asked for");
	if (target && target->policy == POLICY_LAN_ONLY) {
		forbid_path(&routes, true, "lan_only: never a tailnet address");
	}
	if (target && target->policy == POLICY_TAILSCALE_REQUIRED) {
		forbid_path(&routes, false, "tailscale_required: never a LAN address");
	}
	apply_rules(&routes.at[0], from);
	*out = routes.at[0];
}

void routes_of(const struct target *target, const struct vantage *from, const struct named *named,
	       struct routes *out)
{
	find_routes(target, from, named, 0, out);
}

/** What a finding calls an address that came from a name: "nas.lan (192.168.1.5)". */
static void add_answer(struct named *named, struct arena *arena, const char *name,
		       const struct sockaddr_storage *from)
{
	struct address_field *field = &named->at[named->len];
	char text[ADDRESS_TEXT_BYTES];

	if (address_from_socket((const struct sockaddr *)from, &field->address)) {
		address_format(&field->address, text);
		field->text = arena_printf(arena, "%s (%s)", name, text);
		named->len++;
	}
}

void named_fill(struct named *named, struct arena *arena, const char *name,
		const struct lookup_answer *answer)
{
	for (size_t i = 0; i < answer->len && i < NAME_ADDRESSES_MAX; i++) {
		add_answer(named, arena, name, &answer->at[i]);
	}
	named->failure = arena_printf(arena, "the name could not be resolved: %s", answer->failure);
}

const struct route *routes_first(const struct routes *routes)
{
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].is_permitted) {
			return &routes->at[i];
		}
	}
	return NULL;
}

bool routes_want_name(const struct routes *routes)
{
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].is_permitted && routes->at[i].address.family == ADDRESS_NONE) {
			return true;
		}
	}
	return false;
}
