#include "run/waive.h"

#include <string.h>

#include "base/cleanup.h"

/** Longest sentence about a waiver; owner, ticket and reason are as long as somebody liked. */
#define SENTENCE_BYTES 500

/** Bytes of "2026-03-01" with its NUL. */
#define DATE_BYTES 11

/** A waiver of the gate at hand, and what became of it. */
struct permit {
	const struct waiver *waiver;
	const char *about;
	int64_t days_left;
	size_t count;                /**< findings that it covers, named there or not */
	const struct waiver *longer; /**< named instead of it at a finding; NULL: none is */
};

struct permits VEC(struct permit);

/** What is the same for all waivers of a run. */
struct waiving {
	struct run *run;
	const struct waivers *waivers;
	int64_t now_utc_ms;
	size_t used;
};

static bool names_gate(const struct waiver *waiver, const struct gate *gate)
{
	return strcmp(waiver->gate, gate->id) == 0 || texts_hold(&gate->aliases, waiver->gate);
}

/** Is the waiver about this finding, whatever the verdict? */
static bool is_about(const struct waiver *waiver, const struct finding *finding)
{
	return waiver->fingerprint ? strcmp(waiver->fingerprint, finding->fingerprint) == 0
				   : same_string(waiver->subject, finding->subject);
}

static bool covers(const struct permit *permit, const struct finding *finding)
{
	return permit->days_left > 0 && is_about(permit->waiver, finding) &&
	       (finding->verdict == VERDICT_FAIL ||
		(finding->verdict == VERDICT_UNKNOWN && permit->waiver->allow_unknown));
}

/** Waive the finding by the waiver that ends last, and note all that cover it. */
static void waive(struct permits *permits, struct finding *finding)
{
	const struct waiver *named = NULL;

	for (size_t i = 0; i < permits->len; i++) {
		const struct waiver *waiver = permits->at[i].waiver;

		if (covers(&permits->at[i], finding) &&
		    (!named || waiver->expires_on_utc_ms > named->expires_on_utc_ms)) {
			named = waiver;
		}
	}
	if (!named) {
		return;
	}
	for (size_t i = 0; i < permits->len; i++) {
		struct permit *permit = &permits->at[i];

		if (covers(permit, finding)) {
			permit->count++;
			permit->longer = permit->waiver == named ? permit->longer : named;
		}
	}
	finding->waived_by = named;
	finding->waived_verdict = finding->verdict;
	finding->verdict = VERDICT_SKIP;
}

/* ---- findings about waivers */

static void format_date(int64_t utc_ms, char out[DATE_BYTES])
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(utc_ms, text);
	memcpy(out, text, DATE_BYTES - 1);
	out[DATE_BYTES - 1] = '\0';
}

/** Format printable text that lives as long as the run. */
static const char *say(struct run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *say(struct run *run, const char *format, ...)
{
	AUTO(auto_str) struct str raw = {.max = SENTENCE_BYTES};
	AUTO(auto_str) struct str clean = {.max = SENTENCE_BYTES};
	va_list args;

	va_start(args, format);
	str_vprintf(&raw, format, args);
	va_end(args);
	str_add_printable(&clean, str_view(&raw));
	return arena_text(&run->arena, str_text(&clean));
}

/** The finding stands in the line of the waiver. */
static struct finding *add(struct run *run, struct result *result, const struct permit *permit,
			   enum verdict verdict, enum reason reason)
{
	struct finding *finding = VEC_ADD(&result->findings);

	finding->verdict = verdict;
	finding->reason = reason;
	finding->subject = say(run, "waiver:%s", permit->about);
	/* A waiver that was prolonged and expires again is another finding. */
	finding->detail = say(run, "%lld", (long long)permit->waiver->expires_on_utc_ms);
	finding->where = permit->waiver->node->where;
	return finding;
}

static void add_expired(struct run *run, struct result *result, const struct permit *permit)
{
	const struct waiver *waiver = permit->waiver;
	struct finding *finding = add(run, result, permit, VERDICT_FAIL, REASON_WAIVER_EXPIRED);
	char date[DATE_BYTES];

	format_date(waiver->expires_on_utc_ms, date);
	finding->message = say(run, "the waiver for %s expired on %s; what it waived counts again",
			       permit->about, date);
	finding->hint =
		say(run, "mend what it waived and remove it, or agree on another date with %s (%s)",
		    waiver->owner, waiver->ticket);
}

static void add_expires_soon(struct run *run, struct result *result, const struct permit *permit)
{
	const struct waiver *waiver = permit->waiver;
	struct finding *finding =
		add(run, result, permit, VERDICT_PASS, REASON_WAIVER_EXPIRES_SOON);
	char date[DATE_BYTES];

	format_date(waiver->expires_on_utc_ms, date);
	finding->message =
		permit->days_left == 1
			? say(run, "the waiver for %s holds today for the last time", permit->about)
			: say(run, "the waiver for %s ends in %lld days, on %s", permit->about,
			      (long long)permit->days_left, date);
	finding->hint = say(run, "mend what it waives, or agree on another date with %s (%s)",
			    waiver->owner, waiver->ticket);
}

static void add_double(struct run *run, struct result *result, const struct permit *permit)
{
	struct finding *finding = add(run, result, permit, VERDICT_PASS, REASON_WAIVER_DOUBLE);

	finding->message =
		say(run, "the waiver in line %d is about the same, and is the one that is named",
		    permit->longer->node->where.line);
	finding->related[finding->related_count++] = permit->longer->node->where;
	finding->hint = "keep one of the two";
}

/** The subject of a finding, where a waiver has its name without its type; NULL if none has. */
static const char *find_near(const struct result *result, const struct waiver *waiver)
{
	for (size_t i = 0; waiver->subject && i < result->findings.len; i++) {
		const char *subject = result->findings.at[i].subject;
		const char *name = subject ? strchr(subject, ':') : NULL;

		if (name && strcmp(name + 1, waiver->subject) == 0) {
			return subject;
		}
	}
	return NULL;
}

static void add_unused(struct run *run, struct result *result, const struct permit *permit)
{
	const char *near = find_near(result, permit->waiver);
	struct finding *finding = add(run, result, permit, VERDICT_FAIL, REASON_WAIVER_UNUSED);

	finding->message = say(run, "no finding of %s matches the waiver for %s", result->gate->id,
			       permit->about);
	if (near) {
		finding->hint = say(run, "write `subject: %s`, if that finding is meant", near);
		return;
	}
	finding->hint = "remove it; or, if it should match, copy subject or fingerprint from the "
			"output of `gaterun verify -o json`";
}

/** Is the gate, or the run, about some targets or files only? */
static bool is_narrowed(const struct run *run, const struct result *result)
{
	const struct selector *targets = &result->gate->targets;

	return run->options->target_words || result->is_narrowed || result->is_part ||
	       !targets->all || targets->except.len > 0;
}

/** Could a finding that the waiver is about hide behind one that says that nobody looked? */
static bool may_hide(const struct result *result, const struct waiver *waiver)
{
	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *finding = &result->findings.at[i];
		enum verdict verdict =
			finding->waived_by ? finding->waived_verdict : finding->verdict;
		bool is_whole = finding->subject &&
				strncmp(finding->subject, "gate:", strlen("gate:")) == 0;

		if ((verdict == VERDICT_UNKNOWN || verdict == VERDICT_SKIP) &&
		    (is_whole || waiver->fingerprint || is_about(waiver, finding))) {
			return true;
		}
	}
	return false;
}

static bool is_unused(const struct run *run, const struct result *result,
		      const struct permit *permit)
{
	return permit->count == 0 && result->reason == REASON_NONE && !is_narrowed(run, result) &&
	       !may_hide(result, permit->waiver);
}

/* ---- the receipt's sentences */

static void tell_used(struct waiving *waiving, const struct gate *gate, const struct permit *permit)
{
	const struct waiver *waiver = permit->waiver;
	struct texts *told = &waiving->run->waived;
	char date[DATE_BYTES];

	waiving->used++;
	if (told->len == WAIVED_TOLD_MAX) {
		return;
	}
	format_date(waiver->expires_on_utc_ms, date);
	told->at[told->len++] =
		say(waiving->run, "%s %s until %s, %zu finding%s, by %s (%s): %s", gate->id,
		    waiver->fingerprint ? waiver->fingerprint : permit->about, date, permit->count,
		    permit->count == 1 ? "" : "s", waiver->owner, waiver->ticket, waiver->reason);
}

/** What is left over is counted, so that the list never reads as if it were whole. */
static void tell_rest(struct waiving *waiving)
{
	struct texts *told = &waiving->run->waived;

	if (waiving->used > told->len) {
		told->at[told->len] = say(waiving->run, "and %zu more", waiving->used - told->len);
		told->len++;
	}
}

/* ---- one gate */

static void collect(const struct waiving *waiving, const struct gate *gate, struct permits *permits)
{
	const struct waiver *rows = waiving->waivers->rows.at;

	for (size_t i = 0; i < waiving->waivers->rows.len; i++) {
		if (names_gate(&rows[i], gate)) {
			*VEC_ADD(permits) = (struct permit){
				.waiver = &rows[i],
				.about = waiver_about(&rows[i], &waiving->run->arena),
				.days_left = waiver_days_left(&rows[i], waiving->now_utc_ms),
			};
		}
	}
}

/** What there is to say about a waiver once all findings of its gate have been looked at. */
static void judge(struct waiving *waiving, struct result *result, const struct permit *permit)
{
	if (permit->days_left <= 0) {
		add_expired(waiving->run, result, permit);
		return;
	}
	if (is_unused(waiving->run, result, permit)) {
		add_unused(waiving->run, result, permit);
		return;
	}
	if (permit->days_left <= WAIVER_SOON_DAYS) {
		add_expires_soon(waiving->run, result, permit);
	}
	if (permit->longer) {
		add_double(waiving->run, result, permit);
	}
	if (permit->count > 0) {
		tell_used(waiving, result->gate, permit);
	}
}

static void apply(struct waiving *waiving, struct result *result)
{
	struct permits permits = {0};

	collect(waiving, result->gate, &permits);
	for (size_t i = 0; i < result->findings.len; i++) {
		waive(&permits, &result->findings.at[i]);
	}
	for (size_t i = 0; i < permits.len; i++) {
		judge(waiving, result, &permits.at[i]);
	}
	if (permits.len > 0) {
		result_settle(result, &waiving->run->arena);
	}
	VEC_RELEASE(&permits);
}

void run_apply_waivers(struct run *run, const struct waivers *waivers, int64_t now_utc_ms)
{
	struct waiving waiving = {.run = run, .waivers = waivers, .now_utc_ms = now_utc_ms};

	if (waivers->rows.len == 0) {
		return;
	}
	run->waived.at = arena_alloc(&run->arena, (WAIVED_TOLD_MAX + 1) * sizeof(*run->waived.at));
	for (size_t i = 0; i < run->result_count; i++) {
		apply(&waiving, &run->results[i]);
	}
	tell_rest(&waiving);
}
