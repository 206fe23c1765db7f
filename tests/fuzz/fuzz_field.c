/**
 * Decoding any tree by a table that has every type of row: what is decoded keeps the row's limits,
 * and a mistake is always told.
 */
#include <stddef.h>
#include <stdint.h>

#include "data/field.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct choice choices[] = {{"pass", 1, "one"}, {"fail", 2, "two"}, {0}};

struct inner {
	const struct node *node;
	const char *name;
	int64_t count;
	struct texts tags;
};

static const struct field inner_fields[] = {
	{"", FIELD_NODE, offsetof(struct inner, node), .doc = "the map"},
	{"name", FIELD_TEXT, offsetof(struct inner, name), .required = true, .doc = "name"},
	{"count", FIELD_INT, offsetof(struct inner, count), .fallback = "7", .doc = "count"},
	{"tags", FIELD_TEXTS, offsetof(struct inner, tags), .nullable = true, .doc = "tags"},
	{0},
};

struct outer {
	const char *text;
	bool flag;
	int64_t port;
	int64_t timeout_ms;
	int64_t day_utc_ms;
	int choice;
	struct texts tags;
	struct inner inner;
	struct rows rows;
	struct entries packs;
	struct entries lists;
	const struct node *with;
	const struct node *custom;
};

static void parse_custom(struct decode *decode, const struct node *node, void *out)
{
	if (node->kind == NODE_SCALAR) {
		decode_problem(decode, PROBLEM_VALUE, node, node->text.at, "'%s' is a scalar",
			       node->text.at);
	}
	*(const struct node **)out = node;
}

static const struct field outer_fields[] = {
	{"text", FIELD_TEXT, offsetof(struct outer, text), .nullable = true, .fallback = "none"},
	{"flag", FIELD_BOOL, offsetof(struct outer, flag), .fallback = "true"},
	{"port", FIELD_INT, offsetof(struct outer, port), .min = 1, .max = 65535, .fallback = "22"},
	{"timeout", FIELD_DURATION, offsetof(struct outer, timeout_ms), .min = 1, .max = 300000,
	 .fallback = "10s"},
	{"day", FIELD_DATE, offsetof(struct outer, day_utc_ms), .doc = "a day"},
	{"choice", FIELD_CHOICE, offsetof(struct outer, choice), .choices = choices,
	 .fallback = "fail"},
	{"tags", FIELD_TEXTS, offsetof(struct outer, tags), .fallback = "all"},
	{"inner", FIELD_STRUCT, offsetof(struct outer, inner), .fields = inner_fields},
	{"rows", FIELD_LIST, offsetof(struct outer, rows), .fields = inner_fields,
	 .size = sizeof(struct inner)},
	{"packs", FIELD_MAP, offsetof(struct outer, packs), .fields = inner_fields,
	 .size = sizeof(struct inner)},
	{"lists", FIELD_MAP, offsetof(struct outer, lists), .doc = "lists"},
	{"with", FIELD_NODE, offsetof(struct outer, with), .doc = "kept"},
	{"custom", FIELD_CUSTOM, offsetof(struct outer, custom), .parse = parse_custom},
	{0},
};

static void check_texts(const struct texts *texts)
{
	for (size_t i = 0; i < texts->len; i++) {
		assert(texts->at[i] && texts->nodes[i]);
		assert(texts->nodes[i]->kind == NODE_SCALAR && !node_is_null(texts->nodes[i]));
	}
}

static void check_inner(const struct inner *inner, bool is_whole)
{
	assert(!is_whole || !inner->node || inner->name);
	assert(inner->node || inner->count == 7);
	check_texts(&inner->tags);
}

static void check_outer(const struct outer *outer, bool is_whole)
{
	const struct inner *rows = outer->rows.at;
	const struct inner *packs = outer->packs.at;
	const struct texts *lists = outer->lists.at;

	assert(outer->text);
	assert(outer->port >= 1 && outer->port <= 65535);
	assert(outer->timeout_ms >= 1 && outer->timeout_ms <= 300000);
	assert(outer->day_utc_ms % 86400000 == 0);
	assert(outer->choice == 1 || outer->choice == 2);
	check_texts(&outer->tags);
	check_inner(&outer->inner, is_whole);
	for (size_t i = 0; i < outer->rows.len; i++) {
		assert(rows[i].node);
		check_inner(&rows[i], is_whole);
	}
	for (size_t i = 0; i < outer->packs.len; i++) {
		assert(outer->packs.keys[i] && outer->packs.nodes[i]);
		check_inner(&packs[i], is_whole);
	}
	for (size_t i = 0; i < outer->lists.len; i++) {
		assert(outer->lists.keys[i] && outer->lists.nodes[i]);
		check_texts(&lists[i]);
	}
}

static int decode_tree(struct arena *arena, const struct node *root, struct text source,
		       bool keeps_unknown)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct outer outer = {0};
	struct decode decode = {
		.arena = arena,
		.problems = &problems,
		.source = source,
		.keeps_unknown = keeps_unknown,
		.what = "a thing",
	};
	int result = decode_fields(&decode, root, (struct place){"fuzz.yaml", 1, 1}, outer_fields,
				   &outer);

	assert((result == 0) == (problems.added == 0));
	assert(same_string(decode.what, "a thing"));
	check_problems(&problems);
	check_outer(&outer, result == 0);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct text bytes = {(const char *)data, size};
	struct arena arena = {0};
	struct node *root = NULL;

	if (!yaml_load(&arena, "fuzz.yaml", bytes, LOOKED_INTO, &problems, NULL, &root)) {
		int strict = decode_tree(&arena, root, bytes, false);
		int lax = decode_tree(&arena, root, bytes, true);

		assert(strict != 0 || lax == 0);
	}
	arena_release(&arena);
	return 0;
}
