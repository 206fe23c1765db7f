#include "model/repo.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "data/hujson.h"
#include "model/config.h"
#include "model/gates.h"

static void refuse(struct problems *problems, const struct file_place *place, const char *message)
{
	struct place where = {place->path, 0, 0};

	problems_add(problems, PROBLEM_FILE, where, (struct text){0}, NULL, "%s", message);
}

/**
 * Read an own file. @return true if there are bytes; else *state says whether it is absent or
 * declared as none, and what is wrong is a problem.
 */
static bool read_own(struct repo *repo, const struct file_place *place, struct text *bytes,
		     enum binding_state *state, struct problems *problems)
{
	struct err err = {0};

	if (!place->path) {
		*state = BINDING_NONE;
		return false;
	}
	switch (tree_read(repo->tree, place->path, OWN_FILE_BYTES, bytes, &err)) {
	case TREE_OK:
		*state = BINDING_LOADED;
		return true;
	case TREE_ABSENT:
		*state = BINDING_ABSENT;
		if (place->is_named) {
			problems_add(problems, PROBLEM_FILE, place->where, repo->config.bytes,
				     "correct the path, or write none if the repo has no such file",
				     "'%s' does not exist", place->path);
		}
		return false;
	case TREE_REFUSED:
	case TREE_CONFLICTED:
		break;
	}
	*state = BINDING_ABSENT;
	refuse(problems, place, err.text);
	return false;
}

/** Load one binding's tree; true if there is one. */
static bool load_binding(struct repo *repo, const char *key, struct binding *binding,
			 struct problems *problems)
{
	struct file_place place = config_place(&repo->config, key);
	struct node *root = NULL;

	binding->path = place.path;
	if (!read_own(repo, &place, &binding->bytes, &binding->state, problems)) {
		return false;
	}
	sha256_hex(binding->bytes.at, binding->bytes.len, binding->sha256);
	if (yaml_load(&repo->arena, place.path, binding->bytes, OWN_FILE, problems, NULL, &root)) {
		return false;
	}
	binding->root = root;
	return true;
}

static void load_bindings(struct repo *repo, struct problems *problems)
{
	if (load_binding(repo, "ssh_targets", &repo->targets.binding, problems)) {
		targets_decode(&repo->arena, &repo->targets);
	}
	if (load_binding(repo, "tailnet_snapshot", &repo->devices.binding, problems)) {
		devices_decode(&repo->arena, &repo->devices);
	}
	if (load_binding(repo, "services_health", &repo->endpoints.binding, problems)) {
		endpoints_decode(&repo->arena, &repo->endpoints);
	}
}

static void load_known_hosts(struct repo *repo, struct problems *problems)
{
	struct file_place place = config_place(&repo->config, "known_hosts");
	struct binding *file = &repo->known_hosts_file;

	file->path = place.path;
	if (!read_own(repo, &place, &file->bytes, &file->state, problems)) {
		return;
	}
	sha256_hex(file->bytes.at, file->bytes.len, file->sha256);
	known_hosts_parse(&repo->arena, place.path, file->bytes, &file->problems,
			  &repo->known_hosts);
}

/** Load an own file that has a field table; NULL if it is not there. */
static const struct node *load_own_tree(struct repo *repo, const char *key, const char **path,
					struct text *bytes, struct problems *problems)
{
	struct file_place place = config_place(&repo->config, key);
	enum binding_state state = BINDING_ABSENT;
	struct node *root = NULL;

	if (!read_own(repo, &place, bytes, &state, problems)) {
		return NULL;
	}
	*path = place.path;
	if (yaml_load(&repo->arena, place.path, *bytes, OWN_FILE, problems, NULL, &root)) {
		return NULL;
	}
	return root;
}

static void load_tailnet_policy(struct repo *repo, struct problems *problems)
{
	struct file_place place = config_place(&repo->config, "tailnet_policy");
	struct binding *file = &repo->tailnet_policy.binding;
	struct node *root = NULL;

	file->path = place.path;
	if (!read_own(repo, &place, &file->bytes, &file->state, problems)) {
		return;
	}
	sha256_hex(file->bytes.at, file->bytes.len, file->sha256);
	if (hujson_load(&repo->arena, place.path, file->bytes, LOOKED_INTO, &file->problems,
			&repo->tailnet_policy.repeats, &root) == 0) {
		file->root = root;
	}
}

static void load_policy(struct repo *repo, struct problems *problems)
{
	struct policy *policy = &repo->policy;
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .what = "the probe policy"};
	const struct node *root = NULL;

	policy_default(&repo->arena, policy);
	root = load_own_tree(repo, "probe_policy", &policy->path, &policy->bytes, problems);
	if (root) {
		decode.source = policy->bytes;
		sha256_hex(policy->bytes.at, policy->bytes.len, policy->sha256);
		policy_decode(&decode, root, policy);
	}
}

static void load_waivers(struct repo *repo, struct problems *problems)
{
	struct waivers *waivers = &repo->waivers;
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .what = "the file of waivers"};
	const struct node *root =
		load_own_tree(repo, "waivers", &waivers->path, &waivers->bytes, problems);

	if (root) {
		decode.source = waivers->bytes;
		sha256_hex(waivers->bytes.at, waivers->bytes.len, waivers->sha256);
		waivers_decode(&decode, root, waivers);
	}
}

/** A `never` rule that names nobody protects nobody: it is a mistake, not a rule. */
static void check_never_rule(struct decode *decode, const struct targets *targets,
			     const struct kind *const *kinds, const struct never_rule *rule)
{
	const struct node *list = node_get(rule->node, "kinds");

	if (rule->target && binding_has_rows(&targets->binding) &&
	    !targets_find(targets, rule->target)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(rule->node, "target"), NULL,
			       "'%s' is no target of %s", rule->target, targets->binding.path);
	}
	if (list && list->kind == NODE_LIST && list->count == 0) {
		decode_problem(decode, PROBLEM_VALUE, list, NULL,
			       "'kinds' names no kind, so the rule protects nobody");
	}
	for (size_t i = 0; i < rule->kinds.len; i++) {
		/* A kind of a newer program is forbidden as well; only a slip of the pen is not. */
		if (!kind_find(kinds, rule->kinds.at[i]) &&
		    kind_nearest(kinds, rule->kinds.at[i])) {
			kind_unknown(decode, rule->kinds.nodes[i], kinds);
		}
	}
}

static void check_never(struct repo *repo, const struct kind *const *kinds,
			struct problems *problems)
{
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .source = repo->policy.bytes};
	const struct never_rule *rules = repo->policy.never.at;

	for (size_t i = 0; i < repo->policy.never.len; i++) {
		check_never_rule(&decode, &repo->targets, kinds, &rules[i]);
	}
}

static void check_waivers(struct repo *repo, struct problems *problems)
{
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .source = repo->waivers.bytes};
	const struct waiver *rows = repo->waivers.rows.at;

	for (size_t i = 0; i < repo->waivers.rows.len; i++) {
		if (rows[i].gate && !repo->gates.is_partial &&
		    !gates_find(&repo->gates, rows[i].gate)) {
			decode_problem(&decode, PROBLEM_VALUE, node_get(rows[i].node, "gate"),
				       "a waiver names exactly one gate; `gaterun gates` lists "
				       "what there is",
				       "there is no gate '%s'", rows[i].gate);
		}
	}
}

/** Nothing is said about gates while one of them could not be read. */
static void check_loops(struct repo *repo, struct problems *problems)
{
	struct decode decode = {
		.arena = &repo->arena, .problems = problems, .source = repo->config.bytes};

	if (!repo->gates.is_partial) {
		loops_check_gates(&decode, &repo->config.loops, &repo->gates);
	}
}

/** Everything but gates. */
static int load_facts(struct repo *repo, struct tree *tree, struct problems *problems)
{
	size_t before = problems->list.len;

	repo->tree = tree;
	repo->root = tree_root(repo->tree);
	config_load(repo, problems);
	if (problems->list.len > before) {
		return -1;
	}
	load_bindings(repo, problems);
	load_known_hosts(repo, problems);
	load_tailnet_policy(repo, problems);
	load_policy(repo, problems);
	load_waivers(repo, problems);
	return 0;
}

int repo_load_facts(struct repo *repo, struct tree *tree, const struct gates *gates,
		    struct problems *problems)
{
	size_t before = problems->list.len;

	repo->gates = *gates;
	repo->gates.is_borrowed = true;
	(void)load_facts(repo, tree, problems);
	return problems->list.len > before ? -1 : 0;
}

int repo_load_tree(struct repo *repo, struct tree *tree, const struct kind *const *kinds,
		   struct problems *problems)
{
	size_t before = problems->list.len;

	if (load_facts(repo, tree, problems)) {
		return -1;
	}
	gates_load(repo, kinds, problems);
	check_never(repo, kinds, problems);
	check_waivers(repo, problems);
	check_loops(repo, problems);
	return problems->list.len > before ? -1 : 0;
}

int repo_load(struct repo *repo, const char *root, const struct kind *const *kinds,
	      struct problems *problems)
{
	struct tree *tree = NULL;
	struct err err = {0};

	if (tree_open_worktree(root, &tree, &err)) {
		problems_add(problems, PROBLEM_FILE, (struct place){root, 0, 0}, (struct text){0},
			     NULL, "%s", err.text);
		return -1;
	}
	return repo_load_tree(repo, tree, kinds, problems);
}

int repo_load_shipped(struct repo *repo, const struct kind *const *kinds, struct problems *problems)
{
	size_t before = problems->list.len;

	repo->config.gates = "shipped";
	repo->targets.binding.state = BINDING_ABSENT;
	policy_default(&repo->arena, &repo->policy);
	gates_load(repo, kinds, problems);
	return problems->list.len > before ? -1 : 0;
}

void repo_release(struct repo *repo)
{
	gates_release(&repo->gates);
	problems_release(&repo->targets.binding.problems);
	problems_release(&repo->devices.binding.problems);
	problems_release(&repo->endpoints.binding.problems);
	problems_release(&repo->known_hosts_file.problems);
	problems_release(&repo->tailnet_policy.binding.problems);
	VEC_RELEASE(&repo->tailnet_policy.repeats);
	tree_free(repo->tree);
	arena_release(&repo->arena);
	*repo = (struct repo){0};
}

const struct pack_settings *repo_pack(const struct repo *repo, const char *pack)
{
	const struct pack_settings *settings = repo->config.packs.at;

	for (size_t i = 0; i < repo->config.packs.len; i++) {
		if (strcmp(repo->config.packs.keys[i], pack) == 0) {
			return &settings[i];
		}
	}
	return NULL;
}

const char *repo_receipts(const struct repo *repo)
{
	return repo->config.receipts;
}
