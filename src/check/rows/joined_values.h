/**
 * Values of two files held against each other: addresses as addresses, names without case, lists as
 * sets. Pure.
 */
#ifndef CHECK_ROWS_JOINED_VALUES_H
#define CHECK_ROWS_JOINED_VALUES_H

#include "check/rows/yaml_path.h"
#include "data/field.h"

/** In what sense two texts are the same. */
enum value_form {
	VALUE_AS_TEXT, /**< byte by byte */
	VALUE_AS_HOST, /**< the host of a URL, or an address or name itself: addresses as values,
			  names without case and trailing dot */
};

extern const struct choice value_forms[];

/** A text in the form in which equal values are equal texts; in the arena. */
const char *value_normal(struct arena *arena, enum value_form form, struct text text);

/** The values at a path of one row: scalars, and the scalars of lists. */
struct value_set {
	struct VEC(const char *) normal; /**< sorted, each once; empty texts and nulls left out */
	struct str shown;                /**< "'10.0.0.2'", "'a', 'b'", "nothing" */
	struct place where;              /**< of the first, or where it would have to stand */
};

void value_set_release(struct value_set *set);

/** value_set_release for AUTO. */
static inline void auto_value_set(struct value_set *set)
{
	value_set_release(set);
}

/** Gather them. Maps are shown as such, and equal nothing. */
void value_set_gather(struct arena *arena, enum value_form form, const struct yaml_path *path,
		      const struct node *row, struct value_set *out);

/** Do they hold the same values? Nothing equals nothing. */
bool value_set_equal(const struct value_set *left, const struct value_set *right);

#endif
