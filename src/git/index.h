/**
 * A reader for git's index file (gitformat-index(5)), versions 2, 3 and 4 with SHA-1 object ids.
 *
 * It reads what is needed to know which files are tracked: path, mode, object id, stat data, flags.
 * Forms it does not read (split index `link`, sparse index `sdir`, SHA-256, other versions) are
 * told apart from broken ones, so that git itself can be asked for them.
 */
#ifndef GIT_INDEX_H
#define GIT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

/** Bytes of the longest object id (SHA-256). */
#define OID_MAX_BYTES 32

#define GIT_MODE_LINK 0120000U
#define GIT_MODE_COMMIT 0160000U /**< a submodule */

struct index_entry {
	const char *path;         /**< relative to the work tree's top; NUL-terminated */
	const unsigned char *oid; /**< `oid_bytes` of the list it is in */
	uint32_t mode;            /**< 0100644, 0100755, 0120000, 0160000 */
	uint32_t mtime_s;         /**< stat data as of when the entry was known clean */
	uint32_t mtime_ns;
	uint32_t size; /**< low 32 bits of the file size */
	uint8_t stage; /**< 0; 1 to 3 while a merge conflicts */
	bool intent_to_add;
	bool skip_worktree;
	bool assume_unchanged;
};

enum index_form {
	INDEX_READ,  /**< entries are filled */
	INDEX_OTHER, /**< a form that git must be asked for */
};

struct index_list {
	struct index_entry *at; /**< in the arena, sorted by path and stage as git keeps them */
	size_t len;
	size_t oid_bytes;
};

/**
 * Parse index bytes. Paths and object ids point into `bytes` where they can, else into the arena.
 *
 * Paths that are absolute, empty, hold `..`, `.` or `.git` components, or are out of order are
 * refused.
 * @return 0 with *form; -1 with ERR_INPUT for a broken index
 */
int index_parse(struct arena *arena, struct text bytes, enum index_form *form,
		struct index_list *out, struct err *err);

/**
 * May this stand as a tracked path: relative, no longer than the system opens, no NUL, and no
 * empty,
 * `.`, `..` or `.git` (in any case) component?
 */
bool index_path_is_safe(struct text path);

#endif
