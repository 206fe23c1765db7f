#include "check/rows/cross_ref.h"

static const struct choice modes[] = {
	{"subset", REF_SUBSET, "each key of the left stands on the right"},
	{"equal", REF_EQUAL, "and each key of the right on the left"},
	{0},
};

static const struct choice unless_empty[] = {
	{"never", UNLESS_NEVER, "a value that is not there differs from one that is"},
	{"left", UNLESS_LEFT, "rows with nothing on the left are passed over"},
	{"right", UNLESS_RIGHT, "rows with nothing on the right are passed over"},
	{"either", UNLESS_EITHER, "rows with nothing on either side are passed over"},
	{0},
};

static const struct field side_fields[] = {
	{"", FIELD_NODE, offsetof(struct ref_side, node), .doc = "the side itself"},
	MEMBER_CHOICE_FIELDS(ref_side, choice),
	{"key", FIELD_TEXT, offsetof(struct ref_side, key_text), .required = true,
	 .doc = "path from the member to what the sides are joined by: id, host, uses[*]"},
	{"also", FIELD_TEXT, offsetof(struct ref_side, also_text),
	 .doc = "path to further names of the member: aliases[*]"},
	{"optional", FIELD_BOOL, offsetof(struct ref_side, is_optional),
	 .doc = "true: members without the key are passed over; else they fail"},
	{0},
};

static const struct field compare_fields[] = {
	{"", FIELD_NODE, offsetof(struct ref_compare, node), .doc = "the comparison itself"},
	{"left", FIELD_TEXT, offsetof(struct ref_compare, left_text), .required = true,
	 .doc = "path from the left member to the value, or the values of a list"},
	{"right", FIELD_TEXT, offsetof(struct ref_compare, right_text),
	 .doc = "path from the right member; without it, the same"},
	{"as", FIELD_CHOICE, offsetof(struct ref_compare, form), .choices = value_forms,
	 .fallback = "text", .doc = "in what sense they are the same"},
	{"unless_empty", FIELD_CHOICE, offsetof(struct ref_compare, unless),
	 .choices = unless_empty, .fallback = "never", .doc = "when it is passed over"},
	{"hint", FIELD_TEXT, offsetof(struct ref_compare, hint),
	 .doc = "what to do where it fails"},
	{0},
};

const struct field cross_ref_fields[] = {
	{"left", FIELD_STRUCT, offsetof(struct cross_ref, left), .required = true,
	 .fields = side_fields, .doc = "the members that refer"},
	{"right", FIELD_STRUCT, offsetof(struct cross_ref, right), .required = true,
	 .fields = side_fields, .doc = "the members that are referred to"},
	{"mode", FIELD_CHOICE, offsetof(struct cross_ref, mode), .choices = modes,
	 .fallback = "subset", .doc = "which keys must be on both sides"},
	{"as", FIELD_CHOICE, offsetof(struct cross_ref, form), .choices = value_forms,
	 .fallback = "text", .doc = "in what sense keys are the same"},
	{"aliases", FIELD_MAP, offsetof(struct cross_ref, aliases),
	 .doc = "keys of the left that mean another key of the right: {pve-old: pve}"},
	{"compare", FIELD_LIST, offsetof(struct cross_ref, compare), .fields = compare_fields,
	 .size = sizeof(struct ref_compare), .doc = "what joined members must have in common"},
	{"hint", FIELD_TEXT, offsetof(struct cross_ref, hint),
	 .doc = "what to do about a key that is missing"},
	{0},
};

static void check_path(struct decode *decode, const struct node *map, const char *name,
		       const char *text, struct yaml_path *out)
{
	if (text) {
		yaml_path_decode(decode, node_get(map, name), text, out);
	}
}

static void check_side(struct decode *decode, struct ref_side *side, const char *who)
{
	if (!side->node) {
		return; /* missing, which is said already */
	}
	member_choice_check(decode, &side->choice, side->node, who, side->node->where);
	check_path(decode, side->node, "key", side->key_text, &side->key);
	check_path(decode, side->node, "also", side->also_text, &side->also);
}

void cross_ref_check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	struct cross_ref *self = settings;
	struct ref_compare *compare = self->compare.at;
	const struct texts *aliases = self->aliases.at;

	(void)gate;
	check_side(decode, &self->left, "'left'");
	check_side(decode, &self->right, "'right'");
	for (size_t i = 0; i < self->aliases.len; i++) {
		if (aliases[i].len != 1) {
			decode_problem(decode, PROBLEM_VALUE, self->aliases.nodes[i], NULL,
				       "'%s' stands for %zu keys, expected one",
				       self->aliases.keys[i], aliases[i].len);
		}
	}
	for (size_t i = 0; i < self->compare.len; i++) {
		check_path(decode, compare[i].node, "left", compare[i].left_text, &compare[i].left);
		if (!compare[i].right_text) {
			compare[i].right_text = compare[i].left_text;
			compare[i].right = compare[i].left;
		} else {
			check_path(decode, compare[i].node, "right", compare[i].right_text,
				   &compare[i].right);
		}
	}
}
