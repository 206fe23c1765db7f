#include "data/yaml_mutants.h"

#include <string.h>

#include "base/cleanup.h"
#include "data/yaml_edit_private.h"

/** A file that is being broken. */
struct breaking {
	struct yaml_edit edit;
	struct yaml_mutants *out;
};

/** Keep a breakage, if the file can still be read and says something else. */
static void add(struct breaking *breaking, struct place where, const char *what,
		const struct yaml_change *first, const struct yaml_change *second)
{
	struct yaml_mutant mutant = {.where = where, .what = what, .changes = {*first}};
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct arena arena = {0};
	struct node *root = NULL;

	if (breaking->out->len >= YAML_MUTANTS_MAX) {
		return;
	}
	if (second) {
		mutant.changes[1] = *second;
	}
	yaml_mutant_apply(&mutant, breaking->edit.bytes, &bytes);
	if (!text_equal(str_view(&bytes), breaking->edit.bytes) &&
	    yaml_load(&arena, "", str_view(&bytes), OWN_FILE, &problems, NULL, &root) == 0) {
		*VEC_ADD(breaking->out) = mutant;
	}
	arena_release(&arena);
}

/** Start of the line that is behind all of the node: of what comes next in the file. */
static size_t line_behind(const struct breaking *breaking, const struct node *next)
{
	const struct yaml_edit *edit = &breaking->edit;

	return next ? source_line(edit, (size_t)(next->key ? next->key_where : next->where).line)
		    : edit->bytes.len;
}

static void take_key_out(struct breaking *breaking, const struct node *before,
			 const struct node *entry, const struct node *behind)
{
	const struct yaml_edit *edit = &breaking->edit;
	size_t from = source_offset(edit, entry->key_where);
	struct yaml_change change = {from, from, {"", 0}};
	struct yaml_span earlier = {0};
	struct yaml_span own = {0};
	struct err ignored = {0};

	if (entry->next) {
		change.to = source_offset(edit, entry->next->key_where);
	} else if (before && before->where.line == entry->where.line &&
		   source_scalar(edit, before, &earlier, &ignored) == 0 &&
		   source_scalar(edit, entry, &own, &ignored) == 0) {
		change = (struct yaml_change){earlier.to, own.to, {"", 0}};
	} else {
		change.to = line_behind(breaking, behind);
		change.from = before ? source_line(edit, (size_t)entry->key_where.line) : from;
		change.by = before ? change.by : (struct text){"\n", 1};
	}
	if (change.to > change.from) {
		add(breaking, entry->key_where,
		    arena_printf(edit->arena, "key '%s' is gone", entry->key), &change, NULL);
	}
}

/** Another value of the same sort: other digits, the other truth, or text with a letter more. */
static struct text another(struct arena *arena, struct text text)
{
	char *copy = arena_copy(arena, text.at, text.len);
	size_t last = text.len - 1;

	if (text_is(text, "true") || text_is(text, "false")) {
		return text_of(text_is(text, "true") ? "false" : "true");
	}
	if (text.len > 0 && copy[last] >= '0' && copy[last] <= '9') {
		copy[last] = "1234567891"[copy[last] - '0'];
		return (struct text){copy, text.len};
	}
	return text_of(arena_printf(arena, "%sx", copy));
}

static void change_value(struct breaking *breaking, const struct node *node)
{
	const struct yaml_edit *edit = &breaking->edit;
	struct yaml_span span = {0};
	struct err ignored = {0};
	size_t quotes = 0;
	struct yaml_change change = {0};

	if (node_is_null(node) || node->text.len == 0 ||
	    source_scalar(edit, node, &span, &ignored)) {
		return;
	}
	quotes = span.style != STYLE_PLAIN;
	change.from = span.from + quotes;
	change.to = span.to - quotes;
	change.by = another(edit->arena,
			    (struct text){edit->bytes.at + change.from, change.to - change.from});
	add(breaking, node->where,
	    arena_printf(edit->arena, "%s is '%.60s' instead of '%.60s'",
			 node->key ? arena_printf(edit->arena, "'%s'", node->key) : "a member",
			 change.by.at, node->text.at),
	    &change, NULL);
}

/** A row of a list in block style, with all its lines, once more. */
static void double_row(struct breaking *breaking, const struct node *row, const struct node *behind)
{
	const struct yaml_edit *edit = &breaking->edit;
	size_t from = source_line(edit, (size_t)row->where.line);
	size_t to = line_behind(breaking, behind);
	struct yaml_change change = {from, from, {edit->bytes.at + from, to - from}};

	if (to > from && edit->bytes.at[to - 1] == '\n') {
		add(breaking, row->where, "the row is there twice", &change, NULL);
	}
}

/** The values of the same keys of two rows that follow each other, swapped. */
static void swap_values(struct breaking *breaking, const struct node *row, const struct node *next)
{
	const struct yaml_edit *edit = &breaking->edit;
	struct err ignored = {0};

	for (const struct node *one = row->first; one; one = one->next) {
		const struct node *other = node_get(next, one->key);
		struct yaml_span first = {0};
		struct yaml_span second = {0};
		struct yaml_change changes[2] = {{0}};

		if (!other || one->kind != NODE_SCALAR || other->kind != NODE_SCALAR ||
		    source_scalar(edit, one, &first, &ignored) ||
		    source_scalar(edit, other, &second, &ignored) || second.from < first.to) {
			continue;
		}
		changes[0] = (struct yaml_change){
			first.from,
			first.to,
			{edit->bytes.at + second.from, second.to - second.from}};
		changes[1] =
			(struct yaml_change){second.from,
					     second.to,
					     {edit->bytes.at + first.from, first.to - first.from}};
		add(breaking, one->where,
		    arena_printf(edit->arena,
				 "'%s' is swapped with that of the next row, on line %d", one->key,
				 other->where.line),
		    &changes[0], &changes[1]);
	}
}

/**
 * Break a node and all that is in it. The reader has bounded how deep that is.
 *
 * @param behind  what comes next in the file, after the node; NULL: nothing
 */
static void break_node(struct breaking *breaking,
		       const struct node *node, // NOLINT(misc-no-recursion)
		       const struct node *behind)
{
	const struct node *before = NULL;

	if (node->kind == NODE_SCALAR) {
		change_value(breaking, node);
		return;
	}
	for (const struct node *child = node->first; child; child = child->next) {
		const struct node *next = child->next ? child->next : behind;

		if (node->kind == NODE_MAP) {
			take_key_out(breaking, before, child, next);
		} else if (!source_is_flow(&breaking->edit, node)) {
			double_row(breaking, child, next);
		}
		if (child->next && child->kind == NODE_MAP && child->next->kind == NODE_MAP &&
		    node->kind == NODE_LIST) {
			swap_values(breaking, child, child->next);
		}
		break_node(breaking, child, next);
		before = child;
	}
}

void yaml_mutants_make(struct arena *arena, const char *file, struct text bytes,
		       struct yaml_mutants *out)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct breaking breaking = {.out = out};

	if (yaml_edit_open(&breaking.edit, arena, file, bytes, &problems) == 0 &&
	    breaking.edit.mark.len == 0) {
		break_node(&breaking, breaking.edit.root, NULL);
	}
	yaml_edit_release(&breaking.edit);
}

void yaml_mutant_apply(const struct yaml_mutant *mutant, struct text bytes, struct str *out)
{
	size_t at = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct yaml_change *change = &mutant->changes[i];

		if (change->to > change->from || change->by.len > 0) {
			str_add_text(out, (struct text){bytes.at + at, change->from - at});
			str_add_text(out, change->by);
			at = change->to;
		}
	}
	str_add_text(out, (struct text){bytes.at + at, bytes.len - at});
}
