/**
 * Laying out text in columns: width, wrapping, paragraphs.
 */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include <stddef.h>

#include "base/str.h"
#include "report/style.h"

/** Columns that text takes: its UTF-8 characters (all counted as one column wide). */
size_t text_columns(struct text text);

/** Append spaces. */
void add_spaces(struct str *out, size_t count);

/**
 * Append untrusted text, broken at spaces so that it stays within the style's width.
 *
 * @param column  where the first line starts
 * @param indent  spaces before every further line
 */
void wrap_add(struct str *out, const struct style *style, size_t column, size_t indent,
	      const char *text);

/** Append a text of several lines as one: its lines trimmed and joined by spaces. */
void folded_add(struct str *out, const char *text);

/**
 * Append a text of several paragraphs, each line indented: empty lines separate paragraphs, lines
 * that start with "- " are items of a list, lines that start with a space stay as they are. Ends
 * with '\n'.
 */
void paragraphs_add(struct str *out, const struct style *style, size_t indent, const char *text);

/** paragraphs_add for a text whose last sentence may lack its full stop, and gets it then. */
void sentence_add(struct str *out, const struct style *style, size_t indent, const char *doc);

#endif
