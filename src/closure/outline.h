/**
 * What a Markdown text is made of, as far as loops want to know: headings, list items, comments,
 * and lines of code. Each knows its place; nothing is rendered, and no text is refused.
 */
#ifndef CLOSURE_OUTLINE_H
#define CLOSURE_OUTLINE_H

#include "data/problem.h"

enum block_kind {
	BLOCK_HEADING, /**< `## Success Criteria` */
	BLOCK_ITEM,    /**< of a list, with what is nested in it and the lines that go on with it */
	BLOCK_COMMENT, /**< `<!-- … -->`, on a line of its own or behind an item */
	BLOCK_CODE,    /**< one line between fences */
};

/** The box in front of an item. */
enum tick {
	TICK_NONE, /**< there is no box */
	TICK_OPEN, /**< [ ] */
	TICK_DONE, /**< [x] */
};

struct block {
	enum block_kind kind;
	int level;        /**< heading: 1 to 6 */
	const char *text; /**< without its mark, box and comments; its lines joined by blanks */
	struct place where;
	enum tick tick;  /**< of an item */
	size_t box;      /**< with a box: offset of the character in it, in the file */
	size_t offset;   /**< of its line, in the file */
	bool is_in_item; /**< a comment inside of the item before it */
};

struct outline {
	struct VEC(struct block) blocks;
	bool ends_line; /**< the last line has its end */
	bool has_crlf;  /**< the first line ends in CR LF */
	bool is_open;   /**< it ends inside of a comment or of code */
};

/** Ceiling of blocks of one file; the rest is left out. */
#define OUTLINE_BLOCKS ((size_t)20000)

/**
 * Take a text apart.
 *
 * @param arena  gets the texts
 * @param file   for places; must outlive the outline
 * @param bytes  of the whole file
 * @param from   where the text starts in it
 */
void outline_read(struct arena *arena, const char *file, struct text bytes, size_t from,
		  struct outline *out);

void outline_release(struct outline *outline);

/** outline_release for AUTO. */
static inline void auto_outline(struct outline *outline)
{
	outline_release(outline);
}

/** Is the heading that of such a section? Case, and what follows the words, do not matter. */
bool heading_is(const struct block *block, const char *words);

/** The first block behind the section that starts with the heading at `from`: the next heading of
 * its level or above. */
size_t section_end(const struct outline *outline, size_t from);

#endif
