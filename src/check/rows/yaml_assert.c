/*
 * yaml_assert: what the user's own files must say. It looks into YAML, JSON and HuJSON files, picks
 * members of a list or map, and holds each against a few assertions.
 */
#include "check/rows/yaml_assert.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/rows/yaml_total.h"

/** A value that must be unique, and where it was seen. */
struct seen {
	size_t assertion;
	struct text value;
	const char *subject;
	struct place where;
	size_t order;
};

/** A member, and where it stands. */
struct judged {
	const struct node *document;
	const struct node *member;
	const char *subject;
};

/** One gate being judged. */
struct judging {
	struct check *check;
	const struct yaml_assert *self;
	struct matcher *matcher;
	struct arena arena; /**< trees, until the gate is judged: `seen` points into them */
	struct VEC(struct seen) seen;
};

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

static void judge_total_of(struct judging *judging, const struct assertion *assertion,
			   const struct judged *judged, struct yaml_found found)
{
	AUTO(auto_str) struct str why = {0};
	struct finding *finding = NULL;
	struct total_slip slip;

	if (node_is_null(found.node) || (!assertion->of.count && !assertion->of.sum)) {
		return;
	}
	slip = judge_total(assertion, found,
			   assertion->of.of_document ? judged->document : judged->member, &why);
	if (slip.reason == REASON_NONE) {
		return;
	}
	finding = check_add(judging->check, VERDICT_FAIL, slip.reason, judged->subject, slip.where,
			    "'%s' %s", assertion->path_text, str_text(&why));
	finding->detail = finding->message;
	finding->hint = assertion->hint;
	if (slip.other.file) {
		finding_relate(finding, slip.other);
	}
}

static void judge_assertion(struct judging *judging, size_t index, const struct judged *judged)
{
	const struct assertion *assertion =
		(const struct assertion *)judging->self->asserts.at + index;
	struct yaml_founds founds = {0};

	yaml_path_find(&assertion->path, judged->member, &founds);
	for (size_t i = 0; i < founds.len; i++) {
		judge_found(judging, assertion, judged->subject, founds.at[i]);
		judge_total_of(judging, assertion, judged, founds.at[i]);
		if (assertion->unique && founds.at[i].node &&
		    founds.at[i].node->kind == NODE_SCALAR && !node_is_null(founds.at[i].node)) {
			remember(judging, index, judged->subject, founds.at[i]);
		}
	}
	VEC_RELEASE(&founds);
}

static void judge_member(struct judging *judging, const struct judged *judged)
{
	judging->check->result->checked++;
	for (size_t i = 0; i < judging->self->asserts.len; i++) {
		judge_assertion(judging, i, judged);
	}
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
				    check_text(judging->check, "file:%s", document->where.file),
				    document->where, "%zu members are judged, expected at %s %lld",
				    count, is_few ? "least" : "most",
				    (long long)(is_few ? min->value : max->value));
		finding->detail = check_text(judging->check, "%s %zu",
					     judging->self->choice.each_text, count);
	}
}

static void judge_document(const struct node *document, void *cookie)
{
	struct judging *judging = cookie;
	struct members members = {0};

	members_choose(judging->check, &judging->self->choice, document, &members);
	for (size_t i = 0; i < members.len; i++) {
		const struct judged judged = {document, members.at[i].node, members.at[i].subject};

		judge_member(judging, &judged);
	}
	judge_member_count(judging, document, members.len);
	VEC_RELEASE(&members);
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

static void judge(struct check *check)
{
	struct judging judging = {.check = check, .self = check->settings};
	const struct document_visit visit = {.document = judge_document, .cookie = &judging};

	judging.matcher = matcher_new();
	documents_visit(check, &judging.self->choice.source, check->gate->with, &judging.arena,
			&visit);
	judge_unique(&judging);
	VEC_RELEASE(&judging.seen);
	matcher_free(judging.matcher);
	arena_release(&judging.arena);
}

const struct kind kind_yaml_assert = {
	.name = "yaml_assert",
	.doc = "Looks into YAML or JSON files: picks the members of a list or map and passes when each has "
	       "what is asserted of it: values, types, patterns, numbers, counts and sums, unique ones",
	.fields = yaml_assert_fields,
	.settings_size = sizeof(struct yaml_assert),
	.mode = MODE_STATIC,
	.check_settings = yaml_assert_check_settings,
	.release_settings = yaml_assert_release_settings,
	.judge = judge,
};
