/*
 * endpoint_parity (G002): every endpoint names a known target, and its URL leads to that target's
 * host.
 */
#include <string.h>
#include <strings.h>

#include "check/check.h"
#include "check/tailnet/pairing.h"

static bool same_name(struct text left, const char *right)
{
	return right && strlen(right) == left.len && strncasecmp(left.at, right, left.len) == 0;
}

/** Is it the name of a node of its own, which the endpoint says serves it? */
static bool is_of_node(const struct url *url, const struct endpoint *endpoint,
		       const struct devices *devices)
{
	for (size_t i = 0; i < devices->len && endpoint->tls.node; i++) {
		const struct device *device = &devices->at[i];

		if (!device->row.is_broken && same_string(device->id, endpoint->tls.node)) {
			return same_name(url->host, device->fqdn);
		}
	}
	return false;
}

/** Does the URL's host mean the target: its host, or (for a name) the device's fqdn? */
static bool leads_to(const struct url *url, const struct target *target,
		     const struct device *device)
{
	if (url->has_address) {
		return address_equal(&url->address, &target->host.address);
	}
	return same_name(url->host, target->host.text) ||
	       (device && !device->row.is_broken && same_name(url->host, device->fqdn));
}

/** A name that is not the target's host may be that of its device, which then must be known. */
static bool is_name_undecided(struct check *check, const struct endpoint *endpoint,
			      const struct device *device)
{
	const struct binding *snapshot = &check->context->repo->devices.binding;
	const char *cause = NULL;
	enum reason reason = REASON_BINDING_BROKEN;

	if (endpoint->url.has_address) {
		return false;
	}
	if (snapshot->state == BINDING_ABSENT) {
		reason = REASON_BINDING_ABSENT;
		cause = check_text(check, "file:%s", snapshot->path);
	} else if (snapshot->is_broken) {
		cause = check_text(check, "file:%s", snapshot->path);
	} else if (device && device->row.is_broken) {
		cause = device->row.cause;
	} else {
		return false;
	}
	check_add(check, VERDICT_UNKNOWN, reason, endpoint->row.subject,
		  node_place(endpoint->row.node, "url"),
		  "the URL names '%.*s', and there is no good snapshot to say whose name that is",
		  (int)endpoint->url.host.len, endpoint->url.host.at)
		->caused_by = cause;
	return true;
}

static void judge_endpoint(struct check *check, const struct endpoint *endpoint,
			   const struct target *target, const struct device *device)
{
	bool is_right = leads_to(&endpoint->url, target, device) ||
			is_of_node(&endpoint->url, endpoint, &check->context->repo->devices);
	struct finding *finding = NULL;

	if (!is_right && is_name_undecided(check, endpoint, device)) {
		return;
	}
	check->result->checked++;
	if (is_right) {
		return;
	}
	finding = check_add(check, VERDICT_FAIL, REASON_ENDPOINT_HOST_MISMATCH,
			    endpoint->row.subject, node_place(endpoint->row.node, "url"),
			    "the URL leads to %.*s, but target '%s' has host %s",
			    (int)endpoint->url.host.len, endpoint->url.host.at, target->id,
			    target->host.text);
	finding->detail =
		check_text(check, "%.*s", (int)endpoint->url.host.len, endpoint->url.host.at);
	finding->hint =
		endpoint->url.is_tls && !endpoint->url.has_address
			? "correct the URL, or name the target that it leads to; a name that "
			  "the bindings do not have goes into `tls: {name: NAME}`, and the URL has "
			  "the target's host"
			: "correct the URL, or name the target that it leads to";
	finding_relate(finding, node_place(target->row.node, "host"));
}

static void judge_row(struct check *check, const struct pairing *pairing,
		      const struct endpoint *endpoint)
{
	const struct repo *repo = check->context->repo;
	const struct target *target = targets_find(&repo->targets, endpoint->host);
	struct finding *finding = NULL;

	if (endpoint->row.is_broken) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
				    endpoint->row.subject, endpoint->row.node->where,
				    "its row is wrong");
		finding->caused_by = endpoint->row.cause;
		return;
	}
	if (!target) {
		check->result->checked++;
		finding = check_add(check, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET,
				    endpoint->row.subject, node_place(endpoint->row.node, "host"),
				    "its host '%s' is no target of %s", endpoint->host,
				    repo->targets.binding.path);
		finding->detail = check_text(check, "%s", endpoint->host);
		finding->hint = "name a target, or remove the endpoint";
		return;
	}
	if (target->row.is_broken) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
				    endpoint->row.subject, node_place(endpoint->row.node, "host"),
				    "the row of target '%s' is wrong", target->id);
		finding->caused_by = target->row.cause;
		return;
	}
	judge_endpoint(check, endpoint, target, pairing->device_of[target - repo->targets.at]);
}

static void judge(struct check *check)
{
	const struct repo *repo = check->context->repo;
	struct pairing pairing = {0};

	pairing_make(check->context->arena, &repo->targets, &repo->devices, &pairing);
	for (size_t i = 0; i < repo->endpoints.len; i++) {
		judge_row(check, &pairing, &repo->endpoints.at[i]);
	}
}

const struct kind kind_endpoint_parity = {
	.name = "endpoint_parity",
	.doc = "Reads services.health and ssh.targets, and the snapshot for URLs with names. Passes when "
	       "every endpoint, enabled or not, names a known target and its URL's host is that target's "
	       "host (or, for a name, the fqdn of its device or of the one `tls.node` names)",
	.fields = no_settings,
	.mode = MODE_STATIC,
	.needs = NEEDS_TARGETS | NEEDS_ENDPOINTS,
	.judge = judge,
};
