#include "run/baseline.h"

#include "base/cleanup.h"
#include "run/execute.h"
#include "run/waive.h"

/** Why the gate, as a whole, was not judged there; NULL if it was. */
static const char *why_not(const struct result *result)
{
	return result->reason != REASON_NONE && result->findings.len > 0
		       ? result->findings.at[0].message
		       : NULL;
}

void baseline_judge(struct baseline *baseline, const struct run *run, int64_t deadline_ms)
{
	const struct run *judged = &baseline->run;
	int64_t left_ms = deadline_ms - clock_monotonic_ms();

	if (baseline->broken || baseline->run_key) {
		return;
	}
	baseline->options = *run->options;
	baseline->options.mode = MODE_STATIC;
	baseline->options.deadline_ms = left_ms > 0 ? left_ms : 1;
	baseline->options.baseline = NULL;
	plan_again(run, &baseline->repo, &baseline->plan);
	run_gates(&baseline->repo, &baseline->options, &baseline->plan, NULL, &baseline->run);
	run_apply_waivers(&baseline->run, &baseline->repo.waivers, run->started_utc_ms);
	for (size_t i = 0; i < judged->result_count; i++) {
		const struct result *result = &judged->results[i];

		*VEC_ADD(&baseline->gates) = (struct baseline_gate){
			.id = result->gate->id,
			.at = result->findings.at,
			.len = result->findings.len,
			.undetermined = why_not(result),
		};
	}
}

void baseline_release(struct baseline *baseline)
{
	VEC_RELEASE(&baseline->gates);
	run_release(&baseline->run);
	plan_release(&baseline->plan);
	repo_release(&baseline->repo);
	arena_release(&baseline->arena);
	*baseline = (struct baseline){0};
}
