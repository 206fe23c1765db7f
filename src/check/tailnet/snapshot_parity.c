/*
 * snapshot_parity (G020, D310): the tailnet snapshot and ssh.targets say the same.
 *
 * The predecessor looked only from devices to targets, skipped what it did not find, and compared
 * text. Here both directions are judged, and addresses are compared as values.
 */
#include <string.h>

#include "check/rows/claims.h"
#include "check/tailnet/pairing.h"

/** What the two rows of a pair are, and where a difference is reported. */
struct pair {
	const struct target *target;
	const struct device *device;
};

static struct finding *differ(struct check *check, const struct pair *pair, enum reason reason,
			      const char *target_key, const char *device_key, const char *message)
{
	struct finding *finding =
		check_add(check, VERDICT_FAIL, reason, pair->target->row.subject,
			  node_place(pair->target->row.node, target_key), "%s", message);

	finding_relate(finding, node_place(pair->device->row.node, device_key));
	finding->detail = message;
	finding->hint = "find out which of the two is true, and correct the other";
	return finding;
}

static const char *address_words(const struct address_field *field)
{
	return field->address.family != ADDRESS_NONE ? field->text : "none";
}

/** Two addresses as values, so that another spelling is the same finding. */
static const char *address_detail(struct check *check, const struct address *target,
				  const struct address *device)
{
	char texts[2][ADDRESS_TEXT_BYTES];

	address_format(target, texts[0]);
	address_format(device, texts[1]);
	return check_text(check, "%s %s", texts[0], texts[1]);
}

static void judge_policy(struct check *check, const struct pair *pair)
{
	if (pair->target->policy != pair->device->policy) {
		(void)differ(check, pair, REASON_PARITY_ACCESS_POLICY, "access_policy",
			     "access_policy",
			     check_text(check, "access_policy is %s here and %s in the snapshot",
					access_policy_word(pair->target->policy),
					access_policy_word(pair->device->policy)));
	}
}

static void judge_tailnet_address(struct check *check, const struct pair *pair)
{
	const struct address_field *target = &pair->target->tailscale_ip;
	const struct address_field *device = &pair->device->tailscale_ip;
	struct finding *finding = NULL;
	bool is_missing =
		target->address.family == ADDRESS_NONE || device->address.family == ADDRESS_NONE;
	bool may_miss =
		pair->target->policy == POLICY_LAN_ONLY && pair->device->policy == POLICY_LAN_ONLY;

	if (is_missing ? may_miss : address_equal(&target->address, &device->address)) {
		return;
	}
	finding = differ(check, pair, REASON_PARITY_TAILSCALE_IP, "tailscale_ip", "tailscale_ip",
			 check_text(check, "the tailnet address is %s here and %s in the snapshot",
				    address_words(target), address_words(device)));
	finding->detail = address_detail(check, &target->address, &device->address);
}

static void judge_lan_address(struct check *check, const struct pair *pair)
{
	const struct address_field *host = &pair->target->host;
	const struct address_field *lan = &pair->device->lan_ip;
	struct finding *finding = NULL;

	if (pair->device->policy != POLICY_LAN_FIRST && pair->device->policy != POLICY_LAN_ONLY) {
		return;
	}
	if (lan->address.family == ADDRESS_NONE) {
		finding = check_add(
			check, VERDICT_FAIL, REASON_PARITY_LAN_IP, pair->target->row.subject,
			node_place(pair->device->row.node, "lan_ip"),
			"the snapshot has no lan_ip for a %s device; the target's host is %s",
			access_policy_word(pair->device->policy), host->text);
		finding_relate(finding, node_place(pair->target->row.node, "host"));
		finding->detail = "no lan_ip";
		finding->hint = "write the device's LAN address into the snapshot";
		return;
	}
	if (!address_equal(&host->address, &lan->address)) {
		finding = differ(check, pair, REASON_PARITY_LAN_IP, "host", "lan_ip",
				 check_text(check,
					    "the LAN address is %s here and %s in the snapshot",
					    host->text, lan->text));
		finding->detail = address_detail(check, &host->address, &lan->address);
		if (host->address.family == ADDRESS_NONE) {
			finding->hint = "write the target's address as its host; names are not "
					"looked up";
		}
	}
}

/** A pair of which one row is wrong cannot be compared. */
static bool is_broken(struct check *check, const struct pair *pair)
{
	const struct repo *repo = check->context->repo;
	struct finding *finding = NULL;

	if (!pair->target->row.is_broken && !pair->device->row.is_broken) {
		return false;
	}
	finding = check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
			    pair->target->row.subject, node_place(pair->target->row.node, "id"),
			    "cannot be compared, because its row in %s is wrong",
			    pair->target->row.is_broken ? repo->targets.binding.path
							: repo->devices.binding.path);
	finding_relate(finding, pair->device->row.node->where);
	finding->caused_by =
		pair->target->row.is_broken ? pair->target->row.cause : pair->device->row.cause;
	return true;
}

static void judge_pair(struct check *check, const struct pair *pair)
{
	if (is_broken(check, pair)) {
		return;
	}
	check->result->checked++;
	judge_policy(check, pair);
	judge_tailnet_address(check, pair);
	judge_lan_address(check, pair);
}

static void judge_lone_device(struct check *check, const struct device *device)
{
	struct place where = node_place(device->row.node, "id");
	struct finding *finding = NULL;

	if (device->row.is_broken) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
				    device->row.subject, device->row.node->where,
				    "cannot be joined, because its row is wrong");
		finding->caused_by = device->row.cause;
		return;
	}
	if (device->policy == POLICY_CLIENT) {
		(void)check_add(check, VERDICT_PASS, REASON_PARITY_NO_TARGET, device->row.subject,
				where, "a client device, and no target; nothing is compared");
		return;
	}
	finding = check_add(check, VERDICT_FAIL, REASON_PARITY_NO_TARGET, device->row.subject,
			    where, "a %s device of the snapshot is no target",
			    access_policy_word(device->policy));
	finding->hint =
		"add the target, give it the device's id as an alias, or mark the device as client";
}

static void judge_two_devices(struct check *check, const struct device *device,
			      const struct device *first, const struct target *target)
{
	struct finding *finding =
		check_add(check, VERDICT_FAIL, REASON_PARITY_TWO_DEVICES, device->row.subject,
			  node_place(device->row.node, "id"), "joins target '%s', as does %s",
			  target->id, first->row.subject);

	finding->detail = target->id;
	finding_relate(finding, node_place(first->row.node, "id"));
}

static void judge_devices(struct check *check, const struct repo *repo,
			  const struct pairing *pairing)
{
	for (size_t i = 0; i < repo->devices.len; i++) {
		const struct device *device = &repo->devices.at[i];
		const struct target *target = pairing->target_of[i];
		const struct device *first = NULL;

		if (!target) {
			judge_lone_device(check, device);
			continue;
		}
		first = pairing->device_of[target - repo->targets.at];
		if (first != device && !same_string(first->id, device->id)) {
			judge_two_devices(check, device, first, target);
		}
		judge_pair(check, &(struct pair){target, device});
	}
}

static void judge_lone_target(struct check *check, const struct target *target)
{
	bool is_on_tailnet = target->policy != POLICY_LAN_ONLY ||
			     target->tailscale_ip.address.family != ADDRESS_NONE;
	struct finding *finding = NULL;

	if (target->row.is_broken) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
				    target->row.subject, target->row.node->where,
				    "cannot be joined, because its row is wrong");
		finding->caused_by = target->row.cause;
	} else if (is_on_tailnet) {
		finding = check_add(
			check, VERDICT_FAIL, REASON_PARITY_NO_DEVICE, target->row.subject,
			node_place(target->row.node, "id"), "a %s target%s is not in the snapshot",
			access_policy_word(target->policy),
			target->policy == POLICY_LAN_ONLY ? " with a tailnet address" : "");
		finding->hint = "refresh the snapshot, or mark the target as lan_only";
	}
}

static void judge_lone_targets(struct check *check, const struct repo *repo,
			       const struct pairing *pairing)
{
	for (size_t i = 0; i < repo->targets.len; i++) {
		if (!pairing->device_of[i]) {
			judge_lone_target(check, &repo->targets.at[i]);
		}
	}
}

/** What the rows of one file must not have in common. */
struct uniques {
	struct claims names;
	struct claims tailnet;
	struct claims lan;
};

static struct uniques uniques(const char *lan_words)
{
	return (struct uniques){
		.names = {"id", REASON_PARITY_DUPLICATE_ID, REASON_PARITY_ALIAS, {0}},
		.tailnet = {"tailnet address", REASON_PARITY_DUPLICATE_ADDRESS, REASON_NONE, {0}},
		.lan = {lan_words, REASON_PARITY_DUPLICATE_ADDRESS, REASON_NONE, {0}},
	};
}

static void judge_uniques(struct check *check, struct uniques *uniques)
{
	claims_judge(check, &uniques->names);
	claims_judge(check, &uniques->tailnet);
	claims_judge(check, &uniques->lan);
}

/** Loopback names no machine, so it may repeat. */
static bool is_of_one_machine(const struct address *address)
{
	return address->family != ADDRESS_NONE && address_classify(address) != ADDRESS_LOOPBACK;
}

static void judge_unique_targets(struct check *check, const struct targets *targets)
{
	struct uniques own = uniques("host");

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];
		const struct row *row = &target->row;

		claims_add(&own.names, row, target->id, node_place(row->node, "id"));
		claims_add_aliases(&own.names, row, &target->aliases);
		claims_add_address(check, &own.tailnet, row, "tailscale_ip",
				   &target->tailscale_ip.address);
		if (is_of_one_machine(&target->host.address)) {
			claims_add(&own.lan, row, target_host_and_port(check, target),
				   node_place(row->node, "host"));
		}
	}
	judge_uniques(check, &own);
}

static void judge_unique_devices(struct check *check, const struct devices *devices)
{
	struct uniques own = uniques("LAN address");

	for (size_t i = 0; i < devices->len; i++) {
		const struct device *device = &devices->at[i];
		const struct row *row = &device->row;

		claims_add(&own.names, row, device->id, node_place(row->node, "id"));
		claims_add_aliases(&own.names, row, &device->legacy_aliases);
		claims_add_address(check, &own.tailnet, row, "tailscale_ip",
				   &device->tailscale_ip.address);
		if (is_of_one_machine(&device->lan_ip.address)) {
			claims_add_address(check, &own.lan, row, "lan_ip", &device->lan_ip.address);
		}
	}
	judge_uniques(check, &own);
}

static void judge_count(struct check *check, const struct devices *devices)
{
	const struct node *node = node_get(devices->binding.root, "device_count");
	struct finding *finding = NULL;

	if (node_is_null(node) ||
	    (devices->device_count >= 0 && (uint64_t)devices->device_count == devices->len)) {
		return;
	}
	finding = check_add(check, VERDICT_FAIL, REASON_PARITY_DEVICE_COUNT,
			    check_text(check, "file:%s", devices->binding.path), node->where,
			    "device_count is %s, but there are %zu rows",
			    node->kind == NODE_SCALAR ? node->text.at : node_sort(node),
			    devices->len);
	finding->hint = "a row was added or lost without anybody counting; find it";
}

static void judge(struct check *check)
{
	const struct repo *repo = check->context->repo;
	struct pairing pairing = {0};

	pairing_make(check->context->arena, &repo->targets, &repo->devices, &pairing);
	judge_devices(check, repo, &pairing);
	judge_lone_targets(check, repo, &pairing);
	judge_unique_targets(check, &repo->targets);
	judge_unique_devices(check, &repo->devices);
	judge_count(check, &repo->devices);
}

const struct kind kind_snapshot_parity = {
	.name = "snapshot_parity",
	.doc = "Joins the tailnet snapshot with ssh.targets by id and alias. Passes when both agree about "
	       "access policy, tailnet address and LAN address, when nothing is missing on either side, "
	       "and when ids, aliases and addresses are unique",
	.fields = no_settings,
	.mode = MODE_STATIC,
	.needs = NEEDS_TARGETS | NEEDS_DEVICES,
	.judge = judge,
};
