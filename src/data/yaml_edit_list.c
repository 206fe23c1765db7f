/* Lists of texts: members come and go, those that stay keep their place. */
#include <string.h>

#include "base/cleanup.h"
#include "data/yaml_edit_private.h"

/** A member of a list that stands on a line of its own. */
static int find_member(const struct yaml_edit *edit, const struct node *node, struct yaml_span *out,
		       struct err *err)
{
	size_t start = 0;
	const char *at = edit->bytes.at;
	struct text before = {0};

	if (node->kind != NODE_SCALAR) {
		return source_refuse(edit, node->where, err, "%s stands where text should be",
				     node_sort(node));
	}
	if (source_scalar(edit, node, out, err)) {
		return -1;
	}
	start = source_line(edit, (size_t)node->where.line);
	before = text_trim((struct text){at + start, out->from - start});
	if (!text_is(before, "-") || !source_ends_line(edit, out->to)) {
		return source_refuse(edit, node->where, err,
				     "write each member of the list on a line of its own behind "
				     "'- ', then it can be changed");
	}
	return 0;
}

static bool has_member(const struct node *list, const char *text)
{
	for (const struct node *child = list->first; child; child = child->next) {
		if (text_is(child->text, text)) {
			return true;
		}
	}
	return false;
}

/** Behind the ':' of the key. */
static int behind_key(const struct yaml_edit *edit, const struct node *value, size_t *out,
		      struct err *err)
{
	size_t at = source_offset(edit, value->key_where);
	size_t len = strlen(value->key);

	if (edit->bytes.len - at > len && memcmp(edit->bytes.at + at, value->key, len) == 0 &&
	    edit->bytes.at[at + len] == ':') {
		*out = at + len + 1;
		return 0;
	}
	return source_refuse(edit, value->key_where, err,
			     "write this key without quotes and blanks, then it can be changed");
}

/** The members that stay, in their order, then the new ones. */
static void merge_members(struct yaml_edit *edit, const struct node *list,
			  const struct texts *wanted, struct texts *out)
{
	size_t room = list->count + wanted->len + 1;

	out->at = arena_alloc(edit->arena, room * sizeof(*out->at));
	for (const struct node *child = list->first; child; child = child->next) {
		if (texts_hold(wanted, child->text.at)) {
			out->at[out->len++] = child->text.at;
		}
	}
	for (size_t i = 0; i < wanted->len; i++) {
		if (!has_member(list, wanted->at[i])) {
			out->at[out->len++] = wanted->at[i];
		}
	}
}

static int set_flow_list(struct yaml_edit *edit, struct node *list, const struct texts *wanted,
			 struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	struct yaml_span span = {0};
	struct texts merged = {0};
	struct yaml_value value = {.sort = YAML_LIST, .list = &merged};

	if (source_flow_list(edit, list, &span, err)) {
		return -1;
	}
	merge_members(edit, list, wanted, &merged);
	edit_add_value(&value, span.style, &text);
	edit_splice(edit, span.from, span.to, str_text(&text));
	edit_set_node(edit, list, &value, span.style);
	return 0;
}

/** Let the list go, line by line, where no member is left. */
static int set_empty_list(struct yaml_edit *edit, struct node *list, struct err *err)
{
	static const struct texts none = {0};
	size_t at = 0;

	if (behind_key(edit, list, &at, err)) {
		return -1;
	}
	edit_splice(edit, at, at, " []");
	edit_set_node(edit, list, &(struct yaml_value){.sort = YAML_LIST, .list = &none},
		      STYLE_PLAIN);
	return 0;
}

/** Each member on its line: take out the lines of those that go. */
static void drop_members(struct yaml_edit *edit, struct node *list, const struct texts *wanted)
{
	struct node **link = &list->first;

	while (*link) {
		struct node *child = *link;
		size_t line = (size_t)child->where.line;

		if (texts_hold(wanted, child->text.at)) {
			link = &child->next;
			continue;
		}
		edit_splice(edit, source_line(edit, line), source_line(edit, line + 1), "");
		*link = child->next;
		list->count--;
	}
}

/** Put members behind the others, on lines that start with `before`. */
static void add_members(struct yaml_edit *edit, struct node *list, const struct texts *wanted,
			struct text before, enum yaml_style style, size_t offset)
{
	AUTO(auto_str) struct str lines = {0};

	for (size_t i = 0; i < wanted->len; i++) {
		const char *text = wanted->at[i];
		struct node *child = NULL;

		if (has_member(list, text)) {
			continue;
		}
		str_add_text(&lines, before);
		edit_add_text(text, style, &lines);
		str_add(&lines, edit->newline);
		child = arena_alloc(edit->arena, sizeof(*child));
		edit_set_scalar(edit, child, text,
				style != STYLE_PLAIN || !yaml_is_plain(text_of(text)));
		edit_add_child(list, child);
	}
	if (lines.len > 0) {
		edit_insert_lines(edit, offset, &lines);
	}
}

static int set_block_list(struct yaml_edit *edit, struct node *list, const struct texts *wanted,
			  struct err *err)
{
	struct yaml_span first = {0};
	struct text before = {0};
	size_t line = 0;
	size_t behind = 0;

	for (const struct node *child = list->first; child; child = child->next) {
		struct yaml_span span = {0};

		if (find_member(edit, child, &span, err)) {
			return -1;
		}
		if (child == list->first) {
			first = span;
			line = source_line(edit, (size_t)child->where.line);
		}
		behind = source_line(edit, (size_t)child->where.line + 1);
	}
	before.at = edit->bytes.at + line;
	before.len = (size_t)(edit->bytes.at + first.from - before.at);
	drop_members(edit, list, wanted);
	add_members(edit, list, wanted, before, first.style, behind);
	return list->count == 0 ? set_empty_list(edit, list, err) : 0;
}

int edit_set_list(struct yaml_edit *edit, struct node *list, const struct texts *wanted,
		  struct err *err)
{
	return !list->first || source_is_flow(edit, list) ? set_flow_list(edit, list, wanted, err)
							  : set_block_list(edit, list, wanted, err);
}
