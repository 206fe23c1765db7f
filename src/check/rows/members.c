#include "check/rows/members.h"

static bool meets(const struct condition *condition, const struct node *member)
{
	struct yaml_founds founds = {0};
	bool is_met = false;

	yaml_path_find(&condition->path, member, &founds);
	for (size_t i = 0; i < founds.len && !is_met; i++) {
		const struct node *node = founds.at[i].node;

		is_met = node && node->kind == NODE_SCALAR &&
			 texts_hold(&condition->values, node->text.at);
	}
	VEC_RELEASE(&founds);
	return is_met;
}

bool conditions_met(const struct conditions *conditions, const struct node *member)
{
	for (size_t i = 0; i < conditions->len; i++) {
		if (!meets(&conditions->at[i], member)) {
			return false;
		}
	}
	return true;
}

static bool is_chosen(const struct member_choice *choice, const struct node *member)
{
	return conditions_met(&choice->where, member) &&
	       !(choice->unless.len > 0 && conditions_met(&choice->unless, member));
}

static const char *name_at(const struct node *member, const char *key)
{
	const struct node *name = node_get(member, key);

	return name && name->kind == NODE_SCALAR && !node_is_null(name) ? name->text.at : NULL;
}

/** What a report calls the member: its name, its key, or its number. */
static const char *member_subject(struct check *check, const struct member_choice *choice,
				  const struct node *member, size_t index)
{
	const char *name = name_at(member, choice->name ? choice->name : "id");

	if (!name && !choice->name) {
		name = name_at(member, "name");
	}
	name = name ? name : member->key;
	if (name) {
		return check_text(check, "row:%s:%s[%s]", member->where.file, choice->each_text,
				  name);
	}
	return check_text(check, "row:%s:%s[%zu]", member->where.file, choice->each_text, index);
}

/** The members of a list or map. */
static void choose_in(struct check *check, const struct member_choice *choice,
		      const struct node *parent, struct members *out)
{
	size_t index = 0;

	for (const struct node *member = parent->first; member; member = member->next, index++) {
		if (is_chosen(choice, member)) {
			*VEC_ADD(out) = (struct member){
				member, member_subject(check, choice, member, index)};
		}
	}
}

static void report_no_list(struct check *check, const struct member_choice *choice,
			   const struct node *document, struct yaml_found found)
{
	bool is_absent = node_is_null(found.node);
	struct finding *finding = check_add(
		check, VERDICT_FAIL, is_absent ? REASON_ASSERT_MISSING : REASON_ASSERT_VALUE,
		check_text(check, "file:%s", document->where.file), found.where,
		"'%s' is %s, expected a list or a map", choice->each_text,
		found.node ? node_sort(found.node) : "not there");

	finding->detail = choice->each_text;
}

void members_choose(struct check *check, const struct member_choice *choice,
		    const struct node *document, struct members *out)
{
	struct yaml_founds founds = {0};

	if (!choice->each_text[0]) {
		if (is_chosen(choice, document)) {
			*VEC_ADD(out) = (struct member){
				document, check_text(check, "file:%s", document->where.file)};
		}
		return;
	}
	yaml_path_find(&choice->each, document, &founds);
	for (size_t i = 0; i < founds.len; i++) {
		if (founds.at[i].node && founds.at[i].node->kind != NODE_SCALAR) {
			choose_in(check, choice, founds.at[i].node, out);
		} else {
			report_no_list(check, choice, document, founds.at[i]);
		}
	}
	VEC_RELEASE(&founds);
}

void yaml_path_decode(struct decode *decode, const struct node *node, const char *text,
		      struct yaml_path *out)
{
	struct err err = {0};

	if (yaml_path_parse(decode->arena, text_of(text), out, &err)) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "paths are written host, ports[0].name, services[*].image",
			       "'%s' is not a path: %s", text, err.text);
	}
}

void conditions_read(struct decode *decode, const struct entries *entries, struct conditions *out)
{
	const struct texts *values = entries->at;

	out->at = arena_alloc(decode->arena, entries->len * sizeof(*out->at));
	for (size_t i = 0; i < entries->len; i++) {
		yaml_path_decode(decode, entries->nodes[i], entries->keys[i], &out->at[i].path);
		out->at[i].values = values[i];
	}
	out->len = entries->len;
}

void member_choice_check(struct decode *decode, struct member_choice *choice,
			 const struct node *named, const char *who, struct place place)
{
	const struct node *each = node_get(named, "each");

	document_source_check(decode, &choice->source, who, place);
	if (each) {
		yaml_path_decode(decode, each, choice->each_text, &choice->each);
	} else {
		choice->each_text = "";
	}
	conditions_read(decode, &choice->where_entries, &choice->where);
	conditions_read(decode, &choice->unless_entries, &choice->unless);
}
