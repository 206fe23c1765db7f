#include "receipt/merge.h"

#include <string.h>

#include "base/clock.h"
#include "model/shard.h"
#include "receipt/merge_private.h"

/* ---- are they parts of one run? */

static bool same_texts(const struct texts *left, const struct texts *right)
{
	if (left->len != right->len) {
		return false;
	}
	for (size_t i = 0; i < left->len; i++) {
		if (strcmp(left->at[i], right->at[i]) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_files(const struct rows *left, const struct rows *right)
{
	const struct statement_file *a = left->at;
	const struct statement_file *b = right->at;

	if (left->len != right->len) {
		return false;
	}
	for (size_t i = 0; i < left->len; i++) {
		if (strcmp(a[i].path, b[i].path) != 0 || strcmp(a[i].sha256, b[i].sha256) != 0) {
			return false;
		}
	}
	return true;
}

static bool same_selection(const struct statement_selection *a, const struct statement_selection *b)
{
	return same_texts(&a->packs, &b->packs) && same_texts(&a->gates, &b->gates) &&
	       same_texts(&a->targets, &b->targets) && same_string(a->since, b->since) &&
	       a->is_staged == b->is_staged;
}

static bool same_plan(const struct rows *left, const struct rows *right)
{
	const struct statement_gate *a = left->at;
	const struct statement_gate *b = right->at;

	if (left->len != right->len) {
		return false;
	}
	for (size_t i = 0; i < left->len; i++) {
		if (strcmp(a[i].id, b[i].id) != 0 || strcmp(a[i].kind, b[i].kind) != 0 ||
		    strcmp(a[i].severity, b[i].severity) != 0 ||
		    a[i].is_enforced != b[i].is_enforced) {
			return false;
		}
	}
	return true;
}

/** What two parts do not have in common; NULL: nothing that matters. */
static const char *difference(const struct statement *a, const struct statement *b)
{
	const struct statement_source *left = &a->source;
	const struct statement_source *right = &b->source;

	if (strcmp(left->repo, right->repo) != 0) {
		return "of another repo";
	}
	if (!same_string(left->commit, right->commit) || !same_string(left->tree, right->tree)) {
		return "of another commit";
	}
	if (left->is_dirty != right->is_dirty ||
	    !same_string(left->diff_sha256, right->diff_sha256) ||
	    !same_string(left->untracked_sha256, right->untracked_sha256)) {
		return "of a work tree with other changes";
	}
	if (!same_selection(&a->inputs.selection, &b->inputs.selection)) {
		return "of another selection";
	}
	if (!same_files(&a->inputs.gates, &b->inputs.gates) ||
	    !same_plan(&a->results, &b->results)) {
		return "of another plan";
	}
	if (!same_files(&a->inputs.bindings, &b->inputs.bindings)) {
		return "about other bindings";
	}
	if (!same_string(a->policy.sha256, b->policy.sha256) ||
	    strcmp(a->policy.context, b->policy.context) != 0 ||
	    strcmp(a->policy.mode, b->policy.mode) != 0) {
		return "of another context, mode or policy";
	}
	if (strcmp(a->tool.version, b->tool.version) != 0 ||
	    strcmp(a->tool.commit, b->tool.commit) != 0) {
		return "by another version of the program";
	}
	return NULL;
}

/** Did the part run just now? An old receipt must not come out as a new one. (What is from the
 * future was not verified.) */
static int check_age(const struct merge_part *part, int64_t now_utc_ms, struct err *err)
{
	int64_t started_utc_ms = 0;

	if (clock_parse_rfc3339(text_of(part->statement.time.started_at), &started_utc_ms, err)) {
		return err_wrap(err, "%s", part->name);
	}
	if (started_utc_ms < now_utc_ms - MERGE_AGE_MS) {
		return err_set(err, ERR_INPUT,
			       "%s began at %s, more than a day ago; run that shard again",
			       part->name, part->statement.time.started_at);
	}
	return 0;
}

/** Put each part into its place. */
static int sort_parts(struct merging *merging, struct err *err)
{
	const struct merge_part *first = &merging->parts[0];

	for (size_t i = 0; i < merging->count; i++) {
		const struct merge_part *part = &merging->parts[i];
		const struct statement_selection *selection = &part->statement.inputs.selection;
		const char *other = difference(&first->statement, &part->statement);
		struct shard shard = {0};

		if (!selection->shard || selection->baseline) {
			return err_set(err, ERR_INPUT, "%s is no receipt of a shard", part->name);
		}
		if (shard_parse(text_of(selection->shard), &shard, err)) {
			return err_wrap(err, "%s", part->name);
		}
		if (i == 0) {
			merging->shards = shard.count;
			merging->by_number =
				arena_alloc(merging->arena, (size_t)(shard.count + 1) *
								    sizeof(*merging->by_number));
		}
		if (shard.count != merging->shards) {
			return err_set(err, ERR_INPUT, "%s is one of %d shards, and %s one of %d",
				       first->name, merging->shards, part->name, shard.count);
		}
		if (other) {
			return err_set(err, ERR_INPUT, "%s is %s than %s", part->name, other,
				       first->name);
		}
		if (merging->by_number[shard.number]) {
			return err_set(err, ERR_INPUT,
				       "%s and %s are both of shard %s; name the one that counts",
				       merging->by_number[shard.number]->name, part->name,
				       selection->shard);
		}
		merging->by_number[shard.number] = part;
	}
	return 0;
}

/* ---- all of it */

static void count(const struct rows *results, struct statement_totals *out)
{
	const struct statement_gate *gates = results->at;
	bool has_passed = false;
	bool has_failed = false;
	bool is_unknown = false;

	*out = (struct statement_totals){.planned = (int64_t)results->len};
	for (size_t i = 0; i < results->len; i++) {
		enum verdict verdict = (enum verdict)gates[i].verdict;

		out->pass += verdict == VERDICT_PASS;
		out->fail += verdict == VERDICT_FAIL;
		out->unknown += verdict == VERDICT_UNKNOWN;
		out->skip += verdict == VERDICT_SKIP;
		has_passed = has_passed || (gates[i].is_enforced && verdict == VERDICT_PASS);
		has_failed = has_failed || (gates[i].is_enforced && verdict == VERDICT_FAIL);
		is_unknown = is_unknown || (gates[i].is_enforced && verdict == VERDICT_UNKNOWN);
	}
	out->exit = is_unknown || !has_passed ? 2 : 0;
	out->exit = has_failed ? 1 : out->exit;
}

/** Waivers that any part used, each once. */
static struct texts merge_waivers(const struct merging *merging)
{
	struct texts texts = {0};
	size_t room = 1;

	for (size_t i = 0; i < merging->count; i++) {
		room += merging->parts[i].statement.policy.waivers.len;
	}
	texts.at = arena_alloc(merging->arena, room * sizeof(*texts.at));
	for (size_t i = 0; i < merging->count; i++) {
		const struct texts *used = &merging->parts[i].statement.policy.waivers;

		for (size_t k = 0; k < used->len; k++) {
			if (!texts_hold(&texts, used->at[k])) {
				texts.at[texts.len++] = used->at[k];
			}
		}
	}
	return texts;
}

static struct rows name_parts(const struct merging *merging)
{
	struct statement_part *rows = arena_alloc(merging->arena, merging->count * sizeof(*rows));
	size_t len = 0;

	for (int number = 1; number <= merging->shards; number++) {
		const struct merge_part *part = merging->by_number[number];

		if (part) {
			rows[len++] = (struct statement_part){
				.run_key = part->statement.identity.run_key,
				.sha256 = part->sha256,
				.shard = part->statement.inputs.selection.shard,
				.signer = part->signer,
			};
		}
	}
	return (struct rows){rows, len};
}

int merge_receipts(struct arena *arena, const struct merge_part *parts, size_t count_of_parts,
		   int64_t now_utc_ms, struct statement *out, struct err *err)
{
	struct merging merging = {.arena = arena, .parts = parts, .count = count_of_parts};
	size_t planned = parts[0].statement.results.len;
	struct statement_gate *gates = arena_alloc(arena, (planned + 1) * sizeof(*gates));
	struct statement merged = {
		.kind = STATEMENT_RECEIPT,
		.source = parts[0].statement.source,
		.inputs = parts[0].statement.inputs,
		.policy = parts[0].statement.policy,
	};

	if (sort_parts(&merging, err)) {
		return -1;
	}
	for (size_t i = 0; i < count_of_parts; i++) {
		if (check_age(&parts[i], now_utc_ms, err)) {
			return -1;
		}
	}
	for (size_t i = 0; i < planned; i++) {
		gates[i] = merge_gate(&merging, i);
	}
	merged.inputs.selection.shard = NULL;
	merged.inputs.arguments = (struct texts){0};
	merged.inputs.merged = name_parts(&merging);
	merged.policy.waivers = merge_waivers(&merging);
	merged.results = (struct rows){gates, planned};
	if (merge_targets(&merging, &merged.targets, err)) {
		return -1;
	}
	for (size_t i = 0; i < count_of_parts; i++) {
		merged.omitted_targets += parts[i].statement.omitted_targets;
	}
	count(&merged.results, &merged.totals);
	*out = merged;
	return 0;
}
