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
		repo->gates.is_partial = true;
		return;
	}
	gate->file = file;
	gate->bytes = bytes;
	sha256_hex(bytes.at, bytes.len, gate->sha256);
	repo->gates.len++;
	gate_decode(&decode, root, kinds, gate);
	repo->gates.is_partial = repo->gates.is_partial || !gate->id;
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

/** A problem with a file or directory as a whole, so that gates may be missing. */
static void refuse(struct repo *repo, struct problems *problems, const char *file, const char *hint,
		   const char *message)
{
	problems_add(problems, PROBLEM_FILE, (struct place){file, 0, 0}, (struct text){0}, hint,
		     "%s", message);
	repo->gates.is_partial = true;
}

static void load_directory(struct repo *repo, const struct kind *const *kinds,
			   const struct tree_names *names, struct problems *problems)
{
	for (size_t i = 0; i < names->len; i++) {
		struct err err = {0};
		struct text bytes = {0};
		const char *file = NULL;

		if (!is_yaml(names->at[i])) {
			continue;
		}
		file = arena_printf(&repo->arena, "%s/%s", repo->config.gates, names->at[i]);
		if (repo->gates.len == GATES_MAX) {
			refuse(repo, problems, repo->config.gates, NULL,
			       arena_printf(&repo->arena, "there are more than %d gates",
					    GATES_MAX));
			return;
		}
		if (tree_read(repo->tree, file, OWN_FILE_BYTES, &bytes, &err) != TREE_OK) {
			refuse(repo, problems, file, NULL, err.text);
			continue;
		}
		load_gate(repo, kinds, file, bytes, problems);
	}
}

/** There is nothing that an ops repo has: somebody named the wrong directory. */
static bool is_elsewhere(struct repo *repo)
{
	struct tree_names names = {0};
	struct err ignored = {0};
	bool has_bindings = tree_directory(repo->tree, "bindings", &names, &ignored) != TREE_ABSENT;

	tree_names_release(&names);
	return !has_bindings && !repo->config.file;
}

/** The directory of gates cannot be listed: say it where its name is written. */
static void refuse_directory(struct repo *repo, struct problems *problems, enum tree_answer answer,
			     const char *why)
{
	static const char *const words[] = {"shipped", NULL};
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .source = repo->config.bytes};
	const struct node *named = node_get(repo->config.node, "gates");
	const char *near = nearest_word(repo->config.gates, words);

	if (answer == TREE_ABSENT && is_elsewhere(repo)) {
		refuse(repo, problems, NULL,
		       "name the root of your repo, or make it one: write `version: 1` and `gates: "
		       "shipped` into its gaterun.yaml",
		       arena_printf(&repo->arena,
				    "'%s' is no ops repo: it has no gaterun.yaml, no bindings/ and "
				    "no gates/",
				    repo->root));
	} else if (named) {
		decode_problem(&decode, PROBLEM_FILE, named,
			       "make the directory, or write `gates: shipped`",
			       near ? "%s; did you mean '%s'?" : "%s", why, near);
		repo->gates.is_partial = true;
	} else {
		refuse(repo, problems, repo->config.gates,
		       "make the directory, or write `gates: shipped` into gaterun.yaml", why);
	}
}

static void load_all(struct repo *repo, const struct kind *const *kinds, struct problems *problems)
{
	const char *directory = repo->config.gates;
	struct tree_names names = {0};
	struct err err = {0};
	enum tree_answer answer = TREE_OK;
	size_t before = problems->list.len;

	if (strcmp(directory, "shipped") == 0) {
		load_shipped(repo, kinds, problems);
		return;
	}
	answer = tree_directory(repo->tree, directory, &names, &err);
	if (answer != TREE_OK) {
		refuse_directory(repo, problems, answer, err.text);
		return;
	}
	load_directory(repo, kinds, &names, problems);
	tree_names_release(&names);
	if (repo->gates.len == 0 && problems->list.len == before) {
		refuse(repo, problems, directory,
		       "write a gate there, or write `gates: shipped` into gaterun.yaml",
		       arena_printf(&repo->arena, "the directory '%s' has no gates", directory));
	}
}

/** Compares digits as numbers of any length. */
static int compare_numbers(const char *left, const char *right)
{
	left += strspn(left, "0");
	right += strspn(right, "0");
	if (strlen(left) != strlen(right)) {
		return strlen(left) < strlen(right) ? -1 : 1;
	}
	return strcmp(left, right);
}

/** By letters, then by number, so that G9 comes before G10; equal ids by file. */
static int compare_gates(const void *left, const void *right)
{
	const struct gate *a = left;
	const struct gate *b = right;
	const char *a_id = a->id ? a->id : "";
	const char *b_id = b->id ? b->id : "";
	size_t a_letters = strcspn(a_id, "0123456789");
	size_t b_letters = strcspn(b_id, "0123456789");
	int order = strncmp(a_id, b_id, a_letters > b_letters ? a_letters : b_letters);

	if (order == 0) {
		order = compare_numbers(a_id + a_letters, b_id + b_letters);
	}
	if (order == 0) {
		order = strcmp(a_id, b_id);
	}
	return order != 0 ? order : strcmp(a->file, b->file);
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

/** How far the search for circles of `requires` is with a gate. */
enum visit {
	VISIT_NEW,
	VISIT_OPEN, /**< on the way that is being followed now */
	VISIT_DONE,
};

/** Follows every `requires` once; one that leads back onto the way to it closes a circle. */
static void find_circles(struct repo *repo, struct problems *problems, enum visit *visits,
			 const struct gate *gate)
{
	visits[gate - repo->gates.at] = VISIT_OPEN;
	for (size_t i = 0; i < gate->requires.len; i++) {
		const struct gate *next = gates_find(&repo->gates, gate->requires.at[i]);

		if (!next) {
			continue;
		}
		if (visits[next - repo->gates.at] == VISIT_OPEN) {
			problem_at(repo, problems, gate, gate->requires.nodes[i],
				   arena_printf(&repo->arena,
						"requiring '%s' closes a circle of gates that wait "
						"for each other",
						gate->requires.at[i]));
		} else if (visits[next - repo->gates.at] == VISIT_NEW) {
			find_circles(repo, problems, visits, next);
		}
	}
	visits[gate - repo->gates.at] = VISIT_DONE;
}

static void check_circles(struct repo *repo, struct problems *problems)
{
	enum visit *visits = arena_alloc(&repo->arena, (repo->gates.len + 1) * sizeof(*visits));

	for (size_t i = 0; i < repo->gates.len; i++) {
		if (visits[i] == VISIT_NEW) {
			find_circles(repo, problems, visits, &repo->gates.at[i]);
		}
	}
}

/** What a gate requires is there, unless a file that could not be read may hold it. */
static void check_requires(struct repo *repo, struct problems *problems, const struct gate *gate)
{
	for (size_t i = 0; i < gate->requires.len && !repo->gates.is_partial; i++) {
		if (!gates_find(&repo->gates, gate->requires.at[i])) {
			problem_at(repo, problems, gate, gate->requires.nodes[i],
				   arena_printf(&repo->arena, "there is no gate '%s'",
						gate->requires.at[i]));
		}
	}
}

/** A shadow is that of a gate that can decide. */
static void check_shadow(struct repo *repo, struct problems *problems, const struct gate *gate)
{
	const struct gate *other =
		gate->shadow_of ? gates_find(&repo->gates, gate->shadow_of) : NULL;
	const struct node *node = node_get(gate->node, "shadow_of");

	if (gate->shadow_of && !other && !repo->gates.is_partial) {
		problem_at(repo, problems, gate, node,
			   arena_printf(&repo->arena, "there is no gate '%s'", gate->shadow_of));
	} else if (other == gate) {
		problem_at(repo, problems, gate, node, "a gate is not in its own shadow");
	} else if (other && other->shadow_of) {
		problem_at(repo, problems, gate, node,
			   arena_printf(&repo->arena,
					"%s does not decide: it is in the shadow of %s",
					gate->shadow_of, other->shadow_of));
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
		struct node key = {.where = except->nodes[i]->key_where};

		if (gate && gate->kind && !gate->kind->is_text) {
			decode_problem(&decode, PROBLEM_VALUE, &key, NULL,
				       "%s does not look into files, so there is nothing to except",
				       except->keys[i]);
		} else if (gate) {
			repo->gates.at[gate - repo->gates.at].except = globs[i];
		} else if (!repo->gates.is_partial) {
			decode_problem(&decode, PROBLEM_VALUE, &key, NULL, "there is no gate '%s'",
				       except->keys[i]);
		}
		globs_check(&decode, &globs[i]);
	}
}

/** Packs of the shipped set, and the one that every gate is in; a repo may have others. */
static const char *const shipped_packs[] = {"all", "fast", "core", "infra", "evidence"};

#define SHIPPED_PACKS (sizeof(shipped_packs) / sizeof(shipped_packs[0]))

/** Every pack that a gate is in, and those everybody knows; ended by NULL. */
static const char *const *known_packs(struct repo *repo)
{
	const char **known = NULL;
	size_t count = SHIPPED_PACKS;

	for (size_t i = 0; i < repo->gates.len; i++) {
		count += repo->gates.at[i].packs.len;
	}
	known = arena_alloc(&repo->arena, (count + 1) * sizeof(*known));
	memcpy(known, shipped_packs, sizeof(shipped_packs));
	count = SHIPPED_PACKS;
	for (size_t i = 0; i < repo->gates.len; i++) {
		const struct texts *packs = &repo->gates.at[i].packs;

		for (size_t k = 0; k < packs->len; k++) {
			known[count++] = packs->at[k];
		}
	}
	return known;
}

/** `packs` of gaterun.yaml may speak of a pack before there is a gate in it; but not nearly. */
static void check_packs(struct repo *repo, struct problems *problems)
{
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .source = repo->config.bytes};
	const struct entries *packs = &repo->config.packs;
	const char *const *known = packs->len > 0 ? known_packs(repo) : NULL;

	for (size_t i = 0; i < packs->len; i++) {
		struct node key = {.where = packs->nodes[i]->key_where};
		const char *meant = entries_slip(packs, i, known);

		if (meant) {
			decode_problem(&decode, PROBLEM_VALUE, &key,
				       "correct it; or write down both, if both are meant",
				       "no gate is in a pack '%s'; did you mean '%s'?",
				       packs->keys[i], meant);
		}
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
		check_shadow(repo, problems, gate);
		check_target_ids(repo, problems, gate, &gate->targets.ids);
		check_target_ids(repo, problems, gate, &gate->targets.except);
	}
	check_circles(repo, problems);
	apply_except(repo, problems);
	if (!gates->is_partial) {
		check_packs(repo, problems);
	}
}

void gates_release(struct gates *gates)
{
	for (size_t i = 0; i < gates->len && !gates->is_borrowed; i++) {
		const struct gate *gate = &gates->at[i];

		if (gate->kind && gate->kind->release_settings && gate->settings) {
			gate->kind->release_settings(gate->settings);
		}
	}
	free(gates->is_borrowed ? NULL : gates->at);
	*gates = (struct gates){0};
}
