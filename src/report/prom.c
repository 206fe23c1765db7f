/*
 * Metrics for the textfile collector of Prometheus' node_exporter (the classic text format). Labels
 * come from closed sets: gates, targets and waivers that the repo names, verdicts, reasons. No
 * text of a finding, no file, no run key is a label.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "check/reach/met.h"
#include "model/repo.h"
#include "report/escape.h"
#include "report/item.h"

/** One metric: its head once, before its first sample. */
static void add_head(struct str *out, const char *name, const char *help)
{
	str_printf(out, "# HELP gaterun_%s %s\n# TYPE gaterun_%s gauge\n", name, help, name);
}

static void add_seconds(struct str *out, int64_t ms)
{
	str_printf(out, "%lld.%03lld\n", (long long)(ms / 1000), (long long)(ms % 1000));
}

static void add_label(struct str *out, const char *before, const char *name, const char *value)
{
	str_printf(out, "%s%s=\"", before, name);
	label_add(out, value);
	str_add_char(out, '"');
}

void prom_add_run(int64_t ended_utc_ms, int exit, struct str *out)
{
	add_head(out, "run_timestamp_seconds", "When the last run ended.");
	str_add(out, "gaterun_run_timestamp_seconds ");
	add_seconds(out, ended_utc_ms);
	add_head(out, "run_exit_status",
		 "Exit status of the last run (0 pass, 1 fail, 2 unknown, others: no evidence).");
	str_printf(out, "gaterun_run_exit_status %d\n", exit);
}

static void add_run(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;
	const struct {
		const char *word;
		size_t count;
	} counts[] = {
		{"pass", run->counts.pass},
		{"fail", run->counts.fail},
		{"unknown", run->counts.unknown},
		{"skip", run->counts.skip},
	};

	prom_add_run(run->started_utc_ms + run->duration_ms, report->exit, out);
	add_head(out, "run_duration_seconds", "How long the last run took.");
	str_add(out, "gaterun_run_duration_seconds ");
	add_seconds(out, run->duration_ms);
	add_head(out, "gates", "Gates of the last run by verdict.");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		str_printf(out, "gaterun_gates{verdict=\"%s\"} %zu\n", counts[i].word,
			   counts[i].count);
	}
}

static void add_gate_label(struct str *out, const char *metric, const struct result *result)
{
	str_printf(out, "gaterun_%s", metric);
	add_label(out, "{", "gate", result->gate->id);
}

static void add_gates(const struct run *run, struct str *out)
{
	static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_UNKNOWN,
						VERDICT_SKIP};

	add_head(out, "gate_status", "Last status of a gate (1 = pass, 0 = not pass).");
	for (size_t i = 0; i < run->result_count; i++) {
		const struct result *result = &run->results[i];

		add_gate_label(out, "gate_status", result);
		add_label(out, ",", "severity",
			  severity_word((enum severity)result->gate->severity));
		str_printf(out, ",enforced=\"%s\"} %d\n", result->gate->enforce ? "true" : "false",
			   result->verdict == VERDICT_PASS);
	}
	add_head(out, "gate_verdict", "Last verdict of a gate (1 at the one it has).");
	for (size_t i = 0; i < run->result_count; i++) {
		for (size_t k = 0; k < sizeof(verdicts) / sizeof(verdicts[0]); k++) {
			add_gate_label(out, "gate_verdict", &run->results[i]);
			str_printf(out, ",verdict=\"%s\"} %d\n", verdict_word(verdicts[k]),
				   run->results[i].verdict == verdicts[k]);
		}
	}
	add_head(out, "gate_checked", "Subjects that a gate really judged.");
	for (size_t i = 0; i < run->result_count; i++) {
		add_gate_label(out, "gate_checked", &run->results[i]);
		str_printf(out, "} %zu\n", run->results[i].checked);
	}
	add_head(out, "gate_duration_seconds", "How long a gate took.");
	for (size_t i = 0; i < run->result_count; i++) {
		add_gate_label(out, "gate_duration_seconds", &run->results[i]);
		str_add(out, "} ");
		add_seconds(out, run->results[i].duration_ms);
	}
}

/** Findings of the gate that is visited, by standing and reason. */
struct tally {
	struct str *out;
	const struct result *result;
	size_t count[STANDING_FIXED + 1][REASON_COUNT];
};

static void tell_tally(struct tally *tally)
{
	for (size_t i = 0; tally->result && i <= STANDING_FIXED; i++) {
		for (size_t reason = 0; reason < REASON_COUNT; reason++) {
			if (tally->count[i][reason] == 0) {
				continue;
			}
			add_gate_label(tally->out, "findings", tally->result);
			add_label(tally->out, ",", "verdict", standing_word((enum standing)i));
			add_label(tally->out, ",", "reason", reason_code((enum reason)reason));
			str_printf(tally->out, "} %zu\n", tally->count[i][reason]);
		}
	}
	memset(tally->count, 0, sizeof(tally->count));
}

static void count_finding(const struct item *item, void *cookie)
{
	struct tally *tally = cookie;

	if (tally->result != item->result) {
		tell_tally(tally);
		tally->result = item->result;
	}
	if (item->finding) {
		tally->count[item->standing][item->finding->reason]++;
	}
}

static void add_findings(const struct run_report *report, struct str *out)
{
	AUTO(auto_free) struct tally *tally = mem_alloc(sizeof(*tally));

	tally->out = out;
	add_head(out, "findings", "Findings of a gate by what they are worth and why.");
	items_visit(report, count_finding, tally);
	tell_tally(tally);
}

/** The target that a finding is about, if the repo has it; so the label is one of a closed set. */
static const char *target_of(const struct item *item)
{
	const char *subject = item->finding ? item->finding->subject : NULL;
	const struct target *target = NULL;

	if (!subject || strncmp(subject, "target:", strlen("target:")) != 0) {
		return NULL;
	}
	target = targets_find(&item->report->run->repo->targets, subject + strlen("target:"));
	return target ? target->id : NULL;
}

/** Findings of one gate about one target. */
struct failure {
	const struct result *result;
	size_t gate;
	const char *target;
	enum standing standing;
	enum reason reason;
};

struct failures VEC(struct failure);

static void note_failure(const struct item *item, void *cookie)
{
	struct failures *failures = cookie;
	const char *target = target_of(item);

	if (target && (item->standing == STANDING_FAIL || item->standing == STANDING_UNKNOWN)) {
		*VEC_ADD(failures) = (struct failure){item->result, item->gate, target,
						      item->standing, item->finding->reason};
	}
}

static int compare_sizes(size_t left, size_t right)
{
	return (left > right) - (left < right);
}

static int compare_failures(const void *left_at, const void *right_at)
{
	const struct failure *left = left_at;
	const struct failure *right = right_at;
	int order = compare_sizes(left->gate, right->gate);

	order = order ? order : strcmp(left->target, right->target);
	order = order ? order : compare_sizes(left->standing, right->standing);
	return order ? order : compare_sizes(left->reason, right->reason);
}

static void add_failures(const struct run_report *report, struct str *out)
{
	struct failures failures = {0};
	size_t count = 0;

	items_visit(report, note_failure, &failures);
	if (failures.len > 0) {
		qsort(failures.at, failures.len, sizeof(*failures.at), compare_failures);
	}
	add_head(out, "target_findings",
		 "What fails or is unknown of a target, by gate and reason.");
	for (size_t i = 0; i < failures.len; i++) {
		const struct failure *one = &failures.at[i];

		count++;
		if (i + 1 < failures.len && compare_failures(one, one + 1) == 0) {
			continue;
		}
		add_gate_label(out, "target_findings", one->result);
		add_label(out, ",", "target", one->target);
		add_label(out, ",", "verdict", standing_word(one->standing));
		add_label(out, ",", "reason", reason_code(one->reason));
		str_printf(out, "} %zu\n", count);
		count = 0;
	}
	VEC_RELEASE(&failures);
}

static void add_paths(const struct run *run, struct str *out)
{
	const struct met *met = run->met.at;
	const struct target *last = NULL;

	add_head(out, "target_path_info", "Over which path a target proved its host key.");
	for (size_t i = 0; i < run->met.len; i++) {
		if (met[i].state >= MET_PROVEN && met[i].target != last && path_word(met[i].path)) {
			add_label(out, "gaterun_target_path_info{", "target", met[i].target->id);
			add_label(out, ",", "path", path_word(met[i].path));
			str_add(out, "} 1\n");
			last = met[i].target;
		}
	}
}

static void add_waivers(const struct repo *repo, struct str *out)
{
	const struct waiver *waivers = repo->waivers.rows.at;

	add_head(out, "waiver_expires_timestamp_seconds", "When a waiver no longer holds.");
	for (size_t i = 0; i < repo->waivers.rows.len; i++) {
		const struct gate *gate = gates_find(&repo->gates, waivers[i].gate);

		add_label(out, "gaterun_waiver_expires_timestamp_seconds{", "gate",
			  gate ? gate->id : waivers[i].gate);
		add_label(out, ",", "ticket", waivers[i].ticket);
		str_printf(out, ",line=\"%d\"} ", waivers[i].node->where.line);
		add_seconds(out, waivers[i].expires_on_utc_ms);
	}
}

void report_prom(const struct run_report *report, struct str *out)
{
	add_run(report, out);
	add_gates(report->run, out);
	add_findings(report, out);
	add_failures(report, out);
	add_paths(report->run, out);
	add_waivers(report->run->repo, out);
}
