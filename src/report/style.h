/**
 * How text looks on one stream: colour, marks, width. Decided once per stream, never guessed later.
 */
#ifndef REPORT_STYLE_H
#define REPORT_STYLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "model/verdict.h"

/** Width of text that goes to no terminal. */
#define STYLE_WIDTH 80

/** Narrowest and widest text that is laid out; very long lines are hard to read. */
#define STYLE_WIDTH_MIN ((size_t)40)
#define STYLE_WIDTH_MAX ((size_t)110)

struct style {
	bool has_colour;
	bool is_ascii; /**< no marks beyond ASCII: the locale is C, or not UTF-8 */
	size_t width;  /**< columns */
};

enum colour_when {
	COLOUR_AUTO,
	COLOUR_ALWAYS,
	COLOUR_NEVER,
};

enum colour {
	COLOUR_PLAIN,
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_RED,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_CYAN,
};

/** The style of a stream, from `--color`, the environment and the terminal. */
void style_of(int fd, enum colour_when when, struct style *out);

/**
 * Is colour wanted? `--color` first, then NO_COLOR, CLICOLOR_FORCE or FORCE_COLOR, TERM=dumb,
 * CLICOLOR=0, and at last whether it is a terminal (the order of conventions that CMake and clush
 * document: NO_COLOR wins over CLICOLOR_FORCE).
 */
bool colour_is_wanted(enum colour_when when, bool is_terminal);

/** Is the locale's encoding UTF-8? By LC_ALL, LC_CTYPE, LANG; no locale is loaded for this. */
bool locale_is_utf8(void);

/** Append `text` in a colour; nothing but the text without colours. */
void colour_add(struct str *out, const struct style *style, enum colour colour, const char *text);

/** A character for people, and what stands for it in ASCII. */
enum mark {
	MARK_PASS,
	MARK_FAIL,
	MARK_UNKNOWN,
	MARK_SKIP,
	MARK_REMARK,
	MARK_DOT,      /**< between the parts of a headline */
	MARK_ELLIPSIS, /**< more follows */
	MARK_ARROW,
	MARK_DASH,
};

/** The mark in the style's character set. */
const char *mark_text(const struct style *style, enum mark mark);

/** The mark and the colour of a verdict. */
enum mark verdict_mark(enum verdict verdict);
enum colour verdict_colour(enum verdict verdict);

#endif
