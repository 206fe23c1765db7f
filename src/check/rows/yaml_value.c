#include "check/rows/yaml_value.h"

#include <string.h>

#include "base/codec.h"

/** Longest part of a value that a message quotes. */
#define QUOTED_BYTES 60

static const struct choice types[] = {
	{"text", VALUE_TEXT, "anything that is no number and no truth value, or stands in quotes"},
	{"number", VALUE_NUMBER, "a decimal number, without quotes"},
	{"bool", VALUE_BOOL, "true or false, without quotes"},
	{"list", VALUE_LIST, "a list"},
	{"map", VALUE_MAP, "a map"},
	{0},
};

const struct field assertion_fields[] = {
	{"", FIELD_NODE, offsetof(struct assertion, node), .doc = "the assertion itself"},
	{"path", FIELD_TEXT, offsetof(struct assertion, path_text), .required = true,
	 .doc = "what it is about, from the member on: host, ports[0].name, tags[*], . for the member"},
	{"required", FIELD_BOOL, offsetof(struct assertion, required), .fallback = "true",
	 .doc = "false: it may be missing, and is judged only where it is there"},
	{"forbid", FIELD_BOOL, offsetof(struct assertion, forbid),
	 .doc = "true: nothing may stand there"},
	{"equals", FIELD_TEXT, offsetof(struct assertion, equals), .doc = "the very text of it"},
	{"in", FIELD_TEXTS, offsetof(struct assertion, in), .doc = "it is one of these"},
	{"not_in", FIELD_TEXTS, offsetof(struct assertion, not_in), .doc = "it is none of these"},
	{"matches", FIELD_TEXT, offsetof(struct assertion, matches),
	 .doc = "a pattern (PCRE2) that is found in it; ^ and $ are its very beginning and end"},
	{"type", FIELD_CHOICE, offsetof(struct assertion, type), .choices = types,
	 .doc = "how it is written"},
	{"min", FIELD_CUSTOM, offsetof(struct assertion, min), .parse = bound_parse,
	 .doc = "a whole number: it is at least this; a list or map: so many members at least"},
	{"max", FIELD_CUSTOM, offsetof(struct assertion, max), .parse = bound_parse,
	 .doc = "a whole number: it is at most this; a list or map: so many members at most"},
	{"count", FIELD_CUSTOM, offsetof(struct assertion, count), .parse = bound_parse,
	 .doc = "a list or map: exactly so many members"},
	{"unique", FIELD_BOOL, offsetof(struct assertion, unique),
	 .doc = "true: no two members that the gate judges have the same"},
	{"count_of", FIELD_TEXT, offsetof(struct assertion, of.count),
	 .doc = "a number: it is how many members the list or map at this path of the member has; "
		"of a path that ends with [*], how much is found there"},
	{"sum_of", FIELD_TEXT, offsetof(struct assertion, of.sum),
	 .doc = "a number: it is the sum of those at this path of the member: disks[*].size"},
	{"of_where", FIELD_MAP, offsetof(struct assertion, of.where_entries),
	 .doc = "with `count_of`: only members in which each of these paths has this value, or one of "
		"these"},
	{"of_document", FIELD_BOOL, offsetof(struct assertion, of.of_document),
	 .doc = "true: the path of `count_of` or `sum_of` starts at the document, not at the member"},
	{"hint", FIELD_TEXT, offsetof(struct assertion, hint), .doc = "what to do where it fails"},
	{0},
};

void bound_parse(struct decode *decode, const struct node *node, void *out)
{
	struct bound *bound = out;
	struct err err = {0};

	if (node->kind != NODE_SCALAR ||
	    parse_int(node->text, INT64_MIN, INT64_MAX, &bound->value, &err)) {
		decode_problem(decode, PROBLEM_TYPE, node, NULL,
			       "expected a whole number for '%s', found %s%s%s", node->key,
			       node->kind == NODE_SCALAR ? "'" : node_sort(node),
			       node->kind == NODE_SCALAR ? node->text.at : "",
			       node->kind == NODE_SCALAR ? "'" : "");
		return;
	}
	bound->is_set = true;
}

static size_t digits_at(struct text text, size_t from)
{
	size_t len = 0;

	while (from + len < text.len && text.at[from + len] >= '0' && text.at[from + len] <= '9') {
		len++;
	}
	return len;
}

/** -12, 0.5, 1e9: what YAML and JSON both read as a number. */
static bool is_number(struct text text)
{
	size_t at = text.len > 0 && (text.at[0] == '-' || text.at[0] == '+');
	size_t digits = digits_at(text, at);

	at += digits;
	if (at < text.len && text.at[at] == '.') {
		size_t decimals = digits_at(text, at + 1);

		digits += decimals;
		at += 1 + decimals;
	}
	if (digits > 0 && at < text.len && (text.at[at] == 'e' || text.at[at] == 'E')) {
		size_t sign =
			at + 1 < text.len && (text.at[at + 1] == '-' || text.at[at + 1] == '+');
		size_t exponent = digits_at(text, at + 1 + sign);

		return exponent > 0 && at + 1 + sign + exponent == text.len;
	}
	return digits > 0 && at == text.len;
}

static enum value_type type_of(const struct node *value)
{
	if (value->kind == NODE_LIST) {
		return VALUE_LIST;
	}
	if (value->kind == NODE_MAP) {
		return VALUE_MAP;
	}
	if (!value->is_quoted && (text_is(value->text, "true") || text_is(value->text, "false"))) {
		return VALUE_BOOL;
	}
	return !value->is_quoted && is_number(value->text) ? VALUE_NUMBER : VALUE_TEXT;
}

/** "is 'http'", "is a list". */
static void say_value(const struct node *value, struct str *why)
{
	size_t len = value->text.len < QUOTED_BYTES ? value->text.len : QUOTED_BYTES;

	if (value->kind != NODE_SCALAR) {
		str_printf(why, "is %s", node_sort(value));
		return;
	}
	str_printf(why, "is '%.*s%s'", (int)len, value->text.at, len < value->text.len ? "…" : "");
}

static bool is_one_of(const struct texts *words, struct text text)
{
	for (size_t i = 0; i < words->len; i++) {
		if (text_is(text, words->at[i])) {
			return true;
		}
	}
	return false;
}

static void say_words(const struct texts *words, struct str *why)
{
	for (size_t i = 0; i < words->len; i++) {
		str_printf(why, "%s'%s'", i ? ", " : "", words->at[i]);
	}
}

static enum reason judge_words(const struct assertion *assertion, const struct node *value,
			       struct str *why)
{
	bool is_scalar = value->kind == NODE_SCALAR;

	if (assertion->equals && !(is_scalar && text_is(value->text, assertion->equals))) {
		say_value(value, why);
		str_printf(why, ", expected '%s'", assertion->equals);
		return REASON_ASSERT_VALUE;
	}
	if (assertion->in.len > 0 && !(is_scalar && is_one_of(&assertion->in, value->text))) {
		say_value(value, why);
		str_add(why, ", expected one of ");
		say_words(&assertion->in, why);
		return REASON_ASSERT_VALUE;
	}
	if (assertion->not_in.len > 0 &&
	    !(is_scalar && !is_one_of(&assertion->not_in, value->text))) {
		say_value(value, why);
		str_add(why, ", expected none of ");
		say_words(&assertion->not_in, why);
		return REASON_ASSERT_VALUE;
	}
	return REASON_NONE;
}

static enum reason judge_pattern(const struct assertion *assertion, const struct node *value,
				 struct matcher *matcher, struct str *why)
{
	enum pattern_answer answer = PATTERN_NO;
	struct span span = {0};

	if (!assertion->pattern) {
		return REASON_NONE;
	}
	if (value->kind == NODE_SCALAR) {
		answer = pattern_find(assertion->pattern, matcher, value->text, 0, 0, &span);
	}
	if (answer == PATTERN_YES) {
		return REASON_NONE;
	}
	say_value(value, why);
	if (answer == PATTERN_LIMIT) {
		str_printf(why, ", and the pattern '%s' is too expensive for it",
			   assertion->matches);
		return REASON_TEXT_LIMIT;
	}
	str_printf(why, ", which does not match '%s'", assertion->matches);
	return REASON_ASSERT_VALUE;
}

/** The number a bound is held against: the value itself, or how many members it has. */
static bool number_of(const struct node *value, int64_t *out)
{
	struct err ignored = {0};

	if (value->kind != NODE_SCALAR) {
		*out = (int64_t)value->count;
		return true;
	}
	return parse_int(value->text, INT64_MIN, INT64_MAX, out, &ignored) == 0;
}

static enum reason judge_number(const struct assertion *assertion, const struct node *value,
				struct str *why)
{
	bool is_scalar = value->kind == NODE_SCALAR;
	const struct bound *bound = NULL;
	const char *expected = NULL;
	int64_t number = 0;

	if (assertion->count.is_set && is_scalar) {
		say_value(value, why);
		str_add(why, ", expected a list or a map");
		return REASON_ASSERT_VALUE;
	}
	if ((assertion->min.is_set || assertion->max.is_set) && !number_of(value, &number)) {
		say_value(value, why);
		str_add(why, ", expected a whole number");
		return REASON_ASSERT_VALUE;
	}
	(void)number_of(value, &number);
	if (assertion->min.is_set && number < assertion->min.value) {
		bound = &assertion->min;
		expected = "at least";
	} else if (assertion->max.is_set && number > assertion->max.value) {
		bound = &assertion->max;
		expected = "at most";
	} else if (assertion->count.is_set && number != assertion->count.value) {
		bound = &assertion->count;
		expected = "exactly";
	}
	if (!bound) {
		return REASON_NONE;
	}
	str_printf(why,
		   is_scalar ? "is %lld, expected %s %lld" : "has %lld members, expected %s %lld",
		   (long long)number, expected, (long long)bound->value);
	return is_scalar ? REASON_ASSERT_VALUE : REASON_ASSERT_COUNT;
}

enum reason judge_value(const struct assertion *assertion, const struct node *value,
			struct matcher *matcher, struct str *why)
{
	enum reason reason = REASON_NONE;

	if (node_is_null(value)) {
		bool is_missed = assertion->required && !assertion->forbid;

		str_add(why, is_missed ? "is not there" : "");
		return is_missed ? REASON_ASSERT_MISSING : REASON_NONE;
	}
	if (assertion->forbid) {
		str_add(why, "must not be there");
		return REASON_ASSERT_VALUE;
	}
	if (assertion->type != VALUE_ANY && (int)type_of(value) != assertion->type) {
		say_value(value, why);
		str_printf(why, ", written as %s, expected %s",
			   choice_word(types, (int)type_of(value)),
			   choice_word(types, assertion->type));
		return REASON_ASSERT_VALUE;
	}
	reason = judge_words(assertion, value, why);
	if (reason == REASON_NONE) {
		reason = judge_pattern(assertion, value, matcher, why);
	}
	if (reason == REASON_NONE) {
		reason = judge_number(assertion, value, why);
	}
	return reason;
}
