#include "receipt/member.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/log.h"

/** The start that the receipt names must stand where it says, and be of this run. */
static int check_start(const struct log *log, const struct statement *receipt, struct err *err)
{
	const struct statement_identity *identity = &receipt->identity;
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str hex = {0};
	struct arena arena = {0};
	struct statement start = {0};
	struct merkle_hash leaf = {0};
	int failed = log_entry(log, identity->start_seq, &bytes, err) ||
		     log_check_entry(log, str_view(&bytes), identity->start_seq, NULL, &arena,
				     &start, err);

	merkle_leaf(str_view(&bytes), &leaf);
	hex_encode(&hex, leaf.bytes, sizeof(leaf.bytes));
	if (!failed &&
	    (start.kind != STATEMENT_START || strcmp(str_text(&hex), identity->start_leaf) != 0 ||
	     strcmp(start.identity.run_key, identity->run_key) != 0 ||
	     strcmp(start.identity.nonce, identity->nonce) != 0 ||
	     strcmp(start.time.started_at, receipt->time.started_at) != 0)) {
		failed = err_set(err, ERR_INPUT, "entry %lld is not the start of this run",
				 (long long)identity->start_seq);
	}
	arena_release(&arena);
	return failed ? -1 : 0;
}

static enum membership look_into(struct log *log, struct text bytes,
				 const struct statement *receipt, struct err *why)
{
	int64_t seq = receipt->identity.seq;
	AUTO(auto_str) struct str entry = {0};
	struct merkle_proof proof = {0};

	if (log_entry(log, seq, &entry, why)) {
		(void)err_wrap(why, "entry %lld of the log is missing", (long long)seq);
		return MEMBER_ABSENT;
	}
	if (!text_equal(str_view(&entry), bytes)) {
		(void)err_set(why, ERR_INPUT, "entry %lld of the log is another one",
			      (long long)seq);
		return MEMBER_ABSENT;
	}
	if (check_start(log, receipt, why) || log_load(log, why)) {
		return MEMBER_ABSENT;
	}
	if (log_prove(log, seq, &proof, NULL, why)) {
		return why->code == ERR_ABSENT ? MEMBER_UNCOVERED : MEMBER_ABSENT;
	}
	return MEMBER_PROVEN;
}

enum membership member_find(const char *state, struct text bytes, const struct statement *receipt,
			    const struct public_key *signer, struct err *why)
{
	AUTO(auto_log) struct log *log = NULL;

	if (!state) {
		(void)err_set(why, ERR_ABSENT, "no log was looked for");
		return MEMBER_NO_LOG;
	}
	if (log_open(state, receipt->identity.log_origin, signer, LOG_READ, &log, why)) {
		return why->code == ERR_ABSENT ? MEMBER_NO_LOG : MEMBER_ABSENT;
	}
	return look_into(log, bytes, receipt, why);
}
