#include "check/reach/tls_names.h"

#include "base/cleanup.h"

static const struct device *find_device(const struct devices *devices, const char *id)
{
	for (size_t i = 0; i < devices->len; i++) {
		if (same_string(devices->at[i].id, id)) {
			return &devices->at[i];
		}
	}
	return NULL;
}

/** In lower case, as names are compared. */
static const char *plain_name(struct arena *arena, struct text name)
{
	char *copy = arena_copy(arena, name.at, name.len);

	for (size_t i = 0; i < name.len; i++) {
		if (copy[i] >= 'A' && copy[i] <= 'Z') {
			copy[i] = (char)(copy[i] - 'A' + 'a');
		}
	}
	return copy;
}

bool tls_place_of(struct arena *arena, const struct repo *repo, const struct endpoint *endpoint,
		  struct tls_place *out)
{
	const struct endpoint_tls *tls = &endpoint->tls;
	const struct url *url = &endpoint->url;
	struct tls_place place = {.endpoint = endpoint};

	if (!url->is_tls && !tls->name) {
		return false;
	}
	place.target = targets_find(&repo->targets, endpoint->host);
	place.port = url->is_tls ? url->port : TLS_PORT;
	if (tls->name) {
		place.name = plain_name(arena, text_of(tls->name));
	} else if (!url->has_address) {
		place.name = plain_name(arena, url->host);
	} else {
		place.address = arena_copy(arena, url->host.at, url->host.len);
	}
	if (tls->node) {
		place.node_target = targets_find(&repo->targets, tls->node);
		place.node_device = find_device(&repo->devices, tls->node);
	}
	*out = place;
	return true;
}

bool tls_place_is_lost(const struct tls_place *place)
{
	return place->endpoint->tls.node && !place->node_target && !place->node_device;
}

/** Can it be judged? Says why not. */
static bool is_usable(struct check *check, const struct tls_place *place)
{
	const struct endpoint *endpoint = place->endpoint;
	struct place where = node_place(endpoint->tls.map, "node");
	const char *cause = NULL;

	if (tls_place_is_lost(place)) {
		check_add(check, VERDICT_UNKNOWN, REASON_ENDPOINT_UNKNOWN_NODE,
			  endpoint->row.subject, where, "'%s' is no device and no target",
			  endpoint->tls.node)
			->hint = "name a device of the snapshot, or leave `node` out";
		return false;
	}
	if (place->node_target && place->node_target->row.is_broken) {
		cause = place->node_target->row.cause;
	} else if (!place->node_target && place->node_device && place->node_device->row.is_broken) {
		cause = place->node_device->row.cause;
	}
	if (cause) {
		check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, endpoint->row.subject,
			  where, "the row of '%s' is wrong", endpoint->tls.node)
			->caused_by = cause;
		return false;
	}
	/* The node is dialled, so what the policy says of it counts as well. */
	return !place->node_target || place->node_target == place->target ||
	       !endpoints_are_decided(check, place->node_target);
}

size_t tls_places_choose(struct check *check, const struct texts *ids, struct tls_place *out)
{
	const struct repo *repo = check->context->repo;
	AUTO(auto_free)
	struct endpoint_place *chosen =
		mem_alloc((endpoints_most(check, ids) + 1) * sizeof(*chosen));
	size_t all = endpoints_choose(check, ids, chosen);
	size_t count = 0;

	for (size_t i = 0; i < all; i++) {
		const struct endpoint *endpoint = chosen[i].endpoint;

		if (tls_place_of(check->context->arena, repo, endpoint, &out[count])) {
			count += is_usable(check, &out[count]);
		} else if (ids->len > 0) {
			check_add(check, VERDICT_UNKNOWN, REASON_ENDPOINT_NO_TLS,
				  endpoint->row.subject, node_place(endpoint->row.node, "url"),
				  "'%s' has nothing to do with TLS", endpoint->url_text)
				->hint = "name an endpoint with an https: URL or with `tls`";
		}
	}
	return count;
}
