/**
 * Paths into a located tree, for gates that look into YAML and JSON files.
 *
 *	spec.replicas         keys, joined by dots
 *	ports[0].name         [n]: the member of a list, counted from 0
 *	services[*].image     [*]: every member of a list or map
 *	annotations."a.b/c"   a key with dots, brackets, quotes or blanks stands in quotes, '…' or
 *"…" .                     the value itself; so is the empty path
 *
 * What is not there is found too, as a place without a value, so that a gate can say where
 *something is missing: `ports[*].name` finds one thing for each port, whether or not it has a name.
 */
#ifndef CHECK_ROWS_YAML_PATH_H
#define CHECK_ROWS_YAML_PATH_H

#include "base/err.h"
#include "base/vec.h"
#include "data/node.h"

/** Most steps of one path. */
#define YAML_PATH_STEPS 32

enum yaml_step_kind {
	YAML_KEY,   /**< the value of a key */
	YAML_INDEX, /**< the member of a list at a position */
	YAML_ALL,   /**< every member of a list or map */
};

struct yaml_step {
	enum yaml_step_kind kind;
	const char *key; /**< YAML_KEY */
	size_t index;    /**< YAML_INDEX */
};

/** `{0}` is the path to the value itself. */
struct yaml_path {
	const struct yaml_step *steps;
	size_t len;
};

/** A value, or the place where it would have to stand. */
struct yaml_found {
	const struct node *node; /**< NULL: not there */
	struct place where;      /**< of the value, or of the nearest thing around it */
};

struct yaml_founds VEC(struct yaml_found);

/** Read a path; its steps live in the arena. -1 with ERR_INPUT and what was expected. */
int yaml_path_parse(struct arena *arena, struct text text, struct yaml_path *out, struct err *err);

/** Append what the path leads to from `root`; the nodes are those of the tree, each at most once.
 */
void yaml_path_find(const struct yaml_path *path, const struct node *root, struct yaml_founds *out);

#endif
