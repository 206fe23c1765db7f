#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Bytes a fresh arena block holds; larger requests get a block of their own. */
#define ARENA_BLOCK_BYTES ((size_t)64 * 1024)

struct arena_block {
	struct arena_block *older;
	size_t used;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

/** EX_SOFTWARE of sysexits(3), the program's code for internal errors. */
#define EXIT_OUT_OF_MEMORY 70

static _Noreturn void out_of_memory(void)
{
	static const char text[] = "gaterun: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)ignored;
	_exit(EXIT_OUT_OF_MEMORY);
}

void *mem_alloc(size_t size)
{
	void *at = calloc(1, size ? size : 1);

	if (!at) {
		out_of_memory();
	}
	return at;
}

void *mem_resize(void *at, size_t size)
{
	void *moved = realloc(at, size ? size : 1);

	if (!moved) {
		out_of_memory();
	}
	return moved;
}

char *mem_copy(const char *at, size_t len)
{
	char *copy = mem_alloc(len + 1);

	if (len > 0) {
		memcpy(copy, at, len);
	}
	return copy;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	struct arena_block *block = mem_alloc(sizeof(*block) + size);

	block->size = size;
	block->older = arena->block;
	arena->block = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->block;

	if (size > SIZE_MAX / 2) {
		out_of_memory();
	}
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size) {
		block = add_block(arena, size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES);
	}
	block->used += size;
	return block->bytes + block->used - size;
}

char *arena_copy(struct arena *arena, const char *at, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len > 0) {
		memcpy(copy, at, len);
	}
	return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	va_list again;
	int len = 0;
	char *text = NULL;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	text = arena_alloc(arena, (size_t)(len > 0 ? len : 0) + 1);
	if (len > 0) {
		(void)vsnprintf(text, (size_t)len + 1, format, again);
	}
	va_end(again);
	va_end(args);
	return text;
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->block;

	while (block) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
	arena->block = NULL;
}
