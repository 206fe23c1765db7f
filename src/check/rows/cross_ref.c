/*
 * cross_ref: what two of the user's files say about the same things. Members of the one are joined
 * with members of the other by a key, and what both say must agree.
 */
#include "check/rows/cross_ref.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/** Most keys of the right among which a near one is sought, and for how many of the left. */
#define NEAR_KEYS 1000
#define NEAR_SOUGHT 20

/** A key of a member. */
struct ref_key {
	const char *normal; /**< equal keys are equal texts */
	const char *shown;  /**< as it stands there */
	const struct member *member;
	struct place where;
	bool is_also; /**< a further name */
	bool *is_met; /**< of its member: some left key led here */
};

struct ref_keys VEC(struct ref_key);

/** One side, read. */
struct ref_read {
	const struct ref_side *side;
	struct members members;
	struct ref_keys keys;
	bool *is_met;    /**< by member */
	bool is_partial; /**< something of it could not be read */
};

struct judging {
	struct check *check;
	const struct cross_ref *self;
	struct arena arena; /**< trees and keys, until the gate is judged */
	struct ref_read left;
	struct ref_read right;
	size_t near_sought; /**< how many keys a near one was sought for */
};

/** What collects the members of one side. */
struct collecting {
	struct check *check;
	struct ref_read *read;
};

static void collect(const struct node *document, void *cookie)
{
	struct collecting *collecting = cookie;

	members_choose(collecting->check, &collecting->read->side->choice, document,
		       &collecting->read->members);
}

static void add_key(struct judging *judging, struct ref_read *read, size_t index,
		    struct yaml_found found, bool is_also)
{
	const char *shown = NULL;

	if (node_is_null(found.node) || found.node->kind != NODE_SCALAR) {
		return;
	}
	shown = check_text(judging->check, "%s", found.node->text.at);
	*VEC_ADD(&read->keys) = (struct ref_key){
		.normal = value_normal(&judging->arena, (enum value_form)judging->self->form,
				       found.node->text),
		.shown = shown,
		.member = &read->members.at[index],
		.where = found.where,
		.is_also = is_also,
		.is_met = &read->is_met[index],
	};
}

static void report_no_key(struct judging *judging, const struct ref_side *side,
			  const struct member *member, struct yaml_found found)
{
	struct finding *finding = NULL;

	if (side->is_optional && node_is_null(found.node)) {
		return;
	}
	finding = check_add(judging->check, VERDICT_FAIL,
			    node_is_null(found.node) ? REASON_ASSERT_MISSING : REASON_ASSERT_VALUE,
			    member->subject, found.where, "'%s' is %s, expected a key",
			    side->key_text,
			    node_is_null(found.node) ? "not there" : node_sort(found.node));
	finding->detail = side->key_text;
}

static void add_keys(struct judging *judging, struct ref_read *read, size_t index)
{
	const struct member *member = &read->members.at[index];
	struct yaml_founds founds = {0};

	yaml_path_find(&read->side->key, member->node, &founds);
	for (size_t i = 0; i < founds.len; i++) {
		if (node_is_null(founds.at[i].node) || founds.at[i].node->kind != NODE_SCALAR) {
			report_no_key(judging, read->side, member, founds.at[i]);
		}
		add_key(judging, read, index, founds.at[i], false);
	}
	founds.len = 0;
	if (read->side->also_text) {
		yaml_path_find(&read->side->also, member->node, &founds);
	}
	for (size_t i = 0; i < founds.len; i++) {
		add_key(judging, read, index, founds.at[i], true);
	}
	VEC_RELEASE(&founds);
}

static void read_side(struct judging *judging, const struct ref_side *side, struct ref_read *read)
{
	struct collecting collecting = {judging->check, read};
	const struct document_visit visit = {.document = collect, .cookie = &collecting};
	size_t before = judging->check->result->findings.len;

	read->side = side;
	documents_visit(judging->check, &side->choice.source, side->node, &judging->arena, &visit);
	read->is_partial = judging->check->result->findings.len > before;
	read->is_met = arena_alloc(&judging->arena, (read->members.len + 1) * sizeof(bool));
	for (size_t i = 0; i < read->members.len; i++) {
		add_keys(judging, read, i);
	}
}

/** By key; of equal ones keys before further names, then as they stand in the files. */
static int compare_keys(const void *left, const void *right)
{
	const struct ref_key *a = left;
	const struct ref_key *b = right;
	int order = strcmp(a->normal, b->normal);

	if (order == 0) {
		order = a->is_also - b->is_also;
	}
	return order != 0 ? order : (a->member > b->member) - (a->member < b->member);
}

/** The first key of the right that is this one; NULL if there is none. */
static const struct ref_key *find_key(const struct ref_keys *keys, const char *normal)
{
	size_t low = 0;
	size_t high = keys->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(keys->at[middle].normal, normal) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < keys->len && strcmp(keys->at[low].normal, normal) == 0 ? &keys->at[low] : NULL;
}

/** What a key of the left means on the right: itself, or what an alias says. */
static const struct ref_key *find_partner(struct judging *judging, const struct ref_key *key)
{
	const struct cross_ref *self = judging->self;
	const struct texts *aliases = self->aliases.at;
	const struct ref_key *found = find_key(&judging->right.keys, key->normal);

	for (size_t i = 0; !found && i < self->aliases.len; i++) {
		if (strcmp(self->aliases.keys[i], key->shown) == 0) {
			found = find_key(&judging->right.keys,
					 value_normal(&judging->arena, (enum value_form)self->form,
						      text_of(aliases[i].at[0])));
		}
	}
	return found;
}

/** "the files of 'right'" or the one file. */
static const char *side_name(const struct ref_side *side)
{
	return side->choice.source.file ? side->choice.source.file : "the files of the other side";
}

static const char *near_key(struct judging *judging, const struct ref_key *key)
{
	const char *words[NEAR_KEYS + 1] = {0};
	size_t count = judging->right.keys.len;

	if (judging->near_sought++ >= NEAR_SOUGHT) {
		return NULL;
	}
	for (size_t i = 0; i < count && i < NEAR_KEYS; i++) {
		words[i] = judging->right.keys.at[i].shown;
	}
	return nearest_word(key->shown, words);
}

static void report_dangling(struct judging *judging, const struct ref_key *key)
{
	const struct ref_side *right = judging->right.side;
	const char *near = near_key(judging, key);
	const char *hint = judging->self->hint;
	struct finding *finding = check_add(
		judging->check, judging->right.is_partial ? VERDICT_UNKNOWN : VERDICT_FAIL,
		REASON_REF_DANGLING, key->member->subject, key->where,
		"'%.120s' is no '%s' of %s%s%s", key->shown, right->key_text, side_name(right),
		right->choice.each_text[0] ? ", " : "", right->choice.each_text);

	finding->detail = key->shown;
	finding->hint = hint   ? hint
			: near ? check_text(judging->check, "did you mean '%s'?", near)
			       : NULL;
}

static bool is_passed_over(enum ref_unless unless, const struct value_set *left,
			   const struct value_set *right)
{
	bool no_left = left->normal.len == 0;
	bool no_right = right->normal.len == 0;

	switch (unless) {
	case UNLESS_NEVER:
		return false;
	case UNLESS_LEFT:
		return no_left;
	case UNLESS_RIGHT:
		return no_right;
	case UNLESS_EITHER:
		return no_left || no_right;
	}
	return false;
}

static void compare_members(struct judging *judging, const struct ref_compare *compare,
			    const struct member *left, const struct member *right)
{
	AUTO(auto_value_set) struct value_set ours = {0};
	AUTO(auto_value_set) struct value_set theirs = {0};
	struct finding *finding = NULL;

	value_set_gather(&judging->arena, (enum value_form)compare->form, &compare->left,
			 left->node, &ours);
	value_set_gather(&judging->arena, (enum value_form)compare->form, &compare->right,
			 right->node, &theirs);
	if (is_passed_over((enum ref_unless)compare->unless, &ours, &theirs) ||
	    value_set_equal(&ours, &theirs)) {
		return;
	}
	finding = check_add(judging->check, VERDICT_FAIL, REASON_REF_DIFFERS, left->subject,
			    ours.where, "'%s' is %s, and '%s' of %s is %s", compare->left_text,
			    str_text(&ours.shown), compare->right_text, right->subject,
			    str_text(&theirs.shown));
	finding->detail = finding->message;
	finding->hint = compare->hint;
	finding_relate(finding, theirs.where);
}

static void judge_key(struct judging *judging, const struct ref_key *key)
{
	const struct ref_compare *compare = judging->self->compare.at;
	const struct ref_key *partner = find_partner(judging, key);

	judging->check->result->checked++;
	if (!partner) {
		report_dangling(judging, key);
		return;
	}
	*key->is_met = true;
	*partner->is_met = true;
	for (size_t i = 0; i < judging->self->compare.len; i++) {
		compare_members(judging, &compare[i], key->member, partner->member);
	}
}

/** A member of the left whose key is unknown may be known by one of its further names. */
static const struct ref_key *known_name(struct judging *judging, size_t index)
{
	const struct ref_keys *keys = &judging->left.keys;
	const struct ref_key *key = &keys->at[index];

	if (find_partner(judging, key)) {
		return key;
	}
	for (size_t i = index + 1; i < keys->len && keys->at[i].member == key->member; i++) {
		if (keys->at[i].is_also && find_partner(judging, &keys->at[i])) {
			return &keys->at[i];
		}
	}
	return key;
}

static void judge_left(struct judging *judging)
{
	const struct ref_keys *keys = &judging->left.keys;

	for (size_t i = 0; i < keys->len; i++) {
		if (!keys->at[i].is_also) {
			judge_key(judging, known_name(judging, i));
		}
	}
}

/** Two members of the right with one key: which of them is meant? */
static void report_twins(struct judging *judging)
{
	const struct ref_keys *keys = &judging->right.keys;

	for (size_t i = 1; i < keys->len; i++) {
		const struct ref_key *before = &keys->at[i - 1];
		const struct ref_key *key = &keys->at[i];
		struct finding *finding = NULL;

		if (before->member == key->member || strcmp(before->normal, key->normal) != 0) {
			continue;
		}
		finding = check_add(judging->check, VERDICT_FAIL, REASON_REF_AMBIGUOUS,
				    key->member->subject, key->where,
				    "'%.120s' is this, and %s too: which of them is meant?",
				    key->shown, before->member->subject);
		finding->detail = key->shown;
		finding_relate(finding, before->where);
	}
}

static void report_unmatched(struct judging *judging)
{
	const struct ref_side *left = judging->left.side;
	const struct ref_keys *keys = &judging->right.keys;

	for (size_t i = 0; i < keys->len; i++) {
		const struct ref_key *key = &keys->at[i];
		struct finding *finding = NULL;

		if (key->is_also || *key->is_met) {
			continue;
		}
		finding = check_add(
			judging->check, judging->left.is_partial ? VERDICT_UNKNOWN : VERDICT_FAIL,
			REASON_REF_UNMATCHED, key->member->subject, key->where,
			"no '%s' of %s%s%s is '%.120s'", left->key_text, side_name(left),
			left->choice.each_text[0] ? ", " : "", left->choice.each_text, key->shown);
		finding->detail = key->shown;
		finding->hint = judging->self->hint;
	}
}

static void release(struct judging *judging)
{
	VEC_RELEASE(&judging->left.members);
	VEC_RELEASE(&judging->left.keys);
	VEC_RELEASE(&judging->right.members);
	VEC_RELEASE(&judging->right.keys);
	arena_release(&judging->arena);
}

static void judge(struct check *check)
{
	struct judging judging = {.check = check, .self = check->settings};

	read_side(&judging, &judging.self->left, &judging.left);
	read_side(&judging, &judging.self->right, &judging.right);
	if (judging.right.keys.len > 1) {
		qsort(judging.right.keys.at, judging.right.keys.len, sizeof(*judging.right.keys.at),
		      compare_keys);
	}
	judge_left(&judging);
	if (judging.self->compare.len > 0) {
		report_twins(&judging);
	}
	if (judging.self->mode == REF_EQUAL) {
		report_unmatched(&judging);
	}
	release(&judging);
}

const struct kind kind_cross_ref = {
	.name = "cross_ref",
	.doc = "Joins the members of two files by a key. Passes when each key of the left stands on the right "
	       "(with mode equal the other way round too), and joined members agree in what is compared",
	.fields = cross_ref_fields,
	.settings_size = sizeof(struct cross_ref),
	.mode = MODE_STATIC,
	.check_settings = cross_ref_check_settings,
	.judge = judge,
};
