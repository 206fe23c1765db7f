/**
 * A located tree: what yaml.h and json.h make of bytes. Every node knows its file, line and column.
 *
 * Scalars stay text: `no`, `0x10` and `1e3` mean nothing until a field table says so. The tree and
 * all its texts live in the arena it was loaded into.
 */
#ifndef DATA_NODE_H
#define DATA_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "data/problem.h"

enum node_kind {
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAP,
};

struct node {
	enum node_kind kind;
	bool is_quoted;     /**< scalar: quoted or a block; in JSON: a string */
	struct place where; /**< where the value starts */
	struct text text;   /**< scalar: its bytes, NUL-terminated behind len; may hold no NUL */
	const char *key;    /**< its key, if it is the value of a map entry; else NULL */
	struct place key_where; /**< where that key starts */
	struct node *next;      /**< next child of the same parent; for a root: the next document */
	struct node *first;     /**< first child */
	size_t count;           /**< children */
};

/** The value of `key` in a map; NULL if there is none, if `map` is NULL or no map. */
const struct node *node_get(const struct node *map, const char *key);

/** Where the value of `key` stands; the map's own place if it has no such key. */
struct place node_place(const struct node *map, const char *key);

/** A plain scalar that means nothing: empty, `~`, `null` (any of YAML's spellings). True for NULL.
 */
bool node_is_null(const struct node *node);

/** "a map", "a list", "text", "nothing" for messages. */
const char *node_sort(const struct node *node);

#endif
