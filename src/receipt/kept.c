#include "receipt/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/checkout.h"
#include "receipt/log_private.h"

/** Digits of a size in a name. */
#define DIGITS 8

/** Append "receipts/evidence/<log>/<folder>". */
static void add_folder(const struct kept_place *place, const char *origin, const char *folder,
		       struct str *out)
{
	char log[LOG_NAME_BYTES];

	origin_folder(origin, log);
	str_printf(out, "%s/evidence/%s/%s", place->receipts, log, folder);
}

/** Names in such a folder, sorted; none where there is no folder. */
static int list(const struct kept_place *place, const char *origin, const char *folder,
		struct tree_names *names, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	enum tree_answer answer = TREE_OK;

	add_folder(place, origin, folder, &path);
	answer = tree_directory(place->tree, str_text(&path), names, err);
	if (answer == TREE_ABSENT) {
		*err = (struct err){0};
		return 0;
	}
	return answer == TREE_OK ? 0 : -1;
}

static int read_file(const struct kept_place *place, const char *origin, const char *folder,
		     const char *name, size_t max, struct text *out, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	add_folder(place, origin, folder, &path);
	str_printf(&path, "/%s", name);
	return tree_read(place->tree, str_text(&path), max, out, err) == TREE_OK ? 0 : -1;
}

/* ---- reading */

int kept_cosignatures(const struct kept_place *place, const struct checkpoint *head,
		      struct str *out, struct err *err)
{
	struct tree_names names = {0};
	int failed = list(place, head->origin, "cosig", &names, err);

	for (size_t i = 0; !failed && i < names.len; i++) {
		struct text line = {0};
		int64_t size = 0;

		if (cosigned_size(names.at[i], &size) && size == (int64_t)head->size) {
			failed = read_file(place, head->origin, "cosig", names.at[i],
					   COSIGNATURE_BYTES, &line, err);
			str_add_text(out, line);
		}
	}
	tree_names_release(&names);
	return failed ? -1 : 0;
}

/** Eight digits. */
static bool take_size(const char *at, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < DIGITS; i++) {
		if (at[i] < '0' || at[i] > '9') {
			return false;
		}
		*out = *out * 10 + (uint64_t)(at[i] - '0');
	}
	return true;
}

/** "00000022-00000040". */
static bool take_sizes(const char *name, uint64_t *from, uint64_t *until)
{
	return strlen(name) == DIGITS + 1 + DIGITS && name[DIGITS] == '-' &&
	       take_size(name, from) && take_size(name + DIGITS + 1, until);
}

/** A walk from a head to those that it grew into. */
struct walk {
	const struct kept_place *place;
	const struct public_key *key;      /**< of the log */
	const struct witness_judge *judge; /**< NULL: nobody is asked about the heads */
	struct VEC(struct checkpoint) reached;
	struct witnessed *out; /**< with a judge */
	struct str *newest;    /**< gets the note of the last one that was reached; NULL: not */
};

/** Judge a head by the lines beside it. */
static void judge_head(const struct walk *walk, struct text note, const struct checkpoint *head)
{
	AUTO(auto_str) struct str whole = {.max = NOTE_BYTES + 1};
	struct witnessed found = {.reason = REASON_WITNESS_COSIGNATURE};
	struct err why = {0};

	str_add_text(&whole, note);
	if (kept_cosignatures(walk->place, head, &whole, &why)) {
		memcpy(found.why, why.text, sizeof(why.text));
	} else {
		log_policy_judge(walk->judge->policy, str_view(&whole), walk->judge->key,
				 walk->judge->now_utc_ms, &found);
	}
	if (walk->out->why[0] == '\0' || witnessed_is_better(&found, walk->out)) {
		*walk->out = found;
	}
}

static void reach(struct walk *walk, struct text note, const struct checkpoint *head)
{
	if (walk->judge) {
		judge_head(walk, note, head);
	}
	if (walk->newest) {
		str_clear(walk->newest);
		str_add_text(walk->newest, note);
	}
	*VEC_ADD(&walk->reached) = *head;
}

/** Go along a proof of growth, if it starts at a head that was reached. What does not show it leads
 * nowhere. */
static void follow(struct walk *walk, const char *name, uint64_t from)
{
	struct checkpoint earlier = {0};
	struct checkpoint later = {0};
	struct tlog_growth growth = {0};
	struct text bytes = {0};
	struct err ignored = {0};

	for (size_t i = 0; i < walk->reached.len; i++) {
		if (walk->reached.at[i].size == from) {
			earlier = walk->reached.at[i];
		}
	}
	if (earlier.size > 0 &&
	    read_file(walk->place, earlier.origin, "growth", name, TLOG_GROWTH_BYTES, &bytes,
		      &ignored) == 0 &&
	    tlog_growth_check(bytes, &earlier, walk->key, &later, &ignored) == 0 &&
	    tlog_growth_read(bytes, &growth, &ignored) == 0) {
		reach(walk, growth.note, &later);
	}
}

void kept_witnessed(const struct kept_place *place, const struct witness_judge *judge,
		    struct text note, const struct checkpoint *head, struct witnessed *out)
{
	struct walk walk = {.place = place, .key = judge->key, .judge = judge, .out = out};
	struct tree_names names = {0};
	struct err ignored = {0};

	*out = (struct witnessed){0};
	reach(&walk, note, head);
	(void)list(place, head->origin, "growth", &names, &ignored);
	/* They are sorted by where they start, so all ways to a head are gone before those from it.
	 * The first good head is the one that was cosigned first, as witnesses go forward only. */
	for (size_t i = 0; i < names.len && out->reason == REASON_WITNESS_QUORUM; i++) {
		uint64_t from = 0;
		uint64_t until = 0;

		if (take_sizes(names.at[i], &from, &until) && from >= head->size) {
			follow(&walk, names.at[i], from);
		}
	}
	tree_names_release(&names);
	VEC_RELEASE(&walk.reached);
}

/** Read the kept head of a size. */
static int read_kept_head(const struct kept_place *place, const char *origin,
			  const struct public_key *key, uint64_t size, struct checkpoint *out,
			  struct text *note, struct err *err)
{
	AUTO(auto_str) struct str name = {0};

	str_printf(&name, "%08llu", (unsigned long long)size);
	if (read_file(place, origin, "checkpoints", str_text(&name), CHECKPOINT_BYTES, note, err) ||
	    checkpoint_read(*note, origin, key, out, err)) {
		return err_wrap(err, "kept head %llu", (unsigned long long)size);
	}
	return 0;
}

/** The size of the largest kept head; 0 if there is none. */
static int largest(const struct kept_place *place, const char *origin, uint64_t *out,
		   struct err *err)
{
	struct tree_names names = {0};

	if (list(place, origin, "checkpoints", &names, err)) {
		return -1;
	}
	*out = 0;
	for (size_t i = 0; i < names.len; i++) {
		uint64_t size = 0;

		if (strlen(names.at[i]) == DIGITS && take_size(names.at[i], &size) && size > *out) {
			*out = size;
		}
	}
	tree_names_release(&names);
	return 0;
}

/** Walk from a head as far as it goes. */
static void climb(struct walk *walk, const struct checkpoint *before, struct checkpoint *last)
{
	struct tree_names names = {0};
	struct err ignored = {0};

	*VEC_ADD(&walk->reached) = *before;
	(void)list(walk->place, before->origin, "growth", &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		uint64_t from = 0;
		uint64_t until = 0;

		if (take_sizes(names.at[i], &from, &until) && from >= before->size &&
		    until > walk->reached.at[walk->reached.len - 1].size) {
			follow(walk, names.at[i], from);
		}
	}
	*last = walk->reached.at[walk->reached.len - 1];
	tree_names_release(&names);
	VEC_RELEASE(&walk->reached);
}

int kept_newest(const struct kept_place *place, const struct public_key *key,
		const struct checkpoint *before, struct checkpoint *out, struct str *note,
		struct err *err)
{
	struct walk walk = {.place = place, .key = key, .newest = note};
	struct checkpoint found = {0};
	struct text bytes = {0};
	struct err ignored = {0};
	uint64_t last = 0;

	if (largest(place, before->origin, &last, err)) {
		return -1;
	}
	if (last == 0) {
		return err_set(err, ERR_ABSENT, "no head of the log is kept");
	}
	if (before->size == 0) {
		if (read_kept_head(place, before->origin, key, last, out, &bytes, err)) {
			return -1;
		}
		str_add_text(note, bytes);
		return 0;
	}
	if (read_kept_head(place, before->origin, key, before->size, &found, &bytes, &ignored) ==
	    0) {
		str_add_text(note, bytes);
		if (!merkle_equal(&found.root, &before->root)) {
			*out = found;
			return err_set(err, ERR_INPUT, "the kept head is another one");
		}
	}
	climb(&walk, before, &found);
	if (found.size < last) {
		return err_set(
			err, ERR_ABSENT,
			"nothing that is kept shows that the head of %llu entries grew out of "
			"the one of %llu; 'gaterun receipt keep' on the log's machine adds it",
			(unsigned long long)last, (unsigned long long)found.size);
	}
	*out = found;
	return 0;
}

enum kept_growth kept_grew(const struct kept_place *place, const struct public_key *key,
			   const struct checkpoint *before, const struct checkpoint *after)
{
	struct walk walk = {.place = place, .key = key};
	enum kept_growth found = GROWTH_UNKNOWN;
	struct tree_names names = {0};
	struct err ignored = {0};

	*VEC_ADD(&walk.reached) = *before;
	(void)list(place, before->origin, "growth", &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		uint64_t from = 0;
		uint64_t until = 0;

		if (take_sizes(names.at[i], &from, &until) && from >= before->size &&
		    until <= after->size) {
			follow(&walk, names.at[i], from);
		}
	}
	for (size_t i = 0; i < walk.reached.len && found != GROWTH_OTHER; i++) {
		if (walk.reached.at[i].size == after->size) {
			found = merkle_equal(&walk.reached.at[i].root, &after->root) ? GROWTH_SHOWN
										     : GROWTH_OTHER;
		}
	}
	tree_names_release(&names);
	VEC_RELEASE(&walk.reached);
	return found;
}

/* ---- writing */

/** One keeping. */
struct keeping {
	const struct repo *repo;
	struct log *log;
	struct kept_place place;
};

static int put(const struct keeping *keeping, const char *folder, const char *name,
	       struct text bytes, struct err *err)
{
	AUTO(auto_str) struct str below = {0};
	char log[LOG_NAME_BYTES];

	origin_folder(keeping->log->origin, log);
	str_printf(&below, "evidence/%s/%s", log, folder);
	return checkout_keep(keeping->repo, str_text(&below), name, bytes, err);
}

/** Keep a head and the lines beside it. */
static int put_head(const struct keeping *keeping, int64_t size, struct err *err)
{
	AUTO(auto_str) struct str note = {0};
	AUTO(auto_str) struct str name = {0};
	struct cosigned_files files = {0};
	struct checkpoint head = {0};
	int failed = 0;

	str_printf(&name, "%08lld", (long long)size);
	if (log_read_head(keeping->log, size, &head, &note, err) ||
	    put(keeping, "checkpoints", str_text(&name), str_view(&note), err)) {
		return -1;
	}
	failed = log_cosigned_files(keeping->log, size, &files, err);
	for (size_t i = 0; !failed && i < files.len; i++) {
		failed = put(keeping, "cosig", files.at[i].name, str_view(&files.at[i].line), err);
	}
	cosigned_files_release(&files);
	return failed ? -1 : 0;
}

static int order_sizes(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/** Sizes of the heads of this log that are kept, sorted. */
static int list_heads(const struct keeping *keeping, struct log_sizes *out, struct err *err)
{
	struct tree_names names = {0};

	if (list(&keeping->place, keeping->log->origin, "checkpoints", &names, err)) {
		return -1;
	}
	for (size_t i = 0; i < names.len; i++) {
		uint64_t size = 0;

		if (strlen(names.at[i]) == DIGITS && take_size(names.at[i], &size) && size > 0) {
			*VEC_ADD(out) = (int64_t)size;
		}
	}
	tree_names_release(&names);
	if (out->len > 0) {
		qsort(out->at, out->len, sizeof(*out->at), order_sizes);
	}
	return 0;
}

/** Two kept heads, of which nothing says yet that one grew into the other. */
struct gap {
	char name[2 * DIGITS + 2];
	struct checkpoint earlier;
	int64_t until;
};

/** Is it shown already? If not, `gap` says what is missing. */
static int find_gap(const struct keeping *keeping, int64_t from, int64_t until, struct gap *gap,
		    bool *is_shown, struct err *err)
{
	const struct log *log = keeping->log;
	struct checkpoint later = {0};
	struct text bytes = {0};
	struct err ignored = {0};

	gap->until = until;
	(void)snprintf(gap->name, sizeof(gap->name), "%08lld-%08lld", (long long)from,
		       (long long)until);
	if (read_kept_head(&keeping->place, log->origin, &log->key, (uint64_t)from, &gap->earlier,
			   &bytes, err)) {
		return -1;
	}
	*is_shown =
		read_file(&keeping->place, keeping->log->origin, "growth", gap->name,
			  TLOG_GROWTH_BYTES, &bytes, &ignored) == 0 &&
		tlog_growth_check(bytes, &gap->earlier, &keeping->log->key, &later, &ignored) == 0;
	return 0;
}

/** Show it, from the leaves of the log. */
static int fill_gap(const struct keeping *keeping, const struct gap *gap,
		    const struct merkle_hash *leaves, struct err *err)
{
	AUTO(auto_str) struct str note = {0};
	AUTO(auto_str) struct str bytes = {0};
	const struct log *log = keeping->log;
	struct merkle_growth path = {0};
	struct checkpoint later = {0};

	if (gap->until > log_covered(log)) {
		return err_set(err, ERR_INPUT,
			       "a kept head covers %lld entries, and the log that is here has %lld",
			       (long long)gap->until, (long long)log_covered(log));
	}
	if (log_read_head(log, gap->until, &later, &note, err)) {
		return -1;
	}
	merkle_prove_growth(leaves, gap->earlier.size, (uint64_t)gap->until, &path);
	tlog_growth_write(&path, str_view(&note), &bytes);
	if (tlog_growth_check(str_view(&bytes), &gap->earlier, &log->key, &later, err)) {
		return -1;
	}
	return put(keeping, "growth", gap->name, str_view(&bytes), err);
}

/** Tie the kept heads together. */
static int put_growths(const struct keeping *keeping, struct err *err)
{
	AUTO(auto_free) struct merkle_hash *leaves = NULL;
	struct log_sizes sizes = {0};
	int failed = list_heads(keeping, &sizes, err);

	for (size_t i = 1; !failed && i < sizes.len; i++) {
		struct gap gap = {0};
		bool is_shown = false;

		failed = find_gap(keeping, sizes.at[i - 1], sizes.at[i], &gap, &is_shown, err);
		if (!failed && !is_shown && !leaves) {
			failed = log_leaves(keeping->log, &leaves, err);
		}
		failed = failed || (!is_shown && fill_gap(keeping, &gap, leaves, err));
	}
	VEC_RELEASE(&sizes);
	return failed ? -1 : 0;
}

int kept_add(const struct repo *repo, struct log *log, int64_t size, struct err *err)
{
	const struct keeping keeping = {
		.repo = repo,
		.log = log,
		.place = {repo->tree, repo_receipts(repo)},
	};

	if (size > 0 && put_head(&keeping, size, err)) {
		return err_wrap(err, "the cosigned head");
	}
	if (log_is_closed(log) && put_head(&keeping, log_covered(log), err)) {
		return err_wrap(err, "the last head of a closed log");
	}
	return put_growths(&keeping, err) ? err_wrap(err, "how the kept heads belong together") : 0;
}
