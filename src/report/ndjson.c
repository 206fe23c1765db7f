/*
 * One JSON object a line: the start of the run, each finding behind the line of its gate, and the
 * end of the run, without which the file is not whole. The keys are those of gaterun/run/v1;
 * readers ignore types that they do not know.
 */
#include "base/cleanup.h"
#include "report/json_parts.h"

/** The version of the events. */
#define EVENTS_VERSION 1

/** A new event, with what all of them have. */
static struct json *event(const struct run *run, const char *type, int64_t utc_ms)
{
	struct json *map = json_map();

	json_put_int(map, "v", EVENTS_VERSION);
	json_put_text(map, "type", type);
	json_put_time(map, "ts", utc_ms);
	json_put_text(map, "run", run->key[0] ? run->key : NULL);
	return map;
}

static void write_event(struct json *map, struct str *out)
{
	json_write(map, JSON_LINE, out);
	json_free(map);
}

static void write_start(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;
	struct json *map = event(run, "run.start", run->started_utc_ms);

	json_put_text(map, "schema", "gaterun/events/v1");
	json_put_text(map, "root", report->root);
	json_put_texts(map, "packs", &run->options->packs);
	json_put(map, "selection", selection_json(run->options));
	json_put_text(map, "context", run->options->context);
	json_put_text(map, "mode", mode_word(run->options->mode));
	json_put_int(map, "planned", (int64_t)run->counts.planned);
	write_event(map, out);
}

static void write_gate(const struct run *run, const struct result *result, struct str *out)
{
	int64_t ended = result->started_utc_ms + result->duration_ms;
	struct json *map = event(run, "gate.end", ended);

	gate_json_fill(run->options, result, map);
	write_event(map, out);
	for (size_t i = 0; i < result->findings.len; i++) {
		map = event(run, "finding", ended);
		json_put_text(map, "gate", result->gate->id);
		json_put(map, "finding", finding_json(&result->findings.at[i]));
		write_event(map, out);
	}
}

static void write_end(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;
	struct json *map = event(run, "run.end", run->started_utc_ms + run->duration_ms);

	json_put_text(map, "verdict", verdict_word(run->verdict));
	json_put_int(map, "exit", report->exit);
	json_put_int(map, "duration_ms", run->duration_ms);
	json_put(map, "counts", counts_json(&run->counts));
	if (report->receipt) {
		json_put(map, "receipt", receipt_json(report->receipt));
	} else {
		json_put_null(map, "receipt");
	}
	write_event(map, out);
}

void report_ndjson(const struct run_report *report, struct str *out)
{
	write_start(report, out);
	for (size_t i = 0; i < report->run->result_count; i++) {
		write_gate(report->run, &report->run->results[i], out);
	}
	write_end(report, out);
}
