/*
 * The engine: every gate of the plan is a task on one loop.
 *
 * A gate waits for the gates it requires, begins what takes time, and is judged when everything is
 * there or when its deadline comes, whichever is first. Gates that the plan decided are settled at
 * once.
 */
#include <stdlib.h>

#include "check/reach/met.h"
#include "check/reach/reach.h"
#include "check/text/scan.h"
#include "run/durations.h"
#include "run/execute.h"

/** A run in progress. */
struct engine {
	struct run *run;
	const struct plan *plan;
	const struct run_watcher *watcher;
	struct context context;
	struct check *checks;    /**< one for each step of the plan */
	struct check **required; /**< pointers that the checks' `required` point into */
	struct engine_gate *gates;
	struct task ticker; /**< for the watcher */
	size_t done;
};

/** What the engine knows about a gate beside its check. */
struct engine_gate {
	struct engine *engine;
	bool has_begun;
	int64_t began_ms;
	int64_t budget_end_ms; /**< monotonic: when the budget of its packs is used up */
};

/** A finding about the gate itself: it did not run, or not to its end. */
static void add_whole(struct check *check, enum verdict verdict, enum reason reason,
		      struct place where, const char *message)
{
	(void)check_add(check, verdict, reason, check_text(check, "gate:%s", check->gate->id),
			where, "%s", message);
	check->result->reason = reason;
}

static bool is_waiting_for_required(const struct check *check)
{
	for (size_t i = 0; i < check->required_count; i++) {
		if (!check->required[i]->result->is_done) {
			return true;
		}
	}
	return false;
}

/** Gates that are not about targets hang on a required gate as a whole. */
static const struct check *failed_requirement(const struct check *check)
{
	for (size_t i = 0; i < check->required_count && !gate_is_per_target(check->gate); i++) {
		enum verdict verdict = check->required[i]->result->verdict;

		if (verdict == VERDICT_FAIL || verdict == VERDICT_UNKNOWN) {
			return check->required[i];
		}
	}
	return NULL;
}

/** The gate is unknown, and the first finding that made `failed` what it is says why. */
static void settle_by_requirement(struct check *check, const struct check *failed)
{
	const struct findings *findings = &failed->result->findings;
	const struct finding *cause = findings->at;

	while (cause->verdict != failed->result->verdict) {
		cause++;
	}
	add_whole(check, VERDICT_UNKNOWN, REASON_REQUIRES_FAILED, (struct place){0},
		  check_text(check, "not judged, because %s is %s", failed->gate->id,
			     verdict_word(failed->result->verdict)));
	check->result->findings.at[0].caused_by = check_cause(check, failed->gate, cause);
	result_settle(check->result, check->context->arena);
}

static void begin(struct check *check)
{
	struct engine_gate *gate = check->task.cookie;
	const struct check *failed = failed_requirement(check);

	gate->has_begun = true;
	if (failed) {
		settle_by_requirement(check, failed);
		return;
	}
	if (check->kind->begin) {
		check->kind->begin(check);
	}
}

static void expire(struct check *check)
{
	const struct engine_gate *gate = check->task.cookie;

	if (gate->engine->run->signal) {
		check->expired = REASON_RUN_INTERRUPTED;
	} else if (check->deadline_ms >= check->context->deadline_ms) {
		check->expired = REASON_RUN_DEADLINE;
	} else {
		check->expired = check->deadline_ms >= gate->budget_end_ms ? REASON_RUN_BUDGET
									   : REASON_RUN_TIMEOUT;
	}
}

/** What one shard saw of a gate about targets must not read as all of it. */
static void tell_part(struct check *check)
{
	const struct shard *shard = &check->context->targets.shard;

	if (shard->count > 0 && gate_is_per_target(check->gate)) {
		check->result->is_part = true;
		(void)check_add(check, VERDICT_PASS, REASON_SHARD_PART,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"only the targets of shard %d/%d", shard->number, shard->count);
	}
}

static void judge(struct check *check)
{
	struct engine_gate *gate = check->task.cookie;

	if (!gate->has_begun) {
		add_whole(check, VERDICT_UNKNOWN, check->expired, (struct place){0},
			  check->expired == REASON_RUN_BUDGET
				  ? "not begun before the budget of its pack was used up"
				  : "not begun before the deadline");
	} else {
		check->kind->judge(check);
	}
	tell_part(check);
	result_settle(check->result, check->context->arena);
}

static int64_t earlier(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

static enum step step_check(struct task *task, struct wait *wait)
{
	struct check *check = (struct check *)task;
	struct engine_gate *gate = task->cookie;
	int64_t now_ms = loop_now_ms(task->loop);

	if (gate->engine->run->signal || now_ms >= check->deadline_ms) {
		expire(check);
	}
	if (!gate->has_begun && check->expired == REASON_NONE) {
		if (is_waiting_for_required(check)) {
			wait_until(wait, check->deadline_ms);
			return STEP_WAIT;
		}
		if (!failed_requirement(check) && check->kind->has_room &&
		    !check->kind->has_room(check)) {
			wait_until(wait, check->deadline_ms);
			return STEP_WAIT;
		}
		gate->began_ms = now_ms;
		check->deadline_ms = earlier(now_ms + check->gate->timeout_ms, check->deadline_ms);
		check->result->started_utc_ms = clock_utc_ms();
		begin(check);
	}
	if (check->result->is_done) {
		return STEP_DONE;
	}
	if (check->expired == REASON_NONE && check->kind->is_ready &&
	    !check->kind->is_ready(check)) {
		wait_until(wait, check->deadline_ms);
		return STEP_WAIT;
	}
	judge(check);
	return STEP_DONE;
}

static void release_check(struct task *task)
{
	(void)task;
}

static const struct task_ops check_ops = {"gate", step_check, release_check};

/** Tell the watcher how far it is, and one gate that still runs. */
static void tell(const struct engine *engine)
{
	const char *running = NULL;

	if (!engine->watcher || !engine->watcher->progress) {
		return;
	}
	for (size_t i = 0; i < engine->plan->steps.len && !running; i++) {
		const struct check *check = &engine->checks[i];

		running = check->result->is_done ? NULL : check->gate->id;
	}
	engine->watcher->progress(engine->done, engine->plan->steps.len, running,
				  engine->watcher->cookie);
}

/** Between the ends of gates somebody may want to see that time goes by. */
static enum step step_ticker(struct task *task, struct wait *wait)
{
	const struct engine *engine = task->cookie;

	if (engine->done == engine->plan->steps.len) {
		return STEP_DONE;
	}
	tell(engine);
	wait_until(wait, loop_now_ms(task->loop) + RUN_TICK_MS);
	return STEP_WAIT;
}

static const struct task_ops ticker_ops = {"ticker", step_ticker, release_check};

static void start_ticker(struct engine *engine)
{
	if (engine->watcher && engine->watcher->progress) {
		engine->ticker = (struct task){.ops = &ticker_ops, .cookie = engine};
		task_start(engine->context.loop, &engine->ticker);
	}
}

/** The gate is done: note how long it took, and wake whoever requires it. */
static void ended(struct task *task, void *cookie)
{
	struct check *check = (struct check *)task;
	struct engine_gate *gate = cookie;
	struct engine *engine = gate->engine;

	check->result->duration_ms = gate->has_begun ? loop_now_ms(task->loop) - gate->began_ms : 0;
	engine->done++;
	tell(engine);
	if (engine->context.reach) {
		reach_expect_no_more(engine->context.reach, check);
	}
	for (size_t i = 0; i < engine->plan->steps.len; i++) {
		struct check *other = &engine->checks[i];

		for (size_t k = 0; k < other->required_count; k++) {
			if (other->required[k] == check && !other->result->is_done) {
				task_wake(&other->task);
			}
		}
	}
	if (engine->done == engine->plan->steps.len) {
		loop_stop(task->loop);
	}
}

static void on_signal(int signal, void *cookie)
{
	struct engine *engine = cookie;

	engine->run->signal = engine->run->signal ? engine->run->signal : signal;
	for (size_t i = 0; i < engine->plan->steps.len; i++) {
		if (!engine->checks[i].result->is_done) {
			task_wake(&engine->checks[i].task);
		}
	}
}

/** Point the check at the checks of the gates it requires. */
static struct check **link_required(struct engine *engine, struct check *check, struct check **at)
{
	const struct texts *ids = &check->gate->requires;

	check->required = at;
	for (size_t i = 0; i < ids->len; i++) {
		const struct gate *gate = gates_find(&engine->run->repo->gates, ids->at[i]);

		for (size_t k = 0; k < engine->plan->steps.len; k++) {
			if (engine->plan->steps.at[k].gate == gate) {
				*at++ = &engine->checks[k];
			}
		}
	}
	check->required_count = (size_t)(at - check->required);
	return at;
}

/** When the gate ends at the latest: with the run, or with the budget of its packs. */
static void set_end(struct engine *engine, size_t i, int64_t now_ms)
{
	int64_t budget_ms = engine->plan->steps.at[i].budget_ms;
	struct engine_gate *gate = &engine->gates[i];

	gate->budget_end_ms = budget_ms > 0 ? now_ms + budget_ms : INT64_MAX;
	engine->checks[i].deadline_ms = earlier(engine->context.deadline_ms, gate->budget_end_ms);
}

static void prepare(struct engine *engine, int64_t now_ms)
{
	size_t count = engine->plan->steps.len;
	size_t links = 0;
	struct check **at = NULL;

	for (size_t i = 0; i < count; i++) {
		links += engine->plan->steps.at[i].gate->requires.len;
	}
	engine->checks = mem_alloc((count + 1) * sizeof(*engine->checks));
	engine->gates = mem_alloc((count + 1) * sizeof(*engine->gates));
	engine->required = mem_alloc((links + 1) * sizeof(struct check *));
	at = engine->required;
	for (size_t i = 0; i < count; i++) {
		struct check *check = &engine->checks[i];
		const struct gate *gate = engine->plan->steps.at[i].gate;

		engine->gates[i].engine = engine;
		check->gate = gate;
		check->kind = gate->kind;
		check->settings = gate->settings;
		check->context = &engine->context;
		check->result = &engine->run->results[i];
		check->result->gate = gate;
		set_end(engine, i, now_ms);
		check->is_whole = engine->plan->steps.at[i].is_whole;
		check->task.ops = &check_ops;
		check->task.ended = ended;
		check->task.cookie = &engine->gates[i];
		at = link_required(engine, check, at);
	}
}

/** Gates that the plan decided are settled before anything starts, so that nobody waits for them.
 */
static void settle_decided(struct engine *engine)
{
	for (size_t i = 0; i < engine->plan->steps.len; i++) {
		const struct planned *step = &engine->plan->steps.at[i];
		struct check *check = &engine->checks[i];

		if (step->reason == REASON_NONE) {
			continue;
		}
		check->result->started_utc_ms = clock_utc_ms();
		add_whole(check, step->decided, step->reason, step->where, step->why);
		result_settle(check->result, &engine->run->arena);
		engine->done++;
	}
}

/** A gate that is to begin. */
struct turn {
	size_t place;        /**< in the plan */
	int64_t expected_ms; /**< what is not known may be long */
};

/** Slowest first; else as planned. */
static int compare_turns(const void *left, const void *right)
{
	const struct turn *a = left;
	const struct turn *b = right;

	if (a->expected_ms != b->expected_ms) {
		return a->expected_ms > b->expected_ms ? -1 : 1;
	}
	return (a->place > b->place) - (a->place < b->place);
}

/** Begin with what takes longest, so that nothing long is left for the end. */
static void start_rest(struct engine *engine)
{
	size_t count = engine->plan->steps.len;
	struct turn *turns = arena_alloc(&engine->run->arena, (count + 1) * sizeof(*turns));

	for (size_t i = 0; i < count; i++) {
		const char *id = engine->plan->steps.at[i].gate->id;
		int64_t known_ms = durations_of(engine->run->options->expected, id);

		turns[i] = (struct turn){i, known_ms < 0 ? INT64_MAX : known_ms};
	}
	qsort(turns, count, sizeof(*turns), compare_turns);
	/* The loop steps first what was started last. */
	for (size_t i = count; i > 0; i--) {
		struct check *check = &engine->checks[turns[i - 1].place];

		if (!check->result->is_done) {
			task_start(engine->context.loop, &check->task);
		}
	}
}

/** Tell who will want what session, so that none is closed too early. */
static void expect_sessions(const struct engine *engine)
{
	for (size_t i = 0; i < engine->plan->steps.len; i++) {
		const struct check *check = &engine->checks[i];

		if (!check->result->is_done) {
			reach_expect(engine->context.reach, check);
		}
	}
}

/**
 * Have the list of tracked files before the loop runs, if a gate will want it: for some forms of
 * the index git is asked, which must not happen inside the loop. What goes wrong is found again
 * then.
 */
static void list_files(const struct engine *engine)
{
	struct tree_list list = {0};
	struct err ignored = {0};

	for (size_t i = 0; i < engine->plan->steps.len; i++) {
		const struct planned *step = &engine->plan->steps.at[i];

		if (step->reason == REASON_NONE && (step->gate->kind->needs & NEEDS_GIT_LIST)) {
			(void)tree_list(engine->run->repo->tree, &list, &ignored);
			return;
		}
	}
}

/** A loop that cannot be made leaves every gate unknown, and says why. */
static void settle_without_loop(struct engine *engine, const struct err *err)
{
	for (size_t i = 0; i < engine->plan->steps.len; i++) {
		struct check *check = &engine->checks[i];

		if (!check->result->is_done) {
			add_whole(check, VERDICT_UNKNOWN, REASON_RUN_INTERRUPTED, (struct place){0},
				  err->text);
			result_settle(check->result, &engine->run->arena);
		}
	}
}

static void execute(struct engine *engine)
{
	struct context *context = &engine->context;
	struct err err = {0};

	if (context_open(context, on_signal, engine, &err)) {
		settle_without_loop(engine, &err);
		return;
	}
	context->scan = scan_open(context->loop, context->repo->tree);
	if (!engine->run->options->no_cache) {
		scan_use_cache(context->scan);
	}
	list_files(engine);
	expect_sessions(engine);
	start_rest(engine);
	start_ticker(engine);
	if (engine->done < engine->plan->steps.len) {
		loop_run(context->loop);
	}
	engine->run->met = reach_met(context->reach, context->arena);
	context_close(context);
	scan_free(context->scan);
}

void run_gates(const struct repo *repo, const struct run_options *options, const struct plan *plan,
	       const struct run_watcher *watcher, struct run *run)
{
	int64_t now_ms = clock_monotonic_ms();
	struct engine engine = {.run = run, .plan = plan, .watcher = watcher};

	run->repo = repo;
	run->options = options;
	run->plan = plan;
	run->results = mem_alloc((plan->steps.len + 1) * sizeof(*run->results));
	run->result_count = plan->steps.len;
	run->started_utc_ms = clock_utc_ms();
	engine.context = (struct context){
		.repo = repo,
		.arena = &run->arena,
		.mode = options->mode,
		.targets = options->targets,
		.identity = options->identity,
		.tailnet_api = options->tailnet_api,
		.tailnet_api_trouble = options->tailnet_api_trouble,
		.changed = options->changed,
		.agent = options->agent,
		.deadline_ms =
			now_ms + (options->deadline_ms ? options->deadline_ms : RUN_DEADLINE_MS),
	};
	prepare(&engine, now_ms);
	settle_decided(&engine);
	execute(&engine);
	run->hit_deadline = clock_monotonic_ms() >= engine.context.deadline_ms;
	free(engine.required);
	free(engine.gates);
	free(engine.checks);
}
