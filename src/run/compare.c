/* How the findings of a run stand to those of a baseline; pure. */
#include <stdlib.h>
#include <string.h>

#include "run/baseline.h"

/** Findings of one gate, to be found by their fingerprints. */
struct index {
	const struct finding **at; /**< sorted */
	size_t len;
	const struct finding **veils; /**< those that say that nobody looked */
	size_t veil_count;
};

static int compare_fingerprints(const void *left, const void *right)
{
	const struct finding *a = *(const struct finding *const *)left;
	const struct finding *b = *(const struct finding *const *)right;

	return strcmp(a->fingerprint, b->fingerprint);
}

static bool says_nobody_looked(const struct finding *finding)
{
	enum verdict verdict = finding_verdict(finding);

	return verdict == VERDICT_UNKNOWN || verdict == VERDICT_SKIP;
}

static void index_make(struct index *index, const struct finding *at, size_t len)
{
	index->at = mem_alloc((len + 1) * sizeof(*index->at));
	index->veils = mem_alloc((len + 1) * sizeof(*index->veils));
	index->len = len;
	for (size_t i = 0; i < len; i++) {
		index->at[i] = &at[i];
		if (says_nobody_looked(&at[i])) {
			index->veils[index->veil_count++] = &at[i];
		}
	}
	qsort(index->at, len, sizeof(*index->at), compare_fingerprints);
}

static void index_release(struct index *index)
{
	free(index->at);
	free(index->veils);
}

static const struct finding *index_find(const struct index *index, const struct finding *finding)
{
	const struct finding **found =
		bsearch(&finding, index->at, index->len, sizeof(*index->at), compare_fingerprints);

	return found ? *found : NULL;
}

/** Both sides of one gate. */
struct sides {
	const struct run *run;
	struct result *result;
	struct index now;
	struct index before;
};

static bool is_at_least_as_bad(const struct finding *left, const struct finding *right)
{
	enum verdict verdict = finding_verdict(left);

	return verdict_worse(verdict, finding_verdict(right)) == verdict;
}

/** Is it about the gate as a whole? That there was nothing to look at hides
 * nothing. */
static bool is_whole(const struct finding *finding)
{
	return finding->reason != REASON_NOTHING_TO_CHECK &&
	       finding->reason != REASON_SINCE_UNCHANGED && finding->subject &&
	       strncmp(finding->subject, "gate:", strlen("gate:")) == 0;
}

/** The finding among these behind which `wanted` may hide, because it says that nobody looked;
 * NULL if there is none. */
static const struct finding *hiding(const struct index *index, const struct finding *wanted)
{
	for (size_t i = 0; i < index->veil_count; i++) {
		const struct finding *veil = index->veils[i];

		if (is_whole(veil) || (veil->subject && wanted->subject &&
				       strcmp(veil->subject, wanted->subject) == 0)) {
			return veil;
		}
	}
	return NULL;
}

/* ---- what is there now */

/** Does it say that time was up? Twice is not the same: each time something else may be unseen. */
static bool says_time_was_up(const struct finding *finding)
{
	return finding->reason == REASON_RUN_DEADLINE || finding->reason == REASON_RUN_TIMEOUT ||
	       finding->reason == REASON_RUN_INTERRUPTED;
}

static void set_state(struct sides *sides, const struct baseline_gate *gate,
		      struct finding *finding)
{
	const struct finding *same = index_find(&sides->before, finding);
	const struct finding *veil = NULL;
	const char *why = NULL;

	if (same && !says_time_was_up(finding)) {
		finding->state =
			is_at_least_as_bad(same, finding) ? STATE_PREEXISTING : STATE_INTRODUCED;
		return;
	}
	veil = gate->undetermined ? NULL : hiding(&sides->before, finding);
	why = veil ? veil->message : gate->undetermined;
	if (!why) {
		finding->state = STATE_INTRODUCED;
		return;
	}
	if (verdict_is_bad(finding->verdict)) {
		sides->result->undetermined = why;
	}
}

/* ---- what is there no more */

/** Is the target of the subject there, and did --target leave it out? */
static bool is_left_out(const struct run *run, const struct finding *finding)
{
	static const char head[] = "target:";
	const struct target *target = NULL;

	if (!run->options->target_words || !finding->subject ||
	    strncmp(finding->subject, head, sizeof(head) - 1) != 0) {
		return false;
	}
	target = targets_find(&run->repo->targets, finding->subject + sizeof(head) - 1);
	return target && !selector_chooses(&run->options->targets, target);
}

/** Has the run looked where the finding was? */
static bool was_looked_for(const struct sides *sides, const struct finding *finding)
{
	const struct tree_changes *changed = sides->run->options->changed;

	if (sides->result->is_narrowed &&
	    (!finding->where.file || !tree_changes_hold(changed, finding->where.file))) {
		return false;
	}
	return !is_left_out(sides->run, finding) && !hiding(&sides->now, finding);
}

static bool is_fixed(const struct sides *sides, const struct finding *finding)
{
	const struct finding *same = index_find(&sides->now, finding);

	return verdict_is_bad(finding_verdict(finding)) &&
	       !(same && verdict_is_bad(finding_verdict(same))) && was_looked_for(sides, finding);
}

/** A fixed finding is told as a remark: it changes no verdict. */
static void add_fixed(struct findings *fixed, const struct finding *finding)
{
	struct finding *copy = VEC_ADD(fixed);

	*copy = *finding;
	copy->verdict = VERDICT_PASS;
	copy->state = STATE_FIXED;
	copy->waived_by = NULL;
	copy->hint = NULL;
}

/* ---- one gate */

static const struct baseline_gate *find_gate(const struct baseline *baseline, const char *id)
{
	for (size_t i = 0; i < baseline->gates.len; i++) {
		if (strcmp(baseline->gates.at[i].id, id) == 0) {
			return &baseline->gates.at[i];
		}
	}
	return NULL;
}

static void compare(const struct baseline_gate *gate, struct run *run, struct result *result)
{
	struct sides sides = {.run = run, .result = result};
	struct findings fixed = {0};

	index_make(&sides.before, gate->at, gate->len);
	index_make(&sides.now, result->findings.at, result->findings.len);
	for (size_t i = 0; i < result->findings.len; i++) {
		set_state(&sides, gate, &result->findings.at[i]);
	}
	for (size_t i = 0; i < gate->len; i++) {
		if (is_fixed(&sides, &gate->at[i])) {
			add_fixed(&fixed, &gate->at[i]);
		}
	}
	for (size_t i = 0; i < fixed.len; i++) {
		*VEC_ADD(&result->findings) = fixed.at[i];
	}
	VEC_RELEASE(&fixed);
	index_release(&sides.before);
	index_release(&sides.now);
}

static void count(struct states *states, const struct finding *finding)
{
	bool is_bad = verdict_is_bad(finding->verdict);

	states->introduced += is_bad && finding->state == STATE_INTRODUCED;
	states->preexisting += is_bad && finding->state == STATE_PREEXISTING;
	states->undetermined += is_bad && finding->state == STATE_NONE;
	states->fixed += finding->state == STATE_FIXED;
}

void baseline_compare(const struct baseline *baseline, struct run *run)
{
	const struct baseline_gate nothing = {
		.undetermined = baseline->broken ? baseline->broken : "it was not judged there"};

	for (size_t i = 0; i < run->result_count; i++) {
		struct result *result = &run->results[i];
		const struct baseline_gate *gate = find_gate(baseline, result->gate->id);

		compare(gate ? gate : &nothing, run, result);
		for (size_t k = 0; k < result->findings.len; k++) {
			count(&run->states, &result->findings.at[k]);
		}
	}
}
