#include "receipt/proven_time.h"

#include "base/cleanup.h"
#include "receipt/stamp.h"

/** A receipt that is asked about. */
struct question {
	const struct proven_by *by;
	const struct statement *receipt;
	const struct public_key *signer;
};

/** Witnesses, who made a quorum. */
static bool ask_witnesses(const struct question *question, int64_t *utc_ms)
{
	const struct witnessed *found = question->by->witnessed;

	if (!found || found->reason != REASON_NONE || found->not_after_utc_ms == 0) {
		return false;
	}
	*utc_ms = found->not_after_utc_ms;
	return true;
}

/** The time-stamp that is kept with it. */
static bool ask_kept_stamp(const struct question *question, int64_t *utc_ms)
{
	const struct proven_by *by = question->by;
	struct timestamp found = {0};
	struct err ignored = {0};

	if (!by->kept || by->authorities.len == 0 ||
	    evidence_stamped(by->kept, by->authorities, &found, &ignored)) {
		return false;
	}
	*utc_ms = found.not_after_utc_ms;
	return true;
}

/** Time-stamps beside the heads of the log. */
static bool ask_stamps(const struct question *question, int64_t *utc_ms)
{
	const struct proven_by *by = question->by;
	const struct statement_identity *identity = &question->receipt->identity;
	AUTO(auto_log) struct log *log = NULL;
	struct timestamp found = {0};
	struct err ignored = {0};

	if (!by->state || by->authorities.len == 0 ||
	    log_open(by->state, identity->log_origin, question->signer, LOG_READ, &log, &ignored) ||
	    log_load(log, &ignored) ||
	    log_stamped(log, identity->seq, by->authorities, &found, &ignored)) {
		return false;
	}
	*utc_ms = found.not_after_utc_ms;
	return true;
}

/** Each gives a time that it proves, or false. */
static bool (*const sources[])(const struct question *question, int64_t *utc_ms) = {
	ask_witnesses,
	ask_kept_stamp,
	ask_stamps,
};

int proven_not_after(const struct proven_by *by, const struct statement *receipt,
		     const struct public_key *signer, int64_t *utc_ms, struct err *err)
{
	const struct question question = {by, receipt, signer};
	int64_t earliest = 0;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		int64_t proven = 0;

		if (sources[i](&question, &proven) && (earliest == 0 || proven < earliest)) {
			earliest = proven;
		}
	}
	if (earliest == 0) {
		return err_set(err, ERR_ABSENT,
			       "no witness and no time-stamp says by when it was there");
	}
	*utc_ms = earliest;
	return 0;
}
