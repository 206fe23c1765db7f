/*
 * The loop's side of a scan: rules come in, a pass is started for them on the threads of the pool,
 * and whoever waits is woken when it is over.
 */
#include "check/text/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/text/scan_pass.h"

struct scan {
	struct task task; /**< on the loop while there is something to start or to wait for */
	struct loop *loop;
	struct tree *tree;
	bool uses_cache;
	struct VEC(const struct scan_rule *) added; /**< not in a pass yet */
	struct scan_pass *passes;                   /**< newest first; only that one may run */
	struct VEC(struct scan_finding *) collected;
};

/** Why a rule that was collected before its pass began has nothing. */
static const struct err not_begun = {ERR_TIMEOUT, "the tracked files were not looked at in time"};

/* ---- a pass */

/** The threads are done; what they learned is kept. */
static void keep_learned(struct scan_pass *pass)
{
	struct scan_facts learned = {0};

	for (size_t i = 0; pass->cache && i < pass->worker_count; i++) {
		const struct scan_facts *part = &pass->workers[i].learned;

		for (size_t k = 0; k < part->len; k++) {
			*VEC_ADD(&learned) = part->at[k];
		}
	}
	if (pass->cache) {
		scan_cache_save(pass->cache, &learned, &pass->list);
	}
	VEC_RELEASE(&learned);
}

static void finish(struct scan_pass *pass)
{
	keep_learned(pass);
	pass->is_done = true;
	for (size_t i = 0; i < pass->slot_count; i++) {
		const struct scan_slot *slot = &pass->slots[i];

		if (slot->rule->waiter && !atomic_load(&slot->is_closed)) {
			task_wake(slot->rule->waiter);
		}
	}
}

static void worker_done(void *cookie)
{
	struct scan_pass *pass = ((struct scan_worker *)cookie)->pass;

	pass->workers_left--;
	if (pass->workers_left == 0) {
		finish(pass);
		task_wake(&pass->scan->task);
	}
}

/** As many threads as there are cores, and not more than there is work for. */
static size_t count_workers(const struct scan_pass *pass)
{
	size_t grabs = pass->list.len / SCAN_GRAB + 1;
	size_t threads = work_threads();

	return grabs < threads ? grabs : threads;
}

/** Put the threads to work. One that cannot be started is done without, if there is another. */
static void start_workers(struct scan_pass *pass)
{
	struct err err = {0};

	pass->worker_count = count_workers(pass);
	pass->workers = mem_alloc(pass->worker_count * sizeof(*pass->workers));
	for (size_t i = 0; i < pass->worker_count; i++) {
		scan_worker_init(&pass->workers[i], pass);
		if (work_start(pass->scan->loop, scan_work, worker_done, &pass->workers[i], &err) ==
		    0) {
			pass->workers_left++;
		}
	}
	if (pass->workers_left == 0) {
		pass->failed = err;
		finish(pass);
	}
}

static void prepare_globs(const struct texts *texts, struct scan_globs *out)
{
	for (size_t i = 0; texts && i < texts->len; i++) {
		*VEC_ADD(out) = glob_prepare(texts->at[i]);
	}
}

static void open_slot(struct scan_slot *slot, const struct scan_rule *rule)
{
	slot->rule = rule;
	prepare_globs(rule->paths, &slot->paths);
	prepare_globs(rule->except[0], &slot->except);
	prepare_globs(rule->except[1], &slot->except);
}

static void open_cache(struct scan_pass *pass)
{
	const char *folder = tree_blob_folder(pass->scan->tree);
	AUTO(auto_free) const unsigned char **digests = NULL;
	AUTO(auto_free) uint64_t *marks = NULL;

	if (!pass->scan->uses_cache || !folder) {
		return;
	}
	digests = mem_alloc(pass->slot_count * sizeof(const unsigned char *));
	marks = mem_alloc(pass->slot_count * sizeof(*marks));
	for (size_t i = 0; i < pass->slot_count; i++) {
		digests[i] = pass->slots[i].rule->digest;
	}
	pass->cache = scan_cache_open(folder, pass->list.oid_bytes);
	scan_cache_want(pass->cache, digests, pass->slot_count, marks);
	for (size_t i = 0; i < pass->slot_count; i++) {
		pass->slots[i].mark = marks[i];
	}
}

static void start_pass(struct scan *scan)
{
	struct scan_pass *pass = mem_alloc(sizeof(*pass));

	pass->scan = scan;
	pass->tree = scan->tree;
	pass->slot_count = scan->added.len;
	pass->slots = mem_alloc(pass->slot_count * sizeof(*pass->slots));
	for (size_t i = 0; i < pass->slot_count; i++) {
		open_slot(&pass->slots[i], scan->added.at[i]);
	}
	scan->added.len = 0;
	(void)pthread_mutex_init(&pass->lock, NULL);
	pass->next = scan->passes;
	scan->passes = pass;
	if (tree_list(scan->tree, &pass->list, &pass->failed)) {
		finish(pass);
	} else {
		open_cache(pass);
		start_workers(pass);
	}
}

static void free_pass(struct scan_pass *pass)
{
	for (size_t i = 0; i < pass->worker_count; i++) {
		scan_worker_release(&pass->workers[i]);
	}
	for (size_t i = 0; i < pass->slot_count; i++) {
		VEC_RELEASE(&pass->slots[i].findings);
		VEC_RELEASE(&pass->slots[i].paths);
		VEC_RELEASE(&pass->slots[i].except);
	}
	(void)pthread_mutex_destroy(&pass->lock);
	scan_cache_free(pass->cache);
	free(pass->workers);
	free(pass->slots);
	free(pass);
}

/* ---- the task */

static bool is_running(const struct scan *scan)
{
	return scan->passes && !scan->passes->is_done;
}

static enum step step_scan(struct task *task, struct wait *wait)
{
	struct scan *scan = (struct scan *)task;

	(void)wait;
	if (scan->added.len > 0 && !is_running(scan)) {
		start_pass(scan);
	}
	return is_running(scan) ? STEP_WAIT : STEP_DONE;
}

/** Also when the loop is freed early: then the threads stop after their present file. */
static void release_scan(struct task *task)
{
	struct scan *scan = (struct scan *)task;

	if (scan->passes) {
		atomic_store(&scan->passes->is_cancelled, true);
	}
}

static const struct task_ops scan_ops = {"scan", step_scan, release_scan};

struct scan *scan_open(struct loop *loop, struct tree *tree)
{
	struct scan *scan = mem_alloc(sizeof(*scan));

	scan->loop = loop;
	scan->tree = tree;
	return scan;
}

void scan_use_cache(struct scan *scan)
{
	scan->uses_cache = true;
}

void scan_free(struct scan *scan)
{
	if (!scan) {
		return;
	}
	while (scan->passes) {
		struct scan_pass *next = scan->passes->next;

		free_pass(scan->passes);
		scan->passes = next;
	}
	for (size_t i = 0; i < scan->collected.len; i++) {
		free(scan->collected.at[i]);
	}
	VEC_RELEASE(&scan->collected);
	VEC_RELEASE(&scan->added);
	free(scan);
}

void scan_add(struct scan *scan, const struct scan_rule *rule)
{
	*VEC_ADD(&scan->added) = rule;
	if (!scan->task.watch) {
		scan->task = (struct task){.ops = &scan_ops};
		task_start(scan->loop, &scan->task);
	}
}

/* ---- results */

/** The slot of a rule, and its pass; NULL if it is in none. */
static struct scan_slot *find_slot(const struct scan *scan, const struct scan_rule *rule,
				   struct scan_pass **pass)
{
	for (*pass = scan->passes; *pass; *pass = (*pass)->next) {
		for (size_t i = 0; i < (*pass)->slot_count; i++) {
			if ((*pass)->slots[i].rule == rule) {
				return &(*pass)->slots[i];
			}
		}
	}
	return NULL;
}

bool scan_is_done(const struct scan *scan, const struct scan_rule *rule)
{
	struct scan_pass *pass = NULL;

	return find_slot(scan, rule, &pass) && pass->is_done;
}

static int compare_findings(const void *left, const void *right)
{
	const struct scan_finding *one = left;
	const struct scan_finding *two = right;
	int order = strcmp(one->path, two->path);

	if (order == 0 && one->line != two->line) {
		order = one->line < two->line ? -1 : 1;
	}
	if (order == 0 && one->column != two->column) {
		order = one->column < two->column ? -1 : 1;
	}
	if (order == 0) {
		order = strcmp(one->detail ? one->detail : "", two->detail ? two->detail : "");
	}
	return order;
}

/** Nobody wants what is still found for this rule; without any rule left the pass stops. */
static void close_slot(struct scan_pass *pass, struct scan_slot *slot)
{
	bool is_wanted = false;

	atomic_store(&slot->is_closed, true);
	for (size_t i = 0; i < pass->slot_count; i++) {
		is_wanted = is_wanted || !atomic_load(&pass->slots[i].is_closed);
	}
	if (!is_wanted) {
		atomic_store(&pass->is_cancelled, true);
	}
}

/** A rule that never came into a pass needs none any more. */
static void forget(struct scan *scan, const struct scan_rule *rule)
{
	size_t kept = 0;

	for (size_t i = 0; i < scan->added.len; i++) {
		if (scan->added.at[i] != rule) {
			scan->added.at[kept++] = scan->added.at[i];
		}
	}
	scan->added.len = kept;
}

void scan_collect(struct scan *scan, const struct scan_rule *rule, struct scan_result *out)
{
	struct scan_pass *pass = NULL;
	struct scan_slot *slot = find_slot(scan, rule, &pass);
	struct scan_finding *at = NULL;

	*out = (struct scan_result){0};
	if (!slot) {
		forget(scan, rule);
		out->failed = &not_begun;
		return;
	}
	if (!pass->is_done) {
		close_slot(pass, slot);
	}
	(void)pthread_mutex_lock(&pass->lock);
	at = mem_alloc(slot->findings.len * sizeof(*at));
	if (slot->findings.len > 0) {
		memcpy(at, slot->findings.at, slot->findings.len * sizeof(*at));
		qsort(at, slot->findings.len, sizeof(*at), compare_findings);
	}
	*out = (struct scan_result){
		.at = at,
		.len = slot->findings.len,
		.dropped = slot->dropped,
		.counts = slot->counts,
		.failed = pass->failed.code ? &pass->failed : NULL,
	};
	out->counts.unreached = pass->list.len - pass->processed;
	(void)pthread_mutex_unlock(&pass->lock);
	*VEC_ADD(&scan->collected) = at;
}
