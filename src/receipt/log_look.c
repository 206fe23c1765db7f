/*
 * Reading a log for a check: each entry and each head for itself, in any order and on many threads.
 * What only the whole can tell (order, links, the tree) is for log_verify.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "loop/loop.h"
#include "receipt/log_private.h"

/** Files that a thread takes at once: some 10 ms of work. */
#define PART 64

/** Most threads: more than the pool has would only wait. */
#define SLOTS_MAX 64

/** Set what is wrong with an entry; the sentence is copied. */
static void spoil(struct log_seen *seen, enum log_flaw flaw, const char *why)
{
	seen->flaw = flaw;
	seen->why = mem_copy(why, strlen(why));
}

static void copy_text(char *out, const char *text)
{
	/* All of them were checked: digests and run keys fit their places. */
	memcpy(out, text, strlen(text) + 1);
}

static void take_entry(struct log_seen *seen, const struct entry *entry)
{
	const struct statement_identity *identity = &entry->statement.identity;

	seen->kind = entry->kind;
	seen->is_close = entry_is_notice(entry, NOTICE_CLOSE);
	seen->utc_ms = entry_time(entry);
	copy_text(seen->prev, entry_place(entry).prev);
	if (entry->kind == ENTRY_NOTICE) {
		return;
	}
	statement_shared(&entry->statement, seen->shared);
	copy_text(seen->run_key, identity->run_key);
	if (entry->kind == ENTRY_RECEIPT) {
		seen->start_seq = identity->start_seq;
		copy_text(seen->start_leaf, identity->start_leaf);
	}
}

static void check_entry(const struct log *log, struct text bytes, struct log_seen *seen)
{
	AUTO(auto_str) struct str text = {0};
	struct arena arena = {0};
	struct entry entry = {0};
	struct err why = {0};
	enum log_entry_state state =
		log_judge_entry(log, bytes, seen->seq, NULL, &arena, &entry, &why);

	seen->is_checked = true;
	if (state == LOG_ENTRY_GOOD) {
		take_entry(seen, &entry);
	} else {
		str_printf(&text, "entry %lld: %s", (long long)seen->seq, why.text);
		spoil(seen, state == LOG_ENTRY_FOREIGN ? LOG_FOREIGN : LOG_ENTRY_WRONG, text.at);
	}
	arena_release(&arena);
}

static void look_at_entry(const struct log_pass *pass, struct log_seen *seen)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str text = {0};
	struct err why = {0};

	if (log_entry(pass->log, seen->seq, &bytes, &why)) {
		str_printf(&text, "entry %lld cannot be read: %s", (long long)seen->seq, why.text);
		spoil(seen, LOG_ENTRY_WRONG, text.at);
		return;
	}
	seen->is_read = true;
	merkle_leaf(str_view(&bytes), &seen->leaf);
	/* Even of what is covered: whoever has a replaced key can sign heads behind a log-close. */
	if (seen->seq >= pass->checked_from || log_may_close(str_view(&bytes))) {
		check_entry(pass->log, str_view(&bytes), seen);
	}
}

static void look_at_head(const struct log_pass *pass, struct log_seen_head *seen)
{
	struct checkpoint head = {0};
	struct err why = {0};

	if (log_read_head(pass->log, seen->named, &head, NULL, &why)) {
		seen->why = mem_copy(why.text, strlen(why.text));
		return;
	}
	seen->root = head.root;
}

/* ---- spreading the work */

/** A pass being spread over threads. */
struct spread {
	struct loop *loop;
	struct log_pass *pass;
	size_t planned; /**< files */
	size_t next;    /**< first that nobody has taken */
	size_t done;
};

/** What one thread does at a time. */
struct slot {
	struct spread *spread;
	size_t from;
	size_t until;
};

static void slot_work(void *cookie)
{
	const struct slot *slot = cookie;
	struct log_pass *pass = slot->spread->pass;

	for (size_t i = slot->from; i < slot->until; i++) {
		if (i < pass->entry_count) {
			look_at_entry(pass, &pass->entries[i]);
		} else {
			look_at_head(pass, &pass->heads[i - pass->entry_count]);
		}
	}
}

/** Take the next part; false at the end. */
static bool slot_take(struct slot *slot)
{
	struct spread *spread = slot->spread;
	size_t left = spread->planned - spread->next;

	slot->from = spread->next;
	slot->until = spread->next + (left < PART ? left : PART);
	spread->next = slot->until;
	return left > 0;
}

static void slot_tell(const struct slot *slot)
{
	struct spread *spread = slot->spread;
	const struct log_look *look = spread->pass->look;

	spread->done += slot->until - slot->from;
	if (look->progress) {
		look->progress(spread->done, spread->planned, look->cookie);
	}
}

static void slot_done(void *cookie);

/** Do it here where no thread can be had for it. */
static void slot_start(struct slot *slot)
{
	struct err ignored = {0};

	while (slot_take(slot)) {
		if (slot->spread->loop &&
		    work_start(slot->spread->loop, slot_work, slot_done, slot, &ignored) == 0) {
			return;
		}
		slot_work(slot);
		slot_tell(slot);
	}
}

static void slot_done(void *cookie)
{
	slot_tell(cookie);
	slot_start(cookie);
}

int log_look_at(struct log_pass *pass, struct err *err)
{
	struct spread spread = {.pass = pass, .planned = pass->entry_count + pass->head_count};
	struct slot slots[SLOTS_MAX];
	size_t threads = pass->look->uses_pool ? work_threads() : 1;

	if (pass->look->uses_pool && loop_open(&spread.loop, err)) {
		return -1;
	}
	for (size_t i = 0; i < threads && i < SLOTS_MAX; i++) {
		slots[i] = (struct slot){.spread = &spread};
		slot_start(&slots[i]);
	}
	if (spread.loop) {
		loop_run(spread.loop);
		loop_free(spread.loop);
	}
	return 0;
}

void log_pass_release(struct log_pass *pass)
{
	for (size_t i = 0; i < pass->entry_count; i++) {
		free(pass->entries[i].why);
	}
	for (size_t i = 0; i < pass->head_count; i++) {
		free(pass->heads[i].why);
	}
	free(pass->entries);
	free(pass->heads);
}
