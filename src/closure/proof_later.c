/* Runs that are on record: in the logs on this machine, and as receipts in the repo. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "closure/proof.h"
#include "receipt/envelope.h"

/** Most receipts of the checkout that are looked at. */
#define CANDIDATES_MAX ((size_t)4096)

/** What was changed in the work tree, in one text. */
static const char *changes_of(struct arena *arena, const struct statement_source *source)
{
	return !source->is_dirty
		       ? ""
		       : arena_printf(arena, "%s %s",
				      source->diff_sha256 ? source->diff_sha256 : "-",
				      source->untracked_sha256 ? source->untracked_sha256 : "-");
}

static struct recorded record_of(struct arena *arena, const struct statement *statement)
{
	const struct statement_gate *gates = statement->results.at;
	struct recorded made = {
		.run_key = arena_text(arena, statement->identity.run_key),
		.commit =
			statement->source.commit ? arena_text(arena, statement->source.commit) : "",
		.state = changes_of(arena, &statement->source),
		.failed = {.at = arena_alloc(arena, (statement->results.len + 1) *
							    sizeof(*made.failed.at))},
	};

	(void)clock_parse_rfc3339(text_of(statement->time.finished_at), &made.finished_utc_ms,
				  &(struct err){0});
	for (size_t i = 0; i < statement->results.len; i++) {
		if (gates[i].verdict == VERDICT_FAIL) {
			made.failed.at[made.failed.len++] = arena_text(arena, gates[i].id);
		}
	}
	return made;
}

/* ---- the signer's log, as far as it is here */

static void read_entry(struct prover *prover, const struct log *log, const struct public_key *key,
		       int64_t seq, struct recorded_log *out)
{
	AUTO(auto_str) struct str bytes = {.max = ENVELOPE_BYTES};
	AUTO(auto_envelope) struct envelope envelope = {0};
	struct arena arena = {0};
	struct statement statement = {0};
	struct err ignored = {0};

	if (log_entry(log, seq, &bytes, &ignored) == 0 &&
	    envelope_read(str_view(&bytes), &envelope, &ignored) == 0 &&
	    envelope_is_by(&envelope, key) &&
	    statement_read(&arena, str_view(&envelope.payload), &statement, &ignored) ==
		    STATEMENT_GOOD &&
	    statement.kind == STATEMENT_RECEIPT) {
		*VEC_ADD(&out->list) = record_of(&prover->arena, &statement);
	}
	arena_release(&arena);
}

/** The log of a proof's signer, with all that was recorded after it. */
static const struct recorded_log *log_of(struct prover *prover, const struct proof *proof)
{
	const struct statement_identity *identity = &proof->found.statement.identity;
	AUTO(auto_log) struct log *log = NULL;
	struct recorded_log *row = NULL;
	struct err ignored = {0};
	int64_t end = 0;

	for (size_t i = 0; i < prover->logs.len; i++) {
		if (strcmp(prover->logs.at[i].origin, identity->log_origin) == 0) {
			row = &prover->logs.at[i];
		}
	}
	if (row && row->from <= identity->seq + 1) {
		return row;
	}
	if (log_open(prover->state, identity->log_origin, &proof->found.key, LOG_READ, &log,
		     &ignored) ||
	    log_load(log, &ignored)) {
		return row;
	}
	end = row ? row->from : log_size(log);
	if (!row) {
		row = VEC_ADD(&prover->logs);
		row->origin = arena_text(&prover->arena, identity->log_origin);
	}
	row->from = identity->seq + 1;
	for (int64_t seq = row->from; seq < end; seq++) {
		read_entry(prover, log, &proof->found.key, seq, row);
	}
	return row;
}

/* ---- receipts in the repo */

static int compare_newest(const void *left, const void *right)
{
	const char *const *one = left;
	const char *const *other = right;

	return strcmp(*other, *one);
}

static void list_receipts(struct prover *prover, const char *folder, struct texts *out)
{
	struct tree_names names = {0};
	struct err ignored = {0};

	if (tree_directory(prover->repo->tree, folder, &names, &ignored) != TREE_OK) {
		return;
	}
	for (size_t i = 0; i < names.len && out->len < CANDIDATES_MAX; i++) {
		const char *dot = strrchr(names.at[i], '.');
		struct text key = {names.at[i], dot ? (size_t)(dot - names.at[i]) : 0};

		if (dot && strcmp(dot, ".json") == 0 && run_key_form(key) == RUN_KEY_OURS) {
			out->at[out->len++] = arena_copy(&prover->arena, key.at, key.len);
		}
	}
	tree_names_release(&names);
}

struct texts prover_candidates(struct prover *prover)
{
	const char *receipts = repo_receipts(prover->repo);
	struct texts list = {0};
	size_t kept = 0;

	if (prover->candidates.at) {
		return prover->candidates;
	}
	list.at = arena_alloc(&prover->arena, CANDIDATES_MAX * sizeof(*list.at));
	list_receipts(prover, receipts, &list);
	list_receipts(prover, arena_printf(&prover->arena, "%s/evidence", receipts), &list);
	if (list.len > 1) {
		qsort(list.at, list.len, sizeof(*list.at), compare_newest);
	}
	for (size_t i = 0; i < list.len; i++) {
		if (kept == 0 || strcmp(list.at[i], list.at[kept - 1]) != 0) {
			list.at[kept++] = list.at[i];
		}
	}
	list.len = kept;
	prover->candidates = list;
	return list;
}

static bool read_receipt(struct prover *prover, const char *folder, const char *run_key,
			 struct text *bytes)
{
	const char *file = arena_printf(&prover->arena, "%s%s/%s.json", repo_receipts(prover->repo),
					folder, run_key);
	struct err ignored = {0};

	return tree_read(prover->repo->tree, file, ENVELOPE_BYTES, bytes, &ignored) == TREE_OK;
}

/** Only somebody who is trusted contradicts: anybody could put a file there. */
static void read_checkout(struct prover *prover)
{
	struct texts keys = prover_candidates(prover);

	prover->has_checkout = true;
	for (size_t i = 0; i < keys.len; i++) {
		AUTO(auto_verification) struct verification found = {0};
		struct verify_options options = {.trust = &prover->trust,
						 .run_key = keys.at[i],
						 .repo = prover->repo_id,
						 .now_utc_ms = prover->now_utc_ms};
		struct text bytes = {0};

		if (!read_receipt(prover, "", keys.at[i], &bytes) &&
		    !read_receipt(prover, "/evidence", keys.at[i], &bytes)) {
			continue;
		}
		receipt_verify(bytes, &options, &found);
		if (found.verdict == RECEIPT_TRUSTED) {
			*VEC_ADD(&prover->checkout) = record_of(&prover->arena, &found.statement);
		}
	}
}

/* ---- asking */

/** The gate that passed in a run and failed in the other one; NULL. */
static const char *failed_since(const struct proof *proof, const struct recorded *later)
{
	for (size_t i = 0; i < later->failed.len; i++) {
		const struct statement_gate *gate = proof_gate(proof, later->failed.at[i]);

		if (gate && gate->verdict == VERDICT_PASS) {
			return later->failed.at[i];
		}
	}
	return NULL;
}

/** One run on record, against the one that is cited. */
static bool contradicts(const struct recorded *recorded, const struct recorded *cited,
			const struct proof *proof, const char **gate)
{
	if (strcmp(recorded->run_key, cited->run_key) == 0 ||
	    recorded->finished_utc_ms < cited->finished_utc_ms ||
	    strcmp(recorded->commit, cited->commit) != 0 ||
	    strcmp(recorded->state, cited->state) != 0) {
		return false;
	}
	*gate = failed_since(proof, recorded);
	return *gate != NULL;
}

const struct recorded *prover_contradicted(struct prover *prover, const struct proof *proof,
					   const char **gate)
{
	struct recorded cited = record_of(&prover->arena, &proof->found.statement);
	const struct recorded_log *log =
		proof->found.membership == MEMBER_PROVEN ? log_of(prover, proof) : NULL;

	for (size_t i = 0; log && i < log->list.len; i++) {
		if (contradicts(&log->list.at[i], &cited, proof, gate)) {
			return &log->list.at[i];
		}
	}
	if (!prover->has_checkout) {
		read_checkout(prover);
	}
	for (size_t i = 0; i < prover->checkout.len; i++) {
		if (contradicts(&prover->checkout.at[i], &cited, proof, gate)) {
			return &prover->checkout.at[i];
		}
	}
	return NULL;
}
