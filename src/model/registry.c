#include "model/registry.h"

#include <string.h>

#include "data/yaml.h"

#define AT(member) offsetof(struct registry_gate, member)

const struct field registry_fields[] = {
	{"id", FIELD_TEXT, AT(id), .required = true, .doc = "the gate's id"},
	{"name", FIELD_TEXT, AT(name), .nullable = true, .doc = "a word for the file's name"},
	{"category", FIELD_TEXT, AT(category), .nullable = true, .doc = "told in `explain`"},
	{"gate_class", FIELD_TEXT, AT(gate_class), .nullable = true,
	 .doc = "advisory and observational ones never decide"},
	{"severity", FIELD_TEXT, AT(severity), .nullable = true,
	 .doc = "critical, high, medium, low; none is low"},
	{"ring", FIELD_TEXT, AT(ring), .nullable = true, .doc = "becomes a pack, and the timeout"},
	{"description", FIELD_TEXT, AT(description), .nullable = true,
	 .doc = "becomes `title` and `explain`"},
	{"check_script", FIELD_TEXT, AT(check_script), .nullable = true, .doc = "what is run"},
	{"fix_hint", FIELD_TEXT, AT(fix_hint), .nullable = true, .doc = "becomes `triage`"},
	{"owner", FIELD_TEXT, AT(owner), .nullable = true, .doc = "who answers for it"},
	{"mode", FIELD_TEXT, AT(mode), .nullable = true, .doc = "report: it never decides"},
	{"composite_parent", FIELD_TEXT, AT(composite_parent), .nullable = true,
	 .doc = "the gate whose part it is"},
	{"composite_of", FIELD_TEXTS, AT(composite_of), .nullable = true, .doc = "its parts"},
	{"inline", FIELD_BOOL, AT(is_inline), .nullable = true,
	 .doc = "it may have no script of its own"},
	{"retired", FIELD_BOOL, AT(is_retired), .nullable = true, .doc = "it is left out"},
	{"warn_only", FIELD_BOOL, AT(warns_only), .nullable = true, .doc = "it never decides"},
	{0},
};

/** Keys that are known and mean nothing here. */
static const char *const unused[] = {"verbose_only", "parent_loop", NULL};

/** Other words for keys, which nobody is to guess silently. */
static const struct {
	const char *word;
	const char *meant;
} synonyms[] = {
	{"gate_id", "id"},
	{"title", "name"},
	{"class", "gate_class"},
	{"level", "severity"},
	{"tier", "ring"},
	{"desc", "description"},
	{"summary", "description"},
	{"script", "check_script"},
	{"check", "check_script"},
	{"command", "check_script"},
	{"path", "check_script"},
	{"fix", "fix_hint"},
	{"hint", "fix_hint"},
	{"remediation", "fix_hint"},
	{"is_inline", "inline"},
	{"disabled", "retired"},
	{"members", "composite_of"},
	{"warn", "warn_only"},
	{"parent", "composite_parent"},
};

static const char *meant_by(const char *key)
{
	const char *words[sizeof(registry_fields) / sizeof(registry_fields[0])] = {0};

	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (strcmp(synonyms[i].word, key) == 0) {
			return synonyms[i].meant;
		}
	}
	for (size_t i = 0; registry_fields[i].name; i++) {
		words[i] = registry_fields[i].name;
	}
	return nearest_word(key, words);
}

static void note_key(struct registry *registry, const struct node *node)
{
	struct registry_key *row = NULL;

	for (size_t i = 0; unused[i]; i++) {
		if (strcmp(unused[i], node->key) == 0) {
			return;
		}
	}
	for (size_t i = 0; i < registry->keys.len; i++) {
		if (strcmp(registry->keys.at[i].key, node->key) == 0) {
			registry->keys.at[i].count++;
			return;
		}
	}
	row = VEC_ADD(&registry->keys);
	row->key = node->key;
	row->meant = meant_by(node->key);
	row->where = node->key_where;
	row->count = 1;
}

/** Ids are compared in capital letters: that is how gates write them. */
static const char *capital(struct arena *arena, const char *id)
{
	char *copy = arena_text(arena, id);

	for (char *at = copy; *at; at++) {
		if (*at >= 'a' && *at <= 'z') {
			*at = (char)(*at - 'a' + 'A');
		}
	}
	return copy;
}

static void read_row(struct decode *decode, struct registry *registry, const struct node *node,
		     struct registry_gate *row)
{
	for (const struct node *child = node->first; child; child = child->next) {
		if (node->kind == NODE_MAP && !field_is_known(registry_fields, child->key)) {
			note_key(registry, child);
		}
	}
	if (decode_fields(decode, node, node->where, registry_fields, row)) {
		return;
	}
	row->node = node;
	row->id = capital(decode->arena, row->id);
	row->composite_parent =
		row->composite_parent ? capital(decode->arena, row->composite_parent) : NULL;
	for (size_t i = 0; i < row->composite_of.len; i++) {
		row->composite_of.at[i] = capital(decode->arena, row->composite_of.at[i]);
	}
	registry->rows.len++;
}

static const struct node *list_of(struct decode *decode, const struct node *root)
{
	const struct node *gates = node_get(root, "gates");

	if (!gates || gates->kind != NODE_LIST) {
		decode_problem(
			decode, gates ? PROBLEM_TYPE : PROBLEM_MISSING, gates ? gates : root,
			"a registry has a list `gates`, whose rows have id, check_script and "
			"severity",
			"this is no registry of gates: expected a list 'gates', found %s",
			node_sort(gates));
		return NULL;
	}
	return gates;
}

int registry_read(struct arena *arena, const char *file, struct text bytes,
		  struct problems *problems, struct registry *out)
{
	struct decode decode = {.arena = arena,
				.problems = problems,
				.source = bytes,
				.keeps_unknown = true,
				.what = "a row of the registry"};
	struct repeated_keys repeats = {0};
	const struct node *gates = NULL;
	struct registry_gate *rows = NULL;
	struct node *root = NULL;

	if (yaml_load(arena, file, bytes, LOOKED_INTO, problems, &repeats, &root)) {
		VEC_RELEASE(&repeats);
		return -1;
	}
	for (size_t i = 0; i < repeats.len; i++) {
		problems_add(problems, PROBLEM_REPEATED_KEY, repeats.at[i].where, bytes,
			     "keep one of them", "key '%s' stands twice; first on line %d",
			     repeats.at[i].key, repeats.at[i].first.line);
	}
	VEC_RELEASE(&repeats);
	gates = list_of(&decode, root);
	if (!gates) {
		return -1;
	}
	out->file = file;
	out->bytes = bytes;
	rows = arena_alloc(arena, (gates->count + 1) * sizeof(*rows));
	out->rows.at = rows;
	for (const struct node *node = gates->first; node; node = node->next) {
		rows[out->rows.len] = (struct registry_gate){0};
		read_row(&decode, out, node, &rows[out->rows.len]);
	}
	return 0;
}

void registry_release(struct registry *registry)
{
	VEC_RELEASE(&registry->keys);
	*registry = (struct registry){0};
}
