#include "check/text/scan_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "check/text/scan_cache_file.h"
#include "scan_code.h"

/** How many pairs of bytes an object id can start with. */
#define STARTS ((size_t)65536)

struct scan_cache {
	char *path;
	size_t oid_bytes;
	struct str bytes; /**< of the file; `known` points into it */
	struct scan_cache_content known;
	unsigned char rules[SCAN_CACHE_RULES][SHA256_BYTES];
	size_t rule_count;
	/** For each pair of bytes the first blob whose id does not start with less; one more. */
	uint32_t *starts;
};

/* ---- asking */

static size_t width_of(const struct scan_cache *cache)
{
	return cache->oid_bytes + SCAN_CACHE_FACT_BYTES;
}

static const unsigned char *blob_at(const struct scan_cache *cache, size_t i)
{
	return cache->known.blobs + i * width_of(cache);
}

static size_t start_of(const unsigned char *oid)
{
	return (size_t)oid[0] << 8 | oid[1];
}

static struct scan_fact fact_at(const struct scan_cache *cache, size_t i)
{
	const unsigned char *blob = blob_at(cache, i);
	uint64_t fact = 0;

	memcpy(&fact, blob + cache->oid_bytes, sizeof(fact));
	return (struct scan_fact){blob, (enum scan_class)(fact & 0xff), fact & ~(uint64_t)0xff, 0};
}

struct scan_fact scan_cache_find(const struct scan_cache *cache, const unsigned char *oid)
{
	size_t low = cache->starts[start_of(oid)];
	size_t high = cache->starts[start_of(oid) + 1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(oid, blob_at(cache, middle), cache->oid_bytes);

		if (order == 0) {
			return fact_at(cache, middle);
		}
		if (order > 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return (struct scan_fact){.oid = oid};
}

/* ---- opening */

static void fill_starts(struct scan_cache *cache)
{
	size_t at = 0;

	for (size_t i = 0; i < cache->known.blob_count; i++) {
		for (size_t start = start_of(blob_at(cache, i)); at <= start; at++) {
			cache->starts[at] = (uint32_t)i;
		}
	}
	for (; at <= STARTS; at++) {
		cache->starts[at] = (uint32_t)cache->known.blob_count;
	}
}

struct scan_cache *scan_cache_open(const char *folder, size_t oid_bytes)
{
	struct scan_cache *cache = mem_alloc(sizeof(*cache));
	struct str path = {0};

	scan_cache_path(folder, &path);
	cache->path = path.at;
	cache->oid_bytes = oid_bytes;
	cache->starts = mem_alloc((STARTS + 1) * sizeof(*cache->starts));
	if (scan_cache_load(cache->path, &cache->bytes) &&
	    scan_cache_parse(str_view(&cache->bytes), oid_bytes, &cache->known)) {
		cache->rule_count = cache->known.rule_count;
		memcpy(cache->rules, cache->known.rules, cache->rule_count * SHA256_BYTES);
	}
	fill_starts(cache);
	return cache;
}

void scan_cache_free(struct scan_cache *cache)
{
	if (!cache) {
		return;
	}
	str_release(&cache->bytes);
	free(cache->path);
	free(cache->starts);
	free(cache);
}

/* ---- rules */

void scan_cache_digest(const char *kind, struct text settings, unsigned char out[SHA256_BYTES])
{
	struct sha256 *state = sha256_open();

	sha256_add(state, SCAN_CODE, sizeof(SCAN_CODE));
	sha256_add(state, kind, strlen(kind) + 1);
	sha256_add(state, settings.at, settings.len);
	sha256_close(state, out);
}

/** Its place among the rules known; SCAN_CACHE_RULES if it is none of them. */
static size_t find_rule(const struct scan_cache *cache, const unsigned char *digest)
{
	for (size_t i = 0; i < cache->rule_count; i++) {
		if (memcmp(cache->rules[i], digest, SHA256_BYTES) == 0) {
			return i;
		}
	}
	return SCAN_CACHE_RULES;
}

/** The rule's mark, taking a place for it if there is one. */
static uint64_t mark_of(struct scan_cache *cache, const unsigned char *digest)
{
	size_t place = digest ? find_rule(cache, digest) : SCAN_CACHE_RULES;

	if (digest && place == SCAN_CACHE_RULES && cache->rule_count < SCAN_CACHE_RULES) {
		place = cache->rule_count++;
		memcpy(cache->rules[place], digest, SHA256_BYTES);
	}
	return place < SCAN_CACHE_RULES ? SCAN_CACHE_MARK(place) : 0;
}

static void start_anew(struct scan_cache *cache)
{
	cache->known.blob_count = 0;
	cache->rule_count = 0;
	fill_starts(cache);
}

void scan_cache_want(struct scan_cache *cache, const unsigned char *const *digests, size_t count,
		     uint64_t *marks)
{
	bool has_missing = false;

	for (size_t i = 0; i < count; i++) {
		marks[i] = mark_of(cache, digests[i]);
		has_missing = has_missing || (digests[i] && marks[i] == 0);
	}
	/* A run with more rules than there are places would start anew each time. */
	if (!has_missing || count > SCAN_CACHE_RULES) {
		return;
	}
	start_anew(cache);
	for (size_t i = 0; i < count; i++) {
		marks[i] = mark_of(cache, digests[i]);
	}
}

/* ---- adding what was learned */

/** What is put together for a new file. */
struct merge {
	const struct scan_cache *cache;
	unsigned char *blobs;
	size_t count;
	const unsigned char **named; /**< sorted ids of those that stay; NULL: all do */
	size_t named_count;
	size_t next_named;
};

/* qsort says nobody how long ids are. */
static int compare_long(const void *left, const void *right)
{
	return memcmp(*(const unsigned char *const *)left, *(const unsigned char *const *)right,
		      SHA256_BYTES);
}

static int compare_short(const void *left, const void *right)
{
	return memcmp(*(const unsigned char *const *)left, *(const unsigned char *const *)right,
		      SHA1_BYTES);
}

typedef int compare_ids(const void *left, const void *right);

/** Sort by the id that a pointer at the start of each element points to. */
static void sort_ids(const struct scan_cache *cache, void *at, size_t len, size_t size)
{
	compare_ids *compare = cache->oid_bytes == SHA1_BYTES ? compare_short : compare_long;

	if (len > 0) {
		qsort(at, len, size, compare);
	}
}

static bool is_named(struct merge *merge, const unsigned char *oid)
{
	int order = 1;

	while (merge->next_named < merge->named_count &&
	       (order = memcmp(oid, merge->named[merge->next_named], merge->cache->oid_bytes)) >
		       0) {
		merge->next_named++;
	}
	return merge->next_named < merge->named_count && order == 0;
}

static void put(struct merge *merge, const struct scan_fact *fact)
{
	uint64_t value = (uint64_t)fact->class | fact->clean;
	unsigned char *at = merge->blobs + merge->count * width_of(merge->cache);

	if (merge->count == SCAN_CACHE_BLOBS || (merge->named && !is_named(merge, fact->oid))) {
		return;
	}
	memcpy(at, fact->oid, merge->cache->oid_bytes);
	memcpy(at + merge->cache->oid_bytes, &value, sizeof(value));
	merge->count++;
}

/** All that was learned about the blob at `*i`, which moves on to the next one. */
static struct scan_fact take_learned(const struct scan_cache *cache,
				     const struct scan_facts *learned, size_t *i)
{
	struct scan_fact fact = learned->at[*i];

	while (++*i < learned->len &&
	       memcmp(fact.oid, learned->at[*i].oid, cache->oid_bytes) == 0) {
		fact.clean |= learned->at[*i].clean;
	}
	return fact;
}

/** Both are sorted. What was just seen says what a blob is. */
static void merge_all(struct merge *merge, const struct scan_facts *learned)
{
	const struct scan_cache *cache = merge->cache;
	size_t known = 0;
	size_t i = 0;

	while (i < learned->len) {
		struct scan_fact fact = take_learned(cache, learned, &i);
		int order = -1;

		while (known < cache->known.blob_count &&
		       (order = memcmp(blob_at(cache, known), fact.oid, cache->oid_bytes)) < 0) {
			struct scan_fact old = fact_at(cache, known++);

			put(merge, &old);
		}
		if (known < cache->known.blob_count && order == 0) {
			fact.clean |= fact_at(cache, known++).clean;
		}
		put(merge, &fact);
	}
	while (known < cache->known.blob_count) {
		struct scan_fact old = fact_at(cache, known++);

		put(merge, &old);
	}
}

/** With too many blobs, those stay that are tracked now. */
static void name_tracked(struct merge *merge, size_t learned, const struct tree_list *list)
{
	size_t most = 2 * list->len > SCAN_CACHE_ROOM ? 2 * list->len : SCAN_CACHE_ROOM;

	if (merge->cache->known.blob_count + learned <= most) {
		return;
	}
	merge->named = mem_alloc((list->len + 1) * sizeof(*merge->named));
	for (size_t i = 0; i < list->len; i++) {
		merge->named[merge->named_count++] = list->at[i].oid;
	}
	sort_ids(merge->cache, merge->named, merge->named_count, sizeof(*merge->named));
}

/** Is it more work to look at these blobs again than to write everything that is known? */
static bool is_worth_writing(const struct scan_cache *cache, const struct scan_facts *learned)
{
	size_t again_bytes = 0;

	for (size_t i = 0; i < learned->len; i++) {
		again_bytes += SCAN_CACHE_LOOK_BYTES + learned->at[i].bytes;
	}
	return learned->len > 0 && again_bytes >= cache->known.blob_count * width_of(cache);
}

void scan_cache_save(struct scan_cache *cache, struct scan_facts *learned,
		     const struct tree_list *list)
{
	AUTO(auto_str) struct str bytes = {.max = SCAN_CACHE_MAX_BYTES};
	size_t most = cache->known.blob_count + learned->len;
	struct merge merge = {.cache = cache};
	struct scan_cache_content content = {.oid_bytes = cache->oid_bytes};

	if (!is_worth_writing(cache, learned)) {
		return;
	}
	merge.blobs = mem_resize(NULL, most * width_of(cache));
	sort_ids(cache, learned->at, learned->len, sizeof(*learned->at));
	name_tracked(&merge, learned->len, list);
	merge_all(&merge, learned);
	content.rules = cache->rules[0];
	content.rule_count = cache->rule_count;
	content.blobs = merge.blobs;
	content.blob_count = merge.count;
	scan_cache_write(&content, &bytes);
	if (!bytes.overflow) {
		scan_cache_replace(cache->path, str_view(&bytes));
	}
	free(merge.blobs);
	free(merge.named);
}
