/**
 * One pass over the tracked files: what scan.c (the loop's side) and scan_file.c (the threads'
 * side) share. Private to the scanner.
 *
 * Each thread works on its own `struct scan_worker` and hands over what it found after every grab
 * of files, under the lock; so what is behind the lock is whole at any time.
 */
#ifndef CHECK_TEXT_SCAN_PASS_H
#define CHECK_TEXT_SCAN_PASS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/glob.h"
#include "base/vec.h"
#include "check/text/scan.h"
#include "check/text/scan_cache.h"

/** Globs of a rule, ready for many paths. */
struct scan_globs VEC(struct glob_prepared);

/** Files a thread takes at a time. */
#define SCAN_GRAB 32

/** What a rule has got so far; `is_closed` is atomic, and from `findings` on all is behind the
 * lock.
 */
struct scan_slot {
	const struct scan_rule *rule;
	struct scan_globs paths;
	struct scan_globs except;
	uint64_t mark; /**< in the facts of the cache; 0: it is not kept there */
	struct VEC(struct scan_finding) findings;
	struct scan_counts counts;
	size_t dropped;
	atomic_bool is_closed; /**< collected early: nobody wants more */
};

/** What a thread found and did not hand over yet, for one rule. */
struct scan_pending {
	struct VEC(struct scan_finding) findings;
	struct scan_counts counts;
	size_t dropped;
};

struct scan_worker {
	struct scan_pass *pass;
	struct arena arena;           /**< texts of findings; lives as long as the pass */
	struct scan_pending *pending; /**< one for each slot */
	void **states;                /**< of the rules' own, one for each slot */
	size_t *active;               /**< slots that the present file concerns */
	size_t active_count;
	char *buffer;          /**< SCAN_CARRY_BYTES, then SCAN_CHUNK_BYTES */
	struct str whole;      /**< a text that does not fit into the buffer, or a link's content */
	struct str decoded;    /**< UTF-16 as UTF-8 */
	struct scan_fact fact; /**< what was learned about the present file */
	struct scan_facts learned;
};

struct scan_pass {
	struct scan *scan;
	struct scan_pass *next; /**< an earlier one */
	const struct tree *tree;
	struct tree_list list;
	struct scan_slot *slots;
	size_t slot_count;
	struct scan_worker *workers;
	size_t worker_count;
	struct scan_cache *cache; /**< NULL: none; the threads only ask it */
	size_t workers_left;      /**< not done yet; the loop's thread only */
	atomic_size_t next_entry;
	atomic_bool is_cancelled;
	pthread_mutex_t lock;
	size_t processed; /**< files whose findings were handed over; behind the lock */
	bool is_done;     /**< the loop's thread only */
	struct err failed;
};

/** What a thread does: look at files until there are no more. `cookie` is its scan_worker. */
void scan_work(void *cookie);

/** Room for a scan_worker of a pass with that many slots, and its release. */
void scan_worker_init(struct scan_worker *worker, struct scan_pass *pass);
void scan_worker_release(struct scan_worker *worker);

/** Look at one file for the worker's active rules. */
void scan_entry(struct scan_worker *worker, const struct tree_entry *entry);

/* ---- scan_sink.c */

/** Where a judge's hits go, and where in the text the last one was. */
struct scan_sink {
	struct scan_worker *worker;
	const struct scan_rule *rule;
	struct scan_pending *pending;
	const struct scan_text *text;
	size_t at;         /**< offset of the last hit */
	size_t line_start; /**< of its line */
	int line;
	bool knows_permission; /**< `permission` is about this line */
	const char *permission;
	bool lacks_reason; /**< the line names the gate in `gaterun:allow`, and gives no reason */
	size_t hits;
	bool gave_up;
};

/** Does the rule want texts of the file? */
bool scan_wants(const struct scan_slot *slot, const char *path, bool is_script);

/** Add a finding about the file as a whole. */
void scan_report(struct scan_worker *worker, size_t slot, const char *path, enum scan_sort sort,
		 const char *text);

#endif
