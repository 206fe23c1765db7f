/**
 * The file that scan_cache.h is about: its form, and how it is read and replaced. Private to the
 * cache.
 *
 *	header    magic, byte order, bytes of an object id, how many rules, how many blobs
 *	rules     a SHA-256 each; the place decides the mark
 *	blobs     an object id and its facts in eight bytes each, sorted by id
 *	SHA-256   of all of that
 *
 * Numbers are in the order of bytes of the machine: the file is never carried elsewhere, and read
 * as a whole before each scan.
 */
#ifndef CHECK_TEXT_SCAN_CACHE_FILE_H
#define CHECK_TEXT_SCAN_CACHE_FILE_H

#include "check/text/scan_cache.h"

/** Bytes of what is known about one blob: its class in the lowest byte, marks of rules above. */
#define SCAN_CACHE_FACT_BYTES sizeof(uint64_t)

/** The mark of the rule at a place. */
#define SCAN_CACHE_MARK(place) (UINT64_C(0x100) << (place))

/** Most bytes of a file. */
#define SCAN_CACHE_MAX_BYTES (4096 + SCAN_CACHE_BLOBS * (OID_MAX_BYTES + SCAN_CACHE_FACT_BYTES))

/** What a file holds; points into its bytes. */
struct scan_cache_content {
	size_t oid_bytes;
	const unsigned char *rules; /**< SHA256_BYTES each */
	size_t rule_count;
	const unsigned char *blobs; /**< oid_bytes and SCAN_CACHE_FACT_BYTES each */
	size_t blob_count;
};

/** Take a file's bytes apart. @return false if anything at all is not as it must be */
bool scan_cache_parse(struct text bytes, size_t oid_bytes, struct scan_cache_content *out);

/** Append the bytes of a file. `out->overflow` if they do not fit. */
void scan_cache_write(const struct scan_cache_content *content, struct str *out);

/** Where it lies: in the git directory, one for each user, who believe only their own. */
void scan_cache_path(const char *folder, struct str *out);

/** Read the file. @return false if there is none that may be believed */
bool scan_cache_load(const char *path, struct str *out);

/** Put a new file in its place, unless somebody else is just doing so. */
void scan_cache_replace(const char *path, struct text bytes);

#endif
