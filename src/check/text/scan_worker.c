/*
 * A thread of a scan: grabs files, shows each to the rules it concerns, hands over what they found.
 */
#include <stdlib.h>
#include <string.h>

#include "check/text/scan_pass.h"

/* ---- which rules does a file concern? */

static bool matches_any(const struct scan_globs *globs, struct text path)
{
	for (size_t i = 0; i < globs->len; i++) {
		if (glob_prepared_match(&globs->at[i], path)) {
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

bool scan_wants(const struct scan_slot *slot, const char *path, bool is_script)
{
	return !slot->rule->wants_scripts || is_script || matches_any(&slot->paths, text_of(path));
}

static bool concerns(const struct scan_slot *slot, const struct tree_entry *entry)
{
	const struct scan_rule *rule = slot->rule;
	const struct text path = text_of(entry->path);

	if (rule->changed && !tree_entry_differs(rule->changed, entry)) {
		return false;
	}
	if ((rule->skip_folder && is_below(path.at, rule->skip_folder)) ||
	    (rule->skip_file && strcmp(path.at, rule->skip_file) == 0)) {
		return false;
	}
	if (!rule->wants_scripts && slot->paths.len > 0 && !matches_any(&slot->paths, path)) {
		return false;
	}
	return !matches_any(&slot->except, path);
}

static void choose(struct scan_worker *worker, const struct tree_entry *entry)
{
	struct scan_pass *pass = worker->pass;

	worker->active_count = 0;
	for (size_t i = 0; i < pass->slot_count; i++) {
		struct scan_slot *slot = &pass->slots[i];

		if (!atomic_load_explicit(&slot->is_closed, memory_order_relaxed) &&
		    concerns(slot, entry)) {
			worker->active[worker->active_count++] = i;
		}
	}
}

/* ---- what is known already */

/** Is the entry's object id the name of its bytes, and are they a file's? */
static bool is_blob(const struct tree_entry *entry)
{
	return (entry->mode & 0170000U) == 0100000U && !entry->is_conflicted;
}

/** Count the file for the rules that are known to find nothing in it; the others stay active. */
static void recall(struct scan_worker *worker, const struct tree_entry *entry)
{
	const struct scan_pass *pass = worker->pass;
	struct scan_fact fact = scan_cache_find(pass->cache, entry->oid);
	size_t kept = 0;

	for (size_t i = 0; fact.class != SCAN_CLASS_NONE && i < worker->active_count; i++) {
		size_t slot = worker->active[i];
		const struct scan_slot *asks = &pass->slots[slot];
		struct scan_counts *counts = &worker->pending[slot].counts;

		if ((fact.clean & asks->mark) == 0) {
			worker->active[kept++] = slot;
		} else if (fact.class == SCAN_CLASS_BINARY) {
			counts->binary++;
		} else {
			counts->looked +=
				scan_wants(asks, entry->path, fact.class == SCAN_CLASS_SCRIPT);
		}
	}
	worker->active_count = fact.class == SCAN_CLASS_NONE ? worker->active_count : kept;
}

static void remember(struct scan_worker *worker, const struct tree_entry *entry)
{
	if (worker->fact.clean != 0) {
		worker->fact.oid = entry->oid;
		*VEC_ADD(&worker->learned) = worker->fact;
	}
}

/** Look at one file, for the rules that it concerns. */
static void take_entry(struct scan_worker *worker, const struct tree_entry *entry)
{
	bool may_know = worker->pass->cache && is_blob(entry);

	choose(worker, entry);
	if (may_know && worker->active_count > 0) {
		recall(worker, entry);
	}
	if (worker->active_count == 0) {
		return;
	}
	worker->fact = (struct scan_fact){0};
	scan_entry(worker, entry);
	if (may_know) {
		remember(worker, entry);
	}
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
		slot->counts.sparse += pending->counts.sparse;
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
	VEC_RELEASE(&worker->learned);
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
			take_entry(worker, &pass->list.at[i]);
		}
		hand_over(worker, i - first);
	}
	close_states(worker);
	str_release(&worker->whole);
	str_release(&worker->decoded);
	free(worker->buffer);
}
