/* --since, --baseline and --fail-on in a statement, and what follows from them. */
#include <string.h>

#include "crypto/digest.h"
#include "model/shard.h"
#include "receipt/statement_private.h"

enum verdict statement_counted(const struct statement_gate *gate)
{
	for (enum verdict verdict = VERDICT_UNKNOWN; verdict <= VERDICT_SKIP; verdict++) {
		if (gate->counts_as && strcmp(gate->counts_as, verdict_word(verdict)) == 0) {
			return verdict;
		}
	}
	return (enum verdict)gate->verdict;
}

static int check_selection(const struct statement_selection *selection, struct err *err)
{
	const char *baseline = selection->baseline;
	struct shard shard = {0};

	if (selection->since && !is_object_id(selection->since)) {
		return err_set(err, ERR_INPUT, "since is '%.80s', expected a git object id",
			       selection->since);
	}
	if (baseline && !is_object_id(baseline) &&
	    run_key_form(text_of(baseline)) != RUN_KEY_OURS) {
		return err_set(err, ERR_INPUT,
			       "baseline is '%.80s', expected a git object id or a run key",
			       baseline);
	}
	if (selection->fail_on && (!baseline || strcmp(selection->fail_on, "introduced") != 0)) {
		return err_set(err, ERR_INPUT,
			       "failOn is '%.80s', expected introduced, with a baseline",
			       selection->fail_on);
	}
	return selection->shard ? shard_parse(text_of(selection->shard), &shard, err) : 0;
}

/** Parts name receipts, and what they make is whole. */
static int check_merged(const struct statement_inputs *inputs, struct err *err)
{
	const struct statement_part *parts = inputs->merged.at;
	struct shard shard = {0};

	if (inputs->merged.len > 0 && (inputs->selection.shard || inputs->selection.baseline)) {
		return err_set(err, ERR_INPUT, "a merged receipt has no shard and no baseline");
	}
	for (size_t i = 0; i < inputs->merged.len; i++) {
		if (run_key_form(text_of(parts[i].run_key)) != RUN_KEY_OURS ||
		    strlen(parts[i].sha256) != SHA256_HEX_BYTES - 1 ||
		    strspn(parts[i].sha256, "0123456789abcdef") != SHA256_HEX_BYTES - 1 ||
		    !text_starts(text_of(parts[i].signer), "SHA256:")) {
			return err_set(err, ERR_INPUT, "merged: part %zu names no receipt", i + 1);
		}
		if (shard_parse(text_of(parts[i].shard), &shard, err)) {
			return err_wrap(err, "merged");
		}
	}
	return 0;
}

static bool has_state(const struct statement_finding *finding, const char *state)
{
	return finding->state && strcmp(finding->state, state) == 0;
}

/** A state is one of three, needs something to compare with, and what is fixed is there no more. */
static int check_state(const struct statement_selection *selection,
		       const struct statement_finding *finding, struct err *err)
{
	if (!finding->state) {
		return 0;
	}
	if (!selection->baseline ||
	    !(has_state(finding, "introduced") || has_state(finding, "pre-existing") ||
	      has_state(finding, "fixed"))) {
		return err_set(err, ERR_INPUT,
			       "state is '%.80s', expected introduced, pre-existing or fixed, with "
			       "a baseline",
			       finding->state);
	}
	if (has_state(finding, "fixed") && finding->verdict != VERDICT_PASS) {
		return err_set(err, ERR_INPUT, "state is 'fixed' of a finding that is %s",
			       verdict_word((enum verdict)finding->verdict));
	}
	return 0;
}

/** What the listed findings say that a bad verdict counts for, as run_counted; if none of them has
 * this verdict, nothing shows that it is tolerated. */
static enum verdict counted_of(const struct statement_gate *gate)
{
	const struct statement_finding *findings = gate->findings.at;
	enum verdict worst = VERDICT_PASS;
	bool is_shown = false;

	for (size_t i = 0; i < gate->findings.len; i++) {
		enum verdict verdict = (enum verdict)findings[i].verdict;

		is_shown = is_shown || verdict == (enum verdict)gate->verdict;
		if (verdict_is_bad(verdict) && !has_state(&findings[i], "pre-existing")) {
			worst = verdict_worse(worst, verdict);
		} else if (verdict == VERDICT_UNKNOWN) {
			worst = verdict_worse(worst, VERDICT_SKIP);
		}
	}
	return is_shown ? worst : (enum verdict)gate->verdict;
}

/** What a gate counts for follows from its findings; where some are left out, it may be worse. */
static int check_counted(const struct statement_gate *gate, struct err *err)
{
	enum verdict verdict = (enum verdict)gate->verdict;
	enum verdict counted = statement_counted(gate);
	enum verdict expected = verdict_is_bad(verdict) ? counted_of(gate) : verdict;
	bool is_possible = gate->omitted == 0 ? counted == expected
					      : verdict_worse(counted, expected) == counted &&
							verdict_worse(counted, verdict) == verdict;

	if (!is_possible || strcmp(gate->counts_as, verdict_word(counted)) != 0) {
		return err_set(err, ERR_INPUT,
			       "countsAs of gate %s is '%.20s', but its findings say %s", gate->id,
			       gate->counts_as, verdict_word(expected));
	}
	return 0;
}

int statement_check_compared(const struct statement *statement, struct err *err)
{
	const struct statement_selection *selection = &statement->inputs.selection;
	const struct statement_gate *gates = statement->results.at;

	if (check_selection(selection, err) || check_merged(&statement->inputs, err)) {
		return -1;
	}
	for (size_t i = 0; i < statement->results.len; i++) {
		const struct statement_finding *findings = gates[i].findings.at;

		for (size_t k = 0; k < gates[i].findings.len; k++) {
			if (check_state(selection, &findings[k], err)) {
				return -1;
			}
		}
		if (!selection->fail_on != !gates[i].counts_as) {
			return err_set(err, ERR_INPUT,
				       "countsAs of gate %.20s needs failOn, and failOn it",
				       gates[i].id);
		}
		if (gates[i].counts_as && check_counted(&gates[i], err)) {
			return -1;
		}
	}
	return 0;
}
