/*
 * yaml_assert: what the user's own files must say. It looks into YAML, JSON and HuJSON files, picks
 * members of a list or map, and holds each against a few assertions.
 */
#include "check/rows/yaml_assert.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/glob.h"
#include "data/hujson.h"

/** A value that must be unique, and where it was seen. */
struct seen {
	size_t assertion;
	struct text value;
	const char *subject;
	struct place where;
	size_t order;
};

/** One gate being judged. */
struct judging {
	struct check *check;
	const struct yaml_assert *self;
	struct matcher *matcher;
	struct arena arena; /**< trees, until the gate is judged: `seen` points into them */
	struct VEC(struct seen) seen;
};

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

static bool meets_all(const struct conditions *conditions, const struct node *member)
{
	for (size_t i = 0; i < conditions->len; i++) {
		if (!meets(&conditions->at[i], member)) {
			return false;
		}
	}
	return true;
}

static bool is_judged(const struct yaml_assert *self, const struct node *member)
{
	return meets_all(&self->where, member) &&
	       !(self->unless.len > 0 && meets_all(&self->unless, member));
}

static const char *name_at(const struct node *member, const char *key)
{
	const struct node *name = node_get(member, key);

	return name && name->kind == NODE_SCALAR && !node_is_null(name) ? name->text.at : NULL;
}

/** What a report calls the member: its name, its key, or its number. */
static const char *member_subject(struct judging *judging, const struct node *member, size_t index)
{
	const struct yaml_assert *self = judging->self;
	const char *name = self->name ? name_at(member, self->name) : name_at(member, "id");

	if (!name && !self->name) {
		name = name_at(member, "name");
	}
	name = name ? name : member->key;
	if (name) {
		return check_text(judging->check, "row:%s:%s[%s]", member->where.file,
				  self->each_text, name);
	}
	return check_text(judging->check, "row:%s:%s[%zu]", member->where.file, self->each_text,
			  index);
}

static void remember(struct judging *judging, size_t assertion, const char *subject,
		     struct yaml_found found)
{
	*VEC_ADD(&judging->seen) = (struct seen){
		.assertion = assertion,
		.value = found.node->text,
		.subject = subject,
		.where = found.where,
		.order = judging->seen.len,
	};
}

static void judge_found(struct judging *judging, const struct assertion *assertion,
			const char *subject, struct yaml_found found)
{
	AUTO(auto_str) struct str why = {0};
	enum reason reason = judge_value(assertion, found.node, judging->matcher, &why);
	struct finding *finding = NULL;

	if (reason == REASON_NONE) {
		return;
	}
	finding = check_add(judging->check,
			    reason == REASON_TEXT_LIMIT ? VERDICT_UNKNOWN : VERDICT_FAIL, reason,
			    subject, found.where, "'%s' %s", assertion->path_text, str_text(&why));
	/* Another wrong value is another finding. */
	finding->detail = reason == REASON_TEXT_LIMIT ? assertion->path_text : finding->message;
	finding->hint = assertion->hint;
}

static void judge_assertion(struct judging *judging, size_t index, const struct node *member,
			    const char *subject)
{
	const struct assertion *assertion =
		(const struct assertion *)judging->self->asserts.at + index;
	struct yaml_founds founds = {0};

	yaml_path_find(&assertion->path, member, &founds);
	for (size_t i = 0; i < founds.len; i++) {
		judge_found(judging, assertion, subject, founds.at[i]);
		if (assertion->unique && founds.at[i].node &&
		    founds.at[i].node->kind == NODE_SCALAR && !node_is_null(founds.at[i].node)) {
			remember(judging, index, subject, founds.at[i]);
		}
	}
	VEC_RELEASE(&founds);
}

static void judge_member(struct judging *judging, const struct node *member, const char *subject)
{
	judging->check->result->checked++;
	for (size_t i = 0; i < judging->self->asserts.len; i++) {
		judge_assertion(judging, i, member, subject);
	}
}

/** Judge the members of a list or map. @return how many there are */
static size_t judge_members(struct judging *judging, const struct node *parent)
{
	size_t index = 0;
	size_t judged = 0;

	for (const struct node *member = parent->first; member; member = member->next, index++) {
		if (is_judged(judging->self, member)) {
			judge_member(judging, member, member_subject(judging, member, index));
			judged++;
		}
	}
	return judged;
}

static const char *file_subject(struct judging *judging, const struct node *document)
{
	return check_text(judging->check, "file:%s", document->where.file);
}

static void judge_member_count(struct judging *judging, const struct node *document, size_t count)
{
	const struct bound *min = &judging->self->members.min;
	const struct bound *max = &judging->self->members.max;
	bool is_few = min->is_set && (int64_t)count < min->value;
	bool is_many = max->is_set && (int64_t)count > max->value;
	struct finding *finding = NULL;

	if (!min->is_set && !max->is_set) {
		return;
	}
	judging->check->result->checked += count == 0;
	if (is_few || is_many) {
		finding = check_add(judging->check, VERDICT_FAIL, REASON_ASSERT_COUNT,
				    file_subject(judging, document), document->where,
				    "%zu members are judged, expected at %s %lld", count,
				    is_few ? "least" : "most",
				    (long long)(is_few ? min->value : max->value));
		finding->detail =
			check_text(judging->check, "%s %zu",
				   judging->self->each_text ? judging->self->each_text : "", count);
	}
}

/** Judge what `each` leads to in one document. */
static void judge_each(struct judging *judging, const struct node *document)
{
	struct yaml_founds founds = {0};
	struct finding *finding = NULL;
	size_t count = 0;

	yaml_path_find(&judging->self->each, document, &founds);
	for (size_t i = 0; i < founds.len; i++) {
		const struct node *parent = founds.at[i].node;

		if (parent && parent->kind != NODE_SCALAR) {
			count += judge_members(judging, parent);
			continue;
		}
		finding = check_add(
			judging->check, VERDICT_FAIL,
			node_is_null(parent) ? REASON_ASSERT_MISSING : REASON_ASSERT_VALUE,
			file_subject(judging, document), founds.at[i].where,
			"'%s' is %s, expected a list or a map", judging->self->each_text,
			parent ? node_sort(parent) : "not there");
		finding->detail = judging->self->each_text;
	}
	VEC_RELEASE(&founds);
	judge_member_count(judging, document, count);
}

/** Without `each` the document is the one member. */
static void judge_document(struct judging *judging, const struct node *document)
{
	bool is_member = is_judged(judging->self, document);

	if (judging->self->each_text[0]) {
		judge_each(judging, document);
		return;
	}
	if (is_member) {
		judge_member(judging, document, file_subject(judging, document));
	}
	judge_member_count(judging, document, is_member);
}

static int compare_seen(const void *left, const void *right)
{
	const struct seen *a = left;
	const struct seen *b = right;
	size_t len = a->value.len < b->value.len ? a->value.len : b->value.len;
	int order = (a->assertion > b->assertion) - (a->assertion < b->assertion);

	if (order == 0) {
		order = memcmp(a->value.at, b->value.at, len);
	}
	if (order == 0) {
		order = (a->value.len > b->value.len) - (a->value.len < b->value.len);
	}
	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/** Equal values stand side by side once sorted; the first of them is the one that was there before.
 */
static void judge_unique(struct judging *judging)
{
	const struct assertion *assertions = judging->self->asserts.at;
	size_t first = 0;

	if (judging->seen.len > 1) {
		qsort(judging->seen.at, judging->seen.len, sizeof(*judging->seen.at), compare_seen);
	}
	for (size_t i = 1; i < judging->seen.len; i++) {
		const struct seen *before = &judging->seen.at[first];
		const struct seen *now = &judging->seen.at[i];
		const struct assertion *assertion = &assertions[now->assertion];
		struct finding *finding = NULL;

		if (before->assertion != now->assertion || !text_equal(before->value, now->value)) {
			first = i;
			continue;
		}
		finding =
			check_add(judging->check, VERDICT_FAIL, REASON_ASSERT_UNIQUE, now->subject,
				  now->where, "'%s' is '%.60s', and so is that of %s",
				  assertion->path_text, now->value.at, before->subject);
		finding->detail =
			check_text(judging->check, "%s %s", assertion->path_text, now->value.at);
		finding->hint = assertion->hint;
		finding_relate(finding, before->where);
	}
}

static void report_repeats(struct judging *judging, const struct repeated_keys *repeats)
{
	for (size_t i = 0; i < repeats->len; i++) {
		const struct repeated_key *repeat = &repeats->at[i];
		struct finding *finding = check_add(
			judging->check, VERDICT_FAIL, REASON_ASSERT_REPEATED_KEY,
			check_text(judging->check, "file:%s", repeat->where.file), repeat->where,
			"the key '%s' stands twice in one map", repeat->key);

		finding->detail = check_text(judging->check, "%s", repeat->key);
		finding->hint = "readers disagree about which of the two counts; remove one";
		finding_relate(finding, repeat->first);
	}
}

typedef int reader(struct arena *arena, const char *file, struct text bytes,
		   enum strictness strictness, struct problems *problems,
		   struct repeated_keys *repeats, struct node **root);

/** What reads a file of that name. */
static reader *reader_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && strcmp(dot, ".json") == 0) {
		return json_load;
	}
	return dot && strcmp(dot, ".hujson") == 0 ? hujson_load : yaml_load;
}

/** Parse the bytes and judge every document. `file` lives as long as the run. */
static void judge_bytes(struct judging *judging, const char *file, struct text bytes)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct repeated_keys repeats = {0};
	struct node *root = NULL;

	if (reader_of(file)(&judging->arena, file, bytes, LOOKED_INTO, &problems, &repeats,
			    &root)) {
		for (size_t i = 0; i < problems.list.len; i++) {
			struct finding *finding = check_add(
				judging->check, VERDICT_FAIL, REASON_FILE_NOT_PARSED,
				check_text(judging->check, "file:%s", file),
				problems.list.at[i].where, "%s", problems.list.at[i].message);

			finding->detail = finding->message;
		}
	}
	for (const struct node *document = root; document; document = document->next) {
		judge_document(judging, document);
	}
	report_repeats(judging, &repeats);
	VEC_RELEASE(&repeats);
}

static void judge_file(struct judging *judging, const char *path)
{
	struct check *check = judging->check;
	const char *file = check_text(check, "%s", path);
	const char *subject = check_text(check, "file:%s", path);
	struct text bytes = {0};
	struct err err = {0};

	switch (tree_read(check->context->repo->tree, path, LOOKED_INTO_BYTES, &bytes, &err)) {
	case TREE_OK:
		judge_bytes(judging, file, bytes);
		return;
	case TREE_ABSENT:
		(void)check_add(check, VERDICT_FAIL, REASON_FILE_ABSENT, subject,
				node_place(check->gate->with, "file"), "%s", err.text);
		return;
	case TREE_REFUSED:
		(void)check_add(check, VERDICT_UNKNOWN,
				err.code == ERR_LIMIT ? REASON_FILE_TOO_LARGE
						      : REASON_FILE_UNREADABLE,
				subject, (struct place){file, 0, 0}, "%s", err.text);
		return;
	case TREE_CONFLICTED:
		(void)check_add(check, VERDICT_UNKNOWN, REASON_FILE_CONFLICTED, subject,
				(struct place){file, 0, 0}, "%s", err.text);
		return;
	}
}

static bool is_wanted(const struct texts *globs, const char *path)
{
	for (size_t i = 0; i < globs->len; i++) {
		if (glob_match(globs->at[i], path)) {
			return true;
		}
	}
	return false;
}

static void judge_files(struct judging *judging)
{
	struct check *check = judging->check;
	struct tree_list list = {0};
	struct err err = {0};

	if (tree_list(check->context->repo->tree, &list, &err)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_NONE,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"%s", err.text);
		return;
	}
	for (size_t i = 0; i < list.len; i++) {
		if (!is_wanted(&judging->self->files, list.at[i].path)) {
			continue;
		}
		if (clock_monotonic_ms() >= check->deadline_ms) {
			(void)check_add(check, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT,
					check_text(check, "gate:%s", check->gate->id),
					(struct place){0},
					"the time was over before all files were judged");
			return;
		}
		judge_file(judging, list.at[i].path);
	}
}

static void judge(struct check *check)
{
	struct judging judging = {.check = check, .self = check->settings};

	judging.matcher = matcher_new();
	if (judging.self->file) {
		judge_file(&judging, judging.self->file);
	} else {
		judge_files(&judging);
	}
	judge_unique(&judging);
	VEC_RELEASE(&judging.seen);
	matcher_free(judging.matcher);
	arena_release(&judging.arena);
}

const struct kind kind_yaml_assert = {
	.name = "yaml_assert",
	.doc = "Looks into YAML or JSON files: picks the members of a list or map and passes when each has "
	       "what is asserted of it: values, types, patterns, numbers, unique ones",
	.fields = yaml_assert_fields,
	.settings_size = sizeof(struct yaml_assert),
	.mode = MODE_STATIC,
	.check_settings = yaml_assert_check_settings,
	.release_settings = yaml_assert_release_settings,
	.judge = judge,
};
