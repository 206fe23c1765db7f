/*
 * The text report: a headline, a line for each gate in the order of the plan with its findings
 * below, then totals and receipt, and the verdict as the last line, where the eye ends.
 */
#include "report/report.h"

#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "report/layout.h"
#include "report/text_baseline.h"
#include "report/text_findings.h"
#include "report/text_parts.h"

/** Columns of the widest verdict word, "unknown". */
#define VERDICT_COLUMNS ((size_t)7)

/** Columns of the widest usual gate id, "G001". */
#define ID_COLUMNS ((size_t)4)

/** Most gates that the last line names. */
#define NAMED_GATES_MAX ((size_t)6)

/** Durations below this are not worth a word on a gate's line. */
#define SLOW_GATE_MS 1000

static void add_duration(struct str *out, int64_t ms)
{
	if (ms < 1000) {
		str_printf(out, "%lld ms", (long long)ms);
	} else if (ms < 60000) {
		str_printf(out, "%lld.%lld s", (long long)ms / 1000, (long long)(ms % 1000) / 100);
	} else {
		str_printf(out, "%lld min %lld s", (long long)ms / 60000,
			   (long long)(ms % 60000) / 1000);
	}
}

/** The name people know the repo by: what gaterun.yaml says, else its directory's name. */
static const char *repo_name(const struct repo *repo)
{
	const char *slash = strrchr(repo->root, '/');

	if (repo->config.repo) {
		return repo->config.repo;
	}
	return slash && slash[1] ? slash + 1 : repo->root;
}

static void add_words(struct str *out, const char *before, const struct texts *texts)
{
	for (size_t i = 0; i < texts->len; i++) {
		str_add(out, before);
		str_add_printable(out, text_of(texts->at[i]));
	}
}

/** Append " · text", on a line of its own where it does not fit. @return the column behind it */
static size_t add_part(struct str *out, const struct style *style, size_t column, const char *text)
{
	AUTO(auto_str) struct str part = {0};
	size_t columns = 0;

	str_add_printable(&part, text_of(text));
	columns = text_columns(str_view(&part));
	if (column + strlen(" - ") + columns > style->width) {
		str_add(out, "\n  ");
		column = strlen("  ");
	} else {
		str_printf(out, " %s ", mark_text(style, MARK_DOT));
		column += strlen(" - ");
	}
	str_add_text(out, str_view(&part));
	return column + columns;
}

static void add_headline(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;
	const struct style *style = &report->style;
	AUTO(auto_str) struct str words = {0};
	size_t column = 0;
	char time[CLOCK_RFC3339_BYTES];

	str_add(&words, "gaterun verify");
	add_words(&words, " ", &run->options->packs);
	add_words(&words, " --gate ", &run->options->gates);
	colour_add(out, style, COLOUR_BOLD, str_text(&words));
	column = add_part(out, style, text_columns(str_view(&words)), repo_name(run->repo));
	str_clear(&words);
	str_printf(&words, "%s, %s", run->options->context, mode_word(run->options->mode));
	column = add_part(out, style, column, str_text(&words));
	if (run->options->target_words) {
		str_clear(&words);
		str_printf(&words, "targets %s", run->options->target_words);
		column = add_part(out, style, column, str_text(&words));
	}
	if (run->options->shard_word) {
		str_clear(&words);
		str_printf(&words, "shard %s", run->options->shard_word);
		column = add_part(out, style, column, str_text(&words));
	}
	if (run->options->revision) {
		str_clear(&words);
		str_printf(&words, "commit %.12s", run->options->revision);
		column = add_part(out, style, column, str_text(&words));
	}
	if (run->options->changed) {
		str_clear(&words);
		str_printf(&words, "since %.12s", run->options->changed->commit);
		column = add_part(out, style, column, str_text(&words));
	}
	clock_format_rfc3339(run->started_utc_ms, time);
	str_clear(&words);
	str_printf(&words, "%.10s %.8sZ", time, time + 11);
	(void)add_part(out, style, column, str_text(&words));
	str_add(out, "\n\n");
}

static size_t count_remarks(const struct result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->findings.len; i++) {
		count += result->findings.at[i].verdict == VERDICT_PASS &&
			 result->findings.at[i].state != STATE_FIXED;
	}
	return count;
}

static size_t count_fixed(const struct result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->findings.len; i++) {
		count += result->findings.at[i].state == STATE_FIXED;
	}
	return count;
}

static size_t count_waived(const struct result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->findings.len; i++) {
		count += result->findings.at[i].waived_by != NULL;
	}
	return count;
}

/** What stands behind the title: "62 checked, 2 waived, 1 remark, 1.2 s". */
static void add_facts(struct str *out, const struct result *result)
{
	size_t remarks = count_remarks(result);
	size_t waived = count_waived(result);
	size_t fixed = count_fixed(result);
	bool is_bad = result->verdict == VERDICT_FAIL || result->verdict == VERDICT_UNKNOWN;

	if (result->checked > 0 || result->verdict == VERDICT_PASS) {
		str_printf(out, ", %zu checked", result->checked);
	}
	if (waived > 0) {
		str_printf(out, ", %zu waived", waived);
	}
	if (fixed > 0) {
		str_printf(out, ", %zu fixed", fixed);
	}
	if (remarks > 0) {
		str_printf(out, ", %zu remark%s", remarks, remarks == 1 ? "" : "s");
	}
	if (is_bad) {
		str_printf(out, ", %s", severity_word((enum severity)result->gate->severity));
	}
	if (!result->gate->enforce) {
		str_add(out, ", reported only");
	}
	if (result->duration_ms >= SLOW_GATE_MS) {
		str_add(out, ", ");
		add_duration(out, result->duration_ms);
	}
}

static void add_gate_line(const struct run_report *report, const struct result *result,
			  struct str *out)
{
	const struct style *style = &report->style;
	const char *word = result->verdict == VERDICT_FAIL ? "FAIL" : verdict_word(result->verdict);
	enum colour colour = verdict_colour(result->verdict);
	size_t id_columns = strlen(result->gate->id);
	size_t indent = 2 + 2 + VERDICT_COLUMNS + 2 + ID_COLUMNS + 2;
	size_t title_columns = text_columns(text_of(result->gate->title));
	AUTO(auto_str) struct str facts = {0};
	const char *said = NULL;

	str_add(out, "  ");
	colour_add(out, style, colour, mark_text(style, verdict_mark(result->verdict)));
	str_add_char(out, ' ');
	colour_add(out, style, colour, word);
	add_spaces(out, VERDICT_COLUMNS - strlen(word) + 2);
	str_add(out, result->gate->id);
	add_spaces(out, (id_columns < ID_COLUMNS ? ID_COLUMNS - id_columns : 0) + 2);
	wrap_add(out, style, indent, indent, result->gate->title);
	add_facts(&facts, result);
	if (facts.len == 0) {
		str_add_char(out, '\n');
		return;
	}
	said = facts.at + strlen(", ");
	if (indent + title_columns + 2 + strlen(said) > style->width) {
		str_add_char(out, '\n');
		add_spaces(out, indent);
	} else {
		add_spaces(out, style->width - indent - title_columns - strlen(said));
	}
	colour_add(out, style, COLOUR_DIM, said);
	str_add_char(out, '\n');
}

/** A failed gate none of whose findings says what to do: the gate's own advice. */
static void add_triage(const struct run_report *report, const struct result *result,
		       struct str *out)
{
	AUTO(auto_str) struct str line = {0};

	for (size_t i = 0; i < result->findings.len; i++) {
		if (result->findings.at[i].hint &&
		    result->findings.at[i].verdict == result->verdict) {
			return;
		}
	}
	if (result->verdict == VERDICT_FAIL && result->gate->triage) {
		str_add(&line, "fix: ");
		folded_add(&line, result->gate->triage);
		add_spaces(out, FINDING_INDENT);
		wrap_add(out, &report->style, FINDING_INDENT, FINDING_INDENT + 5, str_text(&line));
		str_add_char(out, '\n');
	}
}

static void add_gate(const struct run_report *report, size_t index, struct str *out)
{
	const struct result *result = &report->run->results[index];

	add_gate_line(report, result, out);
	text_findings(result, &report->style, out);
	add_triage(report, result, out);
}

static void add_totals(const struct run_report *report, struct str *out)
{
	const struct counts *counts = &report->run->counts;
	const struct {
		const char *word;
		size_t count;
	} parts[] = {
		{"pass", counts->pass},
		{"fail", counts->fail},
		{"unknown", counts->unknown},
		{"skip", counts->skip},
	};
	const char *separator = ": ";

	str_printf(out, "\n%zu gate%s", counts->planned, counts->planned == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].count > 0) {
			str_printf(out, "%s%zu %s", separator, parts[i].count, parts[i].word);
			separator = ", ";
		}
	}
	str_printf(out, " %s ", mark_text(&report->style, MARK_DOT));
	add_duration(out, report->run->duration_ms);
	str_add_char(out, '\n');
}

/** Gates that the budget of a pack left unknown. */
static size_t count_cut(const struct run *run, const char *pack)
{
	size_t count = 0;

	for (size_t i = 0; i < run->result_count; i++) {
		const struct result *result = &run->results[i];
		bool is_cut = false;

		for (size_t k = 0; k < result->findings.len && !is_cut; k++) {
			is_cut = result->findings.at[k].reason == REASON_RUN_BUDGET;
		}
		count += is_cut && gate_in_pack(result->gate, pack);
	}
	return count;
}

/** A pack that took longer than gaterun.yaml wants it to. */
static void add_budgets(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;

	for (size_t i = 0; i < run->options->packs.len; i++) {
		const char *pack = run->options->packs.at[i];
		const struct pack_settings *settings = repo_pack(run->repo, pack);
		size_t cut = count_cut(run, pack);

		if (!settings || settings->budget_ms == 0 ||
		    run->duration_ms <= settings->budget_ms) {
			continue;
		}
		str_printf(out, "budget   pack %s is meant to take ", pack);
		add_duration(out, settings->budget_ms);
		str_add(out, " at most");
		if (cut > 0) {
			str_printf(out, "; %zu gate%s did not fit", cut, cut == 1 ? "" : "s");
		}
		str_add_char(out, '\n');
	}
}

static void add_receipt(const struct run_report *report, struct str *out)
{
	const struct report_receipt *receipt = report->receipt;

	if (report->run->key[0]) {
		str_printf(out, "run key  %s\n", report->run->key);
	}
	if (receipt) {
		str_add(out, "receipt  ");
		str_add_printable(out, text_of(receipt->file));
		str_printf(out, "\n         log entry %lld, signed by %s\n",
			   (long long)receipt->log_index, receipt->signer);
	} else {
		str_add(out, "receipt  none: ");
		wrap_add(out, &report->style, strlen("receipt  none: "), strlen("receipt  "),
			 report->no_receipt ? report->no_receipt : "not asked for");
		str_add_char(out, '\n');
	}
}

/** The first gate worth explaining: a failed one, else an unknown one. */
static const struct gate *worst_gate(const struct run *run)
{
	const struct gate *unknown = NULL;

	for (size_t i = 0; i < run->result_count; i++) {
		if (run->results[i].verdict == VERDICT_FAIL) {
			return run->results[i].gate;
		}
		if (run->results[i].verdict == VERDICT_UNKNOWN && !unknown) {
			unknown = run->results[i].gate;
		}
	}
	return unknown;
}

/** Which gates a clause names. */
struct clause {
	enum verdict verdict; /**< of the gate */
	bool is_tolerated;    /**< it does not count: the baseline has all of it */
	const char *one;
	const char *several;
};

static bool belongs(const struct run *run, const struct result *result, const struct clause *clause)
{
	enum verdict counted = run_counted(run->options, result);

	if (!result->gate->enforce) {
		return false;
	}
	return clause->is_tolerated ? result->verdict == clause->verdict && !verdict_is_bad(counted)
				    : counted == clause->verdict;
}

/** Append "; G010 and G013 are unknown"; nothing if there are none. */
static void add_named(const struct run *run, const struct clause *clause, struct str *out)
{
	size_t count = 0;
	size_t named = 0;

	for (size_t i = 0; i < run->result_count; i++) {
		count += belongs(run, &run->results[i], clause);
	}
	for (size_t i = 0; i < run->result_count && named < NAMED_GATES_MAX; i++) {
		const struct result *result = &run->results[i];

		if (!belongs(run, result, clause)) {
			continue;
		}
		str_add(out, named == 0 ? "; " : named + 1 == count ? " and " : ", ");
		str_add(out, result->gate->id);
		named++;
	}
	if (count > named) {
		str_printf(out, " and %zu more", count - named);
	}
	if (count > 0) {
		str_printf(out, " %s", count == 1 ? clause->one : clause->several);
	}
}

/** Append ", 2 findings waived"; nothing if none is. A pass that leans on waivers says so. */
static void add_waived(const struct run *run, struct str *out)
{
	size_t count = 0;

	for (size_t i = 0; i < run->result_count; i++) {
		count += count_waived(&run->results[i]);
	}
	if (count > 0) {
		str_printf(out, ", %zu finding%s waived", count, count == 1 ? "" : "s");
	}
}

/** Why the run ended as it did, in a clause. */
static void add_grounds(const struct run *run, struct str *out)
{
	static const struct clause decisive[] = {
		{VERDICT_FAIL, false, "fails", "fail"},
		{VERDICT_UNKNOWN, false, "is unknown", "are unknown"},
	};
	static const struct clause tolerated[] = {
		{VERDICT_FAIL, true, "fails as before", "fail as before"},
		{VERDICT_UNKNOWN, true, "is unknown as before", "are unknown as before"},
	};
	AUTO(auto_str) struct str clauses = {0};

	if (run->signal) {
		str_printf(&clauses, "; stopped by %s",
			   run->signal == SIGINT ? "SIGINT" : "SIGTERM");
	}
	for (size_t i = 0; i < 2; i++) {
		add_named(run, &decisive[i], &clauses);
	}
	if (run->hit_deadline) {
		str_add(&clauses, "; the run's deadline came first");
	}
	if (clauses.len == 0 && run->verdict == VERDICT_PASS) {
		str_printf(&clauses, "; %zu of %zu gates pass", run->counts.pass,
			   run->counts.planned);
		if (run->counts.skip > 0) {
			str_printf(&clauses, ", %zu skipped", run->counts.skip);
		}
		add_waived(run, &clauses);
		for (size_t i = 0; i < 2; i++) {
			add_named(run, &tolerated[i], &clauses);
		}
	} else if (clauses.len == 0) {
		str_add(&clauses, "; no enforced gate passed");
		if (run->counts.skip > 0) {
			str_printf(&clauses, ", %zu %s skipped", run->counts.skip,
				   run->counts.skip == 1 ? "was" : "were");
		}
	}
	str_add(out, clauses.at + strlen("; "));
}

static void add_verdict(const struct run_report *report, struct str *out)
{
	const struct run *run = report->run;
	AUTO(auto_str) struct str line = {0};
	static const char *const words[] = {
		[VERDICT_UNKNOWN] = "UNKNOWN",
		[VERDICT_PASS] = "PASS",
		[VERDICT_FAIL] = "FAIL",
		[VERDICT_SKIP] = "SKIP",
	};

	str_printf(&line, "(exit %d): ", report->exit);
	add_grounds(run, &line);
	if (report->exit != run->exit) {
		str_add(&line, ", but there is no receipt");
	}
	str_add_char(out, '\n');
	colour_add(out, &report->style, verdict_colour(run->verdict), words[run->verdict]);
	str_add_char(out, ' ');
	wrap_add(out, &report->style, strlen(words[run->verdict]) + 1, 2, str_text(&line));
	str_add_char(out, '\n');
}

void report_text(const struct run_report *report, struct str *out)
{
	const struct gate *worst = worst_gate(report->run);

	add_headline(report, out);
	for (size_t i = 0; i < report->run->result_count; i++) {
		add_gate(report, i, out);
	}
	add_totals(report, out);
	text_baseline(report->run, &report->style, out);
	add_budgets(report, out);
	add_receipt(report, out);
	if (worst) {
		str_printf(out, "next     gaterun explain %s\n", worst->id);
	}
	add_verdict(report, out);
}
