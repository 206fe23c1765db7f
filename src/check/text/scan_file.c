/*
 * One file of a scan: opened and read once, for every rule that it concerns.
 *
 * The fast path reads through a fixed buffer and asks the rules' fast tests; most files end there.
 * A file in which something may be is judged as a whole: in the buffer if it fits, else read again.
 */
#include <string.h>

#include "base/utf16.h"
#include "check/text/scan_pass.h"

/** A NUL among this many bytes makes a file binary: git's rule. */
#define BINARY_BYTES ((size_t)8000)

/** A buffer for whole texts that grew beyond this is given back after the file. */
#define KEEP_BYTES ((size_t)1024 * 1024)

/* ---- the outcome of a file, for every rule it concerns */

/** The counter of that kind in the counts of each active rule goes up. */
static void count(struct scan_worker *worker, size_t counter_offset)
{
	for (size_t i = 0; i < worker->active_count; i++) {
		struct scan_counts *counts = &worker->pending[worker->active[i]].counts;

		(*(size_t *)(void *)((char *)counts + counter_offset))++;
	}
}

#define COUNT(worker, member) count(worker, offsetof(struct scan_counts, member))

static void unreadable(struct scan_worker *worker, const char *path, enum scan_sort sort,
		       const char *why)
{
	COUNT(worker, unreadable);
	for (size_t i = 0; i < worker->active_count; i++) {
		scan_report(worker, worker->active[i], path, sort, why);
	}
}

static void too_large(struct scan_worker *worker, size_t slot, const char *path)
{
	worker->pending[slot].counts.too_large++;
	scan_report(worker, slot, path, SCAN_TOO_LARGE, NULL);
}

static void all_too_large(struct scan_worker *worker, const char *path)
{
	for (size_t i = 0; i < worker->active_count; i++) {
		too_large(worker, worker->active[i], path);
	}
}

/** May the rule find something in these bytes? */
static bool may_hit(const struct scan_rule *rule, struct text bytes)
{
	return !rule->may_hit || rule->may_hit(rule->cookie, bytes.at, bytes.len);
}

static enum scan_class class_of(struct text bytes)
{
	return text_starts(bytes, "#!") ? SCAN_CLASS_SCRIPT : SCAN_CLASS_TEXT;
}

/** All active rules find nothing in the file. */
static void find_clean(struct scan_worker *worker)
{
	for (size_t i = 0; i < worker->active_count; i++) {
		worker->fact.clean |= worker->pass->slots[worker->active[i]].mark;
	}
}

static void binary(struct scan_worker *worker)
{
	worker->fact.class = SCAN_CLASS_BINARY;
	COUNT(worker, binary);
	find_clean(worker);
}

/** Show a whole text to every active rule that may find something in it. */
static void judge(struct scan_worker *worker, const struct scan_text *text)
{
	worker->fact.class = class_of(text->bytes);
	for (size_t i = 0; i < worker->active_count; i++) {
		size_t slot = worker->active[i];
		const struct scan_slot *asks = &worker->pass->slots[slot];
		const struct scan_rule *rule = asks->rule;
		struct scan_sink sink = {
			.worker = worker,
			.rule = rule,
			.pending = &worker->pending[slot],
			.text = text,
		};

		if (!scan_wants(asks, text->path, worker->fact.class == SCAN_CLASS_SCRIPT)) {
			continue;
		}
		worker->pending[slot].counts.looked++;
		if (may_hit(rule, text->bytes)) {
			rule->judge(rule->cookie, worker->states[slot], text, &sink);
		}
		if (sink.hits == 0 && !sink.gave_up) {
			worker->fact.clean |= asks->mark;
		}
	}
}

/* ---- reading */

/** Somebody deleted it, or git was told to leave it out. */
static void missing(struct scan_worker *worker, const struct tree_entry *entry)
{
	if (entry->is_absent) {
		COUNT(worker, sparse);
	} else {
		COUNT(worker, absent);
	}
}

/** Read on; tells the rules itself if that is not possible. */
static int read_on(struct scan_worker *worker, struct tree_file *file, char *at, size_t *got)
{
	struct err err = {0};

	switch (tree_file_read(file, at, SCAN_CHUNK_BYTES, got, &err)) {
	case TREE_OK:
		return 0;
	case TREE_ABSENT:
		missing(worker, file->entry);
		return -1;
	case TREE_REFUSED:
	case TREE_CONFLICTED:
		unreadable(worker, file->entry->path, SCAN_UNREADABLE, err.text);
		return -1;
	}
	return -1;
}

/** Read all of a file, from its start, into `whole`. */
static int read_whole(struct scan_worker *worker, struct tree_file *file)
{
	struct str *whole = &worker->whole;
	size_t got = 0;

	str_clear(whole);
	whole->max = SCAN_TEXT_MAX_BYTES;
	tree_file_rewind(file);
	do {
		if (read_on(worker, file, worker->buffer, &got)) {
			return -1;
		}
		str_add_bytes(whole, worker->buffer, got);
	} while (!file->at_end && !whole->overflow);
	return 0;
}

static bool is_binary(struct text bytes)
{
	size_t len = bytes.len < BINARY_BYTES ? bytes.len : BINARY_BYTES;

	return len > 0 && memchr(bytes.at, '\0', len);
}

/** Judge what needs all of the file in memory. */
static void judge_whole(struct scan_worker *worker, struct tree_file *file, bool is_utf16)
{
	struct scan_text text = {.path = file->entry->path};

	if (read_whole(worker, file)) {
		return;
	}
	if (worker->whole.overflow) {
		all_too_large(worker, text.path);
		return;
	}
	text.bytes = str_view(&worker->whole);
	if (is_utf16) {
		str_clear(&worker->decoded);
		worker->decoded.max = 2 * SCAN_TEXT_MAX_BYTES;
		utf16_decode(text.bytes, &worker->decoded);
		text.bytes = str_view(&worker->decoded);
	}
	if (is_utf16 && is_binary(text.bytes)) {
		binary(worker);
	} else {
		judge(worker, &text);
	}
}

/* ---- the fast path */

static bool any_may_hit(const struct scan_worker *worker, struct text bytes)
{
	for (size_t i = 0; i < worker->active_count; i++) {
		if (may_hit(worker->pass->slots[worker->active[i]].rule, bytes)) {
			return true;
		}
	}
	return false;
}

/** Take the rules away that would have to see the whole of a file that is too large for that. */
static void drop_hot(struct scan_worker *worker, const char *path, struct text bytes)
{
	size_t kept = 0;

	for (size_t i = 0; i < worker->active_count; i++) {
		size_t slot = worker->active[i];

		if (may_hit(worker->pass->slots[slot].rule, bytes)) {
			too_large(worker, slot, path);
		} else {
			worker->active[kept++] = slot;
		}
	}
	worker->active_count = kept;
}

/**
 * The rest of a file that does not fit into one chunk; the first `got` bytes are in the buffer. A
 * file in which a rule may find something is read again, as a whole: few are.
 */
static void look_on(struct scan_worker *worker, struct tree_file *file, size_t got)
{
	char *chunk = worker->buffer + SCAN_CARRY_BYTES;
	size_t carry = 0;

	for (;;) {
		struct text seen = {chunk - carry, carry + got};

		if (any_may_hit(worker, seen)) {
			if (tree_file_size(file) <= SCAN_TEXT_MAX_BYTES) {
				judge_whole(worker, file, false);
				return;
			}
			drop_hot(worker, file->entry->path, seen);
		}
		if (file->at_end || worker->active_count == 0) {
			break;
		}
		carry = seen.len < SCAN_CARRY_BYTES ? seen.len : SCAN_CARRY_BYTES;
		memmove(chunk - carry, chunk + got - carry, carry);
		if (read_on(worker, file, chunk, &got)) {
			return;
		}
	}
	COUNT(worker, looked);
	find_clean(worker);
}

static void look(struct scan_worker *worker, struct tree_file *file)
{
	struct scan_text text = {file->entry->path, {worker->buffer + SCAN_CARRY_BYTES, 0}};

	if (read_on(worker, file, worker->buffer + SCAN_CARRY_BYTES, &text.bytes.len)) {
		return;
	}
	if (utf16_has_mark(text.bytes)) {
		judge_whole(worker, file, true);
	} else if (is_binary(text.bytes)) {
		binary(worker);
	} else if (file->at_end) {
		judge(worker, &text);
	} else {
		worker->fact.class = class_of(text.bytes);
		look_on(worker, file, text.bytes.len);
	}
}

static void give_back(struct str *str)
{
	if (str->cap > KEEP_BYTES) {
		str_release(str);
	}
}

void scan_entry(struct scan_worker *worker, const struct tree_entry *entry)
{
	struct tree_file file = {.link = &worker->whole};
	struct scan_text text = {.path = entry->path};
	struct err err = {0};

	if (entry->mode == GIT_MODE_COMMIT) {
		COUNT(worker, submodules);
		return;
	}
	str_clear(&worker->whole);
	switch (tree_open_entry(worker->pass->tree, entry, &file, &err)) {
	case TREE_ABSENT:
		missing(worker, entry);
		break;
	case TREE_REFUSED:
		unreadable(worker, entry->path, SCAN_UNREADABLE, err.text);
		break;
	case TREE_CONFLICTED:
		unreadable(worker, entry->path, SCAN_CONFLICTED, err.text);
		break;
	case TREE_OK:
		if (!file.is_link) {
			worker->fact.bytes = tree_file_size(&file);
			look(worker, &file);
		} else {
			text.bytes = str_view(&worker->whole);
			judge(worker, &text);
		}
		tree_file_close(&file);
		break;
	}
	give_back(&worker->whole);
	give_back(&worker->decoded);
}
