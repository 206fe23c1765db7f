/*
 * bindings_valid (G001): the bindings obey their rules.
 *
 * Mistakes inside a row were found when it was decoded; here they become findings, and the rules
 * that need more than one row are judged.
 */
#include <strings.h>

#include "check/rows/binding_slips.h"
#include "check/rows/claims.h"

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

static void judge_unique_targets(struct check *check, const struct targets *targets)
{
	struct claims ids = {"id", REASON_BINDING_DUPLICATE_ID, REASON_NONE, {0}};
	struct claims hosts = {"host", REASON_BINDING_DUPLICATE_ADDRESS, REASON_NONE, {0}};
	struct claims tailnet = {
		"tailnet address", REASON_BINDING_DUPLICATE_ADDRESS, REASON_NONE, {0}};

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];
		const struct row *row = &target->row;

		claims_add(&ids, row, target->id, node_place(row->node, "id"));
		if (target->host.text) {
			claims_add(&hosts, row, target_host_and_port(check, target),
				   node_place(row->node, "host"));
		}
		claims_add_address(check, &tailnet, row, "tailscale_ip",
				   &target->tailscale_ip.address);
	}
	claims_judge(check, &ids);
	claims_judge(check, &hosts);
	claims_judge(check, &tailnet);
}

/** Where the jump hosts of a target lead. */
enum way {
	WAY_UNKNOWN,
	WAY_FOLLOWED, /**< on the way that is being followed now */
	WAY_ENDS,
	WAY_CIRCLE,
};

/** Follow the jump hosts from `start` until the way is known, and note it for all of them. */
static void follow(const size_t *next, enum way *ways, size_t count, size_t start)
{
	enum way way = WAY_ENDS;
	size_t at = start;

	while (at < count && ways[at] == WAY_UNKNOWN) {
		ways[at] = WAY_FOLLOWED;
		at = next[at];
	}
	if (at < count) {
		way = ways[at] == WAY_FOLLOWED ? WAY_CIRCLE : ways[at];
	}
	for (at = start; at < count && ways[at] == WAY_FOLLOWED; at = next[at]) {
		ways[at] = way;
	}
}

static void report_probe_via(struct check *check, const struct target *target, bool is_circle)
{
	check_add(check, VERDICT_FAIL, REASON_BINDING_PROBE_VIA, target->row.subject,
		  node_place(target->row.node, "probe_via"),
		  is_circle ? "probe_via '%s' leads into a circle of jump hosts"
			    : "probe_via names '%s', which is no target",
		  target->probe_via)
		->detail = is_circle ? "circle" : check_text(check, "%s", target->probe_via);
}

/** Every jump host is a target, and every way over jump hosts ends. */
static void judge_probe_via(struct check *check, const struct targets *targets)
{
	struct arena *arena = check->context->arena;
	size_t *next = arena_alloc(arena, (targets->len + 1) * sizeof(*next));
	enum way *ways = arena_alloc(arena, (targets->len + 1) * sizeof(*ways));

	for (size_t i = 0; i < targets->len; i++) {
		const char *via = targets->at[i].probe_via;
		const struct target *hop = targets_find(targets, via);

		next[i] = hop ? (size_t)(hop - targets->at) : targets->len;
		if (via && !hop) {
			report_probe_via(check, &targets->at[i], false);
		}
	}
	for (size_t i = 0; i < targets->len; i++) {
		follow(next, ways, targets->len, i);
		if (ways[i] == WAY_CIRCLE) {
			report_probe_via(check, &targets->at[i], true);
		}
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

static void remark_on_target(struct check *check, const struct target *target)
{
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
		remark_on_target(check, &targets->at[i]);
	}
	report_rest(check, &targets->binding, reported);
	if (targets->defaults) {
		remark_on_host_key_checking(check,
					    check_text(check, "file:%s", targets->binding.path),
					    targets->defaults);
	}
	judge_unique_targets(check, targets);
	judge_probe_via(check, targets);
}

static void judge_devices(struct check *check, const struct devices *devices)
{
	struct claims ids = {"id", REASON_BINDING_DUPLICATE_ID, REASON_NONE, {0}};
	size_t reported = 0;

	for (size_t i = 0; i < devices->len; i++) {
		const struct device *device = &devices->at[i];

		reported = report_row(check, &devices->binding, &device->row, reported);
		claims_add(&ids, &device->row, device->id, node_place(device->row.node, "id"));
	}
	report_rest(check, &devices->binding, reported);
	claims_judge(check, &ids);
}

static void judge_endpoints(struct check *check, const struct endpoints *endpoints)
{
	struct claims ids = {"id", REASON_BINDING_DUPLICATE_ID, REASON_NONE, {0}};
	size_t reported = 0;

	for (size_t i = 0; i < endpoints->len; i++) {
		const struct endpoint *endpoint = &endpoints->at[i];

		reported = report_row(check, &endpoints->binding, &endpoint->row, reported);
		claims_add(&ids, &endpoint->row, endpoint->id,
			   node_place(endpoint->row.node, "id"));
	}
	report_rest(check, &endpoints->binding, reported);
	claims_judge(check, &ids);
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

/** There is nothing to check because gaterun.yaml says so of every binding. */
static bool has_none(const struct repo *repo)
{
	return repo->targets.binding.state == BINDING_NONE &&
	       repo->devices.binding.state == BINDING_NONE &&
	       repo->endpoints.binding.state == BINDING_NONE;
}

static void judge(struct check *check)
{
	const struct repo *repo = check->context->repo;

	if (has_none(repo)) {
		(void)check_add(check, VERDICT_SKIP, REASON_BINDING_NONE,
				check_text(check, "gate:%s", check->gate->id),
				node_place(repo->config.node, "bindings"),
				"gaterun.yaml says that there are no bindings");
		return;
	}
	judge_presence(check, &repo->targets.binding, "ssh_targets");
	judge_presence(check, &repo->devices.binding, "tailnet_snapshot");
	judge_presence(check, &repo->endpoints.binding, "services_health");
	judge_targets(check, &repo->targets);
	judge_devices(check, &repo->devices);
	judge_endpoints(check, &repo->endpoints);
	remark_on_slips(check, repo);
}

const struct kind kind_bindings_valid = {
	.name = "bindings_valid",
	.doc = "Reads the bindings. Passes when required fields are there, words are known, addresses "
	       "are well formed, ids, (host, port) and tailnet addresses are unique, and every "
	       "probe_via leads over targets to an end",
	.fields = no_settings,
	.mode = MODE_STATIC,
	.judge = judge,
};
