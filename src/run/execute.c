/* A run from its first gate to its exit status. */
#include "run/execute.h"

#include "run/baseline.h"
#include "run/shadow.h"
#include "run/waive.h"

void run_execute(const struct repo *repo, const struct run_options *options,
		 const struct plan *plan, const struct run_watcher *watcher, struct run *run)
{
	struct baseline *baseline = options->baseline;
	int64_t start_ms = clock_monotonic_ms();
	int64_t deadline_ms =
		start_ms + (options->deadline_ms ? options->deadline_ms : RUN_DEADLINE_MS);

	run_gates(repo, options, plan, watcher, run);
	if (!run->signal) {
		run_compare_shadows(run);
	}
	run_apply_waivers(run, &repo->waivers, run->started_utc_ms);
	if (baseline && !run->signal) {
		baseline_judge(baseline, run, deadline_ms);
		run->signal = baseline->run.signal;
	}
	if (baseline) {
		baseline_compare(baseline, run);
	}
	run->finished_utc_ms = clock_utc_ms();
	run->duration_ms = clock_monotonic_ms() - start_ms;
	run_conclude(run);
}
