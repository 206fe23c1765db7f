/**
 * A registry of shell gates: the YAML file in which another tool keeps them (`gates:` with id,
 * severity, check_script and so on), as its operator wrote it. Nothing here is run.
 */
#ifndef MODEL_REGISTRY_H
#define MODEL_REGISTRY_H

#include "data/field.h"
#include "data/problem.h"

/** Ceiling of a registry's file. */
#define REGISTRY_BYTES ((size_t)4 * 1024 * 1024)

/** One row. Texts are NULL where the row has none. */
struct registry_gate {
	const struct node *node;
	const char *id; /**< in capital letters */
	const char *name;
	const char *category;
	const char *gate_class;
	const char *severity;
	const char *ring;
	const char *description;
	const char *check_script;
	const char *fix_hint;
	const char *owner;
	const char *mode;             /**< "report": never decides */
	const char *composite_parent; /**< the row whose part it is */
	struct texts composite_of;    /**< its parts */
	bool is_inline;               /**< another runner judges it, within one script for many */
	bool is_retired;
	bool warns_only;
};

/** A key that nothing is made of. */
struct registry_key {
	const char *key;
	const char *meant;  /**< the key that it is probably another spelling of; NULL */
	struct place where; /**< where it stands first */
	size_t count;       /**< in how many rows */
};

/** Everything lives in the arena that it was read into. */
struct registry {
	const char *file;
	struct text bytes;
	struct rows rows; /**< of struct registry_gate */
	struct VEC(struct registry_key) keys;
};

/** The keys of a row. */
extern const struct field registry_fields[];

/**
 * Read the bytes of a registry.
 *
 * @param file  for places; outlives the registry
 * @return      0; -1 if it is none. Rows with mistakes are problems and are left out; then it is 0.
 */
int registry_read(struct arena *arena, const char *file, struct text bytes,
		  struct problems *problems, struct registry *out);

void registry_release(struct registry *registry);

#endif
