#include "report/text_findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "report/layout.h"

/** So many findings that are alike are shown as one block. */
#define ALIKE_MIN 4

/** Most subjects named in one block. */
#define NAMES_MAX ((size_t)8)

/** Columns before the sentences of a finding. */
#define SENTENCE_INDENT (FINDING_INDENT + 2)

struct members VEC(size_t);

void text_place(const struct place *where, struct str *out)
{
	if (where->file) {
		str_add_printable(out, text_of(where->file));
	}
	if (where->file && where->line > 0) {
		str_printf(out, ":%d:%d", where->line, where->column);
	}
}

/** The cause without the finding's own subject, so that "G013 target:a keys.unpinned" of target:a
 * and the like of target:b are one cause; and without "gate:G013", which repeats the gate. Returns
 * whether the subject stood in it. */
static bool cause_key(const struct finding *finding, struct str *out)
{
	struct text rest = text_of(finding->caused_by);
	struct text word = {0};
	bool is_own = false;
	bool is_first = true;

	while (text_split(&rest, ' ', &word)) {
		if (finding->subject && text_is(word, finding->subject)) {
			is_own = true;
		} else if (!text_starts(word, "gate:")) {
			str_add(out, is_first ? "" : " ");
			str_add_text(out, word);
			is_first = false;
		}
	}
	return is_own;
}

static bool has_same_cause(const struct finding *left, const struct finding *right)
{
	AUTO(auto_str) struct str left_key = {0};
	AUTO(auto_str) struct str right_key = {0};

	if (!left->caused_by || !right->caused_by) {
		return left->caused_by == right->caused_by;
	}
	return cause_key(left, &left_key) == cause_key(right, &right_key) &&
	       text_equal(str_view(&left_key), str_view(&right_key));
}

static bool is_own_failure(const struct finding *finding)
{
	return finding->verdict == VERDICT_FAIL && !finding->caused_by;
}

/** May the two be told in one block? Failures only if they say the very same. */
static bool is_alike(const struct finding *left, const struct finding *right)
{
	return left->verdict == right->verdict && left->reason == right->reason &&
	       (!is_own_failure(left) || same_string(left->message, right->message)) &&
	       has_same_cause(left, right);
}

/** Collect what goes into one block with finding `first`: itself at least. */
static void gather(const struct result *result, size_t first, const bool *is_told,
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

/** Append "(reason.code)". */
static void add_code(struct str *out, const struct finding *finding)
{
	str_printf(out, " (%s)", reason_code(finding->reason));
}

/** Append an indented, wrapped line. */
static void add_line(struct str *out, const struct style *style, size_t indent, size_t hanging,
		     const struct str *line)
{
	add_spaces(out, indent);
	wrap_add(out, style, indent, indent + hanging, str_text(line));
	str_add_char(out, '\n');
}

/** Append a sentence about a finding, below its place. */
static void add_sentence(struct str *out, const struct style *style, size_t hanging,
			 const struct str *sentence)
{
	add_line(out, style, SENTENCE_INDENT, hanging, sentence);
}

static void add_hint(struct str *out, const struct style *style, const char *label,
		     const char *hint)
{
	AUTO(auto_str) struct str line = {0};

	if (hint) {
		str_printf(&line, "%s%s", label, hint);
		add_sentence(out, style, strlen("fix: "), &line);
	}
}

/** Is the finding about its gate as a whole, so that its subject says nothing new? */
static bool is_whole(const struct result *result, const struct finding *finding)
{
	return finding->subject && strncmp(finding->subject, "gate:", strlen("gate:")) == 0 &&
	       strcmp(finding->subject + strlen("gate:"), result->gate->id) == 0;
}

/** "file:bin/x.sh" beside a place in that file says nothing new. */
static bool repeats_file(const struct finding *finding)
{
	return finding->subject && finding->where.file &&
	       strncmp(finding->subject, "file:", strlen("file:")) == 0 &&
	       strcmp(finding->subject + strlen("file:"), finding->where.file) == 0;
}

/** Append "file:line:column  subject". */
static void add_head(struct str *out, const struct style *style, size_t indent,
		     const struct finding *finding)
{
	AUTO(auto_str) struct str place = {0};
	AUTO(auto_str) struct str subject = {0};

	text_place(&finding->where, &place);
	if (!repeats_file(finding)) {
		str_add_printable(&subject, text_of(finding->subject ? finding->subject : ""));
	}
	add_spaces(out, indent);
	colour_add(out, style, COLOUR_BOLD, str_text(&place));
	if (place.len > 0 && subject.len > 0) {
		str_add(out, "  ");
	}
	str_add(out, str_text(&subject));
	str_add_char(out, '\n');
}

/** The word before a message whose verdict is not that of the gate. */
static const char *verdict_prefix(const struct finding *finding, const struct result *result)
{
	if (finding->verdict == VERDICT_PASS) {
		return "remark: ";
	}
	if (finding->verdict == result->verdict) {
		return "";
	}
	switch (finding->verdict) {
	case VERDICT_FAIL:
		return "fail: ";
	case VERDICT_SKIP:
		return "skip: ";
	case VERDICT_UNKNOWN:
	case VERDICT_PASS:
		break;
	}
	return "unknown: ";
}

static void add_related(struct str *out, const struct style *style, const struct finding *finding)
{
	AUTO(auto_str) struct str line = {0};

	str_add(&line, "see also");
	for (size_t i = 0; i < finding->related_count; i++) {
		str_add(&line, i ? ", " : " ");
		text_place(&finding->related[i], &line);
	}
	if (finding->related_count > 0) {
		add_sentence(out, style, 2, &line);
	}
}

static void add_one(struct str *out, const struct style *style, const struct result *result,
		    const struct finding *finding)
{
	AUTO(auto_str) struct str line = {0};
	const char *path = path_word(finding->path);

	bool has_head = !is_whole(result, finding);

	if (has_head) {
		add_head(out, style, FINDING_INDENT, finding);
	}
	str_add(&line, verdict_prefix(finding, result));
	str_add(&line, finding->message ? finding->message : reason_doc(finding->reason));
	add_code(&line, finding);
	if (path) {
		str_printf(&line, ", over %s", path);
	}
	if (finding->is_flaky) {
		str_add(&line, ", only after a retry");
	}
	add_line(out, style, has_head ? SENTENCE_INDENT : FINDING_INDENT, 2, &line);
	if (finding->caused_by) {
		str_clear(&line);
		str_add(&line, "cause: ");
		(void)cause_key(finding, &line);
		add_sentence(out, style, strlen("cause: "), &line);
	}
	add_related(out, style, finding);
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
	bool is_own = cause_key(finding, &key);
	const char *doc = cause_doc(str_text(&key));

	str_printf(line, ", %s %s",
		   is_own ? "each for the same cause:" : "one cause:", str_text(&key));
	if (doc) {
		str_printf(line, " (%s)", doc);
	}
}

/** "12 targets unknown", "5 remarks", "3 findings fail". */
static void add_group_count(struct str *line, const struct finding *first, size_t count,
			    struct text type)
{
	str_printf(line, "%zu ", count);
	if (first->verdict == VERDICT_PASS) {
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
		   is_own_failure(first) ? first->message : reason_doc(first->reason));
	add_code(line, first);
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
	add_sentence(out, style, 0, &line);
}

/** The places of a group of failures, one a line: each must be mended. */
static void add_places(struct str *out, const struct style *style, const struct result *result,
		       const struct members *members)
{
	for (size_t i = 0; i < members->len && i < NAMES_MAX; i++) {
		add_head(out, style, SENTENCE_INDENT, &result->findings.at[members->at[i]]);
	}
	if (members->len > NAMES_MAX) {
		add_spaces(out, SENTENCE_INDENT);
		str_printf(out, "%s and %zu more (-o json shows all)\n",
			   mark_text(style, MARK_ELLIPSIS), members->len - NAMES_MAX);
	}
}

static void add_group(struct str *out, const struct style *style, const struct result *result,
		      const struct members *members)
{
	struct text type = common_type(result, members);
	AUTO(auto_str) struct str line = {0};

	add_group_sentence(&line, result, members, type);
	add_line(out, style, FINDING_INDENT, SENTENCE_INDENT - FINDING_INDENT, &line);
	if (is_own_failure(&result->findings.at[members->at[0]])) {
		add_places(out, style, result, members);
	} else {
		add_names(out, style, result, members, type);
	}
}

/** The hint of the first member; `is_common` says whether all give it. */
static const char *first_hint(const struct result *result, const struct members *members,
			      bool *is_common)
{
	const char *hint = result->findings.at[members->at[0]].hint;

	*is_common = true;
	for (size_t i = 1; i < members->len; i++) {
		*is_common =
			*is_common && same_string(hint, result->findings.at[members->at[i]].hint);
	}
	return hint;
}

/** Tell the block that starts with finding `first`, and mark its members. Returns the hint that is
 * still to be said. */
static const char *tell(struct str *out, const struct style *style, const struct result *result,
			size_t first, bool *is_told)
{
	struct members members = {0};
	const char *hint = NULL;
	bool is_common = false;

	gather(result, first, is_told, &members);
	for (size_t i = 0; i < members.len; i++) {
		is_told[members.at[i]] = true;
	}
	if (members.len > 1) {
		add_group(out, style, result, &members);
	} else {
		add_one(out, style, result, &result->findings.at[first]);
	}
	hint = first_hint(result, &members, &is_common);
	if (hint && !is_common) {
		add_hint(out, style, "fix, for the first: ", hint);
		hint = NULL;
	}
	VEC_RELEASE(&members);
	return hint;
}

static size_t count_untold(const bool *is_told, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		count += !is_told[i];
	}
	return count;
}

void text_findings(const struct result *result, const struct style *style, struct str *out)
{
	size_t len = result->findings.len;
	AUTO(auto_free) bool *is_told = mem_alloc(len + 1);
	const char *hint = NULL;
	size_t shown = 0;

	for (size_t i = 0; i < len && shown < TEXT_FINDINGS_MAX; i++) {
		AUTO(auto_str) struct str block = {0};
		const char *next = NULL;

		if (is_told[i]) {
			continue;
		}
		next = tell(&block, style, result, i, is_told);
		/* A hint that the next block repeats is said once, behind the last of them. */
		if (hint && !same_string(hint, next)) {
			add_hint(out, style, "fix: ", hint);
		}
		hint = next;
		str_add_text(out, str_view(&block));
		shown++;
	}
	add_hint(out, style, "fix: ", hint);
	if (count_untold(is_told, len) > 0) {
		add_spaces(out, FINDING_INDENT);
		str_printf(out, "%s and %zu more (-o json shows all)\n",
			   mark_text(style, MARK_ELLIPSIS), count_untold(is_told, len));
	}
}
