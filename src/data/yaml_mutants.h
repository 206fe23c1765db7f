/**
 * Small breakages of a YAML file: for each of its fields what a slip of the hand would make of it.
 *
 * A key is taken out, a value changed, a row of a list doubled, values of the same key in two rows
 * swapped. Each is a change of few bytes, and leaves a file that can still be read.
 */
#ifndef DATA_YAML_MUTANTS_H
#define DATA_YAML_MUTANTS_H

#include "base/vec.h"
#include "data/yaml.h"

/** Most breakages of one file. */
#define YAML_MUTANTS_MAX 5000

/** Bytes to be replaced. */
struct yaml_change {
	size_t from;
	size_t to;
	struct text by; /**< in the arena, or of the file itself */
};

/** One breakage. */
struct yaml_mutant {
	struct place where;
	const char *what;              /**< "key 'host' is gone"; in the arena */
	struct yaml_change changes[2]; /**< in order; the second is empty where there is only one */
};

struct yaml_mutants VEC(struct yaml_mutant);

/**
 * Append the breakages of a file; of one that is not read as an own file (data/yaml.h), none.
 *
 * @param bytes  stay while the mutants are used
 */
void yaml_mutants_make(struct arena *arena, const char *file, struct text bytes,
		       struct yaml_mutants *out);

/** Append what the file becomes. */
void yaml_mutant_apply(const struct yaml_mutant *mutant, struct text bytes, struct str *out);

#endif
