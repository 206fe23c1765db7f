#include "receipt/member.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/envelope.h"
#include "receipt/log.h"

/** Does the start say what the receipt says? `leaf` is that of its entry. */
static bool belongs(const struct statement *start, const char *leaf,
		    const struct statement *receipt)
{
	const struct statement_identity *own = &start->identity;
	const struct statement_identity *named = &receipt->identity;
	unsigned char started[SHA256_BYTES];
	unsigned char finished[SHA256_BYTES];

	statement_shared(start, started);
	statement_shared(receipt, finished);
	return start->kind == STATEMENT_START && own->seq == named->start_seq &&
	       strcmp(leaf, named->start_leaf) == 0 && strcmp(own->run_key, named->run_key) == 0 &&
	       memcmp(started, finished, sizeof(started)) == 0;
}

int member_check_start(struct text entry, const struct statement *receipt,
		       const struct public_key *signer, struct err *err)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	AUTO(auto_str) struct str hex = {0};
	struct arena arena = {0};
	struct statement start = {0};
	struct merkle_hash leaf = {0};
	int failed =
		envelope_read(entry, &envelope, err) || envelope_verify(&envelope, signer, err) ||
		statement_read(&arena, str_view(&envelope.payload), &start, err) != STATEMENT_GOOD;

	merkle_leaf(entry, &leaf);
	hex_encode(&hex, leaf.bytes, sizeof(leaf.bytes));
	if (!failed && (strcmp(envelope.type, IN_TOTO_TYPE) != 0 ||
			!belongs(&start, str_text(&hex), receipt))) {
		failed = err_set(err, ERR_INPUT, "entry %lld is not the start of this run",
				 (long long)receipt->identity.start_seq);
	}
	arena_release(&arena);
	return failed ? -1 : 0;
}

/** The start that the receipt names must stand where it says, and be of this run. */
static int check_start(const struct log *log, const struct statement *receipt,
		       const struct public_key *signer, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};

	if (log_entry(log, receipt->identity.start_seq, &bytes, err)) {
		return -1;
	}
	return member_check_start(str_view(&bytes), receipt, signer, err);
}

static enum membership look_into(struct log *log, struct text bytes,
				 const struct statement *receipt, const struct public_key *signer,
				 struct err *why)
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
	if (check_start(log, receipt, signer, why) || log_load(log, why)) {
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
	return look_into(log, bytes, receipt, signer, why);
}
