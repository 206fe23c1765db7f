/**
 * Memory that cannot fail, and an arena for things that live and die together.
 *
 * Running out of memory ends the program in one place (exit 70); that is safe because everything
 * the program writes is written aside and renamed.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/** Zeroed bytes; the caller frees them with free(). Never NULL. */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/** As realloc(); the added bytes are not zeroed. Never NULL. */
void *mem_resize(void *at, size_t size) __attribute__((returns_nonnull));

/** A NUL-terminated copy of `len` bytes; the caller frees it. */
char *mem_copy(const char *at, size_t len) __attribute__((returns_nonnull));

/** Blocks that are released together. `{0}` is a valid empty arena. */
struct arena {
	struct arena_block *block; /**< newest block, linked to the older ones */
};

/** Zeroed, aligned for any type; lives until arena_release. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/** A NUL-terminated copy of `len` bytes in the arena. */
char *arena_copy(struct arena *arena, const char *at, size_t len) __attribute__((returns_nonnull));

/** A NUL-terminated copy of a string in the arena. */
char *arena_text(struct arena *arena, const char *text) __attribute__((returns_nonnull));

/** A formatted string in the arena. */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/** Free all blocks; the arena is empty and usable again. */
void arena_release(struct arena *arena);

#endif
