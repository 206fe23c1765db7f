/*
 * The threads' side of a scan: one file after the other, each opened and read once.
 *
 * The fast path reads through a fixed buffer and asks the rules' fast tests; most files end there.
 * A file in which something may be is judged as a whole: in the buffer if it fits, else read again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static bool may_hit(const struct scan_rule *rule, const char *bytes, size_t len)
{
	return !rule->may_hit || rule->may_hit(rule->cookie, bytes, len);
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

		if (may_hit(rule, text->bytes.at, text->bytes.len)) {
			rule->judge(rule->cookie, worker->states[slot], text, &sink);
		}
	}
}

/* ---- reading */

/** An open file and how far it was read. */
struct feed {
	const char *path;
	int fd;
	size_t size; /**< when it was opened */
	size_t total;
	bool at_end;
};

/** Fill `room` bytes, or all that is left. A short read at the known size needs no further one. */
static ssize_t feed_read(struct feed *feed, char *at, size_t room)
{
	size_t got = 0;

	while (got < room && !feed->at_end) {
		ssize_t step = read(feed->fd, at + got, room - got);

		if (step < 0 && errno == EINTR) {
			continue;
		}
		if (step < 0) {
			return -1;
		}
		feed->total += (size_t)step;
		feed->at_end =
			step == 0 || ((size_t)step < room - got && feed->total == feed->size);
		got += (size_t)step;
	}
	return (ssize_t)got;
}

static void cannot_read(struct scan_worker *worker, const char *path)
{
	struct err err = {0};

	(void)err_errno(&err, "read '%s'", path);
	unreadable(worker, path, err.text);
}

/** Read all of a file, from its start, into `whole`. Tells the rules itself if it cannot. */
static int read_whole(struct scan_worker *worker, struct feed *feed)
{
	struct str *whole = &worker->whole;
	ssize_t got = 0;

	str_clear(whole);
	whole->max = SCAN_TEXT_MAX_BYTES;
	feed->total = 0;
	feed->at_end = false;
	if (lseek(feed->fd, 0, SEEK_SET) < 0) {
		cannot_read(worker, feed->path);
		return -1;
	}
	do {
		got = feed_read(feed, worker->buffer, SCAN_CHUNK_BYTES);
		if (got < 0) {
			cannot_read(worker, feed->path);
			return -1;
		}
		str_add_bytes(whole, worker->buffer, (size_t)got);
	} while (!feed->at_end && !whole->overflow);
	if (whole->overflow) {
		all_too_large(worker, feed->path);
		return -1;
	}
	return 0;
}

static bool is_binary(struct text bytes)
{
	size_t len = bytes.len < BINARY_BYTES ? bytes.len : BINARY_BYTES;

	return len > 0 && memchr(bytes.at, '\0', len);
}

/** Judge what needs all of the file in memory. */
static void judge_whole(struct scan_worker *worker, struct feed *feed, bool is_utf16)
{
	struct scan_text text = {.path = feed->path};

	if (read_whole(worker, feed)) {
		return;
	}
	text.bytes = str_view(&worker->whole);
	if (is_utf16) {
		str_clear(&worker->decoded);
		worker->decoded.max = 2 * SCAN_TEXT_MAX_BYTES;
		utf16_decode(text.bytes, &worker->decoded);
		text.bytes = str_view(&worker->decoded);
		if (is_binary(text.bytes)) {
			COUNT(worker, binary);
			return;
		}
	}
	judge(worker, &text);
}

/* ---- the fast path */

/** Take the rules away for which the file is too large to be judged. */
static void drop_hot(struct scan_worker *worker, const char *path, const char *bytes, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < worker->active_count; i++) {
		size_t slot = worker->active[i];

		if (may_hit(worker->pass->slots[slot].rule, bytes, len)) {
			too_large(worker, slot, path);
		} else {
			worker->active[kept++] = slot;
		}
	}
	worker->active_count = kept;
}

static bool any_may_hit(const struct scan_worker *worker, const char *bytes, size_t len)
{
	for (size_t i = 0; i < worker->active_count; i++) {
		if (may_hit(worker->pass->slots[worker->active[i]].rule, bytes, len)) {
			return true;
		}
	}
	return false;
}

/** The chunks behind the first one, of which `got` bytes are in the buffer. */
static void look_on(struct scan_worker *worker, struct feed *feed, size_t got)
{
	char *chunk = worker->buffer + SCAN_CARRY_BYTES;
	size_t carry = 0;

	for (;;) {
		const char *from = chunk - carry;

		if (any_may_hit(worker, from, carry + got)) {
			if (feed->size <= SCAN_TEXT_MAX_BYTES) {
				judge_whole(worker, feed, false);
				return;
			}
			drop_hot(worker, feed->path, from, carry + got);
		}
		if (feed->at_end || worker->active_count == 0) {
			break;
		}
		carry = carry + got < SCAN_CARRY_BYTES ? carry + got : SCAN_CARRY_BYTES;
		memmove(chunk - carry, chunk + got - carry, carry);
		ssize_t next = feed_read(feed, chunk, SCAN_CHUNK_BYTES);
		if (next < 0) {
			cannot_read(worker, feed->path);
			return;
		}
		got = (size_t)next;
	}
	COUNT(worker, looked);
}

static void look(struct scan_worker *worker, struct feed *feed)
{
	char *chunk = worker->buffer + SCAN_CARRY_BYTES;
	ssize_t got = feed_read(feed, chunk, SCAN_CHUNK_BYTES);
	struct scan_text text = {feed->path, {chunk, (size_t)got}};

	if (got < 0) {
		cannot_read(worker, feed->path);
	} else if (utf16_has_mark(text.bytes)) {
		judge_whole(worker, feed, true);
	} else if (is_binary(text.bytes)) {
		COUNT(worker, binary);
	} else if (feed->at_end) {
		judge(worker, &text);
	} else {
		look_on(worker, feed, (size_t)got);
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
	struct tree_file file = {.fd = -1, .link = &worker->whole};
	struct scan_text text = {.path = entry->path};
	struct feed feed = {.path = entry->path};
	enum tree_answer answer = TREE_ABSENT;
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
	answer = tree_open_entry(worker->pass->tree, entry, &file, &err);
	if (answer == TREE_ABSENT) {
		COUNT(worker, absent);
	} else if (answer == TREE_REFUSED) {
		unreadable(worker, entry->path, err.text);
	} else if (file.fd < 0) {
		text.bytes = str_view(&worker->whole);
		judge(worker, &text);
	} else {
		feed.fd = file.fd;
		feed.size = file.size;
		look(worker, &feed);
		(void)close(file.fd);
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
