#include "data/yaml_edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "data/yaml_edit_private.h"

/* ---- open, release */

int yaml_edit_open(struct yaml_edit *edit, struct arena *arena, const char *file, struct text bytes,
		   struct problems *problems)
{
	struct node *root = NULL;

	if (yaml_load(arena, file, bytes, OWN_FILE, problems, NULL, &root)) {
		return -1;
	}
	*edit = (struct yaml_edit){.arena = arena, .file = file, .bytes = bytes, .root = root};
	if (text_starts(bytes, "\xef\xbb\xbf")) {
		edit->mark = (struct text){bytes.at, 3};
		edit->bytes = (struct text){bytes.at + 3, bytes.len - 3};
	}
	source_index(edit);
	return 0;
}

void yaml_edit_release(struct yaml_edit *edit)
{
	VEC_RELEASE(&edit->lines);
	VEC_RELEASE(&edit->splices);
}

/* ---- keys */

struct node *yaml_edit_get(struct node *map, const char *key)
{
	for (struct node *child = map && map->kind == NODE_MAP ? map->first : NULL; child;
	     child = child->next) {
		if (strcmp(child->key, key) == 0) {
			return child;
		}
	}
	return NULL;
}

/** Put a value in the place of a scalar. */
static int replace_scalar(struct yaml_edit *edit, struct node *node, const struct yaml_value *value,
			  struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	struct yaml_span span = {0};
	enum yaml_style style = STYLE_PLAIN;

	if (source_scalar(edit, node, &span, err)) {
		return -1;
	}
	style = value->sort == YAML_LIST ? STYLE_DOUBLE : span.style;
	if (span.from == span.to && span.from > 0 && edit->bytes.at[span.from - 1] == ':') {
		str_add_char(&text, ' ');
	}
	edit_add_value(value, style, &text);
	edit_splice(edit, span.from, span.to, str_text(&text));
	edit_set_node(edit, node, value, style);
	return 0;
}

static int replace_value(struct yaml_edit *edit, struct node *node, const struct yaml_value *value,
			 struct err *err)
{
	if (node->kind == NODE_SCALAR) {
		return replace_scalar(edit, node, value, err);
	}
	if (node->kind == NODE_LIST && value->sort == YAML_LIST) {
		return edit_set_list(edit, node, value->list, err);
	}
	return source_refuse(edit, node->where, err, "%s stands where %s should be",
			     node_sort(node), value->sort == YAML_LIST ? "a list" : "text");
}

/** Where the value of a key ends, if it is on the key's line. */
static int value_end(const struct yaml_edit *edit, const struct node *node, size_t *out,
		     struct err *err)
{
	struct yaml_span span = {0};

	if (node->kind == NODE_SCALAR) {
		if (source_scalar(edit, node, &span, err)) {
			return -1;
		}
	} else if (node->kind != NODE_LIST || !source_is_flow(edit, node)) {
		return source_refuse(edit, node->where, err, "expected text here, on one line");
	} else if (source_flow_list(edit, node, &span, err)) {
		return -1;
	}
	*out = span.to;
	return 0;
}

/** The key, or if it was added itself, the nearest one before it that stands in the file. */
static struct node *find_original(struct node *map, const char *key)
{
	struct node *original = NULL;

	for (struct node *child = map->first; child; child = child->next) {
		original = child->where.line > 0 ? child : original;
		if (strcmp(child->key, key) == 0) {
			return original;
		}
	}
	return NULL;
}

static int add_key(struct yaml_edit *edit, struct node *map, const struct yaml_entry *entry,
		   const char *after, struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	struct node *before = find_original(map, after);
	size_t end = 0;
	struct node *added = NULL;

	if (!before) {
		return source_refuse(edit, map->where, err, "there is no '%s' here", after);
	}
	if (value_end(edit, before, &end, err)) {
		return -1;
	}
	if (source_is_flow(edit, map)) {
		str_printf(&text, ", %s: ", entry->key);
		edit_add_value(&entry->value, STYLE_PLAIN, &text);
		edit_splice(edit, end, end, str_text(&text));
	} else if (!source_ends_line(edit, end)) {
		return source_refuse(edit, before->where, err,
				     "expected nothing behind this on its line");
	} else {
		str_printf(&text, "%*s%s: ", map->first->key_where.column - 1, "", entry->key);
		edit_add_value(&entry->value, STYLE_PLAIN, &text);
		str_add(&text, edit->newline);
		edit_insert_lines(edit, source_line(edit, (size_t)before->where.line + 1), &text);
	}
	added = edit_new_entry(edit, entry, STYLE_PLAIN);
	added->next = before->next;
	before->next = added;
	map->count++;
	return 0;
}

int yaml_edit_set(struct yaml_edit *edit, struct node *map, const struct yaml_entry *entry,
		  const char *after, struct err *err)
{
	struct node *node = yaml_edit_get(map, entry->key);

	if (edit_check_value(&entry->value, err)) {
		return err_wrap(err, "'%s'", entry->key);
	}
	if (node && node->where.line == 0) {
		return err_set(err, ERR_INTERNAL, "'%s' is set twice", entry->key);
	}
	return node ? replace_value(edit, node, &entry->value, err)
		    : add_key(edit, map, entry, after, err);
}

/* ---- the end */

static int compare_splices(const void *left, const void *right)
{
	const struct yaml_splice *one = left;
	const struct yaml_splice *other = right;

	if (one->from != other->from) {
		return one->from < other->from ? -1 : 1;
	}
	if (one->to != other->to) {
		return one->to < other->to ? -1 : 1;
	}
	return one->order < other->order ? -1 : 1;
}

/** Do two trees say the same? Keys of a map may stand in another order. */
static bool is_same(const struct node *left, const struct node *right)
{
	const struct node *other = right->first;

	if (left->kind != right->kind || left->count != right->count ||
	    left->is_quoted != right->is_quoted || !text_equal(left->text, right->text)) {
		return false;
	}
	for (const struct node *child = left->first; child; child = child->next) {
		const struct node *match = other;

		if (child->key && (!match || !same_string(child->key, match->key))) {
			match = node_get(right, child->key);
		}
		if (!match || !is_same(child, match)) {
			return false;
		}
		other = other ? other->next : NULL;
	}
	return true;
}

static void put_together(const struct yaml_edit *edit, const struct yaml_splice *splices,
			 struct str *out)
{
	size_t at = 0;

	str_add_text(out, edit->mark);
	for (size_t i = 0; i < edit->splices.len; i++) {
		str_add_bytes(out, edit->bytes.at + at, splices[i].from - at);
		str_add(out, splices[i].text);
		at = splices[i].to;
	}
	str_add_bytes(out, edit->bytes.at + at, edit->bytes.len - at);
}

int yaml_edit_finish(const struct yaml_edit *edit, struct str *out, struct err *err)
{
	struct yaml_splice *splices =
		arena_alloc(edit->arena, (edit->splices.len + 1) * sizeof(*splices));
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_problems) struct problems problems = {0};
	struct node *root = NULL;

	if (edit->splices.len > 0) {
		memcpy(splices, edit->splices.at, edit->splices.len * sizeof(*splices));
		qsort(splices, edit->splices.len, sizeof(*splices), compare_splices);
	}
	for (size_t i = 1; i < edit->splices.len; i++) {
		if (splices[i].from < splices[i - 1].to) {
			return err_set(err, ERR_INTERNAL,
				       "%s cannot be changed without writing it anew", edit->file);
		}
	}
	put_together(edit, splices, &bytes);
	if (bytes.len > OWN_FILE_BYTES) {
		return err_set(err, ERR_LIMIT, "%s would be larger than %zu bytes", edit->file,
			       OWN_FILE_BYTES);
	}
	if (yaml_load(edit->arena, edit->file, str_view(&bytes), OWN_FILE, &problems, NULL,
		      &root) ||
	    !is_same(edit->root, root)) {
		bool is_ended = edit->bytes.len == 0 || edit->bytes.at[edit->bytes.len - 1] == '\n';

		/* A block of text at the very end grows by the line end that it did not have. */
		return err_set(err, ERR_INTERNAL,
			       "%s cannot be changed without writing it anew: the result would "
			       "not say what it should%s",
			       edit->file, is_ended ? "" : "; end its last line, and try again");
	}
	str_add_text(out, str_view(&bytes));
	return 0;
}
