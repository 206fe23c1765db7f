#include "report/text_group.h"

#include <string.h>

#include "base/cleanup.h"
#include "report/layout.h"
#include "report/text_parts.h"

/** So many findings that are alike are shown as one block; two, if they have a common cause. */
#define ALIKE_MIN 4

/** Most subjects named in one block. */
#define NAMES_MAX ((size_t)8)

static bool has_same_cause(const struct finding *left, const struct finding *right)
{
	AUTO(auto_str) struct str left_key = {0};
	AUTO(auto_str) struct str right_key = {0};

	if (!left->caused_by || !right->caused_by) {
		return left->caused_by == right->caused_by;
	}
	return text_cause(left, &left_key) == text_cause(right, &right_key) &&
	       text_equal(str_view(&left_key), str_view(&right_key));
}

/** Is it to be mended where it stands? A misspelt key is, though it is only remarked on. */
static bool is_own_mistake(const struct finding *finding)
{
	return (finding->verdict == VERDICT_FAIL || finding->reason == REASON_BINDING_SLIP) &&
	       !finding->caused_by;
}

/** May the two be told in one block? Mistakes only if they say the very same. */
static bool is_alike(const struct finding *left, const struct finding *right)
{
	return left->verdict == right->verdict && left->reason == right->reason &&
	       left->state == right->state && left->waived_by == right->waived_by &&
	       left->waived_verdict == right->waived_verdict &&
	       (!is_own_mistake(left) || same_string(left->message, right->message)) &&
	       has_same_cause(left, right);
}

void group_gather(const struct result *result, size_t first, const bool *is_told,
		  struct members *out)
{
	const struct finding *all = result->findings.at;
	size_t least = all[first].caused_by ? 2 : ALIKE_MIN;

	for (size_t i = first; i < result->findings.len; i++) {
		if (i == first || (!is_told[i] && is_alike(&all[first], &all[i]))) {
			*VEC_ADD(out) = i;
		}
	}
	if (out->len < least) {
		out->len = 1;
	}
}

/** The length of "target:" in "target:nas"; 0 where there is no type. */
static size_t type_len(const struct finding *finding)
{
	const char *colon = finding->subject ? strchr(finding->subject, ':') : NULL;

	return colon ? (size_t)(colon - finding->subject) + 1 : 0;
}

/** The type that all members share, with its colon; empty if they differ. */
static struct text common_type(const struct result *result, const struct members *members)
{
	const struct finding *first = &result->findings.at[members->at[0]];
	size_t len = type_len(first);

	for (size_t i = 1; i < members->len; i++) {
		const struct finding *other = &result->findings.at[members->at[i]];

		if (type_len(other) != len ||
		    (len > 0 && strncmp(first->subject, other->subject, len) != 0)) {
			return (struct text){"", 0};
		}
	}
	return (struct text){len > 0 ? first->subject : "", len};
}

/** What the code at the end of a cause means; NULL if it ends with none. */
static const char *cause_doc(const char *cause)
{
	const char *space = strrchr(cause, ' ');
	const char *code = space ? space + 1 : cause;

	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		if (strcmp(reason_code(reason), code) == 0) {
			return reason_doc(reason);
		}
	}
	return NULL;
}

/** "one cause: G013 target:nas keys.unpinned (no host key is pinned for the target)". */
static void add_cause(struct str *line, const struct finding *finding)
{
	AUTO(auto_str) struct str key = {0};
	bool is_own = text_cause(finding, &key);
	const char *doc = cause_doc(str_text(&key));

	str_printf(line, ", %s %s",
		   is_own ? "each for the same cause:" : "one cause:", str_text(&key));
	if (doc) {
		str_printf(line, " (%s)", doc);
	}
}

/** "12 targets unknown", "5 remarks", "3 findings fail", "4 fails waived". */
static void add_group_count(struct str *line, const struct finding *first, size_t count,
			    struct text type)
{
	str_printf(line, "%zu ", count);
	if (first->waived_by) {
		str_printf(line, "%ss waived", verdict_word(first->waived_verdict));
	} else if (first->state == STATE_FIXED) {
		str_add(line, "fixed");
	} else if (first->verdict == VERDICT_PASS) {
		str_add(line, "remarks");
	} else if (type.len > 0) {
		str_printf(line, "%.*ss %s", (int)type.len - 1, type.at,
			   verdict_word(first->verdict));
	} else {
		str_printf(line, "findings %s", verdict_word(first->verdict));
	}
}

/** What is wrong with the group, in one sentence. */
static void add_group_sentence(struct str *line, const struct result *result,
			       const struct members *members, struct text type)
{
	const struct finding *first = &result->findings.at[members->at[0]];

	add_group_count(line, first, members->len, type);
	if (first->caused_by) {
		add_cause(line, first);
		return;
	}
	str_printf(line, ": %s",
		   is_own_mistake(first) ? first->message : reason_doc(first->reason));
	text_reason(line, first);
}

/** The subjects of a group in one line. */
static void add_names(struct str *out, const struct style *style, const struct result *result,
		      const struct members *members, struct text type)
{
	AUTO(auto_str) struct str line = {0};

	for (size_t i = 0; i < members->len && i < NAMES_MAX; i++) {
		const struct finding *finding = &result->findings.at[members->at[i]];

		str_printf(&line, "%s%s", i ? ", " : "",
			   finding->subject ? finding->subject + type.len : "?");
	}
	if (members->len > NAMES_MAX) {
		str_printf(&line, ", %s and %zu more", mark_text(style, MARK_ELLIPSIS),
			   members->len - NAMES_MAX);
	}
	text_sentence(out, style, 0, &line);
}

/** The places of a group of mistakes, one a line: each must be mended. */
static void add_places(struct str *out, const struct style *style, const struct result *result,
		       const struct members *members)
{
	for (size_t i = 0; i < members->len && i < NAMES_MAX; i++) {
		text_head(out, style, SENTENCE_INDENT, &result->findings.at[members->at[i]]);
	}
	if (members->len > NAMES_MAX) {
		add_spaces(out, SENTENCE_INDENT);
		str_printf(out, "%s and %zu more (-o json shows all)\n",
			   mark_text(style, MARK_ELLIPSIS), members->len - NAMES_MAX);
	}
}

void group_write(struct str *out, const struct style *style, const struct result *result,
		 const struct members *members)
{
	const struct finding *first = &result->findings.at[members->at[0]];
	struct text type = common_type(result, members);
	AUTO(auto_str) struct str line = {0};

	add_group_sentence(&line, result, members, type);
	text_line(out, style, FINDING_INDENT, SENTENCE_INDENT - FINDING_INDENT, &line);
	if (is_own_mistake(first) || first->waived_by) {
		add_places(out, style, result, members);
	} else {
		add_names(out, style, result, members, type);
	}
	text_waiver(out, style, first);
}

const char *group_hint(const struct result *result, const struct members *members, bool *is_common)
{
	const char *hint = result->findings.at[members->at[0]].hint;

	*is_common = true;
	for (size_t i = 1; i < members->len; i++) {
		*is_common =
			*is_common && same_string(hint, result->findings.at[members->at[i]].hint);
	}
	return hint;
}
