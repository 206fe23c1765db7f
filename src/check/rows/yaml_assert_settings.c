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
