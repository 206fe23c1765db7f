/**
 * JSON bytes to a located tree, in two steps, so that what is nearly JSON can become JSON between
 * them. Inside of data only; names no type of jansson.
 */
#ifndef DATA_JSON_READ_H
#define DATA_JSON_READ_H

#include "data/build.h"

/** Give a builder with arena, file and problems the bytes and the ceilings of JSON. */
void json_start(struct builder *build, struct text bytes, enum strictness strictness);

/**
 * Make the tree, and release the builder.
 *
 * @param json  the builder's bytes, or others at the same offsets; problems quote the builder's
 * @return      as json_load
 */
int json_finish(struct builder *build, struct text json, struct repeated_keys *repeats,
		struct node **root);

#endif
