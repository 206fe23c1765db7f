#include "closure/proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "git/git.h"
#include "git/revision.h"
#include "receipt/envelope.h"
#include "receipt/record.h"

/** Ceiling of the list of commits: a million of them. */
#define HISTORY_BYTES ((size_t)64 * 1024 * 1024)

/* ---- open, release */

int prover_open(struct prover *prover, const struct repo *repo, int64_t now_utc_ms, struct err *err)
{
	AUTO(auto_str) struct str state = {0};
	struct git_state git = {0};
	struct err ignored = {0};

	if (git_identity(repo->root, &git, err)) {
		return -1;
	}
	*prover = (struct prover){.repo = repo, .now_utc_ms = now_utc_ms};
	prover->is_shallow = git.is_shallow;
	prover->repo_id = record_repo_id(repo, &git, &prover->arena);
	if (log_state_folder(&state, &ignored) == 0) {
		prover->state = arena_text(&prover->arena, str_text(&state));
	}
	prover->place = (struct kept_place){repo->tree, repo_receipts(repo)};
	prover_read_trust(prover);
	return 0;
}

void prover_release(struct prover *prover)
{
	for (size_t i = 0; i < prover->proofs.len; i++) {
		verification_release(&prover->proofs.at[i]->found);
	}
	for (size_t i = 0; i < prover->logs.len; i++) {
		VEC_RELEASE(&prover->logs.at[i].list);
	}
	VEC_RELEASE(&prover->logs);
	VEC_RELEASE(&prover->proofs);
	VEC_RELEASE(&prover->checkout);
	VEC_RELEASE(&prover->history);
	str_release(&prover->history_bytes);
	closed_before_release(&prover->before);
	member_shelf_release(&prover->shelf);
	problems_release(&prover->problems);
	log_policy_release(&prover->policy);
	trust_release(&prover->trust);
	arena_release(&prover->arena);
}

/* ---- git */

static int compare_ids(const void *left, const void *right)
{
	const char *const *one = left;
	const char *const *other = right;

	return strcmp(*one, *other);
}

/** One question for all commits that will be asked about. */
static void read_history(struct prover *prover)
{
	const char *args[] = {"rev-list", "HEAD", NULL};
	struct text rest = {0};
	struct text line = {0};
	struct err ignored = {0};

	prover->has_history = true;
	prover->history_bytes.max = HISTORY_BYTES;
	if (git_run(prover->repo->root, args, HISTORY_BYTES, &prover->history_bytes, &ignored)) {
		return;
	}
	rest = str_view(&prover->history_bytes);
	while (text_split(&rest, '\n', &line)) {
		if (line.len > 0) {
			prover->history_bytes.at[line.at + line.len - prover->history_bytes.at] =
				'\0';
			*VEC_ADD(&prover->history) = line.at;
		}
	}
	if (prover->history.len > 1) {
		qsort(prover->history.at, prover->history.len, sizeof(*prover->history.at),
		      compare_ids);
	}
}

bool prover_is_in_history(struct prover *prover, const char *commit)
{
	if (!prover->has_history) {
		read_history(prover);
	}
	return prover->history.len > 0 && bsearch(&commit, prover->history.at, prover->history.len,
						  sizeof(*prover->history.at), compare_ids) != NULL;
}

bool prover_was_closed(struct prover *prover, const char *id)
{
	if (!prover->has_before) {
		prover->has_before = true;
		closed_before_read(prover->repo->root, prover->repo->config.adopted_utc_ms,
				   &prover->before);
	}
	return !prover->before.is_known || closed_before_holds(&prover->before, id);
}

/** Does one commit stand on another one? */
static bool stands_on(const struct prover *prover, const char *commit, const char *older)
{
	const char *args[] = {"merge-base", "--is-ancestor", older, commit, NULL};
	AUTO(auto_str) struct str none = {0};
	struct err ignored = {0};

	return strcmp(commit, older) != 0 &&
	       git_run(prover->repo->root, args, 1, &none, &ignored) == 0;
}

/* ---- the steps of judging, in order; each says whether to go on */

/** One run key under judgement. */
struct judge {
	struct prover *prover;
	struct proof *proof;
	struct evidence kept;
	bool is_kept;
};

/** Settle why it does not count; the value is false. */
#define refuse(judge, code, ...) (settle((judge), REASON_##code, false, __VA_ARGS__), false)
#define undecided(judge, code, ...) (settle((judge), REASON_##code, true, __VA_ARGS__), false)

__attribute__((format(printf, 4, 5))) static void settle(struct judge *judge, enum reason reason,
							 bool is_undecided, const char *format, ...)
{
	AUTO(auto_str) struct str text = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	judge->proof->reason = reason;
	judge->proof->is_undecided = is_undecided;
	judge->proof->why = arena_text(&judge->prover->arena, str_text(&text));
}

static bool check_form(struct judge *judge)
{
	switch (run_key_form(text_of(judge->proof->run_key))) {
	case RUN_KEY_OURS:
		return true;
	case RUN_KEY_OLDER:
		return refuse(judge, LOOP_KEY_OLDER,
			      "it is a run key of the predecessor, which signed nothing");
	case RUN_KEY_NONE:
		break;
	}
	return refuse(judge, LOOP_KEY_FORM, "it is no run key");
}

static bool find_receipt(struct judge *judge)
{
	struct prover *prover = judge->prover;
	struct proof *proof = judge->proof;
	struct tree *tree = prover->repo->tree;
	const char *receipts = repo_receipts(prover->repo);
	struct err err = {0};

	if (evidence_read(tree, receipts, proof->run_key, &judge->kept, &err) == 0) {
		judge->is_kept = true;
		proof->bytes = judge->kept.receipt;
		proof->file = arena_printf(&prover->arena, "%s/evidence/%s.json", receipts,
					   proof->run_key);
		return true;
	}
	if (err.code != ERR_ABSENT) {
		return refuse(judge, RECEIPT_INCOMPLETE, "%s", err.text);
	}
	proof->file = arena_printf(&prover->arena, "%s/%s.json", receipts, proof->run_key);
	err = (struct err){0};
	switch (tree_read(tree, proof->file, ENVELOPE_BYTES, &proof->bytes, &err)) {
	case TREE_OK:
		return true;
	case TREE_ABSENT:
		proof->file = NULL;
		return refuse(judge, LOOP_KEY_UNKNOWN,
			      "there is no receipt of this run in %s/ or %s/evidence/", receipts,
			      receipts);
	case TREE_REFUSED:
	case TREE_CONFLICTED:
		break;
	}
	return refuse(judge, RECEIPT_NOT_ONE, "%s", err.text);
}

static bool check_trust_files(struct judge *judge)
{
	const struct problems *problems = &judge->prover->problems;

	if (problems->list.len > 0) {
		const struct problem *first = &problems->list.at[0];

		return undecided(judge, RECEIPT_TRUST, "%s:%d:%d: %s", first->where.file,
				 first->where.line, first->where.column, first->message);
	}
	prover_check_committed(judge->prover);
	if (judge->prover->uncommitted) {
		return undecided(judge, LOOP_TRUST_UNCOMMITTED,
				 "%s is not as HEAD has it, and what says who is trusted counts "
				 "only once it is committed",
				 judge->prover->uncommitted);
	}
	return true;
}

static bool verify(struct judge *judge)
{
	struct prover *prover = judge->prover;
	struct verification *found = &judge->proof->found;
	struct verify_options options = {.trust = &prover->trust,
					 .shelf = &prover->shelf,
					 .state = prover->state,
					 .kept = judge->is_kept ? &judge->kept : NULL,
					 .run_key = judge->proof->run_key,
					 .repo = prover->repo_id,
					 .now_utc_ms = prover->now_utc_ms,
					 .authorities = prover->authorities,
					 .policy = prover->has_policy ? &prover->policy : NULL,
					 .place = &prover->place,
					 .needs_log = true};

	receipt_verify(judge->proof->bytes, &options, found);
	if (found->verdict != RECEIPT_TRUSTED) {
		settle(judge, found->reason, found->verdict == RECEIPT_UNDECIDED, "%s", found->why);
		return false;
	}
	judge->proof->signed_by = found->principals;
	return clock_parse_rfc3339(text_of(found->statement.time.started_at),
				   &judge->proof->started_utc_ms, &(struct err){0}) == 0 ||
	       refuse(judge, RECEIPT_STATEMENT, "it does not say when the run began");
}

/** Only what was asked for as a whole is evidence. */
static bool check_selection(struct judge *judge)
{
	const struct statement_selection *selection =
		&judge->proof->found.statement.inputs.selection;

	if (selection->shard) {
		return refuse(
			judge, LOOP_SHARD,
			"it is shard %s of a run; 'gaterun receipt merge' puts shards together",
			selection->shard);
	}
	if (selection->packs.len == 0) {
		return refuse(judge, LOOP_NARROWED, "it ran chosen gates (--gate) and no pack");
	}
	if (selection->targets.len > 0) {
		return refuse(judge, LOOP_NARROWED, "it looked only at some targets (--target %s)",
			      selection->targets.at[0]);
	}
	if (selection->since) {
		return refuse(judge, LOOP_NARROWED,
			      "it looked only at what had changed (--since %s)", selection->since);
	}
	if (selection->is_staged) {
		return refuse(judge, LOOP_NARROWED,
			      "it looked at what was about to be committed (--staged)");
	}
	return true;
}

static bool check_commit(struct judge *judge)
{
	const struct statement_source *source = &judge->proof->found.statement.source;
	char known[REVISION_BYTES];
	struct err err = {0};

	if (text_starts(text_of(source->repo), "local:")) {
		return refuse(judge, LOOP_REPO_LOCAL,
			      "the repo had no name that others know it by: it says '%s'",
			      source->repo);
	}
	if (!source->commit) {
		return refuse(judge, LOOP_NO_COMMIT, "it is about no commit");
	}
	if (prover_is_in_history(judge->prover, source->commit)) {
		return true;
	}
	if (revision_commit(judge->prover->repo->root, source->commit, known, &err) == 0) {
		return refuse(judge, LOOP_COMMIT_OTHER,
			      "it is about commit %.12s, which HEAD does not stand on",
			      source->commit);
	}
	if (judge->prover->is_shallow) {
		return undecided(judge, LOOP_COMMIT_UNKNOWN,
				 "it is about commit %.12s, and this clone is shallow: `git fetch "
				 "--unshallow` gets the history",
				 source->commit);
	}
	return refuse(judge, LOOP_COMMIT_UNKNOWN,
		      "it is about commit %.12s, which is not in the history of this repo",
		      source->commit);
}

static bool check_dirty(struct judge *judge)
{
	const struct statement_source *source = &judge->proof->found.statement.source;

	if (!source->is_dirty || judge->prover->repo->config.loops.allow_dirty) {
		return true;
	}
	return refuse(judge, LOOP_DIRTY,
		      "the work tree had changes that are not in commit %.12s; 'loops: "
		      "{allow_dirty: true}' in gaterun.yaml would let that count",
		      source->commit);
}

/* ---- what the run said */

/** Are all failures of a gate those that the baseline has too? */
static bool is_excused(const struct statement_gate *gate)
{
	const struct statement_finding *findings = gate->findings.at;
	bool has_failure = false;

	for (size_t i = 0; i < gate->findings.len; i++) {
		if (findings[i].verdict != VERDICT_FAIL) {
			continue;
		}
		has_failure = true;
		if (!findings[i].state || strcmp(findings[i].state, "pre-existing") != 0) {
			return false;
		}
	}
	return has_failure && gate->omitted == 0;
}

/** Was the baseline there before the work: a commit that the run's one stands on? */
static bool check_baseline(struct judge *judge)
{
	const struct statement *statement = &judge->proof->found.statement;
	const char *baseline = statement->inputs.selection.baseline;
	const struct proof *earlier = NULL;

	if (baseline && run_key_form(text_of(baseline)) == RUN_KEY_OURS) {
		earlier = strcmp(baseline, judge->proof->run_key) == 0
				  ? NULL
				  : prover_prove(judge->prover, baseline);
		baseline = earlier && earlier->signed_by ? earlier->found.statement.source.commit
							 : NULL;
	}
	if (!baseline || !stands_on(judge->prover, statement->source.commit, baseline)) {
		return refuse(judge, LOOP_BASELINE,
			      "its baseline is no earlier state that commit %.12s stands on, so "
			      "which failures are older nobody can say",
			      statement->source.commit);
	}
	return true;
}

/** The ids of enforced gates that failed, in the order of the plan. */
static struct texts failed_gates(struct arena *arena, const struct statement *statement)
{
	const struct statement_gate *gates = statement->results.at;
	struct texts failed = {
		.at = arena_alloc(arena, (statement->results.len + 1) * sizeof(*failed.at))};

	for (size_t i = 0; i < statement->results.len; i++) {
		if (gates[i].verdict == VERDICT_FAIL && gates[i].is_enforced) {
			failed.at[failed.len++] = arena_text(arena, gates[i].id);
		}
	}
	return failed;
}

static const char *join(struct arena *arena, const struct texts *texts)
{
	AUTO(auto_str) struct str line = {0};

	for (size_t i = 0; i < texts->len; i++) {
		str_printf(&line, "%s%s", i ? ", " : "", texts->at[i]);
	}
	return arena_text(arena, str_text(&line));
}

static bool check_unknown(struct judge *judge)
{
	const struct statement *statement = &judge->proof->found.statement;
	const struct statement_gate *gates = statement->results.at;

	for (size_t i = 0; i < statement->results.len; i++) {
		if (gates[i].verdict == VERDICT_UNKNOWN && gates[i].is_enforced) {
			return refuse(judge, LOOP_RUN_UNKNOWN,
				      "the verdict of %s is unknown, so that of the run is too",
				      gates[i].id);
		}
	}
	if (statement->totals.exit == 2) {
		return refuse(judge, LOOP_RUN_UNKNOWN, "the verdict of the run is unknown");
	}
	return true;
}

static bool check_outcome(struct judge *judge)
{
	const struct statement *statement = &judge->proof->found.statement;
	const struct statement_gate *gates = statement->results.at;
	struct texts failed = failed_gates(&judge->prover->arena, statement);
	bool is_excused_all = true;

	for (size_t i = 0; i < statement->results.len; i++) {
		is_excused_all = is_excused_all &&
				 (!texts_hold(&failed, gates[i].id) || is_excused(&gates[i]));
	}
	if (failed.len > 0 && (!is_excused_all || !statement->inputs.selection.baseline)) {
		return refuse(judge, LOOP_RUN_FAILED, "the run failed: %s",
			      join(&judge->prover->arena, &failed));
	}
	if (!check_unknown(judge) || (failed.len > 0 && !check_baseline(judge))) {
		return false;
	}
	if (failed.len == 0 && statement->totals.exit != 0) {
		return refuse(judge, LOOP_RUN_FAILED, "the run ended with status %lld",
			      (long long)statement->totals.exit);
	}
	judge->proof->excused = failed;
	return true;
}

static bool check_later(struct judge *judge)
{
	const char *gate = NULL;
	const struct recorded *later = prover_contradicted(judge->prover, judge->proof, &gate);

	if (!later) {
		return true;
	}
	return refuse(judge, LOOP_SUPERSEDED, "%s failed in a later run on the same commit, %s",
		      gate, later->run_key);
}

const struct proof *prover_prove(struct prover *prover, const char *run_key)
{
	static bool (*const steps[])(struct judge * judge) = {
		check_form,   find_receipt, check_trust_files, verify,      check_selection,
		check_commit, check_dirty,  check_outcome,     check_later,
	};
	struct judge judge = {.prover = prover};

	for (size_t i = 0; i < prover->proofs.len; i++) {
		if (strcmp(prover->proofs.at[i]->run_key, run_key) == 0) {
			return prover->proofs.at[i];
		}
	}
	judge.proof = arena_alloc(&prover->arena, sizeof(*judge.proof));
	judge.proof->run_key = arena_text(&prover->arena, run_key);
	judge.proof->why = "";
	*VEC_ADD(&prover->proofs) = judge.proof;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && steps[i](&judge); i++) {
	}
	return judge.proof;
}

const struct statement_gate *proof_gate(const struct proof *proof, const char *id)
{
	const struct statement_gate *gates = proof->found.statement.results.at;

	for (size_t i = 0; i < proof->found.statement.results.len; i++) {
		if (strcmp(gates[i].id, id) == 0) {
			return &gates[i];
		}
	}
	return NULL;
}
