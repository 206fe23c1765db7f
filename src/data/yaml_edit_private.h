/**
 * What the files of yaml_edit share; private to them. First where things stand in the bytes (lines,
 * and the ends of nodes, which the tree does not know), then changes of bytes and tree.
 */
#ifndef DATA_YAML_EDIT_PRIVATE_H
#define DATA_YAML_EDIT_PRIVATE_H

#include "data/yaml_edit.h"

/** How a scalar is written. */
enum yaml_style {
	STYLE_PLAIN,
	STYLE_SINGLE,
	STYLE_DOUBLE,
};

/** The bytes of a value. */
struct yaml_span {
	size_t from;
	size_t to;
	enum yaml_style style;
};

/** Find the lines and the line ends of the bytes. */
void source_index(struct yaml_edit *edit);

/** The byte that a place names. */
size_t source_offset(const struct yaml_edit *edit, struct place where);

/** Start of the line, from 1; behind the last one: the end of the bytes. */
size_t source_line(const struct yaml_edit *edit, size_t line);

/** What stands on a line, without its end. */
struct text source_text(const struct yaml_edit *edit, size_t line);

/** Nothing but blanks? */
bool source_is_blank(struct text line);

/** Columns of blanks before the '#' of a line that is a comment; -1 for other lines. */
int source_comment_indent(struct text line);

/** "file:line:column: sentence"; the value is -1. */
int source_refuse(const struct yaml_edit *edit, struct place where, struct err *err,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/** The bytes of a scalar that is on one line, quotes included. */
int source_scalar(const struct yaml_edit *edit, const struct node *node, struct yaml_span *out,
		  struct err *err);

/** The bytes of a list in brackets, on one line and of scalars, brackets included. */
int source_flow_list(const struct yaml_edit *edit, const struct node *list, struct yaml_span *out,
		     struct err *err);

/** Is the list or map written with brackets? */
bool source_is_flow(const struct yaml_edit *edit, const struct node *node);

/** Is there nothing but a comment between the byte and the end of its line? */
bool source_ends_line(const struct yaml_edit *edit, size_t offset);

/** Replace bytes, which no other splice touches. */
void edit_splice(struct yaml_edit *edit, size_t from, size_t to, const char *text);

/** Put whole lines, each with its end, before the line that starts at `offset`. */
void edit_insert_lines(struct yaml_edit *edit, size_t offset, const struct str *lines);

/** -1 if the value holds what cannot be shown on one line. */
int edit_check_value(const struct yaml_value *value, struct err *err);

/** Append the text as it is written in that style, or in double quotes if it must be quoted. */
void edit_add_text(const char *text, enum yaml_style style, struct str *out);

/** Append the value; the style is that of its texts. */
void edit_add_value(const struct yaml_value *value, enum yaml_style style, struct str *out);

/** Make the node a scalar. */
void edit_set_scalar(struct yaml_edit *edit, struct node *node, const char *text, bool is_quoted);

/** Make the node say what edit_add_value writes. */
void edit_set_node(struct yaml_edit *edit, struct node *node, const struct yaml_value *value,
		   enum yaml_style style);

/** The node of a new key. */
struct node *edit_new_entry(struct yaml_edit *edit, const struct yaml_entry *entry,
			    enum yaml_style style);

/** Put a child behind the others. */
void edit_add_child(struct node *parent, struct node *child);

/** Change a list of texts, in brackets or line by line. */
int edit_set_list(struct yaml_edit *edit, struct node *list, const struct texts *wanted,
		  struct err *err);

#endif
