#include "check/tailnet/snapshot_plan.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/codec.h"
#include "check/tailnet/snapshot_projection.h"
#include "net/dns_name.h"

/** A comparison under way. */
struct planning {
	struct arena *arena;
	const struct snapshot_question *question;
	struct live_pairing pairing;
	struct snapshot_plan *plan;
	size_t rows_after;
	int64_t policies[POLICY_CLIENT + 1]; /**< how many rows more of each policy */
};

/* ---- rows that are there */

static void compare_field(struct planning *planning, size_t at,
			  const struct snapshot_projection *projection)
{
	const struct device *row = &planning->question->rows->at[at];
	const struct live_device *device = planning->pairing.device_of[at];
	const struct node *node = node_get(row->row.node, projection->key);
	struct yaml_value value = {0};
	struct snapshot_change *change = NULL;

	if (!projection->give(planning->arena, device, &value) ||
	    snapshot_agrees(row, device, projection, &value)) {
		return;
	}
	change = VEC_ADD(&planning->plan->changes);
	*change = (struct snapshot_change){
		.sort = SNAPSHOT_FIELD,
		.device = row->id,
		.row = at,
		.field = projection->key,
		.old_text = snapshot_show_node(planning->arena, node),
		.new_text = snapshot_show_value(planning->arena, &value),
		.entry = {projection->key, value},
		.where = node_place(row->row.node, projection->key),
	};
}

static void compare_row(struct planning *planning, size_t at)
{
	const struct device *row = &planning->question->rows->at[at];
	struct snapshot_plan *plan = planning->plan;
	size_t before = plan->changes.len;

	if (planning->pairing.device_of[at]) {
		for (size_t i = 0; i < SNAPSHOT_PROJECTIONS; i++) {
			compare_field(planning, at, &snapshot_projections[i]);
		}
		plan->changed += plan->changes.len > before;
		return;
	}
	plan->gone++;
	*VEC_ADD(&plan->changes) = (struct snapshot_change){
		.sort = planning->question->prunes ? SNAPSHOT_REMOVE : SNAPSHOT_GONE,
		.device = row->id,
		.row = at,
		.where = node_place(row->row.node, "id"),
	};
	if (planning->question->prunes) {
		planning->rows_after--;
		planning->policies[row->policy]--;
	}
}

/* ---- new devices */

static bool is_taken(const struct planning *planning, const char *id)
{
	const struct devices *rows = planning->question->rows;

	for (size_t i = 0; i < rows->len; i++) {
		if (same_string(rows->at[i].id, id) ||
		    texts_hold(&rows->at[i].legacy_aliases, id)) {
			return true;
		}
	}
	for (size_t i = 0; i < planning->plan->changes.len; i++) {
		const struct snapshot_change *change = &planning->plan->changes.at[i];

		if (change->sort == SNAPSHOT_ADD && same_string(change->device, id)) {
			return true;
		}
	}
	return false;
}

/** The target that a new device is, if no row is it; NULL: none. */
static const struct target *find_target(const struct planning *planning,
					const struct live_device *device, const char *label)
{
	const struct targets *targets = planning->question->targets;

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];
		bool is_called_so = !device->is_guest && (same_string(target->id, label) ||
							  texts_hold(&target->aliases, label));
		bool is_it =
			is_called_so || (target->tailscale_ip.address.family != ADDRESS_NONE &&
					 live_device_has(device, &target->tailscale_ip.address));

		if (target->id && is_it && !target->row.is_broken &&
		    !is_taken(planning, target->id)) {
			return target;
		}
	}
	return NULL;
}

static void add_entry(struct yaml_entry *entries, size_t *count, const char *key,
		      struct yaml_value value)
{
	entries[(*count)++] = (struct yaml_entry){key, value};
}

static void add_device(struct planning *planning, const struct live_device *device)
{
	struct arena *arena = planning->arena;
	struct text label = live_device_label(device);
	const char *id = arena_copy(arena, label.at, label.len);
	const struct target *target = find_target(planning, device, id);
	int policy = target ? target->policy : POLICY_CLIENT;
	struct yaml_entry *entries = arena_alloc(arena, (SNAPSHOT_ROW_KEYS + 1) * sizeof(*entries));
	size_t count = 0;

	if (!target && device->is_guest) {
		return;
	}
	id = target ? target->id : is_taken(planning, id) ? device->fqdn : id;
	add_entry(entries, &count, "id", (struct yaml_value){.sort = YAML_TEXT, .text = id});
	for (size_t i = 0; i < SNAPSHOT_PROJECTIONS; i++) {
		struct yaml_value value = {0};

		if (snapshot_projections[i].give(arena, device, &value) &&
		    (value.sort != YAML_LIST || value.list->len > 0)) {
			add_entry(entries, &count, snapshot_projections[i].key, value);
		}
		if (snapshot_projections[i].part == SNAPSHOT_ADDRESS && target &&
		    (policy == POLICY_LAN_FIRST || policy == POLICY_LAN_ONLY) &&
		    target->host.address.family != ADDRESS_NONE) {
			add_entry(
				entries, &count, "lan_ip",
				(struct yaml_value){.sort = YAML_TEXT, .text = target->host.text});
		}
		if (snapshot_projections[i].part == SNAPSHOT_FQDN) {
			add_entry(entries, &count, "access_policy",
				  (struct yaml_value){.sort = YAML_TEXT,
						      .text = access_policy_word(policy)});
		}
	}
	*VEC_ADD(&planning->plan->changes) = (struct snapshot_change){
		.sort = SNAPSHOT_ADD,
		.device = id,
		.entries = entries,
		.entry_count = count,
		.note = target ? arena_printf(arena, "%s, as target '%s' is",
					      access_policy_word(policy), target->id)
			       : "client, because no target is it",
	};
	planning->plan->added++;
	planning->rows_after++;
	planning->policies[policy]++;
}

/* ---- the head */

/** A number or a time of the head, if the file has it and it is another one. */
static void compare_head(struct planning *planning, const char *parent, const char *key,
			 struct yaml_value value)
{
	const struct node *root = planning->question->rows->binding.root;
	const struct node *map = parent ? node_get(root, parent) : root;
	const struct node *node = node_get(map, key);

	if (!node || node_is_null(node) || text_is(node->text, value.text)) {
		return;
	}
	*VEC_ADD(&planning->plan->changes) = (struct snapshot_change){
		.sort = SNAPSHOT_HEAD,
		.field = parent ? arena_printf(planning->arena, "%s.%s", parent, key) : key,
		.parent = parent,
		.old_text = snapshot_show_node(planning->arena, node),
		.new_text = value.text,
		.entry = {key, value},
		.where = node->where,
	};
}

/** The key under which the summary counts a policy: where it has none for clients, they are counted
 * as what they need. */
static const char *summary_key(const struct node *summary, int policy)
{
	const char *word = access_policy_word(policy);

	if (policy == POLICY_CLIENT && !node_get(summary, word)) {
		word = access_policy_word(POLICY_TAILSCALE_REQUIRED);
	}
	return word;
}

/** The summary is kept in step, not corrected: what it counts is its owner's business. */
static void compare_summary(struct planning *planning)
{
	static const char parent[] = "access_policy_summary";
	const struct node *summary = node_get(planning->question->rows->binding.root, parent);

	for (int policy = 0; policy <= POLICY_CLIENT; policy++) {
		const char *key = summary_key(summary, policy);
		const struct node *node = node_get(summary, key);
		int64_t more = planning->policies[policy];
		int64_t count = 0;
		struct err ignored = {0};

		if (policy == POLICY_TAILSCALE_REQUIRED &&
		    same_string(summary_key(summary, POLICY_CLIENT), key)) {
			more += planning->policies[POLICY_CLIENT];
		} else if (policy == POLICY_CLIENT &&
			   !same_string(access_policy_word(policy), key)) {
			more = 0;
		}
		if (more != 0 && node && node->kind == NODE_SCALAR &&
		    parse_int(node->text, -more > 0 ? -more : 0, 1000000, &count, &ignored) == 0) {
			compare_head(planning, parent, key,
				     (struct yaml_value){.sort = YAML_WORD,
							 .text = arena_printf(planning->arena,
									      "%" PRId64,
									      count + more)});
		}
	}
}

/** RFC 3339 with whole seconds, as the file has it. */
static const char *now_text(struct arena *arena, int64_t utc_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(utc_ms, text);
	return arena_printf(arena, "%.*sZ", (int)strlen("2026-03-01T21:48:13"), text);
}

static bool is_written(enum snapshot_sort sort)
{
	return sort != SNAPSHOT_GONE;
}

static void plan_head(struct planning *planning)
{
	struct snapshot_plan *plan = planning->plan;

	compare_head(planning, NULL, "device_count",
		     (struct yaml_value){
			     .sort = YAML_WORD,
			     .text = arena_printf(planning->arena, "%zu", planning->rows_after)});
	compare_summary(planning);
	for (size_t i = 0; i < plan->changes.len; i++) {
		plan->writes = plan->writes || is_written(plan->changes.at[i].sort);
	}
	if (plan->writes) {
		compare_head(planning, NULL, "snapshot_time",
			     (struct yaml_value){.sort = YAML_TEXT,
						 .text = now_text(planning->arena,
								  planning->question->now_utc_ms)});
	}
}

/* ---- is it the same tailnet? */

static bool is_tailnet(const struct live_devices *live, const char *tailnet)
{
	if ((live->tailnet && strcasecmp(live->tailnet, tailnet) == 0) ||
	    (live->domain && strcasecmp(live->domain, tailnet) == 0)) {
		return true;
	}
	for (size_t i = 0; !live->domain && i < live->list.len; i++) {
		if (dns_name_is_below(live->list.at[i].fqdn, tailnet)) {
			return true;
		}
	}
	/* The API never says the name of an organisation, which may stand there instead. */
	return !live->tailnet && !strchr(tailnet, '.');
}

static int check_tailnet(const struct planning *planning, struct err *err)
{
	const struct snapshot_question *question = planning->question;
	const char *tailnet = question->rows->tailnet;
	size_t joined = 0;

	if (tailnet && *tailnet && !is_tailnet(question->live, tailnet)) {
		return err_set(err, ERR_INPUT,
			       "the snapshot is of the tailnet '%s', and %s speaks of '%s'",
			       tailnet, question->live->source,
			       question->live->domain ? question->live->domain : "another one");
	}
	for (size_t i = 0; i < question->rows->len; i++) {
		const struct row *row = &question->rows->at[i].row;

		if (!question->rows->at[i].id) {
			return err_set(
				err, ERR_INPUT,
				"%s:%d:%d: this row has no id, so nobody can say which device "
				"it is",
				row->node->where.file, row->node->where.line,
				row->node->where.column);
		}
		joined += planning->pairing.device_of[i] != NULL;
	}
	if (question->rows->len > 0 && joined == 0) {
		return err_set(err, ERR_INPUT,
			       "%s knows none of the %zu devices of the snapshot, so it speaks of "
			       "another tailnet",
			       question->live->source, question->rows->len);
	}
	return 0;
}

/* ---- the plan */

int snapshot_plan_make(struct arena *arena, const struct snapshot_question *question,
		       struct snapshot_plan *out, struct err *err)
{
	struct snapshot_plan plan = {0};
	struct planning planning = {
		.arena = arena,
		.question = question,
		.plan = &plan,
		.rows_after = question->rows->len,
	};

	live_pairing_make(arena, question->rows, question->live, &planning.pairing);
	if (check_tailnet(&planning, err)) {
		return -1;
	}
	for (size_t i = 0; i < question->rows->len; i++) {
		compare_row(&planning, i);
	}
	for (size_t i = 0; i < question->live->list.len; i++) {
		if (!planning.pairing.row_of[i]) {
			add_device(&planning, &question->live->list.at[i]);
		}
	}
	plan_head(&planning);
	*out = plan;
	return 0;
}

void snapshot_plan_release(struct snapshot_plan *plan)
{
	VEC_RELEASE(&plan->changes);
}
