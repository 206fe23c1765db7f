/*
 * receipts_intact (G060): the logs of this repo that are here verify, no head of them that was ever
 * kept is missing or of another history, and every kept receipt is valid and trusted.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "check/check.h"
#include "receipt/intact.h"

static void judge_log(struct check *check, const struct intact_log *log)
{
	const char *subject = check_text(check, "log:%s", log->origin);
	const struct log_report *report = &log->report;
	const struct place nowhere = {0};
	struct finding *finding = NULL;

	if (log->trouble) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_LOG_UNREADABLE, subject, nowhere,
				"%s", log->trouble);
		return;
	}
	check->result->checked++;
	for (size_t i = 0; i < report->problems.len; i++) {
		const struct log_problem *problem = &report->problems.at[i];

		finding = check_add(check, VERDICT_FAIL, log_flaw_reason(problem->flaw), subject,
				    nowhere, "%s", problem->text);
		finding->detail = check_text(check, "%lld", (long long)problem->seq);
		finding->hint = "'gaterun log verify' says how to go on";
	}
	for (size_t i = 0; i < log->cosigned.len; i++) {
		const struct cosigned_head *head = &log->cosigned.at[i];

		if (head->witnessed.reason != REASON_NONE &&
		    head->witnessed.reason != REASON_WITNESS_QUORUM) {
			finding = check_add(check, VERDICT_FAIL, head->witnessed.reason, subject,
					    nowhere, "the head of %lld entries: %s",
					    (long long)head->size, head->witnessed.why);
			finding->detail = check_text(check, "cosig %lld", (long long)head->size);
		}
	}
	/* The first run of a log writes its first head only when it ends. */
	if (report->problems.len == 0 && !report->has_pin && report->heads > 0) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_LOG_UNPINNED, subject, nowhere,
				    "there is no copy of its newest head, so whether its end was "
				    "taken away cannot be said");
		finding->hint = "the next run that is recorded writes one again";
	}
}

static void judge_lost(struct check *check, const struct intact_lost *lost)
{
	const char *subject = check_text(check, "log:%s", lost->origin);
	struct finding *finding = check_add(
		check, VERDICT_FAIL, log_flaw_reason(LOG_HISTORY_LOST), subject, (struct place){0},
		"history lost: a head of %lld entries was seen before, and its log is not here any "
		"more",
		(long long)lost->size);

	finding->hint = check_text(check, "put %s back, from a backup", lost->folder);
}

static void judge_head(struct check *check, const struct intact_head *head)
{
	const char *subject = check_text(check, "file:%s", head->file);
	const struct place where = {check_text(check, "%s", head->file), 0, 0};
	struct finding *finding = NULL;

	if (head->is_undecided) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_LOG_UNKNOWN_SIGNER, subject,
				    where, "%s", head->why);
		finding->hint = "list the signer in receipts/trust/allowed_signers";
		return;
	}
	check->result->checked++;
	if (head->is_untied) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_LOG_UNTIED, subject, where, "%s",
				    head->why);
		finding->hint =
			"'gaterun receipt keep' of any run of that log, on its machine, adds "
			"what shows it";
	}
	if (head->flaw != LOG_SOUND) {
		(void)check_add(check, VERDICT_FAIL, log_flaw_reason(head->flaw), subject, where,
				"%s", head->why);
	} else if (head->witness_reason != REASON_NONE) {
		(void)check_add(check, VERDICT_FAIL, head->witness_reason, subject, where, "%s",
				head->why);
	}
}

static void judge_receipt(struct check *check, const struct intact_receipt *receipt)
{
	const char *subject = receipt->run_key[0]
				      ? check_text(check, "receipt:%s", receipt->run_key)
				      : check_text(check, "file:%s", receipt->file);
	const struct place where = {check_text(check, "%s", receipt->file), 0, 0};
	struct finding *finding = NULL;

	if (receipt->verdict == RECEIPT_UNDECIDED) {
		(void)check_add(check, VERDICT_UNKNOWN, receipt->reason, subject, where, "%s",
				receipt->why);
		return;
	}
	check->result->checked++;
	if (receipt->verdict == RECEIPT_TRUSTED) {
		return;
	}
	finding =
		check_add(check, VERDICT_FAIL, receipt->reason, subject, where, "%s", receipt->why);
	if (receipt->reason == REASON_RECEIPT_INCOMPLETE) {
		finding->hint = "remove these files, and keep the run again where its log is";
	}
}

static void judge_trust(struct check *check, const struct problems *problems)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];
		const char *file = check_text(check, "%s", problem->where.file);
		struct place where = {file, problem->where.line, problem->where.column};
		struct finding *finding = check_add(check, VERDICT_UNKNOWN, REASON_RECEIPT_TRUST,
						    check_text(check, "file:%s", file), where, "%s",
						    problem->message);

		finding->detail = check_text(check, "%s", problem->message);
	}
}

/** What was gathered, judged; looks at nothing else. */
static void judge_intact(struct check *check, const struct intact *intact)
{
	if (intact->trouble) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_LOG_UNREADABLE,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"the logs cannot be looked for: %s", intact->trouble);
	}
	judge_trust(check, &intact->problems);
	for (size_t i = 0; i < intact->logs.len; i++) {
		judge_log(check, &intact->logs.at[i]);
	}
	for (size_t i = 0; i < intact->lost.len; i++) {
		judge_lost(check, &intact->lost.at[i]);
	}
	for (size_t i = 0; i < intact->heads.len; i++) {
		judge_head(check, &intact->heads.at[i]);
	}
	for (size_t i = 0; i < intact->list.len; i++) {
		judge_receipt(check, &intact->list.at[i]);
	}
}

static void begin(struct check *check)
{
	struct intact *intact = mem_alloc(sizeof(*intact));

	intact_gather(check->context->repo, clock_utc_ms(), intact);
	check->state = intact;
}

static void judge(struct check *check)
{
	struct intact *intact = check->state;

	judge_intact(check, intact);
	intact_release(intact);
	free(intact);
	check->state = NULL;
}

const struct kind kind_receipts_intact = {
	.name = "receipts_intact",
	.doc = "Reads the logs of this repo on this machine, and receipts/evidence/ and receipts/trust/. "
	       "Passes when the logs verify, no signed head of them that was kept is missing or of "
	       "another history, and every kept receipt is valid and by a signer whom "
	       "receipts/trust/allowed_signers lists, and under a head that the witnesses of "
	       "receipts/trust/policy cosigned, if there is one",
	.fields = no_settings,
	.mode = MODE_STATIC,
	.begin = begin,
	.judge = judge,
};
