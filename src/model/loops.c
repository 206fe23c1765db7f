#include "model/loops.h"

#include <string.h>

#include "model/gate.h"

/** The pack of a loop for which nothing names one. */
static const char *const default_pack[] = {"fast"};

static const struct field rule_fields[] = {
	{"packs", FIELD_TEXTS, offsetof(struct loop_rule, packs),
	 .doc = "packs that must pass, instead of those of its guard commands"},
	{"allow_preexisting", FIELD_BOOL, offsetof(struct loop_rule, allow_preexisting),
	 .doc = "failures that the baseline of the run has too do not keep it open"},
	{"criteria", FIELD_MAP, offsetof(struct loop_rule, criteria),
	 .doc = "number or text of a criterion, and the gates that prove it"},
	{0},
};

static const struct field settings_fields[] = {
	{"folders", FIELD_TEXTS, offsetof(struct loops_settings, folders), .required = true,
	 .doc = "folders of loop scopes and of Backlog.md tasks"},
	{"packs", FIELD_TEXTS, offsetof(struct loops_settings, packs),
	 .doc = "packs that must pass where a loop names none; fast by default"},
	{"allow_dirty", FIELD_BOOL, offsetof(struct loops_settings, allow_dirty),
	 .doc = "a run on a work tree with changes counts as evidence too"},
	{"scopes", FIELD_MAP, offsetof(struct loops_settings, rules), .fields = rule_fields,
	 .size = sizeof(struct loop_rule), .doc = "by the id of a loop: what proves it"},
	{0},
};

/** The short form. */
static const struct field folders_fields[] = {
	{"loops", FIELD_TEXTS, offsetof(struct loops_settings, folders),
	 .doc = "folders of loop scopes"},
	{0},
};

/** A path or a list of them, as if it stood in a map of its own. */
static void parse_folders(struct decode *decode, const struct node *node,
			  struct loops_settings *settings)
{
	struct node value = *node;
	struct node map = {.kind = NODE_MAP, .where = node->where, .first = &value, .count = 1};

	value.key = "loops";
	value.next = NULL;
	(void)decode_fields(decode, &map, node->where, folders_fields, settings);
	for (size_t i = 0; i < settings->folders.len; i++) {
		/* The copy above ends here. */
		if (settings->folders.nodes[i] == &value) {
			settings->folders.nodes[i] = node;
		}
	}
}

void loops_parse(struct decode *decode, const struct node *node, void *out)
{
	struct loops_settings *settings = out;

	settings->node = node;
	if (node->kind == NODE_MAP) {
		(void)decode_fields(decode, node, node->where, settings_fields, settings);
	} else {
		parse_folders(decode, node, settings);
	}
	if (settings->packs.len == 0) {
		const char **packs = arena_alloc(decode->arena, sizeof(*packs));

		packs[0] = default_pack[0];
		settings->packs = (struct texts){.at = packs, .len = 1};
	}
}

void loops_check_paths(struct decode *decode, const struct loops_settings *settings)
{
	for (size_t i = 0; i < settings->folders.len; i++) {
		struct err err = {0};

		if (tree_check_path(settings->folders.at[i], &err)) {
			decode_problem(
				decode, PROBLEM_VALUE, settings->folders.nodes[i],
				"write a path relative to the root of the repo, without '..'",
				"'loops': %s", err.text);
		}
	}
}

bool loops_pack_exists(const struct gates *gates, const char *pack)
{
	for (size_t i = 0; i < gates->len; i++) {
		if (gate_in_pack(&gates->at[i], pack)) {
			return true;
		}
	}
	return false;
}

static void check_packs(struct decode *decode, const struct texts *packs, const struct gates *gates)
{
	for (size_t i = 0; packs->nodes && i < packs->len; i++) {
		if (!loops_pack_exists(gates, packs->at[i])) {
			decode_problem(decode, PROBLEM_VALUE, packs->nodes[i],
				       "`gaterun gates` lists the packs of each gate",
				       "no gate is in a pack '%s'", packs->at[i]);
		}
	}
}

static void check_criteria(struct decode *decode, const struct loop_rule *rule,
			   const struct gates *gates)
{
	const struct texts *rows = rule->criteria.at;

	for (size_t i = 0; i < rule->criteria.len; i++) {
		for (size_t k = 0; k < rows[i].len; k++) {
			if (!gates_find(gates, rows[i].at[k])) {
				decode_problem(decode, PROBLEM_VALUE, rows[i].nodes[k],
					       "`gaterun gates` lists what there is",
					       "there is no gate '%s'", rows[i].at[k]);
			}
		}
	}
}

void loops_check_gates(struct decode *decode, const struct loops_settings *settings,
		       const struct gates *gates)
{
	const struct loop_rule *rules = settings->rules.at;

	check_packs(decode, &settings->packs, gates);
	for (size_t i = 0; i < settings->rules.len; i++) {
		check_packs(decode, &rules[i].packs, gates);
		check_criteria(decode, &rules[i], gates);
	}
}

const struct loop_rule *loops_rule(const struct loops_settings *settings, const char *id)
{
	const struct loop_rule *rules = settings->rules.at;

	for (size_t i = 0; i < settings->rules.len; i++) {
		if (strcmp(settings->rules.keys[i], id) == 0) {
			return &rules[i];
		}
	}
	return NULL;
}
