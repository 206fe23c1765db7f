/* Rows: maps in a list, each behind its '-'. */
#include <string.h>

#include "base/cleanup.h"
#include "data/yaml_edit_private.h"

/** Columns that a row stands deeper than the key of its list, where no row says it. */
#define ROW_INDENT 2

/** A row that was read from the file, not added since. */
static bool is_original(const struct node *row)
{
	return row->where.line > 0;
}

/** Where a row stands: the column of its '-', that of its keys, and its lines. */
struct row_place {
	size_t dash;  /**< from 1 */
	size_t keys;  /**< from 1 */
	size_t first; /**< line of the '-' */
	size_t last;  /**< last line that belongs to it */
};

/** Blanks at the start of the line. */
static size_t indent_of(struct text line)
{
	size_t at = 0;

	while (at < line.len && line.at[at] == ' ') {
		at++;
	}
	return at;
}

/** Does the line belong to a row whose '-' is in that column (from 1)? */
static bool is_deeper(struct text line, size_t dash)
{
	return source_is_blank(line) || source_comment_indent(line) >= 0 || indent_of(line) >= dash;
}

/** May a row end with this line? Blank lines and comments that stand to the left do not count. */
static bool is_end(struct text line, size_t keys)
{
	int comment = source_comment_indent(line);

	return !source_is_blank(line) && (comment < 0 || (size_t)comment + 1 >= keys);
}

static int find_row(const struct yaml_edit *edit, const struct node *row, struct row_place *out,
		    struct err *err)
{
	struct place where = row->first ? row->first->key_where : row->where;
	struct row_place place = {.first = (size_t)row->where.line};
	struct text line = source_text(edit, place.first);
	size_t indent = indent_of(line);

	if (row->kind != NODE_MAP || indent == line.len || line.at[indent] != '-') {
		return source_refuse(edit, row->where, err,
				     "write this row as a map that starts behind '- ', on a line "
				     "of its own, then rows can be added and removed");
	}
	place.dash = indent + 1;
	place.keys = source_is_flow(edit, row) ? place.dash + 2 : (size_t)where.column;
	place.last = place.first;
	while (place.last < edit->lines.len &&
	       is_deeper(source_text(edit, place.last + 1), place.dash)) {
		place.last++;
	}
	while (place.last > place.first && !is_end(source_text(edit, place.last), place.keys)) {
		place.last--;
	}
	*out = place;
	return 0;
}

/** How the key is quoted in the newest row that has it. */
static enum yaml_style style_of(const struct yaml_edit *edit, const struct node *list,
				const char *key)
{
	enum yaml_style style = STYLE_PLAIN;

	for (const struct node *row = list->first; row; row = row->next) {
		const struct node *node = is_original(row) ? node_get(row, key) : NULL;
		struct err ignored = {0};
		struct yaml_span span = {0};

		if (node && node->kind == NODE_SCALAR && node->where.line > 0 &&
		    source_scalar(edit, node, &span, &ignored) == 0) {
			style = span.style;
		} else if (node && node->kind == NODE_LIST) {
			style = STYLE_DOUBLE;
		}
	}
	return style;
}

/** Append the row's text, and its node to the list. */
static void write_row(struct yaml_edit *edit, struct node *list, const struct row_place *place,
		      const struct yaml_entry *entries, size_t count, bool is_flow, struct str *out)
{
	struct node *row = arena_alloc(edit->arena, sizeof(*row));

	row->kind = NODE_MAP;
	row->text = (struct text){"", 0};
	str_printf(out, "%*s-%*s%s", (int)place->dash - 1, "", (int)(place->keys - place->dash) - 1,
		   "", is_flow ? "{" : "");
	for (size_t i = 0; i < count; i++) {
		enum yaml_style style = entries[i].value.sort == YAML_LIST
						? STYLE_DOUBLE
						: style_of(edit, list, entries[i].key);

		if (i > 0 && is_flow) {
			str_add(out, ", ");
		} else if (i > 0) {
			str_printf(out, "%*s", (int)place->keys - 1, "");
		}
		str_printf(out, "%s: ", entries[i].key);
		edit_add_value(&entries[i].value, style, out);
		str_add(out, is_flow ? "" : edit->newline);
		edit_add_child(row, edit_new_entry(edit, &entries[i], style));
	}
	if (is_flow) {
		str_printf(out, "}%s", edit->newline);
	}
	edit_add_child(list, row);
}

/** The first row of a list `[]`. */
static int start_rows(struct yaml_edit *edit, struct node *list, const struct yaml_entry *entries,
		      size_t count, struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	struct yaml_span span = {0};
	struct row_place place = {.dash = (size_t)list->key_where.column + ROW_INDENT};
	bool is_first = list->count == 0;

	place.keys = place.dash + 2;
	if (source_flow_list(edit, list, &span, err)) {
		return -1;
	}
	if (!source_ends_line(edit, span.to)) {
		return source_refuse(edit, list->where, err,
				     "expected nothing behind this on its line");
	}
	write_row(edit, list, &place, entries, count, false, &text);
	while (is_first && span.from > 0 && edit->bytes.at[span.from - 1] == ' ') {
		span.from--;
	}
	if (is_first) {
		edit_splice(edit, span.from, span.to, "");
	}
	edit_insert_lines(edit, source_line(edit, (size_t)list->where.line + 1), &text);
	return 0;
}

/** Are rows kept apart by blank lines? Two rows must say so. */
static bool is_spaced(const struct yaml_edit *edit, const struct node *list,
		      const struct row_place *last)
{
	size_t line = last->first - 1;

	if (list->first->where.line == (int)last->first) {
		return false;
	}
	while (line > 1 && source_comment_indent(source_text(edit, line)) >= 0) {
		line--;
	}
	return source_is_blank(source_text(edit, line));
}

int yaml_edit_add_row(struct yaml_edit *edit, struct node *list, const struct yaml_entry *entries,
		      size_t count, struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	const struct node *last = NULL;
	struct row_place place = {0};

	for (size_t i = 0; i < count; i++) {
		if (edit_check_value(&entries[i].value, err)) {
			return err_wrap(err, "'%s'", entries[i].key);
		}
	}
	for (const struct node *row = list->first; row && is_original(row); row = row->next) {
		last = row;
	}
	if (!last) {
		return start_rows(edit, list, entries, count, err);
	}
	if (source_is_flow(edit, list)) {
		return source_refuse(edit, list->where, err,
				     "this list is written in brackets; write each row on lines of "
				     "its own behind '- ', then rows can be added and removed");
	}
	if (find_row(edit, last, &place, err)) {
		return -1;
	}
	if (is_spaced(edit, list, &place)) {
		str_add(&text, edit->newline);
	}
	write_row(edit, list, &place, entries, count, source_is_flow(edit, last), &text);
	edit_insert_lines(edit, source_line(edit, place.last + 1), &text);
	return 0;
}

int yaml_edit_remove_row(struct yaml_edit *edit, struct node *list, struct node *row,
			 struct err *err)
{
	struct row_place place = {0};
	size_t first = 0;
	struct node **link = &list->first;

	if (list->count == 1) {
		return source_refuse(edit, row->where, err, "no row would be left");
	}
	if (source_is_flow(edit, list)) {
		return source_refuse(edit, list->where, err,
				     "this list is written in brackets; write each row on lines of "
				     "its own behind '- ', then rows can be added and removed");
	}
	if (find_row(edit, row, &place, err)) {
		return -1;
	}
	first = place.first;
	if (first > 1 && source_is_blank(source_text(edit, first - 1)) &&
	    source_is_blank(source_text(edit, place.last + 1))) {
		first--;
	}
	edit_splice(edit, source_line(edit, first), source_line(edit, place.last + 1), "");
	while (*link != row) {
		link = &(*link)->next;
	}
	*link = row->next;
	list->count--;
	return 0;
}
