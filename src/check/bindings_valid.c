/*
 * bindings_valid (G001): the bindings obey their rules.
 *
 * Mistakes inside a row were found when it was decoded; here they become findings, and the rules
 * that need more than one row are judged.
 */
#include <string.h>
#include <strings.h>

#include "check/check.h"

static enum reason reason_of(enum problem_kind kind)
{
	switch (kind) {
	case PROBLEM_MISSING:
		return REASON_BINDING_REQUIRED;
	case PROBLEM_CHOICE:
		return REASON_BINDING_ENUM;
	case PROBLEM_TYPE:
	case PROBLEM_SYNTAX:
	case PROBLEM_REPEATED_KEY:
	case PROBLEM_UNKNOWN_KEY:
	case PROBLEM_FILE:
		return REASON_BINDING_TYPE;
	case PROBLEM_VALUE:
		break;
	}
	return REASON_BINDING_MALFORMED;
}

static void report_problem(struct check *check, const char *subject, const struct problem *problem)
{
	struct finding *finding = check_add(check, VERDICT_FAIL, reason_of(problem->kind), subject,
					    problem->where, "%s", problem->message);

	finding->detail = problem->message;
	finding->hint = problem->hint;
}

/** Problems from `first` to `end` of a binding, about `subject`. */
static void report_problems(struct check *check, const struct binding *binding, const char *subject,
			    size_t first, size_t end)
{
	for (size_t i = first; i < end && i < binding->problems.list.len; i++) {
		report_problem(check, subject, &binding->problems.list.at[i]);
	}
}

/** Mistakes of a row; and the ones between it and the row before, which are about the file. */
static size_t report_row(struct check *check, const struct binding *binding, const struct row *row,
			 size_t reported)
{
	const char *file = check_text(check, "file:%s", binding->path);

	report_problems(check, binding, file, reported, row->first_problem);
	report_problems(check, binding, row->subject, row->first_problem,
			row->first_problem + row->problem_count);
	check->result->checked++;
	return row->first_problem + row->problem_count;
}

static void report_rest(struct check *check, const struct binding *binding, size_t reported)
{
	report_problems(check, binding, check_text(check, "file:%s", binding->path), reported,
			binding->problems.added);
}

static void duplicate(struct check *check, const struct row *row, const struct row *first,
		      const char *key, enum reason reason, const char *what)
{
	struct finding *finding =
		check_add(check, VERDICT_FAIL, reason, row->subject, node_place(row->node, key),
			  "%s is also that of %s", what, first->subject);

	finding->detail = what;
	finding_relate(finding, node_place(first->node, key));
}

/** Ids, (host, port) and tailnet addresses: each target is its own. */
static void judge_target_pair(struct check *check, const struct target *target,
			      const struct target *first)
{
	if (same_string(target->id, first->id) && target->id) {
		duplicate(check, &target->row, &first->row, "id", REASON_BINDING_DUPLICATE_ID,
			  check_text(check, "the id '%s'", target->id));
	}
	if (target->host.text && first->host.text && target->port == first->port &&
	    (target->host.address.family != ADDRESS_NONE
		     ? address_equal(&target->host.address, &first->host.address)
		     : strcasecmp(target->host.text, first->host.text) == 0)) {
		duplicate(check, &target->row, &first->row, "host",
			  REASON_BINDING_DUPLICATE_ADDRESS,
			  check_text(check, "the host '%s' with port %lld", target->host.text,
				     (long long)target->port));
	}
	if (target->tailscale_ip.address.family != ADDRESS_NONE &&
	    address_equal(&target->tailscale_ip.address, &first->tailscale_ip.address)) {
		duplicate(check, &target->row, &first->row, "tailscale_ip",
			  REASON_BINDING_DUPLICATE_ADDRESS,
			  check_text(check, "the tailnet address %s", target->tailscale_ip.text));
	}
}

/** Follow probe_via: every hop is a target, and the way ends. */
static void judge_probe_via(struct check *check, const struct targets *targets,
			    const struct target *target)
{
	struct place where = node_place(target->row.node, "probe_via");
	const struct target *hop = target;

	for (size_t hops = 0; hop && hop->probe_via; hops++) {
		const struct target *next = targets_find(targets, hop->probe_via);

		if (!next && hop == target) {
			check_add(check, VERDICT_FAIL, REASON_BINDING_PROBE_VIA,
				  target->row.subject, where,
				  "probe_via names '%s', which is no target", target->probe_via)
				->detail = target->probe_via;
		}
		if (next == target || hops > targets->len) {
			check_add(check, VERDICT_FAIL, REASON_BINDING_PROBE_VIA,
				  target->row.subject, where,
				  "probe_via leads in a circle back to '%s'", target->probe_via)
				->detail = "circle";
			return;
		}
		hop = next;
	}
}

/** Settings of OpenSSH that would let any machine pass for the one that is meant. */
static const struct {
	const char *key;
	const char *word;
} careless[] = {
	{"strict_host_key_checking", "no"},     {"strict_host_key_checking", "off"},
	{"strict_host_key_checking", "false"},  {"strict_host_key_checking", "accept-new"},
	{"user_known_hosts_file", "/dev/null"},
};

static void remark_on_host_key_checking(struct check *check, const char *subject,
					const struct node *holder)
{
	for (size_t i = 0; i < sizeof(careless) / sizeof(careless[0]); i++) {
		const struct node *node = node_get(holder, careless[i].key);

		if (node && node->kind == NODE_SCALAR &&
		    strcasecmp(node->text.at, careless[i].word) == 0) {
			(void)check_add(check, VERDICT_PASS, REASON_BINDING_HOST_KEY_CHECKING,
					subject, node->where,
					"%s: %s is read, never obeyed; host keys are pinned",
					node->key, node->text.at);
		}
	}
}

static void judge_target(struct check *check, const struct targets *targets, size_t index)
{
	const struct target *target = &targets->at[index];

	for (size_t i = 0; i < index; i++) {
		judge_target_pair(check, target, &targets->at[i]);
	}
	judge_probe_via(check, targets, target);
	remark_on_host_key_checking(check, target->row.subject, target->row.node);
	if (target->policy == POLICY_LAN_FIRST && target->host.address.family != ADDRESS_NONE &&
	    address_classify(&target->host.address) == ADDRESS_TAILNET) {
		(void)check_add(check, VERDICT_PASS, REASON_BINDING_CGNAT_HOST, target->row.subject,
				node_place(target->row.node, "host"),
				"host %s of a lan_first target is a tailnet address",
				target->host.text);
	}
}

static void judge_targets(struct check *check, const struct targets *targets)
{
	size_t reported = 0;

	for (size_t i = 0; i < targets->len; i++) {
		reported = report_row(check, &targets->binding, &targets->at[i].row, reported);
		judge_target(check, targets, i);
	}
	report_rest(check, &targets->binding, reported);
	if (targets->defaults) {
		remark_on_host_key_checking(check,
					    check_text(check, "file:%s", targets->binding.path),
					    targets->defaults);
	}
}

static void judge_devices(struct check *check, const struct devices *devices)
{
	size_t reported = 0;

	for (size_t i = 0; i < devices->len; i++) {
		const struct device *device = &devices->at[i];

		reported = report_row(check, &devices->binding, &device->row, reported);
		for (size_t k = 0; k < i && device->id; k++) {
			if (same_string(device->id, devices->at[k].id)) {
				duplicate(check, &device->row, &devices->at[k].row, "id",
					  REASON_BINDING_DUPLICATE_ID,
					  check_text(check, "the id '%s'", device->id));
			}
		}
	}
	report_rest(check, &devices->binding, reported);
}

static void judge_endpoints(struct check *check, const struct endpoints *endpoints)
{
	size_t reported = 0;

	for (size_t i = 0; i < endpoints->len; i++) {
		const struct endpoint *endpoint = &endpoints->at[i];

		reported = report_row(check, &endpoints->binding, &endpoint->row, reported);
		for (size_t k = 0; k < i && endpoint->id; k++) {
			if (same_string(endpoint->id, endpoints->at[k].id)) {
				duplicate(check, &endpoint->row, &endpoints->at[k].row, "id",
					  REASON_BINDING_DUPLICATE_ID,
					  check_text(check, "the id '%s'", endpoint->id));
			}
		}
	}
	report_rest(check, &endpoints->binding, reported);
}

/** A binding that is not there proves nothing about itself; one declared as none was a decision. */
static void judge_presence(struct check *check, const struct binding *binding, const char *key)
{
	if (binding->state == BINDING_ABSENT) {
		check_add(check, VERDICT_UNKNOWN, REASON_BINDING_ABSENT,
			  check_text(check, "file:%s", binding->path),
			  (struct place){binding->path, 0, 0},
			  "the binding %s does not exist at %s", key, binding->path)
			->hint = check_text(
			check, "write it, or say `bindings: {%s: none}` in gaterun.yaml", key);
	}
}

static void judge(struct check *check)
{
	const struct repo *repo = check->context->repo;

	judge_presence(check, &repo->targets.binding, "ssh_targets");
	judge_presence(check, &repo->devices.binding, "tailnet_snapshot");
	judge_presence(check, &repo->endpoints.binding, "services_health");
	judge_targets(check, &repo->targets);
	judge_devices(check, &repo->devices);
	judge_endpoints(check, &repo->endpoints);
}

struct bindings_valid {
	char none; /**< the kind has no settings */
};

static const struct field fields[] = {{0}};

const struct kind kind_bindings_valid = {
	.name = "bindings_valid",
	.doc = "Reads the bindings. Passes when required fields are there, words are known, addresses "
	       "are well formed, ids, (host, port) and tailnet addresses are unique, and every "
	       "probe_via leads over targets to an end",
	.fields = fields,
	.settings_size = sizeof(struct bindings_valid),
	.mode = MODE_STATIC,
	.judge = judge,
};
