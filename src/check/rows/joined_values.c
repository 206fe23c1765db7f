#include "check/rows/joined_values.h"

#include <stdlib.h>
#include <string.h>

#include "net/address.h"

/** Longest part of a value that a message quotes, and how many of a list it names. */
#define QUOTED_BYTES 60
#define QUOTED_VALUES 5

const struct choice value_forms[] = {
	{"text", VALUE_AS_TEXT, "byte by byte"},
	{"host", VALUE_AS_HOST,
	 "as an address or a name, which may stand in a URL: 192.168.1.5 and http://192.168.1.5:80/ are the same"},
	{0},
};

static const char *normal_name(struct arena *arena, struct text name)
{
	size_t len = name.len > 1 && name.at[name.len - 1] == '.' ? name.len - 1 : name.len;
	char *copy = arena_copy(arena, name.at, len);

	for (size_t i = 0; i < len; i++) {
		if (copy[i] >= 'A' && copy[i] <= 'Z') {
			copy[i] = (char)(copy[i] - 'A' + 'a');
		}
	}
	return copy;
}

const char *value_normal(struct arena *arena, enum value_form form, struct text text)
{
	char written[ADDRESS_TEXT_BYTES];
	struct address address = {0};
	struct url url = {0};

	if (form == VALUE_AS_TEXT) {
		return arena_copy(arena, text.at, text.len);
	}
	text = text_trim(text);
	if (!url_parse(text, &url)) {
		text = url.host;
	}
	if (!address_parse(text, &address)) {
		return normal_name(arena, text);
	}
	address_format(&address, written);
	return arena_text(arena, written);
}

/** What the gathering of one set works with. */
struct gathering {
	struct arena *arena;
	enum value_form form;
	struct value_set *out;
	size_t count;
};

static void add_shown(struct gathering *gathering, const struct node *value)
{
	struct str *shown = &gathering->out->shown;
	size_t len = value->text.len < QUOTED_BYTES ? value->text.len : QUOTED_BYTES;

	gathering->count++;
	if (gathering->count > QUOTED_VALUES) {
		return;
	}
	str_add(shown, shown->len > 0 ? ", " : "");
	if (value->kind == NODE_SCALAR) {
		str_printf(shown, "'%.*s%s'", (int)len, value->text.at,
			   len < value->text.len ? "…" : "");
	} else {
		str_add(shown, node_sort(value));
	}
}

static void add_value(struct gathering *gathering, const struct node *value)
{
	if (!value || node_is_null(value) || (value->kind == NODE_SCALAR && value->text.len == 0)) {
		return;
	}
	add_shown(gathering, value);
	/* No text starts with a NUL's neighbour: what is no scalar equals itself alone. */
	*VEC_ADD(&gathering->out->normal) =
		value->kind == NODE_SCALAR
			? value_normal(gathering->arena, gathering->form, value->text)
			: arena_printf(gathering->arena, "\x01%s:%d:%d", value->where.file,
				       value->where.line, value->where.column);
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void sort_once(struct value_set *set)
{
	size_t kept = 0;

	if (set->normal.len > 1) {
		qsort(set->normal.at, set->normal.len, sizeof(*set->normal.at), compare_texts);
	}
	for (size_t i = 0; i < set->normal.len; i++) {
		if (kept == 0 || strcmp(set->normal.at[kept - 1], set->normal.at[i]) != 0) {
			set->normal.at[kept++] = set->normal.at[i];
		}
	}
	set->normal.len = kept;
}

void value_set_gather(struct arena *arena, enum value_form form, const struct yaml_path *path,
		      const struct node *row, struct value_set *out)
{
	struct gathering gathering = {arena, form, out, 0};
	struct yaml_founds founds = {0};

	yaml_path_find(path, row, &founds);
	out->where = founds.len > 0 ? founds.at[0].where : row->where;
	for (size_t i = 0; i < founds.len; i++) {
		const struct node *value = founds.at[i].node;

		if (value && value->kind == NODE_LIST) {
			for (const struct node *one = value->first; one; one = one->next) {
				add_value(&gathering, one);
			}
		} else {
			add_value(&gathering, value);
		}
	}
	sort_once(out);
	if (gathering.count == 0) {
		str_add(&out->shown, "not there");
	} else if (gathering.count > QUOTED_VALUES) {
		str_printf(&out->shown, " and %zu more", gathering.count - QUOTED_VALUES);
	}
	VEC_RELEASE(&founds);
}

bool value_set_equal(const struct value_set *left, const struct value_set *right)
{
	if (left->normal.len != right->normal.len) {
		return false;
	}
	for (size_t i = 0; i < left->normal.len; i++) {
		if (strcmp(left->normal.at[i], right->normal.at[i]) != 0) {
			return false;
		}
	}
	return true;
}

void value_set_release(struct value_set *set)
{
	VEC_RELEASE(&set->normal);
	str_release(&set->shown);
}
