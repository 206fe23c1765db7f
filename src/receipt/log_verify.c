/*
 * Judging a log as a whole, from what log_look.c saw of each of its files.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/log_private.h"

/** A check under way. */
struct check {
	struct log *log;
	struct log_report *report;
	struct log_pass pass;
	struct merkle_range range;
	struct merkle_hash last;
	bool is_broken;      /**< an entry is missing: the tree behind it cannot be known */
	bool is_after_gap;   /**< the entry before the next one is missing */
	int64_t closed_at;   /**< the log-close that came by; -1: none */
	int64_t size;        /**< how far the check has come */
	int64_t agreed;      /**< size of the newest head that the entries hash to */
	int64_t last_utc_ms; /**< of the newest entry so far */
	struct log_sizes entries;
	struct log_sizes heads;
	size_t next_head; /**< first of the heads of the pass that is not compared yet */
	struct checkpoint pin;
};

void log_problem(struct log_report *report, enum log_flaw flaw, int64_t seq, const char *format,
		 ...)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str shown = {0};
	struct log_problem *problem = VEC_ADD(&report->problems);
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	str_add_printable(&shown, str_view(&text));
	*problem = (struct log_problem){
		.flaw = flaw, .seq = seq, .text = arena_text(&report->arena, str_text(&shown))};
}

void log_report_release(struct log_report *report)
{
	VEC_RELEASE(&report->problems);
	VEC_RELEASE(&report->leaves);
	arena_release(&report->arena);
}

/* ---- heads */

/** What is wrong is behind the newest head that agrees. */
static void name_changed(const struct check *check, struct str *out)
{
	if (check->agreed + 1 == check->size) {
		str_printf(out, "entry %lld is not what was signed", (long long)check->agreed);
	} else {
		str_printf(out, "among the entries %lld to %lld is one that is not what was signed",
			   (long long)check->agreed, (long long)check->size - 1);
	}
}

/** Compare a signed head of the present size with the tree. */
static void compare_root(struct check *check, const struct merkle_hash *signed_root,
			 const char *name)
{
	struct merkle_hash root = {0};
	AUTO(auto_str) struct str changed = {0};

	if (check->is_broken) {
		return;
	}
	merkle_root(&check->range, &root);
	if (merkle_equal(&root, signed_root)) {
		check->agreed = check->size;
		return;
	}
	name_changed(check, &changed);
	log_problem(check->report, LOG_OTHER_TREE, check->size,
		    "%s of size %lld is of another history: %s", name, (long long)check->size,
		    str_text(&changed));
}

/** The head of a size, and the pin if it is of that size: both are signed. */
static void compare_head(struct check *check, const struct log_seen_head *head)
{
	if (head->why) {
		log_problem(check->report, LOG_CHECKPOINT_WRONG, head->named, "%s", head->why);
		return;
	}
	check->report->covered = head->named;
	check->report->heads++;
	compare_root(check, &head->root, "the checkpoint");
	if ((int64_t)check->pin.size == head->named &&
	    !merkle_equal(&check->pin.root, &head->root)) {
		log_problem(check->report, LOG_FORK, head->named,
			    "fork: two heads of size %lld are signed, of two histories: the "
			    "checkpoint, and the one seen before",
			    (long long)head->named);
	}
}

/** All heads of the present size. */
static void compare_heads(struct check *check)
{
	int64_t size = check->size;

	while (check->next_head < check->pass.head_count &&
	       check->pass.heads[check->next_head].named <= size) {
		const struct log_seen_head *head = &check->pass.heads[check->next_head++];

		if (head->named == size) { /* else 0, which nobody signs, or a number twice */
			compare_head(check, head);
		}
	}
	if (check->pin.size > 0 && (int64_t)check->pin.size == size) {
		compare_root(check, &check->pin.root, "the head seen before,");
	}
}

/** Heads of trees that are larger than what is there. */
static void check_lost(struct check *check)
{
	int64_t size = check->size;

	for (size_t i = 0; i < check->heads.len; i++) {
		if (check->heads.at[i] > size) {
			log_problem(check->report, LOG_HISTORY_LOST, check->heads.at[i],
				    "history lost: a checkpoint covers %lld entries, but there are "
				    "%lld",
				    (long long)check->heads.at[i], (long long)size);
		}
	}
	if ((int64_t)check->pin.size > size) {
		log_problem(check->report, LOG_HISTORY_LOST, (int64_t)check->pin.size,
			    "history lost: a head of %llu entries was seen before, but there are "
			    "%lld",
			    (unsigned long long)check->pin.size, (long long)size);
	}
}

/** The pin moves after its head is in its place: one that is gone was taken away. */
static void check_kept(struct check *check)
{
	int64_t pin = (int64_t)check->pin.size;

	for (size_t i = 0; i < check->heads.len; i++) {
		if (check->heads.at[i] == pin) {
			return;
		}
	}
	if (pin > 0) {
		log_problem(check->report, LOG_CHECKPOINT_MISSING, pin,
			    "checkpoint %lld is missing: a head of that size was signed, and seen "
			    "before",
			    (long long)pin);
	}
}

/* ---- entries */

static int order_seen(const void *left, const void *right)
{
	int64_t a = ((const struct log_seen *)left)->seq;
	int64_t b = ((const struct log_seen *)right)->seq;

	return (a > b) - (a < b);
}

/** Is this the start that the receipt names, and do both say the same of the run? */
static bool is_start_of(const struct log_seen *start, const struct log_seen *receipt)
{
	char leaf[SHA256_HEX_BYTES];

	if (!start || start->seq >= receipt->seq || !start->is_checked || start->flaw ||
	    start->kind != ENTRY_START) {
		return false;
	}
	log_hex(&start->leaf, leaf);
	return strcmp(leaf, receipt->start_leaf) == 0 &&
	       strcmp(start->run_key, receipt->run_key) == 0 &&
	       memcmp(start->shared, receipt->shared, sizeof(start->shared)) == 0;
}

/** A receipt must name the start that is there, and be the only one that does. */
static void pair(struct check *check, const struct log_seen *receipt)
{
	struct log_seen wanted = {.seq = receipt->start_seq};
	struct log_seen *start = bsearch(&wanted, check->pass.entries, check->pass.entry_count,
					 sizeof(wanted), order_seen);

	if (start && !start->is_checked && !start->flaw) {
		return; /* covered by a head, and only hashed */
	}
	if (!is_start_of(start, receipt)) {
		log_problem(check->report, LOG_RECEIPT_UNPAIRED, receipt->seq,
			    "entry %lld is a receipt, but entry %lld is not the start of its run",
			    (long long)receipt->seq, (long long)receipt->start_seq);
		return;
	}
	if (start->has_receipt) {
		log_problem(check->report, LOG_RECEIPT_TWICE, receipt->seq,
			    "entry %lld is a second receipt of %s", (long long)receipt->seq,
			    receipt->run_key);
		return;
	}
	start->has_receipt = true;
	check->report->unfinished--;
}

/** Clocks may be set, but not so that a log tells another order of things than its entries have. */
static void check_time(struct check *check, const struct log_seen *seen)
{
	if (seen->utc_ms < check->last_utc_ms - LOG_BACKWARDS_MS) {
		log_problem(check->report, LOG_TIME_BACKWARDS, seen->seq,
			    "entry %lld is %lld s older than what is before it: the clock was set "
			    "back, or the entry is not of its time",
			    (long long)seen->seq,
			    (long long)(check->last_utc_ms - seen->utc_ms) / 1000);
	}
	check->last_utc_ms = seen->utc_ms;
}

/** What an entry says, compared with those before it. `prev` is the leaf of the one before. */
static void compare_entry(struct check *check, const struct log_seen *seen, const char *prev)
{
	if (!check->is_after_gap && strcmp(seen->prev, prev) != 0) {
		log_problem(check->report, LOG_ENTRY_WRONG, seen->seq,
			    "entry %lld: it does not follow entry %lld: one of the two was changed",
			    (long long)seen->seq, (long long)seen->seq - 1);
	}
	check_time(check, seen);
	if (check->closed_at >= 0) {
		log_problem(check->report, LOG_AFTER_CLOSE, seen->seq,
			    "entry %lld stands behind entry %lld, which closed the log",
			    (long long)seen->seq, (long long)check->closed_at);
	} else if (seen->is_close) {
		check->closed_at = seen->seq;
	}
	switch (seen->kind) {
	case ENTRY_START:
		check->report->runs++;
		check->report->unfinished++;
		break;
	case ENTRY_RECEIPT:
		pair(check, seen);
		break;
	case ENTRY_NOTICE:
		break;
	}
}

static void add_entry(struct check *check, const struct log_seen *seen)
{
	char prev[SHA256_HEX_BYTES] = "";

	if (seen->flaw) {
		log_problem(check->report, seen->flaw, seen->seq, "%s", seen->why);
	}
	if (!seen->is_read) {
		check->is_broken = true;
		check->is_after_gap = true;
		return;
	}
	if (seen->seq > 0) {
		log_hex(&check->last, prev);
	}
	check->last = seen->leaf;
	merkle_add(&check->range, &seen->leaf);
	if (!check->is_broken) {
		*VEC_ADD(&check->report->leaves) = seen->leaf;
	}
	if (seen->is_checked && !seen->flaw) {
		compare_entry(check, seen, prev);
	}
	check->is_after_gap = false;
}

static void report_gap(struct check *check, int64_t from, int64_t until)
{
	if (from >= until) {
		return;
	}
	if (until - from == 1) {
		log_problem(check->report, LOG_ENTRY_MISSING, from,
			    "history lost: entry %lld is missing", (long long)from);
	} else {
		log_problem(check->report, LOG_ENTRY_MISSING, from,
			    "history lost: entries %lld to %lld are missing", (long long)from,
			    (long long)until - 1);
	}
	check->is_broken = true;
	check->is_after_gap = true;
}

static void check_entries(struct check *check)
{
	for (size_t i = 0; i < check->pass.entry_count; i++) {
		const struct log_seen *seen = &check->pass.entries[i];

		report_gap(check, check->size, seen->seq);
		add_entry(check, seen);
		check->size = seen->seq + 1;
		compare_heads(check);
	}
	check->report->size = check->size;
}

/* ---- the whole */

static int list_files(struct check *check, struct err *err)
{
	struct err ignored = {0};

	/* Heads before entries: whoever appends meanwhile writes them in the other order. */
	check->report->has_pin = log_read_pin(check->log, &check->pin, NULL, &ignored) == 0;
	return log_list(check->log, "checkpoints", "", &check->heads, check->report, err) ||
			       log_list(check->log, "entries", ".json", &check->entries,
					check->report, err)
		       ? -1
		       : 0;
}

/** Decide what is read: all of it, or of what the newest head covers the hashes alone. */
static void plan_pass(struct check *check, const struct log_look *look)
{
	struct log_pass *pass = &check->pass;
	size_t heads = check->heads.len;
	size_t first = look->is_full || heads == 0 ? 0 : heads - 1;

	pass->log = check->log;
	pass->look = look;
	/* With the last entry under the head: if it closed the log, nothing may follow. */
	pass->checked_from = look->is_full || heads == 0 ? 0 : (check->heads.at[heads - 1] - 1);
	pass->entry_count = check->entries.len;
	pass->entries = mem_alloc((pass->entry_count + 1) * sizeof(*pass->entries));
	for (size_t i = 0; i < pass->entry_count; i++) {
		pass->entries[i].seq = check->entries.at[i];
	}
	pass->head_count = heads - first;
	pass->heads = mem_alloc((pass->head_count + 1) * sizeof(*pass->heads));
	for (size_t i = 0; i < pass->head_count; i++) {
		pass->heads[i].named = check->heads.at[first + i];
	}
}

static int verify_once(struct log *log, const struct log_look *look, struct log_report *out,
		       struct err *err)
{
	struct log_report report = {.is_full = look->is_full};
	struct check check = {.log = log, .report = &report, .closed_at = -1};
	int failed = list_files(&check, err);

	if (!failed) {
		plan_pass(&check, look);
		failed = log_look_at(&check.pass, err);
	}
	if (failed) {
		log_report_release(&report);
	} else {
		check_entries(&check);
		check_lost(&check);
		check_kept(&check);
		*out = report;
	}
	log_pass_release(&check.pass);
	VEC_RELEASE(&check.entries);
	VEC_RELEASE(&check.heads);
	return failed;
}

int log_verify(struct log *log, const struct log_look *look, struct log_report *out,
	       struct err *err)
{
	struct log_look full = *look;
	struct log_report report = {0};

	if (verify_once(log, look, &report, err)) {
		return -1;
	}
	if (!look->is_full && report.problems.len > 0) {
		log_report_release(&report);
		full.is_full = true;
		if (verify_once(log, &full, &report, err)) {
			return -1;
		}
	}
	*out = report;
	return 0;
}
