#include "closure/standing.h"

static void conclude(struct standing *standing, enum verdict verdict, enum reason reason,
		     const char *why)
{
	standing->verdict = verdict;
	standing->reason = reason;
	standing->why = why;
}

/** What the coverage comes to. */
static void conclude_coverage(struct standing *standing)
{
	const struct coverage *coverage = &standing->coverage;

	if (coverage->is_proven) {
		conclude(standing, VERDICT_PASS, REASON_NONE, "");
		return;
	}
	conclude(standing, coverage->is_undecided ? VERDICT_UNKNOWN : VERDICT_FAIL,
		 coverage->reason, coverage->why);
}

/** The first run of a summary that no longer counts, whatever gaterun.yaml asks for today. */
static const struct proof *first_refused(const struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->exhibits.len; i++) {
		if (coverage->exhibits.at[i].proof->reason != REASON_NONE) {
			return coverage->exhibits.at[i].proof;
		}
	}
	return NULL;
}

/** Each key that the file cites, once. */
static struct texts cited_keys(struct prover *prover, const struct scope *scope)
{
	struct texts keys = {
		.at = arena_alloc(&prover->arena, (scope->citations.len + 1) * sizeof(*keys.at))};

	for (size_t i = 0; i < scope->citations.len; i++) {
		if (!texts_hold(&keys, scope->citations.at[i].run_key)) {
			keys.at[keys.len++] = scope->citations.at[i].run_key;
		}
	}
	return keys;
}

/** Was it closed before the rule? Neither its file nor git may say otherwise. */
static bool is_older_than_rule(struct prover *prover, const struct scope *scope)
{

	int64_t adopted = prover->repo->config.adopted_utc_ms;

	return adopted > 0 && scope->closed.utc_ms > 0 && scope->closed.utc_ms < adopted &&
	       scope->reopened.utc_ms < adopted && scope_opened_utc_ms(scope) < adopted &&
	       prover_was_closed(prover, scope->id);
}

/** A summary says nothing about a loop that was opened again since. */
static bool is_reopened(const struct scope *scope)
{
	return scope->reopened.utc_ms / 1000 > scope->closed.utc_ms / 1000;
}

static void judge_closed(struct prover *prover, const struct texts *cited,
			 struct standing *standing)
{
	const struct scope *scope = standing->scope;
	const struct proof *refused = NULL;
	struct texts keys = {0};

	if (is_older_than_rule(prover, scope)) {
		conclude(standing, VERDICT_SKIP, REASON_LOOP_UNDATED,
			 "it was closed before 'adopted' in gaterun.yaml");
		return;
	}
	if (prover->is_shallow && text_starts(text_of(prover->repo_id), "local:")) {
		conclude(standing, VERDICT_UNKNOWN, REASON_LOOP_REPO_LOCAL,
			 "this clone is shallow and gaterun.yaml does not say 'repo:', so which "
			 "repo it is nobody can say; `git fetch --unshallow` gets the history");
		return;
	}
	summary_verify(prover, scope, &standing->summary);
	keys = cited                                     ? *cited
	       : standing->summary.state == SUMMARY_GOOD ? standing->summary.run_keys
							 : cited_keys(prover, scope);
	coverage_judge(prover, scope, &keys, &standing->coverage);
	if (standing->summary.state == SUMMARY_BAD) {
		conclude(standing, VERDICT_FAIL, standing->summary.reason, standing->summary.why);
		return;
	}
	if (standing->summary.state == SUMMARY_ABSENT || cited) {
		conclude_coverage(standing);
		if (standing->verdict == VERDICT_UNKNOWN && keys.len == 0) {
			standing->verdict = VERDICT_FAIL;
		}
		return;
	}
	if (is_reopened(scope)) {
		conclude(standing, VERDICT_FAIL, REASON_LOOP_OLDER,
			 "it was reopened after it was closed, and not closed by gaterun since");
		return;
	}
	refused = first_refused(&standing->coverage);
	if (!refused) {
		conclude(standing, VERDICT_PASS, REASON_NONE, "");
		return;
	}
	conclude(standing, refused->is_undecided ? VERDICT_UNKNOWN : VERDICT_FAIL, refused->reason,
		 refused->why);
}

void standing_judge(struct prover *prover, const struct scope *scope, const struct texts *cited,
		    struct standing *out)
{
	struct texts found = {0};

	out->scope = scope;
	if (!scope->has_front && !scope_begins_front(scope)) {
		conclude(out, VERDICT_SKIP, REASON_LOOP_UNREADABLE,
			 "it has no front matter, so it says nothing about being closed");
		return;
	}
	if (!scope->id || scope->state == SCOPE_UNKNOWN) {
		conclude(out, VERDICT_UNKNOWN, REASON_LOOP_UNREADABLE,
			 scope->problems.list.len > 0 ? scope->problems.list.at[0].message
						      : "it says neither its id nor its status");
		return;
	}
	if (scope->state == SCOPE_CLOSED) {
		judge_closed(prover, cited, out);
		return;
	}
	if (cited) {
		coverage_judge(prover, scope, cited, &out->coverage);
	} else {
		found = prover_candidates(prover);
		coverage_search(prover, scope, &found, &out->coverage);
	}
	conclude_coverage(out);
}

void standing_release(struct standing *standing)
{
	coverage_release(&standing->coverage);
}
