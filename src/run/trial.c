#include "run/trial.h"

#include "base/cleanup.h"

/** "bindings/ssh.targets.yaml:7:3: the first thing that is wrong". */
static const char *first_problem(struct arena *arena, struct problems *problems)
{
	const struct problem *first = NULL;
	AUTO(auto_str) struct str text = {0};

	problems_sort(problems);
	first = &problems->list.at[0];
	if (first->where.file && first->where.line > 0) {
		str_printf(&text, "%s:%d:%d: ", first->where.file, first->where.line,
			   first->where.column);
	} else if (first->where.file) {
		str_printf(&text, "%s: ", first->where.file);
	}
	str_add(&text, first->message);
	return arena_text(arena, str_text(&text));
}

static const char *copied(struct arena *arena, const char *text)
{
	return text ? arena_text(arena, text) : NULL;
}

/** Keep what one gate said; the run goes, its texts stay. */
static void take(struct arena *arena, const struct result *result, struct trial *out)
{
	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *finding = &result->findings.at[i];

		*VEC_ADD(&out->findings) = (struct trial_finding){
			.verdict = finding->verdict,
			.reason = finding->reason,
			.subject = copied(arena, finding->subject),
			.message = copied(arena, finding->message),
			.where = {copied(arena, finding->where.file), finding->where.line,
				  finding->where.column},
		};
	}
	if (result->verdict == VERDICT_PASS) {
		*VEC_ADD(&out->passed) = arena_text(arena, result->gate->id);
	}
	out->verdict = verdict_worse(out->verdict, result->verdict);
}

static void run(const struct repo *repo, const struct texts *gates, struct arena *arena,
		struct trial *out)
{
	const struct run_options options = {
		.gates = *gates,
		.targets = {.all = true},
		.context = "local",
		.no_cache = true,
		.mode = MODE_STATIC,
	};
	struct plan plan = {0};
	struct run result = {0};
	struct err err = {0};

	if (plan_make(repo, &options, &plan, &err)) {
		out->broken = arena_text(arena, err.text);
	} else {
		run_execute(repo, &options, &plan, NULL, &result);
		out->verdict = VERDICT_PASS;
		for (size_t i = 0; i < result.result_count; i++) {
			if (!plan.steps.at[i].is_required_only) {
				take(arena, &result.results[i], out);
			}
		}
		out->signal = result.signal;
	}
	run_release(&result);
	plan_release(&plan);
}

void trial_run(const char *root, const struct kind *const *kinds, const struct texts *gates,
	       struct arena *arena, struct trial *out)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct repo repo = {0};

	if (repo_load(&repo, root, kinds, &problems)) {
		out->broken = first_problem(arena, &problems);
		out->is_refused = true;
	} else {
		run(&repo, gates, arena, out);
	}
	repo_release(&repo);
}

void trial_release(struct trial *trial)
{
	VEC_RELEASE(&trial->findings);
	VEC_RELEASE(&trial->passed);
}
