/**
 * Growing arrays of any type: `struct findings VEC(struct finding);`, `*VEC_ADD(&findings) = one;`.
 *
 * `{0}` is an empty array. Elements move when the array grows, so keep indexes, not pointers.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

/* The type cannot stand in parentheses here. NOLINTBEGIN(bugprone-macro-parentheses) */
#define VEC(type)           \
	{                   \
		type *at;   \
		size_t len; \
		size_t cap; \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

/** The address of a new, zeroed last element. */
#define VEC_ADD(vec)                                                                   \
	((vec)->at = vec_room((vec)->at, &(vec)->cap, (vec)->len, sizeof(*(vec)->at)), \
	 &(vec)->at[(vec)->len++])

/** Free the array (not what the elements own); it is empty and usable again. */
#define VEC_RELEASE(vec)             \
	do {                         \
		vec_free((vec)->at); \
		(vec)->at = NULL;    \
		(vec)->len = 0;      \
		(vec)->cap = 0;      \
	} while (0)

/** Make room for one more element of `size` bytes behind `len`; the new element is zeroed. */
void *vec_room(void *at, size_t *cap, size_t len, size_t size) __attribute__((returns_nonnull));

/** free() for VEC_RELEASE. */
void vec_free(void *at);

#endif
