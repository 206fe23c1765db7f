/*
 * The threads' side of a scan: one file after the other, each opened and read once.
 *
 * The fast path reads through a fixed buffer and asks the rules' fast tests; most files end there.
 * A file in which something may be is judged as a whole: in the buffer if it fits, else read again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/glob.h"
#include "base/utf16.h"
#include "check/scan_pass.h"

/** A NUL among this many bytes makes a file binary: git's rule. */
#define BINARY_BYTES ((size_t)8000)

/** A buffer for whole texts that grew beyond this is given back after the file. */
#define KEEP_BYTES ((size_t)1024 * 1024)

/* ---- which rules does a file concern? */

static bool matches_any(const struct texts *globs, const char *path)
{
	for (size_t i = 0; globs && i < globs->len; i++) {
		if (glob_match(globs->at[i], path)) {
			return true;
		}
	}
	return false;
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	while (len > 0 && folder[len - 1] == '/') {
		len--;
	}
	return len > 0 && strncmp(path, folder, len) == 0 && path[len] == '/';
}

bool scan_rule_concerns(const struct scan_rule *rule, const char *path)
{
	if ((rule->skip_folder && is_below(path, rule->skip_folder)) ||
	    (rule->skip_file && strcmp(path, rule->skip_file) == 0)) {
		return false;
	}
	if (rule->paths && rule->paths->len > 0 && !matches_any(rule->paths, path)) {
		return false;
	}
	return !matches_any(rule->except[0], path) && !matches_any(rule->except[1], path);
}

static void choose(struct scan_worker *worker, const char *path)
{
	struct scan_pass *pass = worker->pass;

	worker->active_count = 0;
	for (size_t i = 0; i < pass->slot_count; i++) {
		struct scan_slot *slot = &pass->slots[i];

		if (!atomic_load_explicit(&slot->is_closed, memory_order_relaxed) &&
		    scan_rule_concerns(slot->rule, path)) {
			worker->active[worker->active_count++] = i;
		}
	}
}

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

static void unreadable(struct scan_worker *worker, const char *path, const char *why)
{
	COUNT(worker, unreadable);
	for (size_t i = 0; i < worker->active_count; i++) {
		scan_report(worker, worker->active[i], path, SCAN_UNREADABLE, why);
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

/** Show a whole text to every active rule that may find something in it. */
static void judge(struct scan_worker *worker, const struct scan_text *text)
{
	COUNT(worker, looked);
	for (size_t i = 0; i < worker->active_count; i++) {
		size_t slot = worker->active[i];
		const struct scan_rule *rule = worker->pass->slots[slot].rule;
		struct scan_sink sink = {
			.worker = worker,
			.rule = rule,
			.pending = &worker->pending[slot],
			.text = text,
		};

		if (may_hit(rule, text->bytes)) {
			rule->judge(rule->cookie, worker->states[slot], text, &sink);
		}
	}
}

/* ---- reading */

/** Read on; tells the rules itself if that is not possible. */
static int read_on(struct scan_worker *worker, struct tree_file *file, char *at, size_t *got)
{
	struct err err = {0};

	switch (tree_file_read(file, at, SCAN_CHUNK_BYTES, got, &err)) {
	case TREE_OK:
		return 0;
	case TREE_ABSENT:
		COUNT(worker, absent);
		return -1;
	case TREE_REFUSED:
		unreadable(worker, file->entry->path, err.text);
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
		COUNT(worker, binary);
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
		COUNT(worker, binary);
	} else if (file->at_end) {
		judge(worker, &text);
	} else {
		look_on(worker, file, text.bytes.len);
	}
}

static void give_back(struct str *str)
{
	if (str->cap > KEEP_BYTES) {
		str_release(str);
	}
}

static void scan_entry(struct scan_worker *worker, const struct tree_entry *entry)
{
	struct tree_file file = {.link = &worker->whole};
	struct scan_text text = {.path = entry->path};
	struct err err = {0};

	choose(worker, entry->path);
	if (worker->active_count == 0) {
		return;
	}
	if (entry->mode == GIT_MODE_COMMIT) {
		COUNT(worker, submodules);
		return;
	}
	str_clear(&worker->whole);
	switch (tree_open_entry(worker->pass->tree, entry, &file, &err)) {
	case TREE_ABSENT:
		COUNT(worker, absent);
		break;
	case TREE_REFUSED:
		unreadable(worker, entry->path, err.text);
		break;
	case TREE_OK:
		if (file.fd >= 0) {
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

/* ---- a thread */

/** Hand over what was found in `files` files. */
static void hand_over(struct scan_worker *worker, size_t files)
{
	struct scan_pass *pass = worker->pass;

	(void)pthread_mutex_lock(&pass->lock);
	pass->processed += files;
	for (size_t i = 0; i < pass->slot_count; i++) {
		struct scan_slot *slot = &pass->slots[i];
		struct scan_pending *pending = &worker->pending[i];

		slot->counts.looked += pending->counts.looked;
		slot->counts.binary += pending->counts.binary;
		slot->counts.absent += pending->counts.absent;
		slot->counts.submodules += pending->counts.submodules;
		slot->counts.unreadable += pending->counts.unreadable;
		slot->counts.too_large += pending->counts.too_large;
		slot->dropped += pending->dropped;
		for (size_t k = 0; k < pending->findings.len; k++) {
			if (slot->findings.len < SCAN_RULE_HITS_MAX) {
				*VEC_ADD(&slot->findings) = pending->findings.at[k];
			} else {
				slot->dropped++;
			}
		}
		pending->counts = (struct scan_counts){0};
		pending->dropped = 0;
		pending->findings.len = 0;
	}
	(void)pthread_mutex_unlock(&pass->lock);
}

void scan_worker_init(struct scan_worker *worker, struct scan_pass *pass)
{
	worker->pass = pass;
	worker->pending = mem_alloc(pass->slot_count * sizeof(*worker->pending));
	worker->states = mem_alloc(pass->slot_count * sizeof(*worker->states));
	worker->active = mem_alloc(pass->slot_count * sizeof(*worker->active));
}

void scan_worker_release(struct scan_worker *worker)
{
	for (size_t i = 0; i < worker->pass->slot_count; i++) {
		VEC_RELEASE(&worker->pending[i].findings);
	}
	free(worker->pending);
	free(worker->states);
	free(worker->active);
	arena_release(&worker->arena);
}

/** The states of the rules, made and let go on the thread that uses them. */
static void open_states(struct scan_worker *worker)
{
	for (size_t i = 0; i < worker->pass->slot_count; i++) {
		const struct scan_rule *rule = worker->pass->slots[i].rule;

		worker->states[i] = rule->open_state ? rule->open_state(rule->cookie) : NULL;
	}
}

static void close_states(struct scan_worker *worker)
{
	for (size_t i = 0; i < worker->pass->slot_count; i++) {
		const struct scan_rule *rule = worker->pass->slots[i].rule;

		if (rule->close_state && worker->states[i]) {
			rule->close_state(worker->states[i]);
		}
	}
}

void scan_work(void *cookie)
{
	struct scan_worker *worker = cookie;
	struct scan_pass *pass = worker->pass;
	size_t first = 0;

	worker->buffer = mem_alloc(SCAN_CARRY_BYTES + SCAN_CHUNK_BYTES);
	open_states(worker);
	while (!atomic_load(&pass->is_cancelled) &&
	       (first = atomic_fetch_add(&pass->next_entry, SCAN_GRAB)) < pass->list.len) {
		size_t end =
			first + SCAN_GRAB < pass->list.len ? first + SCAN_GRAB : pass->list.len;
		size_t i = first;

		for (; i < end && !atomic_load(&pass->is_cancelled); i++) {
			scan_entry(worker, &pass->list.at[i]);
		}
		hand_over(worker, i - first);
	}
	close_states(worker);
	str_release(&worker->whole);
	str_release(&worker->decoded);
	free(worker->buffer);
}
