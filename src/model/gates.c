#include "model/gates.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "data/yaml.h"
#include "model/shipped.h"

/** Most gates a repo may have; the predecessor's 371 were far too many. */
#define GATES_MAX 1000

static void load_gate(struct repo *repo, const struct kind *const *kinds, const char *file,
		      struct text bytes, struct problems *problems)
{
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .source = bytes, .what = "a gate"};
	struct gate *gate = &repo->gates.at[repo->gates.len];
	struct node *root = NULL;

	if (yaml_load(&repo->arena, file, bytes, OWN_FILE, problems, NULL, &root)) {
		return;
	}
	gate->file = file;
	gate->bytes = bytes;
	sha256_hex(bytes.at, bytes.len, gate->sha256);
	repo->gates.len++;
	gate_decode(&decode, root, kinds, gate);
}

static void load_shipped(struct repo *repo, const struct kind *const *kinds,
			 struct problems *problems)
{
	for (const struct shipped_file *file = shipped_files; file->name; file++) {
		struct text bytes = {(const char *)file->bytes, file->len};

		load_gate(repo, kinds, arena_printf(&repo->arena, "shipped:%s", file->name), bytes,
			  problems);
	}
}

static bool is_yaml(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && name[0] != '.' && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static void load_directory(struct repo *repo, const struct kind *const *kinds,
			   const struct tree_names *names, struct problems *problems)
{
	for (size_t i = 0; i < names->len && repo->gates.len < GATES_MAX; i++) {
		struct err err = {0};
		struct text bytes = {0};
		const char *file = NULL;

		if (!is_yaml(names->at[i])) {
			continue;
		}
		file = arena_printf(&repo->arena, "%s/%s", repo->config.gates, names->at[i]);
		if (tree_read(repo->tree, file, OWN_FILE_BYTES, &bytes, &err) != TREE_OK) {
			problems_add(problems, PROBLEM_FILE, (struct place){file, 0, 0},
				     (struct text){0}, NULL, "%s", err.text);
			continue;
		}
		load_gate(repo, kinds, file, bytes, problems);
	}
}

static void load_all(struct repo *repo, const struct kind *const *kinds, struct problems *problems)
{
	struct place where = {repo->config.gates, 0, 0};
	struct tree_names names = {0};
	struct err err = {0};
	size_t before = problems->list.len;

	if (strcmp(repo->config.gates, "shipped") == 0) {
		load_shipped(repo, kinds, problems);
		return;
	}
	if (tree_directory(repo->tree, repo->config.gates, &names, &err) != TREE_OK) {
		problems_add(problems, PROBLEM_FILE, where, (struct text){0},
			     "make the directory, or write `gates: shipped` into gaterun.yaml",
			     "%s", err.text);
		return;
	}
	load_directory(repo, kinds, &names, problems);
	tree_names_release(&names);
	if (repo->gates.len == 0 && problems->list.len == before) {
		problems_add(problems, PROBLEM_FILE, where, (struct text){0},
			     "write a gate there, or write `gates: shipped` into gaterun.yaml",
			     "the directory '%s' has no gates", repo->config.gates);
	}
}

/** By letters, then by number, so that G9 comes before G10. */
static int compare_gates(const void *left, const void *right)
{
	const char *a = ((const struct gate *)left)->id;
	const char *b = ((const struct gate *)right)->id;
	size_t a_letters = a ? strcspn(a, "0123456789") : 0;
	size_t b_letters = b ? strcspn(b, "0123456789") : 0;
	int order = 0;

	if (!a || !b) {
		return !!a - !!b;
	}
	order = strncmp(a, b, a_letters < b_letters ? a_letters : b_letters);
	if (order == 0 && a_letters != b_letters) {
		order = a_letters < b_letters ? -1 : 1;
	}
	if (order == 0 && strlen(a) != strlen(b)) {
		order = strlen(a) < strlen(b) ? -1 : 1;
	}
	return order != 0 ? order : strcmp(a, b);
}

static void problem_at(struct repo *repo, struct problems *problems, const struct gate *gate,
		       const struct node *node, const char *message)
{
	struct decode decode = {.arena = &repo->arena, .problems = problems, .source = gate->bytes};

	decode_problem(&decode, PROBLEM_VALUE, node, NULL, "%s", message);
}

/** Ids and aliases are one name space. */
static void check_name(struct repo *repo, struct problems *problems, const struct gate *gate,
		       const char *name, const struct node *node)
{
	const struct gate *first = gates_find(&repo->gates, name);
	bool is_own_id = gate->id && strcmp(gate->id, name) == 0;
	bool stands_as_alias_too = !is_own_id && same_string(gate->id, name);

	if (first && (first != gate || stands_as_alias_too)) {
		problem_at(repo, problems, gate, node,
			   arena_printf(&repo->arena, "'%s' is already an id or alias of %s", name,
					first->file));
	}
}

/** Does `gate` reach `sought` through requires? `depth` bounds the walk in a circle. */
static bool requires_reach(const struct gates *gates, const struct gate *gate,
			   const struct gate *sought, size_t depth)
{
	for (size_t i = 0; depth > 0 && i < gate->requires.len; i++) {
		const struct gate *next = gates_find(gates, gate->requires.at[i]);

		if (next && (next == sought || requires_reach(gates, next, sought, depth - 1))) {
			return true;
		}
	}
	return false;
}

/** Longest chain of `requires` that is followed. */
#define REQUIRES_DEPTH 16

static void check_requires(struct repo *repo, struct problems *problems, const struct gate *gate)
{
	for (size_t i = 0; i < gate->requires.len; i++) {
		const struct gate *required = gates_find(&repo->gates, gate->requires.at[i]);

		if (!required) {
			problem_at(repo, problems, gate, gate->requires.nodes[i],
				   arena_printf(&repo->arena, "there is no gate '%s'",
						gate->requires.at[i]));
		} else if (required == gate ||
			   requires_reach(&repo->gates, required, gate, REQUIRES_DEPTH)) {
			problem_at(repo, problems, gate, gate->requires.nodes[i],
				   "the gates require each other in a circle");
		}
	}
}

static void check_target_ids(struct repo *repo, struct problems *problems, const struct gate *gate,
			     const struct texts *ids)
{
	if (!binding_has_rows(&repo->targets.binding)) {
		return;
	}
	for (size_t i = 0; i < ids->len; i++) {
		if (!targets_find(&repo->targets, ids->at[i])) {
			problem_at(repo, problems, gate, ids->nodes[i],
				   arena_printf(&repo->arena, "'%s' is no target of %s", ids->at[i],
						repo->targets.binding.path));
		}
	}
}

/** `except` of gaterun.yaml: each key is a text gate. */
static void apply_except(struct repo *repo, struct problems *problems)
{
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .source = repo->config.bytes};
	const struct entries *except = &repo->config.except;
	const struct texts *globs = except->at;

	for (size_t i = 0; i < except->len; i++) {
		const struct gate *gate = gates_find(&repo->gates, except->keys[i]);

		if (!gate || (gate->kind && !gate->kind->is_text)) {
			decode_problem(
				&decode, PROBLEM_VALUE, except->nodes[i], NULL,
				gate ? "%s does not look into files, so there is nothing to except"
				     : "there is no gate '%s'",
				except->keys[i]);
			continue;
		}
		repo->gates.at[gate - repo->gates.at].except = globs[i];
	}
}

void gates_load(struct repo *repo, const struct kind *const *kinds, struct problems *problems)
{
	struct gates *gates = &repo->gates;

	gates->at = mem_alloc((GATES_MAX + 1) * sizeof(*gates->at));
	load_all(repo, kinds, problems);
	qsort(gates->at, gates->len, sizeof(*gates->at), compare_gates);
	for (size_t i = 0; i < gates->len; i++) {
		const struct gate *gate = &gates->at[i];

		if (gate->id) {
			check_name(repo, problems, gate, gate->id, node_get(gate->node, "id"));
		}
		for (size_t k = 0; k < gate->aliases.len; k++) {
			check_name(repo, problems, gate, gate->aliases.at[k],
				   gate->aliases.nodes[k]);
		}
		check_requires(repo, problems, gate);
		check_target_ids(repo, problems, gate, &gate->targets.ids);
		check_target_ids(repo, problems, gate, &gate->targets.except);
	}
	apply_except(repo, problems);
}

void gates_release(struct gates *gates)
{
	for (size_t i = 0; i < gates->len; i++) {
		const struct gate *gate = &gates->at[i];

		if (gate->kind && gate->kind->release_settings && gate->settings) {
			gate->kind->release_settings(gate->settings);
		}
	}
	free(gates->at);
	*gates = (struct gates){0};
}
