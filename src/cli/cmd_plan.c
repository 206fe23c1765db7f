#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/expected.h"
#include "cli/routes.h"
#include "cli/selection.h"
#include "data/json.h"
#include "report/layout.h"

/** Columns before the reason why a gate does not run. */
#define WHY_INDENT ((size_t)10)

/** Columns before the title of a gate. */
#define TITLE_INDENT ((size_t)16)

/** What is to be written. */
struct outlook {
	const struct repo *repo;
	const struct run_options *options;
	const struct plan *plan;
	struct vantage from;
	struct durations expected; /**< what gates took in earlier runs */
};

static bool would_run(const struct planned *step)
{
	return step->reason == REASON_NONE;
}

static bool looks_at(const struct outlook *outlook, const struct planned *step,
		     const struct target *target)
{
	return would_run(step) && gate_is_per_target(step->gate) &&
	       selector_chooses(&outlook->options->targets, target) &&
	       selector_chooses(&step->gate->targets, target);
}

/** The rule of the policy by which a gate that would run leaves this target alone; NULL: none. */
static const struct never_rule *never(const struct outlook *outlook, const struct planned *step,
				      const struct target *target)
{
	return looks_at(outlook, step, target)
		       ? kind_forbidden(&outlook->repo->policy, step->gate->kind, target)
		       : NULL;
}

/** Would some gate of the plan dial this target? */
static bool is_dialled(const struct outlook *outlook, const struct target *target)
{
	for (size_t i = 0; i < outlook->plan->steps.len; i++) {
		const struct planned *step = &outlook->plan->steps.at[i];

		if (gate_mode(step->gate) > MODE_STATIC && looks_at(outlook, step, target) &&
		    !never(outlook, step, target)) {
			return true;
		}
	}
	return false;
}

static struct json *never_json(const struct outlook *outlook, const struct planned *step)
{
	struct json *list = json_list();

	for (size_t i = 0; i < outlook->repo->targets.len; i++) {
		const struct target *target = &outlook->repo->targets.at[i];
		const struct never_rule *rule = never(outlook, step, target);

		if (rule) {
			struct json *map = json_map();

			json_put_text(map, "target", target->id);
			json_put_text(map, "reason", reason_code(REASON_POLICY_NEVER));
			json_put_text(map, "why", rule->reason);
			json_add(list, map);
		}
	}
	return list;
}

/** Which targets the gate would look at, a list; null if it is not about targets or would not run.
 */
static void put_targets(const struct outlook *outlook, const struct planned *step, struct json *map)
{
	struct json *list = NULL;

	if (!would_run(step) || !gate_is_per_target(step->gate)) {
		json_put_null(map, "targets");
		return;
	}
	list = json_list();
	for (size_t i = 0; i < outlook->repo->targets.len; i++) {
		const struct target *target = &outlook->repo->targets.at[i];

		if (target->id && looks_at(outlook, step, target) &&
		    !never(outlook, step, target)) {
			json_add_text(list, target->id);
		}
	}
	json_put(map, "targets", list);
}

/** What it took in earlier runs; null if nobody knows, or it would not run. */
static void put_expected(const struct outlook *outlook, const struct planned *step,
			 struct json *map)
{
	int64_t ms = would_run(step) ? durations_of(&outlook->expected, step->gate->id) : -1;

	if (ms < 0) {
		json_put_null(map, "expected_ms");
	} else {
		json_put_int(map, "expected_ms", ms);
	}
}

static struct json *step_json(const struct outlook *outlook, const struct planned *step)
{
	struct json *map = json_map();

	json_put_text(map, "id", step->gate->id);
	json_put_text(map, "title", step->gate->title);
	json_put_text(map, "kind", step->gate->kind->name);
	json_put_bool(map, "selected", !step->is_required_only);
	json_put_text(map, "decided", would_run(step) ? NULL : verdict_word(step->decided));
	json_put_text(map, "reason", would_run(step) ? NULL : reason_code(step->reason));
	json_put_text(map, "why", step->why);
	put_expected(outlook, step, map);
	put_targets(outlook, step, map);
	json_put(map, "never", never_json(outlook, step));
	return map;
}

static void write_json(const struct outlook *outlook, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *gates = json_list();
	struct json *targets = json_list();

	for (size_t i = 0; i < outlook->plan->steps.len; i++) {
		json_add(gates, step_json(outlook, &outlook->plan->steps.at[i]));
	}
	for (size_t i = 0; i < outlook->repo->targets.len; i++) {
		const struct target *target = &outlook->repo->targets.at[i];

		if (is_dialled(outlook, target)) {
			json_add(targets, routes_json(target, &outlook->from));
		}
	}
	json_put_text(map, "schema", "gaterun/plan/v1");
	json_put_text(map, "context", outlook->options->context);
	json_put_text(map, "mode", mode_word(outlook->options->mode));
	if (outlook->options->shard_word) {
		json_put_text(map, "shard", outlook->options->shard_word);
	}
	json_put(map, "gates", gates);
	json_put(map, "targets", targets);
	json_write(map, JSON_INDENTED, out);
}

/** A line below the gate's: why it, or a part of it, is skipped. */
static void add_why(const struct style *style, const char *why, enum reason reason, struct str *out)
{
	AUTO(auto_str) struct str line = {0};

	str_printf(&line, "%s (%s)", why, reason_code(reason));
	add_spaces(out, WHY_INDENT);
	wrap_add(out, style, WHY_INDENT, WHY_INDENT + 2, str_text(&line));
	str_add_char(out, '\n');
}

static void add_never(const struct outlook *outlook, const struct planned *step,
		      const struct style *style, struct str *out)
{
	for (size_t i = 0; i < outlook->repo->targets.len; i++) {
		const struct target *target = &outlook->repo->targets.at[i];
		const struct never_rule *rule = never(outlook, step, target);
		AUTO(auto_str) struct str why = {0};

		if (rule) {
			str_printf(&why, "skips %s, never by policy: %s", target->id, rule->reason);
			add_why(style, str_text(&why), REASON_POLICY_NEVER, out);
		}
	}
}

static void add_step(const struct outlook *outlook, const struct planned *step,
		     const struct style *style, struct str *out)
{
	const char *word = would_run(step) ? "run" : verdict_word(step->decided);
	int64_t ms = durations_of(&outlook->expected, step->gate->id);
	AUTO(auto_str) struct str title = {0};

	str_add(out, "  ");
	colour_add(out, style, would_run(step) ? COLOUR_GREEN : verdict_colour(step->decided),
		   word);
	add_spaces(out, strlen(word) < 8 ? 8 - strlen(word) : 1);
	str_printf(out, "%-5s ", step->gate->id);
	str_printf(&title, "%s%s", step->gate->title,
		   step->is_required_only ? " (required by another)" : "");
	if (would_run(step) && ms > 0) {
		str_printf(&title, " (about %lld.%lld s)", (long long)(ms / 1000),
			   (long long)(ms % 1000 / 100));
	}
	wrap_add(out, style, TITLE_INDENT, TITLE_INDENT, str_text(&title));
	str_add_char(out, '\n');
	if (!would_run(step)) {
		add_why(style, step->why ? step->why : reason_doc(step->reason), step->reason, out);
	}
	add_never(outlook, step, style, out);
}

/** Would some gate of the plan look at this target? */
static bool is_looked_at(const struct outlook *outlook, const struct target *target)
{
	for (size_t i = 0; i < outlook->plan->steps.len; i++) {
		const struct planned *step = &outlook->plan->steps.at[i];

		if (looks_at(outlook, step, target) && !never(outlook, step, target)) {
			return true;
		}
	}
	return false;
}

/** Which targets fall into the shard. */
static void add_shard(const struct outlook *outlook, const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str line = {0};
	size_t count = 0;

	if (!outlook->options->shard_word) {
		return;
	}
	str_printf(&line, "shard %s: ", outlook->options->shard_word);
	for (size_t i = 0; i < outlook->repo->targets.len; i++) {
		const struct target *target = &outlook->repo->targets.at[i];

		if (target->id && is_looked_at(outlook, target)) {
			str_printf(&line, "%s%s", count > 0 ? ", " : "", target->id);
			count++;
		}
	}
	str_add(&line, count > 0 ? "" : "no target");
	wrap_add(out, style, 0, 2, str_text(&line));
	str_add_char(out, '\n');
}

static void write_outlook(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	const struct outlook *outlook = cookie;
	AUTO(auto_str) struct str summary = {0};
	size_t runs = 0;
	size_t dialled = 0;

	if (strcmp(format, "json") == 0) {
		write_json(outlook, out);
		return;
	}
	for (size_t i = 0; i < outlook->plan->steps.len; i++) {
		add_step(outlook, &outlook->plan->steps.at[i], style, out);
		runs += would_run(&outlook->plan->steps.at[i]);
	}
	str_add_char(out, '\n');
	for (size_t i = 0; i < outlook->repo->targets.len; i++) {
		const struct target *target = &outlook->repo->targets.at[i];

		if (is_dialled(outlook, target)) {
			routes_write(target, &outlook->from, style, out);
			dialled++;
		}
	}
	str_add(out, dialled > 0 ? "\n" : "");
	add_shard(outlook, style, out);
	str_printf(&summary, "%zu of %zu gates would run in context %s, mode %s; %s", runs,
		   outlook->plan->steps.len, outlook->options->context,
		   mode_word(outlook->options->mode),
		   dialled > 0 ? "nothing was sent" : "no machine would be contacted");
	wrap_add(out, style, 0, 2, str_text(&summary));
	str_add_char(out, '\n');
}

int cmd_plan(struct cli *cli)
{
	struct run_options options = {0};
	struct plan plan = {0};
	struct outlook outlook = {
		.repo = &cli->repo,
		.options = &options,
		.plan = &plan,
		.from = {.policy = &cli->repo.policy, .targets = &cli->repo.targets},
	};
	struct lans lans = {0};
	struct err err = {0};
	int status = choose_options(cli, &options);

	if (status) {
		return status;
	}
	if (plan_make(&cli->repo, &options, &plan, &err)) {
		plan_release(&plan);
		return cli_usage(cli, "%s", err.text);
	}
	outlook.from.mode = options.mode;
	expected_load(cli, &outlook.expected);
	routes_look_around(&outlook.from, &lans);
	cli_write(cli, write_outlook, &outlook);
	VEC_RELEASE(&outlook.expected);
	lans_release(&lans);
	plan_release(&plan);
	return EXIT_PASS;
}
