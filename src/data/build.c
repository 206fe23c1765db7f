#include "data/build.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void build_problem(struct builder *builder, enum problem_kind kind, struct place where,
		   const char *hint, const char *format, ...)
{
	AUTO(auto_str) struct str message = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&message, format, args);
	va_end(args);
	problems_add(builder->problems, kind, where, builder->bytes, hint, "%s",
		     str_text(&message));
	builder->has_failed = true;
}

struct place build_place(const struct builder *builder, size_t offset)
{
	struct place where = {.file = builder->file, .line = 1};
	size_t start = 0;

	for (size_t i = 0; i < offset; i++) {
		if (builder->bytes.at[i] == '\n') {
			where.line++;
			start = i + 1;
		}
	}
	where.column = (int)(offset - start) + 1;
	return where;
}

/** Offset of the first byte that is NUL or begins no character; the length if all are well. */
static size_t bad_byte(struct text bytes)
{
	size_t at = 0;

	while (at < bytes.len) {
		unsigned char byte = (unsigned char)bytes.at[at];
		uint32_t code = 0;
		size_t step = 1;

		if (byte >= 0x80) {
			step = utf8_next((struct text){bytes.at + at, bytes.len - at}, &code);
		}
		if (byte == 0 || step == 0) {
			break;
		}
		at += step;
	}
	return at;
}

int build_check_bytes(struct builder *builder)
{
	struct text *bytes = &builder->bytes;
	size_t bad = 0;

	if (text_starts(*bytes, "\xff\xfe") || text_starts(*bytes, "\xfe\xff")) {
		build_problem(builder, PROBLEM_SYNTAX, build_place(builder, 0), "save it as UTF-8",
			      "the file is UTF-16");
		return -1;
	}
	if (text_starts(*bytes, "\xef\xbb\xbf")) {
		bytes->at += 3;
		bytes->len -= 3;
	}
	bad = bad_byte(*bytes);
	if (bad == bytes->len) {
		return 0;
	}
	if (bytes->at[bad] == '\0') {
		build_problem(builder, PROBLEM_SYNTAX, build_place(builder, bad),
			      "the file must be text in UTF-8", "a NUL byte stands here");
	} else {
		build_problem(builder, PROBLEM_SYNTAX, build_place(builder, bad),
			      "save the file as UTF-8", "byte 0x%02x is not valid UTF-8",
			      (unsigned)(unsigned char)bytes->at[bad]);
	}
	return -1;
}

static struct open_node *innermost(const struct builder *builder)
{
	return builder->open.len > 0 ? &builder->open.at[builder->open.len - 1] : NULL;
}

bool build_wants_key(const struct builder *builder)
{
	const struct open_node *parent = innermost(builder);

	return parent && parent->node->kind == NODE_MAP && !parent->has_key;
}

void build_key(struct builder *builder, const char *key, struct place where, bool is_merge)
{
	struct open_node *parent = innermost(builder);

	assert(parent);
	parent->key = key;
	parent->key_where = where;
	parent->has_key = true;
	parent->is_merge = is_merge;
}

void build_refuse_key(struct builder *builder, const struct node *node, struct place where)
{
	build_problem(builder, PROBLEM_SYNTAX, where, "a key is one word or text",
		      "%s cannot be a key", node_sort(node));
	build_key(builder, NULL, where, false);
}

/** Link behind the last of a chain. */
static void link_node(struct node **first, struct node **last, struct node *node)
{
	if (*last) {
		(*last)->next = node;
	} else {
		*first = node;
	}
	*last = node;
}

/** Put a node where the reader is. */
static void attach(struct builder *builder, struct node *node)
{
	struct open_node *parent = innermost(builder);

	if (!parent) {
		link_node(&builder->root, &builder->last_root, node);
		return;
	}
	if (build_wants_key(builder)) {
		build_refuse_key(builder, node, node->where);
		return;
	}
	if (parent->node->kind == NODE_LIST) {
		link_node(&parent->node->first, &parent->last, node);
		parent->node->count++;
		return;
	}
	node->key = parent->key;
	node->key_where = parent->key_where;
	parent->has_key = false;
	if (parent->is_merge) {
		link_node(&parent->merges, &parent->last_merge, node);
	} else if (node->key) {
		link_node(&parent->node->first, &parent->last, node);
		parent->node->count++;
	}
}

/** Count nodes towards the ceiling. */
static bool has_room(struct builder *builder, struct place where)
{
	if (builder->nodes < builder->max_nodes) {
		builder->nodes++;
		return true;
	}
	if (!builder->is_over) {
		build_problem(builder, PROBLEM_SYNTAX, where, NULL,
			      "the file holds more than %zu values", builder->max_nodes);
	}
	builder->is_over = true;
	return false;
}

static bool is_shallow(struct builder *builder, size_t depth, struct place where)
{
	if (depth <= builder->max_depth) {
		return true;
	}
	if (!builder->is_over) {
		build_problem(builder, PROBLEM_SYNTAX, where, NULL,
			      "lists and maps are nested deeper than %zu", builder->max_depth);
	}
	builder->is_over = true;
	return false;
}

static struct node *add_node(struct builder *builder, enum node_kind kind, struct place where)
{
	struct node *node = NULL;

	if (!has_room(builder, where)) {
		return NULL;
	}
	node = arena_alloc(builder->arena, sizeof(*node));
	node->kind = kind;
	node->where = where;
	node->text.at = "";
	return node;
}

struct node *build_scalar(struct builder *builder, struct place where, struct text text,
			  bool is_quoted)
{
	struct node *node = add_node(builder, NODE_SCALAR, where);

	if (!node) {
		return NULL;
	}
	node->text = text;
	node->is_quoted = is_quoted;
	attach(builder, node);
	return node;
}

struct node *build_open(struct builder *builder, enum node_kind kind, struct place where)
{
	struct node *node = NULL;

	if (!is_shallow(builder, builder->open.len + 1, where)) {
		return NULL;
	}
	node = add_node(builder, kind, where);
	if (node) {
		attach(builder, node);
		VEC_ADD(&builder->open)->node = node;
	}
	return node;
}

/** Count what an alias stands for; false once a ceiling is passed. */
static bool count_copy(struct builder *builder, const struct node *node, size_t depth,
		       struct place where)
{
	if (!has_room(builder, where) ||
	    (node->kind != NODE_SCALAR && !is_shallow(builder, depth, where))) {
		return false;
	}
	for (const struct node *child = node->first; child; child = child->next) {
		if (!count_copy(builder, child, depth + 1, where)) {
			return false;
		}
	}
	return true;
}

/** A node that shares the children of another. */
static struct node *share(struct builder *builder, const struct node *original)
{
	struct node *node = arena_alloc(builder->arena, sizeof(*node));

	*node = *original;
	node->next = NULL;
	return node;
}

void build_alias(struct builder *builder, const struct node *original, struct place where)
{
	if (count_copy(builder, original, builder->open.len + 1, where)) {
		struct node *node = share(builder, original);

		node->key = NULL;
		attach(builder, node);
	}
}

/** One key of a map that ends, for finding equal ones. */
struct entry {
	struct node *node;
	size_t order;   /**< own keys first, then merged ones, each as they came */
	bool is_merged; /**< came by `<<` */
	bool is_lost;   /**< another one takes its place */
};

struct entries_of_map VEC(struct entry);

static void add_entries(struct entries_of_map *entries, struct node *first, bool is_merged)
{
	for (struct node *child = first; child; child = child->next) {
		struct entry *entry = VEC_ADD(entries);

		entry->node = child;
		entry->order = entries->len;
		entry->is_merged = is_merged;
	}
}

/** The keys that come by `<<`: from a map, or from a list of maps. */
static void add_merged(struct builder *builder, struct entries_of_map *entries, struct node *merge)
{
	struct node *from = merge->kind == NODE_LIST ? merge->first : merge;

	for (; from; from = merge->kind == NODE_LIST ? from->next : NULL) {
		if (from->kind != NODE_MAP) {
			build_problem(builder, PROBLEM_SYNTAX, from->where, NULL,
				      "expected a map or a list of maps for '<<', found %s",
				      node_sort(from));
			continue;
		}
		add_entries(entries, from->first, true);
	}
}

static void repeated(struct builder *builder, const struct node *later, const struct node *first)
{
	if (builder->strictness == OWN_FILE) {
		build_problem(builder, PROBLEM_REPEATED_KEY, later->key_where, "keep one of them",
			      "key '%s' stands twice; first on line %d", later->key,
			      first->key_where.line);
		return;
	}
	*VEC_ADD(&builder->again) = (struct repeated_key){
		.key = later->key,
		.where = later->key_where,
		.first = first->key_where,
	};
}

static int compare_keys(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;
	int order = strcmp(a->node->key, b->node->key);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int compare_orders(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	return (a->order > b->order) - (a->order < b->order);
}

/** Of entries with the same key the map's own last one wins, else the first merged one. */
static void settle(struct builder *builder, struct entry *same, size_t count)
{
	size_t winner = 0;

	for (size_t i = 1; i < count && !same[i].is_merged; i++) {
		repeated(builder, same[i].node, same[0].node);
		winner = i;
	}
	for (size_t i = 0; i < count; i++) {
		same[i].is_lost = i != winner;
	}
}

/** Link what is left of the entries, in order. */
static void relink(struct builder *builder, struct node *map, struct entries_of_map *entries)
{
	struct node *last = NULL;

	qsort(entries->at, entries->len, sizeof(*entries->at), compare_orders);
	map->first = NULL;
	map->count = 0;
	for (size_t i = 0; i < entries->len; i++) {
		struct node *node = entries->at[i].node;

		if (entries->at[i].is_lost) {
			continue;
		}
		if (entries->at[i].is_merged) {
			node = share(builder, node);
		}
		node->next = NULL;
		link_node(&map->first, &last, node);
		map->count++;
	}
}

/** Find repeated keys and take in merged ones. Sorting keeps hostile maps cheap. */
static void close_map(struct builder *builder, struct open_node *open)
{
	struct entries_of_map entries = {0};
	size_t start = 0;
	size_t lost = 0;

	if (open->node->count < 2 && !open->merges) {
		return;
	}
	add_entries(&entries, open->node->first, false);
	for (struct node *merge = open->merges; merge; merge = merge->next) {
		if (merge != open->merges) {
			repeated(builder, merge, open->merges);
		}
		add_merged(builder, &entries, merge);
	}
	if (entries.len > 0) {
		qsort(entries.at, entries.len, sizeof(*entries.at), compare_keys);
	}
	for (size_t i = 1; i <= entries.len; i++) {
		if (i < entries.len &&
		    same_string(entries.at[i].node->key, entries.at[start].node->key)) {
			continue;
		}
		settle(builder, &entries.at[start], i - start);
		lost += i - start - 1;
		start = i;
	}
	if (lost > 0 || (open->merges && entries.len > 0)) {
		relink(builder, open->node, &entries);
	}
	VEC_RELEASE(&entries);
}

void build_close(struct builder *builder)
{
	struct open_node *open = innermost(builder);

	assert(open);
	if (open->node->kind == NODE_MAP) {
		close_map(builder, open);
	}
	builder->open.len--;
}

static int compare_repeats(const void *left, const void *right)
{
	const struct place *a = &((const struct repeated_key *)left)->where;
	const struct place *b = &((const struct repeated_key *)right)->where;

	if (a->line != b->line) {
		return a->line < b->line ? -1 : 1;
	}
	return (a->column > b->column) - (a->column < b->column);
}

int build_finish(struct builder *builder, struct repeated_keys *repeats, struct node **root)
{
	if (builder->has_failed) {
		return -1;
	}
	if (builder->again.len > 0) {
		qsort(builder->again.at, builder->again.len, sizeof(*builder->again.at),
		      compare_repeats);
	}
	for (size_t i = 0; repeats && i < builder->again.len; i++) {
		*VEC_ADD(repeats) = builder->again.at[i];
	}
	*root = builder->root;
	return 0;
}

void build_release(struct builder *builder)
{
	VEC_RELEASE(&builder->open);
	VEC_RELEASE(&builder->again);
}
