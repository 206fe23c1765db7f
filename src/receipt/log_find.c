#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

static bool is_close(const struct log *log, struct text bytes, int64_t seq)
{
	struct arena arena = {0};
	struct entry entry = {0};
	struct err ignored = {0};
	bool is = log_may_close(bytes) &&
		  log_check_entry(log, bytes, seq, NULL, &arena, &entry, &ignored) == 0 &&
		  entry_is_notice(&entry, NOTICE_CLOSE);

	arena_release(&arena);
	return is;
}

int64_t log_closed_at(const struct log *log)
{
	return log->closed_at;
}

bool log_is_closed(const struct log *log)
{
	AUTO(auto_str) struct str bytes = {0};
	int64_t last = log_size(log) - 1;
	struct err ignored = {0};

	return last >= 0 && log_covered(log) > last &&
	       log_entry(log, last, &bytes, &ignored) == 0 && is_close(log, str_view(&bytes), last);
}

/** Leaf hashes of all entries that the newest head covers; the caller frees them. */
static struct merkle_hash *read_leaves(struct log *log, int64_t count, struct err *err)
{
	AUTO(auto_free) struct merkle_hash *leaves = mem_alloc((size_t)count * sizeof(*leaves));
	struct merkle_hash *taken = NULL;

	for (int64_t seq = 0; seq < count; seq++) {
		AUTO(auto_str) struct str bytes = {0};
		struct err why = {0};

		if (log_entry(log, seq, &bytes, &why)) {
			(void)log_refuse(log, LOG_ENTRY_MISSING, "history lost: %s", why.text);
			return NULL;
		}
		merkle_leaf(str_view(&bytes), &leaves[seq]);
		/* Leaves are read from the first entry on. */
		if (log->closed_at < 0 && is_close(log, str_view(&bytes), seq)) {
			log->closed_at = seq;
		}
	}
	taken = leaves;
	leaves = NULL;
	return taken;
}

/** The newest head: its checkpoint, or the pin, which is a copy of it. */
static int read_newest(struct log *log, struct checkpoint *out, struct str *note, struct err *err)
{
	struct err why = {0};
	struct err ignored = {0};

	if (log_read_head(log, log->tree.covered, out, note, &why) == 0 ||
	    (log_read_pin(log, out, note, &ignored) == 0 &&
	     (int64_t)out->size == log->tree.covered)) {
		return 0;
	}
	log->flaw = LOG_CHECKPOINT_WRONG;
	*err = why;
	return -1;
}

int log_prove_under(struct log *log, const struct checkpoint *head, const int64_t *seqs,
		    size_t count, struct merkle_proof *proofs, struct err *err)
{
	AUTO(auto_free) struct merkle_hash *leaves = read_leaves(log, (int64_t)head->size, err);

	if (!leaves) {
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		merkle_prove(leaves, head->size, (uint64_t)seqs[i], &proofs[i]);
		if (!merkle_proves(&proofs[i], &leaves[seqs[i]], &head->root)) {
			return log_refuse(log, LOG_OTHER_TREE,
					  "another history: the entries are not those that the "
					  "signed head of size %llu covers",
					  (unsigned long long)head->size);
		}
	}
	return 0;
}

int log_prove(struct log *log, int64_t seq, struct merkle_proof *proof, struct str *head,
	      struct err *err)
{
	AUTO(auto_str) struct str note = {0};
	struct merkle_proof found = {0};
	struct checkpoint newest = {0};

	if (seq < 0 || seq >= log->tree.covered) {
		return err_set(err, ERR_ABSENT, "no signed head covers entry %lld yet",
			       (long long)seq);
	}
	if (read_newest(log, &newest, &note, err) ||
	    log_prove_under(log, &newest, &seq, 1, &found, err)) {
		return -1;
	}
	*proof = found;
	if (head) {
		str_add_text(head, str_view(&note));
	}
	return 0;
}

int log_head_over(struct log *log, int64_t seq, struct checkpoint *out, struct str *note,
		  struct err *err)
{
	struct log_sizes sizes = {0};
	int64_t size = 0;

	if (seq < 0 || seq >= log->tree.covered) {
		return err_set(err, ERR_ABSENT, "no signed head covers entry %lld yet",
			       (long long)seq);
	}
	if (log_list(log, "checkpoints", "", &sizes, NULL, err)) {
		return -1;
	}
	for (size_t i = 0; i < sizes.len && size <= seq; i++) {
		size = sizes.at[i];
	}
	VEC_RELEASE(&sizes);
	if (size <= seq) {
		return read_newest(log, out, note, err);
	}
	if (log_read_head(log, size, out, note, err)) {
		log->flaw = LOG_CHECKPOINT_WRONG;
		return -1;
	}
	return 0;
}

int log_leaves(struct log *log, struct merkle_hash **out, struct err *err)
{
	AUTO(auto_free) struct merkle_hash *leaves = NULL;
	struct checkpoint newest = {0};
	struct merkle_range range = {0};
	struct merkle_hash root = {0};

	if (log->tree.covered == 0) {
		return err_set(err, ERR_ABSENT, "the log has no signed head yet");
	}
	if (read_newest(log, &newest, NULL, err)) {
		return -1;
	}
	leaves = read_leaves(log, log->tree.covered, err);
	if (!leaves) {
		return -1;
	}
	for (int64_t i = 0; i < log->tree.covered; i++) {
		merkle_add(&range, &leaves[i]);
	}
	merkle_root(&range, &root);
	if (!merkle_equal(&root, &newest.root)) {
		return log_refuse(log, LOG_OTHER_TREE,
				  "another history: the entries are not those that the signed head "
				  "of size %llu covers",
				  (unsigned long long)newest.size);
	}
	*out = leaves;
	leaves = NULL;
	return 0;
}

int log_check_root(struct log *log, int64_t size, const struct merkle_hash *root, struct err *err)
{
	AUTO(auto_free) struct merkle_hash *leaves = read_leaves(log, size, err);
	struct merkle_range range = {0};
	struct merkle_hash found = {0};

	if (!leaves) {
		return -1;
	}
	for (int64_t i = 0; i < size; i++) {
		merkle_add(&range, &leaves[i]);
	}
	merkle_root(&range, &found);
	if (!merkle_equal(&found, root)) {
		return log_refuse(log, LOG_OTHER_TREE,
				  "the first %lld entries of the log are not those of the root "
				  "that is named",
				  (long long)size);
	}
	return 0;
}

/** Is this entry the receipt of the run? Fast: proves nothing. */
static bool is_receipt_of(const struct log *log, int64_t seq, const char *member)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct err ignored = {0};

	return log_entry(log, seq, &bytes, &ignored) == 0 &&
	       envelope_read(str_view(&bytes), &envelope, &ignored) == 0 &&
	       strstr(str_text(&envelope.payload), member) &&
	       strstr(str_text(&envelope.payload), "\"startSeq\":");
}

int log_find(const struct log *log, const char *run_key, int64_t *seq, struct err *err)
{
	AUTO(auto_str) struct str member = {0};

	str_printf(&member, "\"runKey\":\"%s\"", run_key);
	for (int64_t i = log_size(log); i-- > 0;) {
		if (is_receipt_of(log, i, member.at)) {
			*seq = i;
			return 0;
		}
	}
	return err_set(err, ERR_ABSENT, "the log has no receipt of %s", run_key);
}
