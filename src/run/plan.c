/* Which gates run, in which order, and which are decided before anything runs. */
#include <string.h>

#include "base/cleanup.h"
#include "run/execute.h"

static bool is_planned(const struct plan *plan, const struct gate *gate)
{
	for (size_t i = 0; i < plan->steps.len; i++) {
		if (plan->steps.at[i].gate == gate) {
			return true;
		}
	}
	return false;
}

/** A binding that the gate needs, and how to speak about it. */
struct needed {
	enum need need;
	const struct binding *binding;
	const char *key;
};

static void decide(struct planned *step, enum verdict verdict, enum reason reason, const char *why,
		   struct place where)
{
	step->decided = verdict;
	step->reason = reason;
	step->why = why;
	step->where = where;
}

static bool decide_by_binding(struct plan *plan, const struct repo *repo, struct planned *step,
			      const struct needed *needed)
{
	const struct binding *binding = needed->binding;
	struct place config = {repo->config.file, 0, 0};

	if (!(gate_needs(step->gate) & (unsigned)needed->need)) {
		return false;
	}
	if (binding->state == BINDING_NONE) {
		if (repo->config.node) {
			config = node_place(node_get(repo->config.node, "bindings"), needed->key);
		}
		decide(step, VERDICT_SKIP, REASON_BINDING_NONE,
		       arena_printf(&plan->arena, "gaterun.yaml says that there is no %s",
				    needed->key),
		       config);
		return true;
	}
	if (binding->state == BINDING_ABSENT) {
		decide(step, VERDICT_UNKNOWN, REASON_BINDING_ABSENT,
		       arena_printf(
			       &plan->arena,
			       "there is no %s; write it, or say `bindings: {%s: none}` in gaterun.yaml",
			       binding->path, needed->key),
		       (struct place){binding->path, 0, 0});
		return true;
	}
	if (binding->is_broken) {
		decide(step, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
		       arena_printf(&plan->arena, "%s: %s", binding->path,
				    binding->problems.list.at[0].message),
		       binding->problems.list.at[0].where);
		return true;
	}
	return false;
}

static void decide_step(struct plan *plan, const struct repo *repo, enum mode mode,
			struct planned *step)
{
	const struct needed needs[] = {
		{NEEDS_TARGETS, &repo->targets.binding, "ssh_targets"},
		{NEEDS_DEVICES, &repo->devices.binding, "tailnet_snapshot"},
		{NEEDS_ENDPOINTS, &repo->endpoints.binding, "services_health"},
		{NEEDS_KNOWN_HOSTS, &repo->known_hosts_file, "known_hosts"},
		{NEEDS_TAILNET_POLICY, &repo->tailnet_policy.binding, "tailnet_policy"},
	};

	if (gate_mode(step->gate) > mode) {
		decide(step, VERDICT_SKIP,
		       mode == MODE_STATIC ? REASON_MODE_STATIC : REASON_MODE_PASSIVE,
		       arena_printf(&plan->arena, "needs mode %s; the run is %s",
				    mode_word(gate_mode(step->gate)), mode_word(mode)),
		       (struct place){0});
		return;
	}
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (decide_by_binding(plan, repo, step, &needs[i])) {
			return;
		}
	}
	if ((step->gate->kind->needs & NEEDS_GIT_LIST) && !tree_has_git(repo->tree)) {
		decide(step, VERDICT_UNKNOWN, REASON_VCS_NONE,
		       "there is no git here, so nobody says which files are tracked",
		       (struct place){0});
	}
}

/** Add a gate behind the ones it requires; gates_load made sure that there is no circle. */
static void add_gate(struct plan *plan, const struct repo *repo, const struct gate *gate,
		     bool is_required_only)
{
	if (is_planned(plan, gate)) {
		return;
	}
	for (size_t i = 0; i < gate->requires.len; i++) {
		add_gate(plan, repo, gates_find(&repo->gates, gate->requires.at[i]), true);
	}
	*VEC_ADD(&plan->steps) = (struct planned){
		.gate = gate,
		.is_required_only = is_required_only,
	};
}

static void select_gate(struct plan *plan, const struct repo *repo, const struct gate *gate)
{
	add_gate(plan, repo, gate, false);
	for (size_t i = 0; i < plan->steps.len; i++) {
		if (plan->steps.at[i].gate == gate) {
			plan->steps.at[i].is_required_only = false;
		}
	}
}

/** What a pack without a budget allows. */
#define BUDGET_NONE INT64_MAX

/** A gate, and what it requires, may take as long as the most generous pack it is wanted for. */
static void allow(struct plan *plan, const struct repo *repo, const struct gate *gate,
		  int64_t budget_ms)
{
	for (size_t i = 0; i < plan->steps.len; i++) {
		struct planned *step = &plan->steps.at[i];

		if (step->gate != gate || step->budget_ms >= budget_ms) {
			continue;
		}
		step->budget_ms = budget_ms;
		for (size_t k = 0; k < gate->requires.len; k++) {
			allow(plan, repo, gates_find(&repo->gates, gate->requires.at[k]),
			      budget_ms);
		}
	}
}

static int64_t budget_of(const struct repo *repo, const char *pack)
{
	const struct pack_settings *settings = repo_pack(repo, pack);

	return settings && settings->budget_ms > 0 ? settings->budget_ms : BUDGET_NONE;
}

struct names VEC(const char *);

static void add_name(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->len; i++) {
		if (strcmp(names->at[i], name) == 0) {
			return;
		}
	}
	*VEC_ADD(names) = name;
}

/** Append "; did you mean 'fast'?" if a name is near. Ends the list. */
static void add_suggestion(struct names *names, const char *name, struct str *out)
{
	const char *near = NULL;

	*VEC_ADD(names) = NULL;
	near = nearest_word(name, names->at);
	if (near) {
		str_printf(out, "; did you mean '%s'?", near);
	}
}

/** -1 with the packs that exist. */
static int refuse_pack(const struct repo *repo, const char *pack, struct err *err)
{
	AUTO(auto_str) struct str known = {.max = 300};
	struct names names = {0};

	add_name(&names, "all");
	for (size_t i = 0; i < repo->gates.len; i++) {
		const struct texts *packs = &repo->gates.at[i].packs;

		for (size_t k = 0; k < packs->len; k++) {
			add_name(&names, packs->at[k]);
		}
	}
	for (size_t i = 0; i < names.len; i++) {
		str_printf(&known, "%s%s", i ? ", " : "", names.at[i]);
	}
	add_suggestion(&names, pack, &known);
	VEC_RELEASE(&names);
	return err_set(err, ERR_INPUT, "'%s' is not a pack; there are %s", pack, str_text(&known));
}

/** -1 with the gate that was meant. */
static int refuse_gate(const struct repo *repo, const char *id, struct err *err)
{
	AUTO(auto_str) struct str near = {.max = 300};
	struct names names = {0};

	for (size_t i = 0; i < repo->gates.len; i++) {
		const struct gate *gate = &repo->gates.at[i];

		add_name(&names, gate->id);
		for (size_t k = 0; k < gate->aliases.len; k++) {
			add_name(&names, gate->aliases.at[k]);
		}
	}
	add_suggestion(&names, id, &near);
	VEC_RELEASE(&names);
	return err_set(err, ERR_INPUT,
		       "there is no gate '%s'; `gaterun gates` lists what there is%s", id,
		       str_text(&near));
}

static int select_pack(struct plan *plan, const struct repo *repo, const char *pack,
		       struct err *err)
{
	size_t found = 0;

	for (size_t i = 0; i < repo->gates.len; i++) {
		if (gate_in_pack(&repo->gates.at[i], pack)) {
			select_gate(plan, repo, &repo->gates.at[i]);
			allow(plan, repo, &repo->gates.at[i], budget_of(repo, pack));
			found++;
		}
	}
	return found > 0 ? 0 : refuse_pack(repo, pack, err);
}

static int select_gates(struct plan *plan, const struct repo *repo, const struct texts *ids,
			struct err *err)
{
	for (size_t i = 0; i < ids->len; i++) {
		const struct gate *gate = gates_find(&repo->gates, ids->at[i]);

		if (!gate) {
			return refuse_gate(repo, ids->at[i], err);
		}
		select_gate(plan, repo, gate);
	}
	return 0;
}

/** Add all packs and gates that were asked for. */
static int select_all(struct plan *plan, const struct repo *repo, const struct run_options *options,
		      struct err *err)
{
	for (size_t i = 0; i < options->packs.len; i++) {
		if (select_pack(plan, repo, options->packs.at[i], err)) {
			return -1;
		}
	}
	return select_gates(plan, repo, &options->gates, err);
}

/** Does a gate about targets, which every shard has some of, hang on this one? */
static bool is_required(const struct plan *plan, const struct gate *gate)
{
	for (size_t i = 0; i < plan->steps.len; i++) {
		if (texts_hold(&plan->steps.at[i].gate->requires, gate->id) &&
		    gate_is_per_target(plan->steps.at[i].gate)) {
			return true;
		}
	}
	return false;
}

/** In a shard, a gate that is not about targets is left to the shard it belongs to. */
static void decide_by_shard(struct plan *plan, const struct shard *shard, struct planned *step)
{
	const struct gate *gate = step->gate;

	if (step->reason != REASON_NONE || gate_is_per_target(gate) ||
	    shard_holds(shard, gate->id) || is_required(plan, gate)) {
		return;
	}
	decide(step, VERDICT_SKIP, REASON_SHARD_ELSEWHERE,
	       arena_printf(&plan->arena, "it is judged in shard %d/%d",
			    shard_of(gate->id, shard->count), shard->count),
	       (struct place){0});
}

int plan_make(const struct repo *repo, const struct run_options *options, struct plan *plan,
	      struct err *err)
{
	if (options->packs.len > 0 && options->gates.len > 0) {
		return err_set(err, ERR_INPUT, "name packs or gates, not both");
	}
	if (options->packs.len == 0 && options->gates.len == 0) {
		return err_set(err, ERR_INPUT,
			       "name a pack, like `gaterun verify fast`, or a gate with --gate ID");
	}
	if (select_all(plan, repo, options, err)) {
		plan_release(plan);
		return -1;
	}
	for (size_t i = 0; i < plan->steps.len; i++) {
		decide_step(plan, repo, options->mode, &plan->steps.at[i]);
		decide_by_shard(plan, &options->targets.shard, &plan->steps.at[i]);
		if (plan->steps.at[i].budget_ms == BUDGET_NONE) {
			plan->steps.at[i].budget_ms = 0;
		}
	}
	return 0;
}

/** A revision is files and nothing else. */
static void decide_by_files(struct plan *plan, const struct repo *repo, struct planned *step)
{
	enum mode mode = gate_mode(step->gate);

	if (mode == MODE_STATIC) {
		decide_step(plan, repo, MODE_STATIC, step);
		return;
	}
	decide(step, VERDICT_SKIP, REASON_MODE_STATIC,
	       arena_printf(&plan->arena, "it needs mode %s, and a revision is files alone",
			    mode_word(mode)),
	       (struct place){0});
}

void plan_again(const struct run *run, const struct repo *repo, struct plan *plan)
{
	for (size_t i = 0; i < run->plan->steps.len; i++) {
		struct planned *step = VEC_ADD(&plan->steps);

		step->gate = run->plan->steps.at[i].gate;
		step->is_required_only = run->plan->steps.at[i].is_required_only;
		step->is_whole = !run->results[i].is_narrowed;
		decide_by_files(plan, repo, step);
	}
}

void plan_release(struct plan *plan)
{
	VEC_RELEASE(&plan->steps);
	arena_release(&plan->arena);
}
