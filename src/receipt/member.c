#include "receipt/member.h"

#include <stdlib.h>
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

/** A log on a shelf, or why it is not there. */
struct member_log {
	char *origin;
	struct public_key key;
	struct log *log; /**< NULL: it cannot be opened */
	struct merkle_hash
		*leaves; /**< of what its newest head covers; NULL: they are not proven */
	struct err why;  /**< with one of the two NULL */
	bool is_judged;  /**< `cosigned` and `bare` are set */
	struct cosigned_heads cosigned;
	struct witnessed bare; /**< what holds without any cosignature */
};

void member_shelf_release(struct member_shelf *shelf)
{
	for (size_t i = 0; i < shelf->logs.len; i++) {
		log_free(shelf->logs.at[i].log);
		free(shelf->logs.at[i].leaves);
		free(shelf->logs.at[i].origin);
		VEC_RELEASE(&shelf->logs.at[i].cosigned);
	}
	VEC_RELEASE(&shelf->logs);
}

/** The log of this origin and key, read as a whole when it is asked for first. */
static struct member_log *take_log(struct member_shelf *shelf, const char *state,
				   const char *origin, const struct public_key *key)
{
	struct member_log *found = NULL;

	for (size_t i = 0; i < shelf->logs.len; i++) {
		found = &shelf->logs.at[i];
		if (strcmp(found->origin, origin) == 0 &&
		    memcmp(found->key.bytes, key->bytes, sizeof(key->bytes)) == 0) {
			return found;
		}
	}
	found = VEC_ADD(&shelf->logs);
	found->origin = mem_copy(origin, strlen(origin));
	found->key = *key;
	if (log_open(state, origin, key, LOG_READ, &found->log, &found->why) == 0 &&
	    log_load(found->log, &found->why) == 0) {
		(void)log_leaves(found->log, &found->leaves, &found->why);
	}
	return found;
}

/** Is this entry the one that the newest head covers there? */
static bool is_covered(const struct member_log *in, int64_t seq, struct text bytes)
{
	struct merkle_hash leaf = {0};

	merkle_leaf(bytes, &leaf);
	return merkle_equal(&leaf, &in->leaves[seq]);
}

static enum membership look_into(const struct member_log *in, struct text bytes,
				 const struct statement *receipt, struct err *why)
{
	int64_t seq = receipt->identity.seq;
	int64_t closed_at = -1;
	AUTO(auto_str) struct str entry = {0};

	if (log_entry(in->log, seq, &entry, why)) {
		(void)err_wrap(why, "entry %lld of the log is missing", (long long)seq);
		return MEMBER_ABSENT;
	}
	if (!text_equal(str_view(&entry), bytes)) {
		(void)err_set(why, ERR_INPUT, "entry %lld of the log is another one",
			      (long long)seq);
		return MEMBER_ABSENT;
	}
	if (check_start(in->log, receipt, &in->key, why)) {
		return MEMBER_ABSENT;
	}
	if (!in->leaves && in->why.code != ERR_ABSENT) {
		*why = in->why;
		return MEMBER_ABSENT;
	}
	if (!in->leaves || seq >= log_covered(in->log)) {
		(void)err_set(why, ERR_ABSENT, "no signed head covers entry %lld yet",
			      (long long)seq);
		return MEMBER_UNCOVERED;
	}
	if (!is_covered(in, seq, bytes)) {
		(void)err_set(why, ERR_INPUT, "entry %lld of the log was changed meanwhile",
			      (long long)seq);
		return MEMBER_ABSENT;
	}
	closed_at = log_closed_at(in->log);
	if (closed_at >= 0 && seq > closed_at) {
		(void)err_set(why, ERR_INPUT,
			      "entry %lld stands behind entry %lld, which closed the log",
			      (long long)seq, (long long)closed_at);
		return MEMBER_AFTER_CLOSE;
	}
	return MEMBER_PROVEN;
}

enum membership member_find(const char *state, struct member_shelf *shelf, struct text bytes,
			    const struct statement *receipt, const struct public_key *signer,
			    struct err *why)
{
	AUTO(auto_member_shelf) struct member_shelf own = {0};
	struct member_log *in = NULL;

	if (!state) {
		(void)err_set(why, ERR_ABSENT, "no log was looked for");
		return MEMBER_NO_LOG;
	}
	in = take_log(shelf ? shelf : &own, state, receipt->identity.log_origin, signer);
	if (!in->log) {
		*why = in->why;
		return why->code == ERR_ABSENT ? MEMBER_NO_LOG : MEMBER_ABSENT;
	}
	return look_into(in, bytes, receipt, why);
}

/** Judge the cosigned heads of a log, and a head that nobody cosigned. */
static void judge_heads(struct member_log *in, const struct witness_judge *judge)
{
	const struct cosigned_judge by = {
		.policy = judge->policy,
		.now_utc_ms = judge->now_utc_ms,
		.leaves = in->leaves,
		.leaf_count = in->leaves ? (size_t)log_covered(in->log) : 0,
	};
	AUTO(auto_str) struct str bare = {0};
	struct err why = {0};

	in->is_judged = true;
	str_printf(&bare, "%s\n\n", in->origin);
	log_policy_judge(judge->policy, str_view(&bare), judge->key, judge->now_utc_ms, &in->bare);
	if (log_cosigned(in->log, &by, &in->cosigned, &why)) {
		in->bare = (struct witnessed){.reason = REASON_LOG_UNREADABLE};
		memcpy(in->bare.why, why.text, sizeof(why.text));
	}
	/* Two histories are signed: no other head makes either of them good. */
	for (size_t i = 0; i < in->cosigned.len; i++) {
		if (in->cosigned.at[i].witnessed.reason == REASON_LOG_OTHER_TREE) {
			in->bare = in->cosigned.at[i].witnessed;
		}
	}
}

void member_witnessed(const char *state, struct member_shelf *shelf,
		      const struct statement *receipt, const struct public_key *signer,
		      const struct witness_judge *judge, struct witnessed *out)
{
	AUTO(auto_member_shelf) struct member_shelf own = {0};
	struct member_log *in =
		take_log(shelf ? shelf : &own, state, receipt->identity.log_origin, signer);

	if (!in->is_judged) {
		judge_heads(in, judge);
	}
	*out = in->bare;
	if (in->bare.reason == REASON_WITNESS_QUORUM) {
		cosigned_find(&in->cosigned, receipt->identity.seq, out, NULL);
	}
}
