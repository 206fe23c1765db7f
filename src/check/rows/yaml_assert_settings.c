#include "check/rows/yaml_assert.h"

static const struct field member_fields[] = {
	{"min", FIELD_CUSTOM, offsetof(struct member_bounds, min), .parse = bound_parse,
	 .doc = "so many at least"},
	{"max", FIELD_CUSTOM, offsetof(struct member_bounds, max), .parse = bound_parse,
	 .doc = "so many at most"},
	{0},
};

const struct field yaml_assert_fields[] = {
	MEMBER_CHOICE_FIELDS(yaml_assert, choice),
	{"members", FIELD_STRUCT, offsetof(struct yaml_assert, members), .fields = member_fields,
	 .doc = "how many members there are to be in each document"},
	{"asserts", FIELD_LIST, offsetof(struct yaml_assert, asserts), .fields = assertion_fields,
	 .size = sizeof(struct assertion), .doc = "what each member is to have"},
	{0},
};

static void check_total(struct decode *decode, const struct node *node, struct total_of *of)
{
	const char *path = of->count ? of->count : of->sum;

	if (of->count && of->sum) {
		decode_problem(decode, PROBLEM_VALUE, node_get(node, "sum_of"), NULL,
			       "a number is either the count or the sum of something");
	}
	if (of->where_entries.len > 0 && !of->count) {
		decode_problem(decode, PROBLEM_VALUE, node_get(node, "of_where"), NULL,
			       "'of_where' says nothing without 'count_of'");
	}
	if (of->of_document && !path) {
		decode_problem(decode, PROBLEM_VALUE, node_get(node, "of_document"), NULL,
			       "'of_document' says nothing without 'count_of' or 'sum_of'");
	}
	if (path) {
		yaml_path_decode(decode, node_get(node, of->count ? "count_of" : "sum_of"), path,
				 &of->path);
		conditions_read(decode, &of->where_entries, &of->where);
		of->is_sum = !of->count;
		of->is_members =
			of->path.len > 0 && of->path.steps[of->path.len - 1].kind == YAML_ALL;
	}
}

static void check_assertion(struct decode *decode, struct assertion *assertion)
{
	if (assertion->path_text) {
		yaml_path_decode(decode, node_get(assertion->node, "path"), assertion->path_text,
				 &assertion->path);
	}
	if (assertion->matches) {
		assertion->pattern =
			pattern_decode(decode, node_get(assertion->node, "matches"), PATTERN_VALUE);
	}
	check_total(decode, assertion->node, &assertion->of);
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

	member_choice_check(decode, &self->choice, gate->with, "a yaml_assert gate",
			    node_place(gate->node, "with"));
	if (self->asserts.len == 0 && !self->members.min.is_set && !self->members.max.is_set) {
		problems_add(decode->problems, PROBLEM_MISSING, node_place(gate->node, "with"),
			     decode->source, NULL,
			     "a yaml_assert gate needs 'asserts' or 'members'");
	}
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
