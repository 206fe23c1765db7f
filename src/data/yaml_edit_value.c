/* Splices, and values as text and as nodes. */
#include <string.h>

#include "base/cleanup.h"
#include "data/yaml_edit_private.h"

/* ---- splices */

void edit_splice(struct yaml_edit *edit, size_t from, size_t to, const char *text)
{
	struct yaml_splice *added = VEC_ADD(&edit->splices);

	*added = (struct yaml_splice){from, to, arena_text(edit->arena, text),
				      edit->splices.len - 1};
}

/** Put whole lines, each with its end, before the line that starts at `offset`. */
void edit_insert_lines(struct yaml_edit *edit, size_t offset, const struct str *lines)
{
	AUTO(auto_str) struct str moved = {0};
	size_t end = strlen(edit->newline);

	if (offset < edit->bytes.len || offset == 0 || edit->bytes.at[offset - 1] == '\n') {
		edit_splice(edit, offset, offset, str_text(lines));
		return;
	}
	/* The last line has no end, and the new last one gets none either. */
	str_add(&moved, edit->newline);
	str_add_bytes(&moved, lines->at, lines->len - end);
	edit_splice(edit, offset, offset, str_text(&moved));
}

/* ---- values */

/** Text that shows as it is: nothing that moves the cursor or the direction of reading. */
static bool is_one_line(const char *text)
{
	AUTO(auto_str) struct str shown = {0};

	str_add_printable(&shown, text_of(text));
	return text_is(str_view(&shown), text);
}

void edit_add_text(const char *text, enum yaml_style style, struct str *out)
{
	char quote = style == STYLE_SINGLE ? '\'' : '"';

	if (style == STYLE_PLAIN && yaml_is_plain(text_of(text))) {
		str_add(out, text);
		return;
	}
	str_add_char(out, quote);
	for (const char *at = text; *at; at++) {
		if (quote == '\'' && *at == '\'') {
			str_add_char(out, '\'');
		} else if (quote == '"' && (*at == '"' || *at == '\\')) {
			str_add_char(out, '\\');
		}
		str_add_char(out, *at);
	}
	str_add_char(out, quote);
}

void edit_add_value(const struct yaml_value *value, enum yaml_style style, struct str *out)
{
	switch (value->sort) {
	case YAML_WORD:
		str_add(out, value->text);
		break;
	case YAML_TEXT:
		edit_add_text(value->text, style, out);
		break;
	case YAML_LIST:
		str_add_char(out, '[');
		for (size_t i = 0; i < value->list->len; i++) {
			str_add(out, i ? ", " : "");
			edit_add_text(value->list->at[i], style, out);
		}
		str_add_char(out, ']');
		break;
	}
}

/** The same texts as nodes. */
void edit_set_scalar(struct yaml_edit *edit, struct node *node, const char *text, bool is_quoted)
{
	node->kind = NODE_SCALAR;
	node->first = NULL;
	node->count = 0;
	node->is_quoted = is_quoted;
	node->text.len = strlen(text);
	node->text.at = arena_copy(edit->arena, text, node->text.len);
}

void edit_add_child(struct node *parent, struct node *child)
{
	struct node **link = &parent->first;

	while (*link) {
		link = &(*link)->next;
	}
	child->next = NULL;
	*link = child;
	parent->count++;
}

/** Make the node say what `add_value` writes. */
void edit_set_node(struct yaml_edit *edit, struct node *node, const struct yaml_value *value,
		   enum yaml_style style)
{
	if (value->sort != YAML_LIST) {
		edit_set_scalar(edit, node, value->text,
				value->sort == YAML_TEXT && (style != STYLE_PLAIN ||
							     !yaml_is_plain(text_of(value->text))));
		return;
	}
	node->kind = NODE_LIST;
	node->text = (struct text){"", 0};
	node->first = NULL;
	node->count = 0;
	for (size_t i = 0; i < value->list->len; i++) {
		struct node *child = arena_alloc(edit->arena, sizeof(*child));

		edit_set_scalar(edit, child, value->list->at[i],
				style != STYLE_PLAIN ||
					!yaml_is_plain(text_of(value->list->at[i])));
		edit_add_child(node, child);
	}
}

struct node *edit_new_entry(struct yaml_edit *edit, const struct yaml_entry *entry,
			    enum yaml_style style)
{
	struct node *node = arena_alloc(edit->arena, sizeof(*node));

	edit_set_node(edit, node, &entry->value, style);
	node->key = arena_text(edit->arena, entry->key);
	return node;
}

int edit_check_value(const struct yaml_value *value, struct err *err)
{
	bool is_list = value->sort == YAML_LIST;
	size_t count = is_list ? value->list->len : 1;

	for (size_t i = 0; i < count; i++) {
		const char *text = is_list ? value->list->at[i] : value->text;

		if (!is_one_line(text)) {
			return err_set(err, ERR_INPUT, "text with a control character in it");
		}
	}
	return 0;
}
