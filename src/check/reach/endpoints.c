#include "check/reach/endpoints.h"

static const struct endpoint *find_endpoint(const struct endpoints *endpoints, const char *id)
{
	for (size_t i = 0; i < endpoints->len; i++) {
		if (same_string(endpoints->at[i].id, id)) {
			return &endpoints->at[i];
		}
	}
	return NULL;
}

size_t endpoints_most(const struct check *check, const struct texts *ids)
{
	return ids->len > 0 ? ids->len : check->context->repo->endpoints.len;
}

/** Nobody may judge it, and that is said. */
static const struct target *find_target(struct check *check, const struct endpoint *endpoint)
{
	const struct repo *repo = check->context->repo;
	const struct target *target = targets_find(&repo->targets, endpoint->host);

	if (endpoint->row.is_broken) {
		check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, endpoint->row.subject,
			  endpoint->row.node->where, "its row in %s is wrong",
			  repo->endpoints.binding.path)
			->caused_by = endpoint->row.cause;
		return NULL;
	}
	if (!target) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_ENDPOINT_UNKNOWN_TARGET,
				endpoint->row.subject, node_place(endpoint->row.node, "host"),
				"'%s' is no target", endpoint->host);
	}
	return target;
}

bool endpoints_are_decided(struct check *check, const struct target *target)
{
	const struct findings *findings = &check->result->findings;

	for (size_t i = 0; i < findings->len; i++) {
		if (same_string(findings->at[i].subject, target->row.subject)) {
			return true;
		}
	}
	return check_is_decided(check, target);
}

static size_t add(struct check *check, const struct endpoint *endpoint, struct endpoint_place *out)
{
	const struct target *target = find_target(check, endpoint);

	if (!target || !check_selects(check, target) || endpoints_are_decided(check, target)) {
		return 0;
	}
	*out = (struct endpoint_place){endpoint, target};
	return 1;
}

static size_t add_named(struct check *check, const char *id, struct place where,
			struct endpoint_place *out)
{
	const struct endpoints *endpoints = &check->context->repo->endpoints;
	const struct endpoint *endpoint = find_endpoint(endpoints, id);

	if (!endpoint) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_ENDPOINT_ABSENT,
				check_text(check, "endpoint:%s", id), where,
				"%s has no endpoint '%s'", endpoints->binding.path, id);
		return 0;
	}
	if (!endpoint->enabled && !endpoint->row.is_broken) {
		(void)check_add(check, VERDICT_SKIP, REASON_ENDPOINT_DISABLED,
				endpoint->row.subject, node_place(endpoint->row.node, "enabled"),
				"its row says that it is not enabled");
		return 0;
	}
	return add(check, endpoint, out);
}

size_t endpoints_choose(struct check *check, const struct texts *ids, struct endpoint_place *out)
{
	const struct endpoints *endpoints = &check->context->repo->endpoints;
	size_t count = 0;

	for (size_t i = 0; i < ids->len; i++) {
		count += add_named(check, ids->at[i], ids->nodes[i]->where, &out[count]);
	}
	for (size_t i = 0; i < endpoints->len && ids->len == 0; i++) {
		const struct endpoint *endpoint = &endpoints->at[i];

		if (endpoint->enabled || endpoint->row.is_broken) {
			count += add(check, endpoint, &out[count]);
		}
	}
	return count;
}
