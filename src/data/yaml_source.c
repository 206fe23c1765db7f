#include "data/yaml_edit_private.h"

#include <string.h>

#include "base/cleanup.h"

void source_index(struct yaml_edit *edit)
{
	const char *first = memchr(edit->bytes.at, '\n', edit->bytes.len);

	edit->newline = first && first > edit->bytes.at && first[-1] == '\r' ? "\r\n" : "\n";
	*VEC_ADD(&edit->lines) = 0;
	for (size_t i = 0; i < edit->bytes.len; i++) {
		if (edit->bytes.at[i] == '\n') {
			*VEC_ADD(&edit->lines) = i + 1;
		}
	}
}

size_t source_line(const struct yaml_edit *edit, size_t line)
{
	return line > edit->lines.len ? edit->bytes.len : edit->lines.at[line - 1];
}

size_t source_offset(const struct yaml_edit *edit, struct place where)
{
	size_t offset = source_line(edit, (size_t)where.line) + (size_t)where.column - 1;

	return offset < edit->bytes.len ? offset : edit->bytes.len;
}

/** The line that a byte is on, from 1. */
static size_t line_of(const struct yaml_edit *edit, size_t offset)
{
	size_t low = 0;
	size_t high = edit->lines.len;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (edit->lines.at[middle] <= offset) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return low + 1;
}

struct text source_text(const struct yaml_edit *edit, size_t line)
{
	size_t from = source_line(edit, line);
	size_t to = source_line(edit, line + 1);

	while (to > from && (edit->bytes.at[to - 1] == '\n' || edit->bytes.at[to - 1] == '\r')) {
		to--;
	}
	return (struct text){edit->bytes.at + from, to - from};
}

static bool is_blank(char one)
{
	return one == ' ' || one == '\t';
}

bool source_is_blank(struct text line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (!is_blank(line.at[i])) {
			return false;
		}
	}
	return true;
}

int source_comment_indent(struct text line)
{
	size_t at = 0;

	while (at < line.len && is_blank(line.at[at])) {
		at++;
	}
	return at < line.len && line.at[at] == '#' ? (int)at : -1;
}

int source_refuse(const struct yaml_edit *edit, struct place where, struct err *err,
		  const char *format, ...)
{
	AUTO(auto_str) struct str text = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	return err_set(err, ERR_INPUT, "%s:%d:%d: %s", edit->file, where.line, where.column,
		       str_text(&text));
}

/** The end of the line that the byte is on. */
static size_t line_end(const struct yaml_edit *edit, size_t offset)
{
	struct text line = source_text(edit, line_of(edit, offset));

	return (size_t)(line.at - edit->bytes.at) + line.len;
}

/** Behind the closing quote; 0 if it is on another line. */
static size_t behind_quote(const struct yaml_edit *edit, size_t offset)
{
	size_t end = line_end(edit, offset);
	const char *at = edit->bytes.at;
	char quote = at[offset];

	for (size_t i = offset + 1; i < end; i++) {
		bool is_doubled =
			quote == '\'' && i + 1 < end && at[i] == quote && at[i + 1] == quote;

		if (is_doubled || (quote == '"' && at[i] == '\\')) {
			i++;
		} else if (at[i] == quote) {
			return i + 1;
		}
	}
	return 0;
}

int source_scalar(const struct yaml_edit *edit, const struct node *node, struct yaml_span *out,
		  struct err *err)
{
	size_t from = source_offset(edit, node->where);
	struct text rest = {edit->bytes.at + from, edit->bytes.len - from};

	if (!node->is_quoted) {
		if (rest.len < node->text.len ||
		    memcmp(rest.at, node->text.at, node->text.len) != 0) {
			return source_refuse(edit, node->where, err,
					     "this text goes over several lines; write it on one, "
					     "then it can be changed");
		}
		*out = (struct yaml_span){from, from + node->text.len, STYLE_PLAIN};
		return 0;
	}
	if (rest.len > 0 && (rest.at[0] == '"' || rest.at[0] == '\'')) {
		size_t to = behind_quote(edit, from);

		if (to) {
			*out = (struct yaml_span){from, to,
						  rest.at[0] == '"' ? STYLE_DOUBLE : STYLE_SINGLE};
			return 0;
		}
	}
	return source_refuse(
		edit, node->where, err,
		"this text goes over several lines; write it on one, then it can be changed");
}

bool source_is_flow(const struct yaml_edit *edit, const struct node *node)
{
	size_t from = source_offset(edit, node->where);

	return node->kind != NODE_SCALAR && from < edit->bytes.len &&
	       edit->bytes.at[from] == (node->kind == NODE_MAP ? '{' : '[');
}

int source_flow_list(const struct yaml_edit *edit, const struct node *list, struct yaml_span *out,
		     struct err *err)
{
	size_t from = source_offset(edit, list->where);
	size_t at = from + 1;
	size_t end = line_end(edit, from);
	enum yaml_style style = STYLE_DOUBLE;

	/* What was added since stands nowhere. */
	for (const struct node *child = list->first; child && child->where.line > 0;
	     child = child->next) {
		struct yaml_span span = {0};

		if (child->kind != NODE_SCALAR) {
			return source_refuse(edit, child->where, err,
					     "%s stands where text should be", node_sort(child));
		}
		if (source_scalar(edit, child, &span, err)) {
			return -1;
		}
		at = span.to;
		style = child == list->first ? span.style : style;
	}
	while (at < end && (is_blank(edit->bytes.at[at]) || edit->bytes.at[at] == ',')) {
		at++;
	}
	if (at >= end || edit->bytes.at[at] != ']') {
		return source_refuse(
			edit, list->where, err,
			"this list goes over several lines; write it on one, or each member on a "
			"line of its own behind '- ', then it can be changed");
	}
	*out = (struct yaml_span){from, at + 1, style};
	return 0;
}

bool source_ends_line(const struct yaml_edit *edit, size_t offset)
{
	size_t end = line_end(edit, offset);
	size_t at = offset;

	while (at < end && is_blank(edit->bytes.at[at])) {
		at++;
	}
	return at == end || (at > offset && edit->bytes.at[at] == '#');
}
