/**
 * What earlier scans found out about blobs, in a file in the git directory: by object id, for each
 * rule, that nothing is in it. It can say nothing else: a blob in which something was found is read
 * and judged again, every time.
 *
 * An object id names exactly its bytes, so what is true of a blob stays true. The path that a blob
 * stands under is no part of it: whoever asks applies the rules about paths to the answer. A rule
 * is known by a digest of everything its verdict depends on, the code of this program included.
 *
 * Nobody who may not write to the git directory can change the file; whoever may can also change
 * the hook. It is still believed only where it is whole, and this user's own.
 */
#ifndef CHECK_TEXT_SCAN_CACHE_H
#define CHECK_TEXT_SCAN_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "crypto/digest.h"
#include "git/tree.h"

/** Rules it knows; once that many different ones have been asked for, it starts anew. */
#define SCAN_CACHE_RULES 56

/** Most blobs it knows: 56 MiB with SHA-1. */
#define SCAN_CACHE_BLOBS ((size_t)2000000)

/** Blobs that it may know whatever the size of the repo. Beyond it keeps at most twice as many as
 * there are tracked files. */
#define SCAN_CACHE_ROOM ((size_t)50000)

/** What it costs to look at a blob again, whatever its size, in bytes that could be read instead.
 */
#define SCAN_CACHE_LOOK_BYTES ((size_t)4096)

/** What a blob's content is, for the rules that know it: what counts as binary is a matter of this
 * program's code, too. */
enum scan_class {
	SCAN_CLASS_NONE,   /**< not known */
	SCAN_CLASS_TEXT,   /**< text */
	SCAN_CLASS_SCRIPT, /**< text that starts with #! */
	SCAN_CLASS_BINARY, /**< they do not look at it */
};

/** What is known about one blob. */
struct scan_fact {
	const unsigned char *oid;
	enum scan_class class;
	uint64_t clean; /**< the marks of the rules that find nothing in it */
	size_t bytes;   /**< its size, where it was just read; what is known has 0 */
};

/** A list of them. */
struct scan_facts VEC(struct scan_fact);

struct scan_cache;

/**
 * Load what is known. Never fails: what cannot be read or believed is an empty cache.
 *
 * @param folder  the git directory; copied
 */
struct scan_cache *scan_cache_open(const char *folder, size_t oid_bytes);

/** NULL is fine. */
void scan_cache_free(struct scan_cache *cache);

/** A rule's digest, from its kind and the settings that its verdict depends on. */
void scan_cache_digest(const char *kind, struct text settings, unsigned char out[SHA256_BYTES]);

/**
 * Say which rules will be asked for; once, before anything else.
 *
 * @param digests  of the rules; NULL for one whose verdict is never kept
 * @param marks    of each rule, to be looked for in `clean`; 0 for one that is not kept
 */
void scan_cache_want(struct scan_cache *cache, const unsigned char *const *digests, size_t count,
		     uint64_t *marks);

/** What is known about a blob. Safe to ask from several threads at once. */
struct scan_fact scan_cache_find(const struct scan_cache *cache, const unsigned char *oid);

/**
 * Add what was learned, and replace the file, if nobody else is about to. What is sooner read again
 * than the file written is left for a later run, which learns it too: one new blob is not worth the
 * checksums of a large file. Nothing is lost but time if the file cannot be written (a full disk, a
 * git directory that is read-only), so nobody is told.
 *
 * @param learned  sorted here; the ids are borrowed
 * @param list     the tracked files: what stays when there is too much
 */
void scan_cache_save(struct scan_cache *cache, struct scan_facts *learned,
		     const struct tree_list *list);

#endif
