#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/** Elements in a first allocation. */
#define VEC_FIRST 8

void *vec_room(void *at, size_t *cap, size_t len, size_t size)
{
	if (len == *cap) {
		*cap = *cap ? *cap * 2 : VEC_FIRST;
		at = mem_resize(at, *cap * size);
	}
	memset((unsigned char *)at + len * size, 0, size);
	return at;
}

void vec_free(void *at)
{
	free(at);
}
