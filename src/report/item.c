#include "report/item.h"

#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "report/text_parts.h"

static enum standing finding_standing(const struct finding *finding)
{
	if (finding->waived_by) {
		return STANDING_WAIVED;
	}
	if (finding->state == STATE_FIXED) {
		return STANDING_FIXED;
	}
	switch (finding->verdict) {
	case VERDICT_FAIL:
		return STANDING_FAIL;
	case VERDICT_SKIP:
		return STANDING_SKIP;
	case VERDICT_PASS:
		return STANDING_REMARK;
	case VERDICT_UNKNOWN:
		break;
	}
	return STANDING_UNKNOWN;
}

static enum standing gate_standing(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return STANDING_PASS;
	case VERDICT_FAIL:
		return STANDING_FAIL;
	case VERDICT_SKIP:
		return STANDING_SKIP;
	case VERDICT_UNKNOWN:
		break;
	}
	return STANDING_UNKNOWN;
}

/** Does a failed or unknown finding decide the exit status? */
static bool counts(const struct run_report *report, const struct result *result,
		   const struct finding *finding, enum standing standing)
{
	if (standing != STANDING_FAIL && standing != STANDING_UNKNOWN) {
		return false;
	}
	if (!result->gate->enforce) {
		return false;
	}
	return !finding || !report->run->options->fails_on_introduced ||
	       finding->state != STATE_PREEXISTING;
}

/** Why the exit status is what no item of a gate explains; false if there is nothing to say. */
static bool run_trouble(const struct run_report *report, bool is_explained, struct str *out)
{
	const struct run *run = report->run;

	if (report->exit != run->exit) {
		str_printf(out, "there is no receipt, so the exit status is %d: ", report->exit);
		str_add_printable(out, text_of(report->no_receipt ? report->no_receipt : ""));
	} else if (run->signal) {
		str_printf(out, "the run was stopped by %s",
			   run->signal == SIGINT ? "SIGINT" : "SIGTERM");
	} else if (report->exit != EXIT_PASS && !is_explained) {
		str_add(out, "no enforced gate passed, so nothing is shown to be true");
	}
	return out->len > 0;
}

/** Visit the findings of one gate, and the gate itself if none of them is a case. @return does one
 * of them count? */
static bool visit_gate(struct item *item, item_visitor *visit, void *cookie)
{
	const struct result *result = item->result;
	bool has_case = false;
	bool has_counted = false;

	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *finding = &result->findings.at[i];

		item->finding = finding;
		item->standing = finding_standing(finding);
		item->counts = counts(item->report, result, finding, item->standing);
		item->message = finding->message ? finding->message : reason_doc(finding->reason);
		has_case = has_case || item_is_case(item);
		has_counted = has_counted || item->counts;
		visit(item, cookie);
	}
	if (!has_case) {
		item->finding = NULL;
		item->standing = gate_standing(result->verdict);
		item->counts = counts(item->report, result, NULL, item->standing);
		item->message =
			result->verdict == VERDICT_PASS ? "it holds" : reason_doc(result->reason);
		has_counted = has_counted || item->counts;
		visit(item, cookie);
	}
	return has_counted;
}

void items_visit(const struct run_report *report, item_visitor *visit, void *cookie)
{
	struct item item = {.report = report};
	AUTO(auto_str) struct str trouble = {0};
	bool is_explained = false;

	for (size_t i = 0; i < report->run->result_count; i++) {
		item.result = &report->run->results[i];
		item.gate = i;
		is_explained = visit_gate(&item, visit, cookie) || is_explained;
	}
	if (run_trouble(report, is_explained, &trouble)) {
		item = (struct item){.report = report,
				     .standing = STANDING_FAIL,
				     .counts = true,
				     .message = str_text(&trouble)};
		visit(&item, cookie);
	}
}

static void count_one(const struct item *item, void *cookie)
{
	struct standings *standings = cookie;

	standings->count[item->standing]++;
}

void items_count(const struct run_report *report, struct standings *standings)
{
	*standings = (struct standings){0};
	items_visit(report, count_one, standings);
}

const char *standing_word(enum standing standing)
{
	static const char *const words[] = {
		[STANDING_PASS] = "pass",       [STANDING_FAIL] = "fail",
		[STANDING_UNKNOWN] = "unknown", [STANDING_SKIP] = "skip",
		[STANDING_WAIVED] = "waived",   [STANDING_REMARK] = "remark",
		[STANDING_FIXED] = "fixed",
	};

	return words[standing];
}

bool item_is_case(const struct item *item)
{
	return item->standing != STANDING_REMARK && item->standing != STANDING_FIXED;
}

struct place item_place(const struct item *item)
{
	const struct finding *finding = item->finding;
	const struct repo *repo = item->report->run->repo;

	if (finding && finding->where.file) {
		return finding->where;
	}
	if (finding && finding->related_count > 0) {
		return finding->related[0];
	}
	if (item->result && item->result->gate->node &&
	    strncmp(item->result->gate->file, "shipped:", strlen("shipped:")) != 0) {
		return item->result->gate->node->where;
	}
	return (struct place){repo->config.file, 1, 1};
}

const char *item_reason(const struct item *item)
{
	if (item->finding) {
		return reason_code(item->finding->reason);
	}
	return item->result ? reason_code(item->result->reason) : "";
}

void item_subject(const struct item *item, struct str *out)
{
	if (item->finding && item->finding->subject) {
		str_add_printable(out, text_of(item->finding->subject));
	} else if (item->result) {
		str_printf(out, "gate:%s", item->result->gate->id);
	} else {
		str_add(out, "run");
	}
}

bool item_is_its_place(const struct item *item)
{
	const struct finding *finding = item->finding;

	if (!finding || !finding->subject) {
		return true;
	}
	if (strncmp(finding->subject, "gate:", strlen("gate:")) == 0) {
		return strcmp(finding->subject + strlen("gate:"), item->result->gate->id) == 0;
	}
	return finding->where.file && strncmp(finding->subject, "file:", strlen("file:")) == 0 &&
	       strcmp(finding->subject + strlen("file:"), finding->where.file) == 0;
}

void item_sentence(const struct item *item, struct str *out)
{
	const char *reason = item_reason(item);
	const char *state = item->finding ? finding_state_word(item->finding->state) : NULL;

	if (!item_is_its_place(item)) {
		item_subject(item, out);
		str_add(out, ": ");
	}
	str_add_printable(out, text_of(item->message));
	if (item->standing == STANDING_FIXED) {
		state = NULL;
	}
	if (*reason || state) {
		str_printf(out, " (%s%s%s)", reason, *reason && state ? ", " : "",
			   state ? state : "");
	}
}

static void add_line(const char *label, const char *text, struct str *out)
{
	if (text) {
		str_add(out, label);
		str_add_printable(out, text_of(text));
		str_add_char(out, '\n');
	}
}

static void add_waiver(const struct waiver *waiver, struct str *out)
{
	char time[CLOCK_RFC3339_BYTES];
	AUTO(auto_str) struct str line = {0};

	clock_format_rfc3339(waiver->expires_on_utc_ms, time);
	str_printf(&line, "until %.10s by %s (%s): %s", time, waiver->owner, waiver->ticket,
		   waiver->reason);
	add_line("waived: ", str_text(&line), out);
}

void item_details(const struct item *item, struct str *out)
{
	const struct finding *finding = item->finding;

	if (!finding) {
		return;
	}
	if (finding->where.file) {
		str_add(out, "place: ");
		text_place(&finding->where, out);
		str_add_char(out, '\n');
	}
	for (size_t i = 0; i < finding->related_count; i++) {
		str_add(out, "see also: ");
		text_place(&finding->related[i], out);
		str_add_char(out, '\n');
	}
	add_line("path: ", path_word(finding->path), out);
	add_line("fix: ", finding->hint, out);
	add_line("cause: ", finding->caused_by, out);
	if (finding->waived_by) {
		add_line("it was: ", verdict_word(finding->waived_verdict), out);
		add_waiver(finding->waived_by, out);
	}
	if (finding->is_flaky) {
		str_add(out, "only after a retry\n");
	}
	add_line("the machine says (untrusted): ", finding->said, out);
	if (finding->fingerprint[0]) {
		add_line("fingerprint: ", finding->fingerprint, out);
	}
}

void item_title(const struct item *item, struct str *out)
{
	if (!item->result) {
		str_add(out, "gaterun");
		return;
	}
	str_printf(out, "%s ", item->result->gate->id);
	str_add_printable(out, text_of(item->result->gate->title));
}

void item_path(const struct run_report *report, const char *file, struct str *out)
{
	str_add(out, report->prefix ? report->prefix : "");
	str_add(out, file);
}

void run_name(const struct run *run, struct str *out)
{
	const struct texts *names =
		run->options->packs.len > 0 ? &run->options->packs : &run->options->gates;

	for (size_t i = 0; i < names->len; i++) {
		str_add(out, i ? " " : "");
		str_add_printable(out, text_of(names->at[i]));
	}
}
