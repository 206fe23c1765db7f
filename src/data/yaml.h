/**
 * YAML bytes to a located tree. The only home of libyaml is yaml.c.
 *
 * Two strictnesses (design, section 3). Own files: repeated keys, anchors, aliases, tags, merge
 * keys, a second document, NUL, invalid UTF-8, non-scalar keys, depth over 32, more than 100,000
 * nodes are problems with their position. Files that gates look into: anchors, aliases, tags, merge
 * keys and several documents are fine under a node budget of 1,000,000 nodes counted after
 * expansion (an alias is a node that shares the children of what it names, and has its place, so
 * that readers see one plain tree); repeated keys are handed back, the last one wins. An empty
 * file, or one with only comments, is a problem in both.
 */
#ifndef DATA_YAML_H
#define DATA_YAML_H

#include "data/node.h"

/** Ceiling of an own file, and of one that is looked into (design, section 3). */
#define OWN_FILE_BYTES ((size_t)1024 * 1024)
#define LOOKED_INTO_BYTES ((size_t)16 * 1024 * 1024)

enum strictness {
	OWN_FILE,
	LOOKED_INTO,
};

/** Where a key stood a second time in one map. */
struct repeated_key {
	const char *key;
	struct place where; /**< the later one */
	struct place first; /**< the earlier one */
};

struct repeated_keys VEC(struct repeated_key);

/**
 * Parse `bytes`.
 *
 * @param file     for places; must outlive the tree
 * @param bytes    not kept: texts are copied into the arena
 * @param repeats  LOOKED_INTO: gets the repeated keys (NULL: not wanted); OWN_FILE: unused
 * @param root     first document's root; further documents by ->next. Set on 0 only
 * @return         0; -1 when at least one problem was added
 */
int yaml_load(struct arena *arena, const char *file, struct text bytes, enum strictness strictness,
	      struct problems *problems, struct repeated_keys *repeats, struct node **root);

#endif
