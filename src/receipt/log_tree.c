#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "receipt/log_private.h"

/** First line of the edge file. */
#define EDGE_HEAD "gaterun-edge-v1"

/** Ceiling of the edge file: two lines and a hash for each level. */
#define EDGE_BYTES ((size_t)8 * 1024)

/* ---- the edge: the tree before the last entry that the newest head covers */

void log_write_edge(const struct log *log)
{
	const struct merkle_range *before = &log->tree.before;
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str path = {0};
	struct err ignored = {0};

	str_printf(&bytes, EDGE_HEAD "\n%llu\n", (unsigned long long)before->size);
	for (size_t i = 0; i < before->count; i++) {
		hex_encode(&bytes, before->edge[i].bytes, SHA256_BYTES);
		str_add_char(&bytes, '\n');
	}
	log_path(log, &path, "edge");
	(void)file_replace(path.at, str_view(&bytes), 0600, FILE_SYNC_NO, &ignored);
}

/** Read the edge; its hashes are believed only after they gave a signed root. */
static int read_edge(const struct log *log, struct merkle_range *out, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str path = {0};
	struct merkle_range range = {0};
	struct text rest = {0};
	struct text line = {0};
	int64_t size = 0;

	log_path(log, &path, "edge");
	if (log_read(path.at, EDGE_BYTES, &bytes, err)) {
		return -1;
	}
	rest = str_view(&bytes);
	if (!text_split(&rest, '\n', &line) || !text_is(line, EDGE_HEAD) ||
	    !text_split(&rest, '\n', &line) || parse_int(line, 0, LOG_ENTRIES_MAX, &size, err)) {
		return err_set(err, ERR_INPUT, "not an edge");
	}
	range.size = (uint64_t)size;
	for (uint64_t bits = range.size; bits; bits &= bits - 1) {
		if (!text_split(&rest, '\n', &line) ||
		    hex_decode(line, range.edge[range.count].bytes, SHA256_BYTES, err)) {
			return err_set(err, ERR_INPUT, "not an edge");
		}
		range.count++;
	}
	*out = range;
	return 0;
}

/* ---- from the newest head to the end */

void log_add_leaf(struct log_tree *tree, const struct merkle_hash *leaf)
{
	tree->before = tree->range;
	merkle_add(&tree->range, leaf);
	tree->last = *leaf;
}

static int add_entry(struct log *log, struct log_tree *tree, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	struct merkle_hash leaf = {0};

	if (log_entry(log, (int64_t)tree->range.size, &bytes, err)) {
		return -1;
	}
	merkle_leaf(str_view(&bytes), &leaf);
	log_add_leaf(tree, &leaf);
	return 0;
}

/** Do the entries so far give this signed root? */
static bool has_root(const struct log_tree *tree, const struct checkpoint *head)
{
	struct merkle_hash root = {0};

	merkle_root(&tree->range, &root);
	return tree->range.size == head->size && merkle_equal(&root, &head->root);
}

/** The short way: the edge and one entry. */
static bool from_edge(struct log *log, const struct checkpoint *head, struct log_tree *tree)
{
	struct log_tree found = {0};
	struct err ignored = {0};

	if (read_edge(log, &found.range, &ignored) || found.range.size + 1 != head->size ||
	    add_entry(log, &found, &ignored) || !has_root(&found, head)) {
		return false;
	}
	*tree = found;
	return true;
}

/** The long way: all entries, compared with the pin on the way. */
static int from_entries(struct log *log, const struct checkpoint *head,
			const struct checkpoint *pin, struct log_tree *tree, struct err *err)
{
	struct log_tree found = {0};
	struct err why = {0};

	while (found.range.size < head->size) {
		if (add_entry(log, &found, &why)) {
			return log_refuse(log, LOG_HISTORY_LOST,
					  "history lost: a signed head covers %llu entries, but "
					  "entry %llu cannot be read (%s)",
					  (unsigned long long)head->size,
					  (unsigned long long)found.range.size, why.text);
		}
		if (found.range.size == pin->size && !has_root(&found, pin)) {
			return log_refuse(log, LOG_OTHER_TREE,
					  "another history: the entries are not those of the head "
					  "of size %llu that was seen before",
					  (unsigned long long)pin->size);
		}
	}
	if (!has_root(&found, head)) {
		return log_refuse(log, LOG_OTHER_TREE,
				  "another history: the %llu entries are not those that the signed "
				  "head covers",
				  (unsigned long long)head->size);
	}
	*tree = found;
	return 0;
}

/** The newest head by name; size 0: there is none. */
static int find_newest(struct log *log, struct checkpoint *out, struct err *err)
{
	struct log_sizes sizes = {0};
	int64_t newest = 0;

	if (log_list(log, "checkpoints", "", &sizes, NULL, err)) {
		return -1;
	}
	newest = sizes.len ? sizes.at[sizes.len - 1] : 0;
	VEC_RELEASE(&sizes);
	if (newest > 0 && log_read_head(log, newest, out, NULL, err)) {
		log->flaw = LOG_CHECKPOINT_WRONG;
		return -1;
	}
	return 0;
}

/** The newest signed head: the pin, or one that a crash kept from becoming it. */
static int find_head(struct log *log, const struct checkpoint *pin, struct checkpoint *out,
		     struct err *err)
{
	struct merkle_range edge = {0};
	struct checkpoint newer = {0};
	struct err ignored = {0};

	if (pin->size == 0) {
		return find_newest(log, out, err);
	}
	*out = *pin;
	if (read_edge(log, &edge, &ignored) == 0 && edge.size + 1 > pin->size &&
	    log_read_head(log, (int64_t)edge.size + 1, &newer, NULL, &ignored) == 0) {
		*out = newer;
	}
	return 0;
}

static int load_tree(struct log *log, const struct checkpoint *pin, struct err *err)
{
	struct checkpoint head = {0};
	struct log_tree tree = {0};
	bool is_pin = false;

	if (find_head(log, pin, &head, err)) {
		return -1;
	}
	is_pin = pin->size == 0 || pin->size == head.size;
	if (head.size > 0 && !(is_pin && from_edge(log, &head, &tree)) &&
	    from_entries(log, &head, pin, &tree, err)) {
		return -1;
	}
	tree.covered = (int64_t)head.size;
	log->tree = tree;
	log->is_loaded = true;
	return 0;
}

/** Move an unusable entry, and those behind it, out of the way, and keep them. */
static int set_aside(struct log *log, int64_t seq, struct err *err)
{
	AUTO(auto_str) struct str from = {0};
	AUTO(auto_str) struct str to = {0};
	char time[CLOCK_BASIC_BYTES];

	log_path(log, &to, "torn");
	if (file_make_dirs(to.at, 0700, err)) {
		return -1;
	}
	clock_format_basic(clock_utc_ms(), time);
	for (;; seq++) {
		log_entry_path(log, &from, seq);
		if (!file_exists(from.at)) {
			return 0;
		}
		str_clear(&to);
		str_printf(&to, "%s/torn/%08lld.%s", log->folder, (long long)seq, time);
		if (rename(from.at, to.at) < 0) {
			return err_errno(err, "rename '%s'", from.at);
		}
		log->set_aside++;
	}
}

/** One more entry behind those that a head covers. `is_end` where there is none. */
static int step(struct log *log, bool *is_end, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	struct arena arena = {0};
	struct entry entry = {0};
	struct merkle_hash leaf = {0};
	char prev[SHA256_HEX_BYTES] = "";
	int64_t seq = (int64_t)log->tree.range.size;
	enum log_entry_state state = LOG_ENTRY_TORN;
	struct err why = {0};

	*is_end = true;
	if (log_entry(log, seq, &bytes, &why) && why.code == ERR_ABSENT) {
		return 0;
	}
	if (why.code == ERR_SYSTEM) {
		*err = why;
		return -1;
	}
	if (seq > 0) {
		log_hex(&log->tree.last, prev);
	}
	if (!why.code) {
		state = log_judge_entry(log, str_view(&bytes), seq, prev, &arena, &entry, &why);
		arena_release(&arena);
	}
	switch (state) {
	case LOG_ENTRY_GOOD:
		break;
	case LOG_ENTRY_TORN:
		return log->access == LOG_WRITE ? set_aside(log, seq, err) : 0;
	case LOG_ENTRY_FOREIGN:
		return log_refuse(log, LOG_FOREIGN, "entry %lld is wrong: %s", (long long)seq,
				  why.text);
	case LOG_ENTRY_BAD:
		return log_refuse(log, LOG_ENTRY_WRONG, "entry %lld is wrong: %s", (long long)seq,
				  why.text);
	}
	merkle_leaf(str_view(&bytes), &leaf);
	log_add_leaf(&log->tree, &leaf);
	*is_end = false;
	return 0;
}

/** Entries that no head covers yet, each checked; compared with the pin on the way. */
static int catch_up(struct log *log, const struct checkpoint *pin, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	bool is_end = false;

	for (;;) {
		if (pin->size > 0 && log->tree.range.size == pin->size &&
		    !has_root(&log->tree, pin)) {
			return log_refuse(log, LOG_OTHER_TREE,
					  "another history: the entries are not those of the head "
					  "of size %llu that was seen before",
					  (unsigned long long)pin->size);
		}
		if (step(log, &is_end, err)) {
			return -1;
		}
		if (is_end) {
			break;
		}
	}
	if (pin->size > log->tree.range.size) {
		return log_refuse(log, LOG_HISTORY_LOST,
				  "history lost: a head of %llu entries was seen before, but there "
				  "are %llu",
				  (unsigned long long)pin->size,
				  (unsigned long long)log->tree.range.size);
	}
	log_entry_path(log, &path, (int64_t)log->tree.range.size + 1);
	if (file_exists(path.at)) {
		return log_refuse(log, LOG_ENTRY_MISSING,
				  "entry %llu is missing, but the one behind it is there",
				  (unsigned long long)log->tree.range.size);
	}
	if ((int64_t)pin->size > log->tree.covered) {
		log->tree.covered = (int64_t)pin->size;
	}
	return 0;
}

int log_find_end(struct log *log, struct err *err)
{
	struct checkpoint pin = {0};
	struct err ignored = {0};

	log->flaw = LOG_SOUND;
	log->set_aside = 0;
	(void)log_read_pin(log, &pin, NULL, &ignored);
	if (!log->is_loaded && load_tree(log, &pin, err)) {
		return -1;
	}
	return catch_up(log, &pin, err);
}

int log_load(struct log *log, struct err *err)
{
	return log_find_end(log, err);
}
