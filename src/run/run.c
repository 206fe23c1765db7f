/* Verdict and exit status from the results; pure. */
#include "run/run.h"

#include <stdlib.h>

static void count(struct counts *counts, enum verdict verdict)
{
	counts->planned++;
	switch (verdict) {
	case VERDICT_PASS:
		counts->pass++;
		break;
	case VERDICT_FAIL:
		counts->fail++;
		break;
	case VERDICT_UNKNOWN:
		counts->unknown++;
		break;
	case VERDICT_SKIP:
		counts->skip++;
		break;
	}
}

enum verdict run_counted(const struct run_options *options, const struct result *result)
{
	enum verdict worst = VERDICT_PASS;

	if (!options->fails_on_introduced || !verdict_is_bad(result->verdict)) {
		return result->verdict;
	}
	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *finding = &result->findings.at[i];

		if (verdict_is_bad(finding->verdict) && finding->state != STATE_PREEXISTING) {
			worst = verdict_worse(worst, finding->verdict);
		} else if (finding->verdict == VERDICT_UNKNOWN) {
			worst = verdict_worse(worst, VERDICT_SKIP);
		}
	}
	return worst;
}

void run_conclude(struct run *run)
{
	struct counts enforced = {0};

	run->counts = (struct counts){0};
	for (size_t i = 0; i < run->result_count; i++) {
		const struct result *result = &run->results[i];

		count(&run->counts, result->verdict);
		if (result->gate->enforce) {
			count(&enforced, run_counted(run->options, result));
		}
	}
	if (enforced.fail > 0) {
		run->verdict = VERDICT_FAIL;
		run->exit = EXIT_FAIL;
	} else if (enforced.unknown > 0 || enforced.pass == 0) {
		run->verdict = VERDICT_UNKNOWN;
		run->exit = EXIT_UNKNOWN;
	} else {
		run->verdict = VERDICT_PASS;
		run->exit = EXIT_PASS;
	}
	if (run->signal) {
		run->exit = EXIT_SIGNAL + run->signal;
		run->verdict = run->verdict == VERDICT_PASS ? VERDICT_UNKNOWN : run->verdict;
	}
}

void run_release(struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++) {
		result_release(&run->results[i]);
	}
	free(run->results);
	arena_release(&run->arena);
	*run = (struct run){0};
}
