#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

/** What is remembered of each entry while the rest is read. */
struct seen {
	int64_t seq;
	bool is_start;
	bool has_receipt;
	struct merkle_hash leaf;
	char run_key[RUN_KEY_BYTES];
	char nonce[33];
};

/** A full check under way. */
struct check {
	struct log *log;
	struct log_report *report;
	struct merkle_range range;
	struct merkle_hash last;
	bool is_broken;    /**< an entry is missing: the tree behind it cannot be known */
	bool is_after_gap; /**< the entry before the next one is missing */
	int64_t size;      /**< how far the check has come */
	int64_t agreed;    /**< size of the newest head that the entries hash to */
	struct log_sizes entries;
	struct log_sizes heads;
	size_t next_head; /**< first of `heads` that is not compared yet */
	struct checkpoint pin;
	struct VEC(struct seen) seen;
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
static void compare_head(struct check *check, const struct checkpoint *head, const char *name)
{
	struct merkle_hash root = {0};
	AUTO(auto_str) struct str changed = {0};

	if (check->is_broken) {
		return;
	}
	merkle_root(&check->range, &root);
	if (merkle_equal(&root, &head->root)) {
		check->agreed = check->size;
		return;
	}
	name_changed(check, &changed);
	log_problem(check->report, LOG_OTHER_TREE, (int64_t)head->size,
		    "%s of size %llu is of another history: %s", name,
		    (unsigned long long)head->size, str_text(&changed));
}

/** All heads of the present size. */
static void compare_heads(struct check *check)
{
	int64_t size = check->size;
	struct checkpoint head = {0};
	struct err why = {0};

	while (check->next_head < check->heads.len && check->heads.at[check->next_head] <= size) {
		int64_t named = check->heads.at[check->next_head++];

		if (named < size) {
			continue; /* 0, which nobody signs, or a number twice */
		}
		if (log_read_head(check->log, named, &head, NULL, &why)) {
			log_problem(check->report, LOG_CHECKPOINT_WRONG, named, "%s", why.text);
			continue;
		}
		check->report->covered = named;
		check->report->heads++;
		compare_head(check, &head, "the checkpoint");
	}
	if (check->pin.size > 0 && (int64_t)check->pin.size == size) {
		compare_head(check, &check->pin, "the head seen before,");
	}
}

/** Heads of trees that are larger than what is there. */
static void check_lost(struct check *check)
{
	int64_t size = check->size;

	for (; check->next_head < check->heads.len; check->next_head++) {
		log_problem(check->report, LOG_HISTORY_LOST, check->heads.at[check->next_head],
			    "history lost: a checkpoint covers %lld entries, but there are %lld",
			    (long long)check->heads.at[check->next_head], (long long)size);
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
	int64_t a = ((const struct seen *)left)->seq;
	int64_t b = ((const struct seen *)right)->seq;

	return (a > b) - (a < b);
}

/** Is this the start that the receipt names? */
static bool is_start_of(const struct seen *start, const struct statement_identity *identity)
{
	char leaf[SHA256_HEX_BYTES];

	if (!start || !start->is_start) {
		return false;
	}
	log_hex(&start->leaf, leaf);
	return strcmp(leaf, identity->start_leaf) == 0 &&
	       strcmp(start->run_key, identity->run_key) == 0 &&
	       strcmp(start->nonce, identity->nonce) == 0;
}

/** A receipt must name the start that is there, and be the only one that does. */
static void pair(struct check *check, const struct statement_identity *identity, int64_t seq)
{
	struct seen wanted = {.seq = identity->start_seq};
	struct seen *start =
		bsearch(&wanted, check->seen.at, check->seen.len, sizeof(wanted), order_seen);

	if (!is_start_of(start, identity)) {
		log_problem(check->report, LOG_RECEIPT_UNPAIRED, seq,
			    "entry %lld is a receipt, but entry %lld is not the start of its run",
			    (long long)seq, (long long)identity->start_seq);
		return;
	}
	if (start->has_receipt) {
		log_problem(check->report, LOG_RECEIPT_TWICE, seq,
			    "entry %lld is a second receipt of %s", (long long)seq,
			    identity->run_key);
		return;
	}
	start->has_receipt = true;
	check->report->unfinished--;
}

static void remember(struct check *check, struct seen *seen, const struct statement *statement)
{
	const struct statement_identity *identity = &statement->identity;

	if (statement->kind == STATEMENT_RECEIPT) {
		pair(check, identity, seen->seq);
		return;
	}
	seen->is_start = true;
	memcpy(seen->run_key, identity->run_key, strlen(identity->run_key) + 1);
	memcpy(seen->nonce, identity->nonce, sizeof(seen->nonce));
	check->report->runs++;
	check->report->unfinished++;
}

/** One entry that is there. */
static void check_entry(struct check *check, struct text bytes, int64_t seq)
{
	struct seen *seen = VEC_ADD(&check->seen);
	struct arena arena = {0};
	struct statement statement = {0};
	struct err why = {0};
	char prev[SHA256_HEX_BYTES] = "";

	if (seq > 0) {
		log_hex(&check->last, prev);
	}
	seen->seq = seq;
	merkle_leaf(bytes, &seen->leaf);
	check->last = seen->leaf;
	merkle_add(&check->range, &seen->leaf);
	if (log_check_entry(check->log, bytes, seq, check->is_after_gap ? NULL : prev, &arena,
			    &statement, &why)) {
		log_problem(check->report, LOG_ENTRY_WRONG, seq, "%s", why.text);
	} else {
		remember(check, seen, &statement);
	}
	check->is_after_gap = false;
	arena_release(&arena);
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
	for (size_t i = 0; i < check->entries.len; i++) {
		AUTO(auto_str) struct str bytes = {0};
		int64_t seq = check->entries.at[i];
		struct err why = {0};

		report_gap(check, check->size, seq);
		if (log_entry(check->log, seq, &bytes, &why)) {
			log_problem(check->report, LOG_ENTRY_WRONG, seq,
				    "entry %lld cannot be read: %s", (long long)seq, why.text);
			check->is_broken = true;
			check->is_after_gap = true;
		} else {
			check_entry(check, str_view(&bytes), seq);
		}
		check->size = seq + 1;
		compare_heads(check);
	}
	check->report->size = check->size;
}

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

int log_verify(struct log *log, struct log_report *out, struct err *err)
{
	struct log_report report = {0};
	struct check check = {.log = log, .report = &report};
	int failed = list_files(&check, err);

	if (failed) {
		log_report_release(&report);
	} else {
		check_entries(&check);
		check_lost(&check);
		check_kept(&check);
		*out = report;
	}
	VEC_RELEASE(&check.entries);
	VEC_RELEASE(&check.heads);
	VEC_RELEASE(&check.seen);
	return failed;
}
