#include "report/json_parts.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "data/json.h"
#include "run/baseline.h"

void json_put_texts(struct json *map, const char *key, const struct texts *texts)
{
	struct json *list = json_list();

	for (size_t i = 0; i < texts->len; i++) {
		json_add_text(list, texts->at[i]);
	}
	json_put(map, key, list);
}

/** file, line and column; null what is not known. */
static void put_place(struct json *map, const struct place *where)
{
	json_put_text(map, "file", where->file);
	if (where->file && where->line > 0) {
		json_put_int(map, "line", where->line);
		json_put_int(map, "column", where->column);
	} else {
		json_put_null(map, "line");
		json_put_null(map, "column");
	}
}

void json_put_time(struct json *map, const char *key, int64_t utc_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(utc_ms, text);
	json_put_text(map, key, text);
}

/** The waiver, and what the verdict was before it. */
static void put_waiver(struct json *map, const struct finding *finding)
{
	const struct waiver *waiver = finding->waived_by;
	struct json *by = json_map();
	char time[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(waiver->expires_on_utc_ms, time);
	*strchr(time, 'T') = '\0';
	put_place(by, &waiver->node->where);
	json_put_text(by, "reason", waiver->reason);
	json_put_text(by, "owner", waiver->owner);
	json_put_text(by, "expires_on", time);
	json_put_text(by, "ticket", waiver->ticket);
	json_put_text(map, "waived_verdict", verdict_word(finding->waived_verdict));
	json_put(map, "waived_by", by);
}

static struct json *attempts_json(const struct finding *finding)
{
	struct json *list = json_list();

	for (size_t i = 0; i < finding->attempt_count; i++) {
		const struct attempt *attempt = &finding->attempts[i];
		struct json *map = json_map();

		json_put_text(map, "address", attempt->address);
		json_put_text(map, "path", path_word(attempt->path));
		json_put_text(map, "outcome", attempt->outcome);
		json_put_int(map, "started_ms", attempt->started_ms);
		json_put_int(map, "took_ms", attempt->took_ms);
		json_add(list, map);
	}
	return list;
}

struct json *finding_json(const struct finding *finding)
{
	struct json *map = json_map();
	struct json *related = json_list();

	json_put_text(map, "verdict", verdict_word(finding->verdict));
	json_put_text(map, "reason", reason_code(finding->reason));
	json_put_text(map, "subject", finding->subject);
	json_put_text(map, "message", finding->message);
	if (finding->said) {
		json_put_text(map, "said", finding->said);
	}
	put_place(map, &finding->where);
	for (size_t i = 0; i < finding->related_count; i++) {
		struct json *place = json_map();

		put_place(place, &finding->related[i]);
		json_add(related, place);
	}
	json_put(map, "related", related);
	json_put_text(map, "fingerprint", finding->fingerprint);
	json_put_text(map, "hint", finding->hint);
	json_put_text(map, "state", finding_state_word(finding->state));
	json_put_text(map, "caused_by", finding->caused_by);
	json_put_text(map, "path", path_word(finding->path));
	if (finding->attempt_count > 0) {
		json_put(map, "attempts", attempts_json(finding));
	}
	if (finding->is_flaky) {
		json_put_bool(map, "flaky", true);
	}
	if (finding->waived_by) {
		put_waiver(map, finding);
	}
	return map;
}

void gate_json_fill(const struct run_options *options, const struct result *result,
		    struct json *map)
{
	const struct gate *gate = result->gate;

	json_put_text(map, "id", gate->id);
	json_put_text(map, "title", gate->title);
	json_put_text(map, "kind", gate->kind->name);
	json_put_text(map, "severity", severity_word((enum severity)gate->severity));
	json_put_bool(map, "enforced", gate->enforce);
	if (gate->shadow_of) {
		json_put_text(map, "shadow_of", gate->shadow_of);
	}
	json_put_text(map, "verdict", verdict_word(result->verdict));
	if (options->fails_on_introduced) {
		json_put_text(map, "counts_as", verdict_word(run_counted(options, result)));
	}
	if (result->undetermined) {
		json_put_text(map, "undetermined", result->undetermined);
	}
	json_put_int(map, "checked", (int64_t)result->checked);
	json_put_int(map, "duration_ms", result->duration_ms);
}

static struct json *gate_json(const struct run_options *options, const struct result *result)
{
	struct json *map = json_map();
	struct json *findings = json_list();

	gate_json_fill(options, result, map);
	for (size_t i = 0; i < result->findings.len; i++) {
		json_add(findings, finding_json(&result->findings.at[i]));
	}
	json_put(map, "findings", findings);
	return map;
}

struct json *selection_json(const struct run_options *options)
{
	struct json *map = json_map();

	if (options->gates.len > 0) {
		json_put_texts(map, "gates", &options->gates);
	}
	if (options->changed) {
		json_put_text(map, "since", options->changed->commit);
	}
	if (options->baseline) {
		const struct baseline *baseline = options->baseline;

		json_put_text(map, "baseline",
			      baseline->run_key ? baseline->run_key : baseline->commit);
	}
	if (options->fails_on_introduced) {
		json_put_text(map, "fail_on", "introduced");
	}
	if (options->revision) {
		json_put_text(map, "revision", options->revision);
	}
	if (options->is_staged) {
		json_put_bool(map, "staged", true);
	}
	if (options->shard_word) {
		json_put_text(map, "shard", options->shard_word);
	}
	if (options->target_words) {
		json_put_text(map, "target", options->target_words);
	}
	return map;
}

/** What the run is compared with, and how many findings are bad in which state. */
static struct json *baseline_json(const struct run *run)
{
	const struct baseline *baseline = run->options->baseline;
	struct json *map = json_map();

	json_put_text(map, "name", baseline->name);
	json_put_text(map, "commit", baseline->commit[0] ? baseline->commit : NULL);
	json_put_text(map, "run_key", baseline->run_key);
	json_put_text(map, "broken", baseline->broken);
	json_put_int(map, "introduced", (int64_t)run->states.introduced);
	json_put_int(map, "pre_existing", (int64_t)run->states.preexisting);
	json_put_int(map, "undetermined", (int64_t)run->states.undetermined);
	json_put_int(map, "fixed", (int64_t)run->states.fixed);
	return map;
}

struct json *counts_json(const struct counts *counts)
{
	struct json *map = json_map();

	json_put_int(map, "planned", (int64_t)counts->planned);
	json_put_int(map, "pass", (int64_t)counts->pass);
	json_put_int(map, "fail", (int64_t)counts->fail);
	json_put_int(map, "unknown", (int64_t)counts->unknown);
	json_put_int(map, "skip", (int64_t)counts->skip);
	return map;
}

struct json *receipt_json(const struct report_receipt *receipt)
{
	struct json *map = json_map();

	json_put_text(map, "file", receipt->file);
	json_put_text(map, "signer", receipt->signer);
	json_put_int(map, "log_index", receipt->log_index);
	return map;
}

void report_json(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;
	AUTO(auto_json) struct json *map = json_map();
	struct json *gates = json_list();

	json_put_text(map, "schema", "gaterun/run/v1");
	json_put_text(map, "run_key", run->key[0] ? run->key : NULL);
	json_put_text(map, "root", report->root);
	json_put_texts(map, "packs", &run->options->packs);
	json_put(map, "selection", selection_json(run->options));
	json_put_text(map, "context", run->options->context);
	json_put_text(map, "mode", mode_word(run->options->mode));
	json_put_text(map, "verdict", verdict_word(run->verdict));
	json_put_int(map, "exit", report->exit);
	json_put_time(map, "started_at", run->started_utc_ms);
	json_put_int(map, "duration_ms", run->duration_ms);
	json_put(map, "counts", counts_json(&run->counts));
	if (run->options->baseline) {
		json_put(map, "baseline", baseline_json(run));
	}
	for (size_t i = 0; i < run->result_count; i++) {
		json_add(gates, gate_json(run->options, &run->results[i]));
	}
	json_put(map, "gates", gates);
	if (report->receipt) {
		json_put(map, "receipt", receipt_json(report->receipt));
	} else {
		json_put_null(map, "receipt");
	}
	json_write(map, JSON_INDENTED, out);
}
