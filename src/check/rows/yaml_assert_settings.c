#include "check/rows/yaml_assert.h"

static const struct field member_fields[] = {
	{"min", FIELD_CUSTOM, offsetof(struct member_bounds, min), .parse = bound_parse,
	 .doc = "so many at least"},
	{"max", FIELD_CUSTOM, offsetof(struct member_bounds, max), .parse = bound_parse,
	 .doc = "so many at most"},
	{0},
};

const struct field yaml_assert_fields[] = {
	{"file", FIELD_TEXT, offsetof(struct yaml_assert, file),
	 .doc = "the file to look into; .json is read as JSON, .hujson with its comments, everything else as YAML"},
	{"files", FIELD_TEXTS, offsetof(struct yaml_assert, files),
	 .doc = "or globs over the tracked files"},
	{"each", FIELD_TEXT, offsetof(struct yaml_assert, each_text),
	 .doc = "path to a list or map, whose members are judged; without it, the whole document is"},
	{"name", FIELD_TEXT, offsetof(struct yaml_assert, name),
	 .doc = "key by which reports call a member; without it, id, then name, then its key or number"},
	{"where", FIELD_MAP, offsetof(struct yaml_assert, where_entries),
	 .doc = "only members in which each of these paths has this value, or one of these"},
	{"unless", FIELD_MAP, offsetof(struct yaml_assert, unless_entries),
	 .doc = "no members in which each of these paths has this value, or one of these"},
	{"members", FIELD_STRUCT, offsetof(struct yaml_assert, members), .fields = member_fields,
	 .doc = "how many members there are to be in each document"},
	{"asserts", FIELD_LIST, offsetof(struct yaml_assert, asserts), .fields = assertion_fields,
	 .size = sizeof(struct assertion), .doc = "what each member is to have"},
	{0},
};

/** Read a path that stands at `node`; a mistake is a problem there. */
static void read_path(struct decode *decode, const struct node *node, const char *text,
		      struct yaml_path *out)
{
	struct err err = {0};

	if (yaml_path_parse(decode->arena, text_of(text), out, &err)) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "paths are written host, ports[0].name, services[*].image",
			       "'%s' is not a path: %s", text, err.text);
	}
}

static void read_conditions(struct decode *decode, const struct entries *entries,
			    struct conditions *out)
{
	const struct texts *values = entries->at;

	out->at = arena_alloc(decode->arena, entries->len * sizeof(*out->at));
	for (size_t i = 0; i < entries->len; i++) {
		read_path(decode, entries->nodes[i], entries->keys[i], &out->at[i].path);
		out->at[i].values = values[i];
	}
	out->len = entries->len;
}

static void check_assertion(struct decode *decode, struct assertion *assertion)
{
	if (assertion->path_text) {
		read_path(decode, node_get(assertion->node, "path"), assertion->path_text,
			  &assertion->path);
	}
	if (assertion->matches) {
		assertion->pattern =
			pattern_decode(decode, node_get(assertion->node, "matches"), PATTERN_VALUE);
	}
	if (assertion->min.is_set && assertion->max.is_set &&
	    assertion->min.value > assertion->max.value) {
		decode_problem(decode, PROBLEM_VALUE, node_get(assertion->node, "min"), NULL,
			       "'min' %lld is above 'max' %lld", (long long)assertion->min.value,
			       (long long)assertion->max.value);
	}
}

void yaml_assert_check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	struct yaml_assert *self = settings;
	struct assertion *assertions = self->asserts.at;
	const struct node *each = node_get(gate->with, "each");

	if ((self->file != NULL) == (self->files.len > 0)) {
		problems_add(decode->problems, PROBLEM_MISSING, node_place(gate->node, "with"),
			     decode->source, NULL,
			     "a yaml_assert gate needs either 'file' or 'files'");
	}
	if (self->asserts.len == 0 && !self->members.min.is_set && !self->members.max.is_set) {
		problems_add(decode->problems, PROBLEM_MISSING, node_place(gate->node, "with"),
			     decode->source, NULL,
			     "a yaml_assert gate needs 'asserts' or 'members'");
	}
	globs_check(decode, &self->files);
	if (each) {
		read_path(decode, each, self->each_text, &self->each);
	} else {
		self->each_text = "";
	}
	read_conditions(decode, &self->where_entries, &self->where);
	read_conditions(decode, &self->unless_entries, &self->unless);
	for (size_t i = 0; i < self->asserts.len; i++) {
		check_assertion(decode, &assertions[i]);
	}
}

void yaml_assert_release_settings(void *settings)
{
	struct yaml_assert *self = settings;
	struct assertion *assertions = self->asserts.at;

	for (size_t i = 0; i < self->asserts.len; i++) {
		pattern_free(assertions[i].pattern);
		assertions[i].pattern = NULL;
	}
}
