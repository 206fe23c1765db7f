/*
 * A hand-made run for tests of reports: two gates of a repo that exists only here. Tests change
 * what they are about, then call conclude_run().
 */
#ifndef TESTS_UNIT_REPORT_RUN_H
#define TESTS_UNIT_REPORT_RUN_H

#include <string.h>

#include "report/report.h"

struct made_run {
	struct repo repo;
	struct kind kind;
	struct gate gates[2];
	struct result results[2];
	struct plan plan;
	struct run_options options;
	struct run run;
	struct run_report report;
	const char *packs[1];
};

__attribute__((unused)) static void make_run(struct made_run *made)
{
	*made = (struct made_run){0};
	made->packs[0] = "fast";
	made->repo.root = "/srv/ops";
	made->repo.config.repo = "ops.example";
	made->kind.name = "endpoint_parity";
	made->gates[0] = (struct gate){.id = "G001",
				       .title = "Bindings obey their rules",
				       .kind = &made->kind,
				       .severity = SEVERITY_HIGH,
				       .enforce = true};
	made->gates[1] = made->gates[0];
	made->gates[1].id = "G002";
	made->gates[1].title = "Endpoints name known targets";
	made->gates[1].triage = "Correct the endpoint.";
	made->results[0] = (struct result){
		.gate = &made->gates[0], .verdict = VERDICT_PASS, .checked = 111, .is_done = true};
	made->results[1] = (struct result){.gate = &made->gates[1],
					   .verdict = VERDICT_PASS,
					   .checked = 62,
					   .duration_ms = 3,
					   .is_done = true};
	made->options = (struct run_options){
		.packs = {.at = made->packs, .len = 1}, .context = "local", .mode = MODE_PASSIVE};
	made->run = (struct run){.repo = &made->repo,
				 .options = &made->options,
				 .plan = &made->plan,
				 .results = made->results,
				 .result_count = 2,
				 .started_utc_ms = 1772401693123, /* 2026-03-01T21:48:13.123Z */
				 .duration_ms = 12};
	made->report = (struct run_report){.run = &made->run,
					   .root = ".",
					   .no_receipt = "--no-receipt",
					   .style = {.is_ascii = true, .width = 80}};
}

/** Count and conclude from the results as they are now. */
__attribute__((unused)) static void conclude_run(struct made_run *made)
{
	run_conclude(&made->run);
	made->report.exit = made->run.exit;
}

/** A finding of gate 1 (G002). Valid until the next one. */
__attribute__((unused)) static struct finding *add_finding(struct made_run *made,
							   enum verdict verdict, enum reason reason,
							   const char *subject)
{
	struct result *result = &made->results[1];
	struct finding *finding = VEC_ADD(&result->findings);

	finding->verdict = verdict;
	finding->reason = reason;
	finding->subject = subject;
	finding->message = "its host 'x' is no target";
	finding->where = (struct place){"bindings/services.health.yaml", 355, 11};
	if (result->findings.len == 1 || verdict_worse(verdict, result->verdict) == verdict) {
		result->verdict = verdict;
	}
	return finding;
}

__attribute__((unused)) static void drop_run(struct made_run *made)
{
	VEC_RELEASE(&made->results[0].findings);
	VEC_RELEASE(&made->results[1].findings);
}

#endif
