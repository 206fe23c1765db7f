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

static struct route *add_route(struct routes *routes, const struct address_field *field,
			       const char *why)
{
	struct route *route = &routes->at[routes->len++];

	*route = (struct route){
		.address = field->address,
		.text = field->text,
		.path = field->address.family ? path_of(&field->address) : PATH_LAN,
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

/** What holds for every route, whatever the target's policy. */
static void apply_rules(struct route *route, enum mode mode, const struct policy *policy)
{
	if (mode == MODE_STATIC) {
		forbid(route, REASON_MODE_STATIC, "the run is static and sends no packet");
	}
	if (route->address.family == ADDRESS_NONE) {
		forbid(route, REASON_NET_NAME, "a name; only addresses are dialled");
		return;
	}
	if (address_classify(&route->address) == ADDRESS_UNUSABLE) {
		forbid(route, REASON_NET_NOT_PERMITTED, "not the address of one machine");
	}
	if (route->path != PATH_TAILNET) {
		return;
	}
	if (mode != MODE_ACTIVE) {
		forbid(route, REASON_MODE_PASSIVE,
		       "a passive run sends no SSH to a tailnet address");
	}
	if (policy->tailscale_ssh == TAILSCALE_SSH_REFUSE) {
		forbid(route, REASON_AUTH_PREDICTED_TAILSCALE_SSH,
		       "the peer may run Tailscale SSH, and the policy says refuse");
	}
}

static bool is_tailnet_path(const struct address_field *field)
{
	return field->address.family != ADDRESS_NONE && path_of(&field->address) == PATH_TAILNET;
}

static void add_tailnet(const struct target *target, struct routes *out, const char *why)
{
	const struct address_field *field = &target->tailscale_ip;

	if (field->address.family == ADDRESS_NONE ||
	    (out->len > 0 && address_equal(&out->at[0].address, &field->address))) {
		return;
	}
	(void)add_route(out, field, why);
	if (out->at[out->len - 1].path == PATH_LAN) {
		out->at[out->len - 1].path = PATH_TAILNET;
	}
}

void routes_of(const struct target *target, enum mode mode, const struct policy *policy,
	       struct routes *out)
{
	struct route *host = NULL;

	*out = (struct routes){0};
	switch ((enum access_policy)target->policy) {
	case POLICY_LAN_FIRST:
		(void)add_route(out, &target->host, "lan_first: the LAN address comes first");
		add_tailnet(target, out, "lan_first: the tailnet address is the fallback");
		break;
	case POLICY_LAN_ONLY:
	case POLICY_CLIENT:
		host = add_route(out, &target->host, "lan_only: the LAN address and no other");
		if (is_tailnet_path(&target->host)) {
			forbid(host, REASON_NET_NOT_PERMITTED, "lan_only: never a tailnet address");
		}
		break;
	case POLICY_TAILSCALE_REQUIRED:
		add_tailnet(target, out, "tailscale_required: the tailnet address and no other");
		if (out->len == 0) {
			host = add_route(out, &target->host,
					 "tailscale_required: the only address given");
			if (!is_tailnet_path(&target->host)) {
				forbid(host, REASON_NET_NOT_PERMITTED,
				       "tailscale_required: never a LAN address");
			}
		}
		break;
	}
	for (size_t i = 0; i < out->len; i++) {
		apply_rules(&out->at[i], mode, policy);
	}
}
