#include "model/gate.h"

#include <string.h>

#include "base/glob.h"
#include "model/binding.h"

static const struct choice severities[] = {
	{"critical", SEVERITY_CRITICAL, "act now"},
	{"high", SEVERITY_HIGH, "act today"},
	{"medium", SEVERITY_MEDIUM, "act this week"},
	{"low", SEVERITY_LOW, "when there is time"},
	{0},
};

static const struct field selector_fields[] = {
	{"all", FIELD_BOOL, offsetof(struct selector, all), .doc = "every target"},
	{"ids", FIELD_TEXTS, offsetof(struct selector, ids), .doc = "these targets"},
	{"tags", FIELD_TEXTS, offsetof(struct selector, tags),
	 .doc = "targets with one of these tags"},
	{"policy", FIELD_TEXTS, offsetof(struct selector, policies),
	 .doc = "targets with one of these access policies"},
	{"except", FIELD_TEXTS, offsetof(struct selector, except), .doc = "but not these targets"},
	{0},
};

const struct field gate_fields[] = {
	{"", FIELD_NODE, offsetof(struct gate, node), .doc = "the gate itself"},
	{"id", FIELD_TEXT, offsetof(struct gate, id), .required = true,
	 .doc = "1 to 4 capital letters and 1 to 4 digits: G020"},
	{"aliases", FIELD_TEXTS, offsetof(struct gate, aliases),
	 .doc = "ids that older documents cite"},
	{"title", FIELD_TEXT, offsetof(struct gate, title), .required = true,
	 .doc = "what holds, as one short claim"},
	{"kind", FIELD_TEXT, offsetof(struct gate, kind_name), .required = true,
	 .doc = "the code that judges it; `gaterun kinds` lists them"},
	{"with", FIELD_NODE, offsetof(struct gate, with), .doc = "settings of the kind"},
	{"packs", FIELD_TEXTS, offsetof(struct gate, packs), .required = true,
	 .doc = "named sets it belongs to"},
	{"severity", FIELD_CHOICE, offsetof(struct gate, severity), .required = true,
	 .choices = severities, .doc = "how bad a failure is"},
	{"enforce", FIELD_BOOL, offsetof(struct gate, enforce), .fallback = "true",
	 .doc = "false: reported, never decides the exit status"},
	{"shadow_of", FIELD_TEXT, offsetof(struct gate, shadow_of),
	 .doc = "a gate that this one is compared with and that decides in its place, until one "
		"takes the place of the other"},
	{"allow_empty", FIELD_BOOL, offsetof(struct gate, allow_empty), .fallback = "false",
	 .doc = "true: having nothing to check is a pass"},
	{"requires", FIELD_TEXTS, offsetof(struct gate, requires),
	 .doc = "gates whose failure makes this one unknown, per subject"},
	{"targets", FIELD_NODE, offsetof(struct gate, targets_node),
	 .doc = "per-target kinds only: which targets, as a map of the lists ids, tags, policy and "
		"except"},
	{"timeout", FIELD_DURATION, offsetof(struct gate, timeout_ms), .min = 1, .max = 3600000,
	 .fallback = "10s", .doc = "how long it may take"},
	{"owner", FIELD_TEXT, offsetof(struct gate, owner), .required = true,
	 .doc = "who answers for the gate"},
	{"review_by", FIELD_DATE, offsetof(struct gate, review_by_utc_ms),
	 .doc = "when to ask whether it is still wanted"},
	{"triage", FIELD_TEXT, offsetof(struct gate, triage), .required = true,
	 .doc = "what to do first when it fails"},
	{"explain", FIELD_TEXT, offsetof(struct gate, explain), .required = true,
	 .doc = "why it exists, what it reads, what passes, what a failure looks like"},
	{0},
};

bool gate_id_is_valid(const char *id)
{
	size_t letters = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t digits = strspn(id + letters, "0123456789");

	return letters >= 1 && letters <= 4 && digits >= 1 && digits <= 4 && !id[letters + digits];
}

const struct kind *kind_find(const struct kind *const *kinds, const char *name)
{
	for (; *kinds; kinds++) {
		if (strcmp((*kinds)->name, name) == 0) {
			return *kinds;
		}
	}
	return NULL;
}

/** Most kinds a "did you mean" looks at. */
#define KIND_WORDS 64

const char *kind_nearest(const struct kind *const *kinds, const char *word)
{
	const char *words[KIND_WORDS + 1] = {0};

	for (size_t i = 0; i < KIND_WORDS && kinds[i]; i++) {
		words[i] = kinds[i]->name;
	}
	return nearest_word(word, words);
}

void kind_unknown(struct decode *decode, const struct node *node, const struct kind *const *kinds)
{
	const char *near = kind_nearest(kinds, node->text.at);

	decode_problem(decode, PROBLEM_CHOICE, node, "`gaterun kinds` lists what there is",
		       near ? "'%s' is not a kind; did you mean '%s'?" : "'%s' is not a kind",
		       node->text.at, near);
}

const struct field no_settings[] = {{0}};

static void decode_settings(struct decode *decode, struct gate *gate)
{
	struct decode for_kind = *decode;

	if (gate->with && gate->with->kind != NODE_MAP && !node_is_null(gate->with)) {
		decode_problem(decode, PROBLEM_TYPE, gate->with, NULL,
			       "expected a map for 'with', found %s", node_sort(gate->with));
		return;
	}
	for_kind.what = arena_printf(decode->arena, "a %s gate", gate->kind->name);
	gate->settings = arena_alloc(decode->arena, gate->kind->settings_size);
	if (decode_fields(&for_kind, gate->with, node_place(gate->node, "with"), gate->kind->fields,
			  gate->settings) == 0 &&
	    gate->kind->check_settings) {
		gate->kind->check_settings(&for_kind, gate, gate->settings);
	}
}

bool gate_is_per_target(const struct gate *gate)
{
	const struct kind *kind = gate->kind;

	return kind->is_per_target &&
	       !(kind->is_local && gate->settings && kind->is_local(gate->settings));
}

enum mode gate_mode(const struct gate *gate)
{
	const struct kind *kind = gate->kind;

	return kind->mode_of && gate->settings ? kind->mode_of(gate->settings) : kind->mode;
}

unsigned gate_needs(const struct gate *gate)
{
	bool is_local = gate->kind->is_local && !gate_is_per_target(gate);
	unsigned of_targets = NEEDS_TARGETS | NEEDS_KNOWN_HOSTS;

	return is_local ? gate->kind->needs & ~of_targets : gate->kind->needs;
}

static bool chooses_nothing(const struct selector *selector)
{
	return !selector->all && selector->ids.len == 0 && selector->tags.len == 0 &&
	       selector->policies.len == 0;
}

static void decode_targets(struct decode *decode, struct gate *gate)
{
	struct decode for_targets = *decode;

	for_targets.what = "a choice of targets";
	if (gate->targets_node && gate->kind && !gate_is_per_target(gate)) {
		decode_problem(decode, PROBLEM_UNKNOWN_KEY, gate->targets_node,
			       "remove 'targets', or use a kind that looks at targets",
			       "a %s gate is not about targets%s", gate->kind->name,
			       gate->kind->is_per_target ? " with these settings" : "");
		return;
	}
	if (gate->targets_node) {
		(void)decode_fields(&for_targets, gate->targets_node, gate->targets_node->where,
				    selector_fields, &gate->targets);
	}
	for (size_t i = 0; i < gate->targets.policies.len; i++) {
		if (choice_value(target_policies, gate->targets.policies.at[i]) < 0) {
			decode_problem(
				decode, PROBLEM_CHOICE, gate->targets.policies.nodes[i], NULL,
				"'%s' is not an access policy; expected lan_first, lan_only or "
				"tailscale_required",
				gate->targets.policies.at[i]);
		}
	}
	gate->targets.all = gate->targets.all || chooses_nothing(&gate->targets);
}

void globs_check(struct decode *decode, const struct texts *globs)
{
	for (size_t i = 0; i < globs->len; i++) {
		const char *mistake = glob_mistake(globs->at[i]);

		if (mistake) {
			decode_problem(decode, PROBLEM_VALUE, globs->nodes[i], NULL,
				       "'%s' is not a glob: %s", globs->at[i], mistake);
		}
	}
}

bool globs_match(const struct texts *globs, const char *path)
{
	for (size_t i = 0; i < globs->len; i++) {
		if (glob_match(globs->at[i], path)) {
			return true;
		}
	}
	return false;
}

static void check_ids(struct decode *decode, const struct gate *gate)
{
	static const char *const hint = "write 1 to 4 capital letters and 1 to 4 digits, like G020";

	if (gate->id && !gate_id_is_valid(gate->id)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(gate->node, "id"), hint,
			       "'%s' is not a gate id", gate->id);
	}
	for (size_t i = 0; i < gate->aliases.len; i++) {
		if (!gate_id_is_valid(gate->aliases.at[i])) {
			decode_problem(decode, PROBLEM_VALUE, gate->aliases.nodes[i], hint,
				       "'%s' is not a gate id", gate->aliases.at[i]);
		}
	}
}

/** Letters, digits, '-' and '_': pack names become part of run keys and command lines. */
static void check_packs(struct decode *decode, const struct gate *gate)
{
	for (size_t i = 0; i < gate->packs.len; i++) {
		const char *pack = gate->packs.at[i];

		if (!*pack || pack[strspn(pack, "abcdefghijklmnopqrstuvwxyz0123456789_-")]) {
			decode_problem(
				decode, PROBLEM_VALUE, gate->packs.nodes[i], NULL,
				"'%s' is not a pack name; use lower-case letters, digits, '-' and '_'",
				pack);
		}
	}
}

/** Of two gates for one thing, one decides. */
static void decode_shadow(struct decode *decode, struct gate *gate)
{
	const struct node *enforce = node_get(gate->node, "enforce");

	if (!gate->shadow_of) {
		return;
	}
	if (enforce && gate->enforce) {
		decode_problem(decode, PROBLEM_VALUE, enforce,
			       "remove 'enforce'; or remove 'shadow_of', to let it decide",
			       "a gate in the shadow of another does not decide");
	}
	gate->enforce = false;
}

void gate_decode(struct decode *decode, const struct node *root, const struct kind *const *kinds,
		 struct gate *gate)
{
	(void)decode_fields(decode, root, root->where, gate_fields, gate);
	gate->node = root;
	check_ids(decode, gate);
	check_packs(decode, gate);
	decode_shadow(decode, gate);
	if (gate->kind_name) {
		gate->kind = kind_find(kinds, gate->kind_name);
		if (!gate->kind) {
			kind_unknown(decode, node_get(root, "kind"), kinds);
			return;
		}
		decode_settings(decode, gate);
	}
	decode_targets(decode, gate);
}

const struct gate *gates_find(const struct gates *gates, const char *id)
{
	for (size_t i = 0; i < gates->len; i++) {
		if (gates->at[i].id &&
		    (strcmp(gates->at[i].id, id) == 0 || texts_hold(&gates->at[i].aliases, id))) {
			return &gates->at[i];
		}
	}
	return NULL;
}

bool gate_in_pack(const struct gate *gate, const char *pack)
{
	return strcmp(pack, "all") == 0 || texts_hold(&gate->packs, pack);
}
