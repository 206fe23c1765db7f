/*
 * text_match (G011, G031): what must not stand in tracked files, and what must.
 *
 * Searching is text_pattern.h's, which files are looked at text_kind.h's. What is here runs on
 * several threads at once and writes to nothing shared but counters.
 */
#include "check/text/text_match.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "check/text/scan_cache.h"

/** The one word that `comments` may be. */
#define BY_NAME "by_name"

/** A gate's search. */
struct matching {
	struct text_search search; /**< first, see text_kind.h */
	const struct text_match *self;
	atomic_size_t *found; /**< for each row of `must`: matches in all files */
};

static const struct field fields[] = {
	{"paths", FIELD_TEXTS, offsetof(struct text_match, scope.paths),
	 .doc = "globs of the files to look at; without it, every tracked file"},
	{"except", FIELD_TEXTS, offsetof(struct text_match, scope.except),
	 .doc = "globs of files that are not looked at"},
	{"scripts", FIELD_BOOL, offsetof(struct text_match, scripts),
	 .doc = "true: beside `paths`, every file that starts with #!"},
	{"ignore_comments", FIELD_BOOL, offsetof(struct text_match, ignore_comments),
	 .doc = "true: matches in comment lines do not count: those that start with #, //, ; or <!--, or "
		"as `comments` says"},
	{"comments", FIELD_TEXTS, offsetof(struct text_match, comments),
	 .doc = "with `ignore_comments`: what starts a comment line; or by_name: what does in files with "
		"such an ending: -- in .sql, # but not // in .py"},
	{"secret", FIELD_BOOL, offsetof(struct text_match, secret),
	 .doc = "true: what is found is never shown or stored, only where it stands"},
	{"must_not", FIELD_LIST, offsetof(struct text_match, must_not),
	 .fields = text_must_not_fields, .size = sizeof(struct text_pattern),
	 .doc = "patterns that must not stand in any of the files"},
	{"must", FIELD_LIST, offsetof(struct text_match, must), .fields = text_must_fields,
	 .size = sizeof(struct text_pattern), .doc = "patterns that must stand in the files"},
	{0},
};

static struct text_pattern *rows_of(const struct rows *rows)
{
	return rows->at;
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	struct text_match *self = settings;

	text_scope_check(decode, &self->scope);
	if (self->comments.len > 0 && !self->ignore_comments) {
		decode_problem(decode, PROBLEM_VALUE, node_get(gate->with, "comments"), NULL,
			       "'comments' says nothing without 'ignore_comments: true'");
	}
	self->knows_comments =
		self->comments.len == 1 && strcmp(self->comments.at[0], BY_NAME) == 0;
	if (self->must_not.len == 0 && self->must.len == 0) {
		problems_add(decode->problems, PROBLEM_MISSING, node_place(gate->node, "with"),
			     decode->source, NULL, "a text_match gate needs 'must_not' or 'must'");
	}
	for (size_t i = 0; i < self->must_not.len; i++) {
		text_pattern_check(decode, &rows_of(&self->must_not)[i]);
	}
	for (size_t i = 0; i < self->must.len; i++) {
		text_pattern_check(decode, &rows_of(&self->must)[i]);
	}
}

static void release_settings(void *settings)
{
	const struct text_match *self = settings;

	for (size_t i = 0; i < self->must_not.len; i++) {
		text_pattern_release(&rows_of(&self->must_not)[i]);
	}
	for (size_t i = 0; i < self->must.len; i++) {
		text_pattern_release(&rows_of(&self->must)[i]);
	}
}

static void *open_searcher(const void *cookie)
{
	struct text_searcher *searcher = mem_alloc(sizeof(*searcher));

	(void)cookie;
	searcher->matcher = matcher_new();
	return searcher;
}

static void close_searcher(void *state)
{
	struct text_searcher *searcher = state;

	matcher_free(searcher->matcher);
	str_release(&searcher->line);
	VEC_RELEASE(&searcher->spans);
	free(searcher);
}

static void report_spans(const struct text_pattern *pattern, const struct spans *spans, size_t from,
			 struct scan_sink *sink)
{
	for (size_t i = from; i < spans->len; i++) {
		scan_hit(sink, spans->at[i].start, spans->at[i].end - spans->at[i].start,
			 pattern->name);
	}
}

/** Count what must be there; what every file must have is judged at once. */
static void count_must(const struct matching *matching, size_t index, const struct spans *spans,
		       struct scan_sink *sink)
{
	const struct text_pattern *pattern = &rows_of(&matching->self->must)[index];

	if (!pattern->in_each) {
		atomic_fetch_add(&matching->found[index], spans->len);
		return;
	}
	if (spans->len < (size_t)pattern->min) {
		scan_hit_file(sink, pattern->name);
	}
	if (pattern->max > 0) {
		report_spans(pattern, spans, (size_t)pattern->max, sink);
	}
}

/** How comment lines start that do not count in a text; NULL: all lines do. */
static const struct texts *ignored_in(const struct text_match *self, const char *path)
{
	if (!self->ignore_comments) {
		return NULL;
	}
	if (self->knows_comments) {
		return comments_by_name(path);
	}
	return self->comments.len > 0 ? &self->comments : &comments_usual;
}

static bool search(const struct text_match *self, const struct text_pattern *pattern,
		   struct text_searcher *searcher, const struct scan_text *text, int64_t give_up_ms,
		   struct scan_sink *sink)
{
	AUTO(auto_str) struct str why = {0};

	if (text_pattern_search(pattern, searcher, text->bytes, ignored_in(self, text->path),
				give_up_ms)) {
		return true;
	}
	str_printf(&why, "the pattern '%s' is too expensive for this file", pattern->name);
	scan_give_up(sink, str_text(&why));
	return false;
}

static void judge_text(const void *cookie, void *state, const struct scan_text *text,
		       struct scan_sink *sink)
{
	const struct matching *matching = cookie;
	const struct text_match *self = matching->self;
	struct text_searcher *searcher = state;
	int64_t give_up_ms = clock_monotonic_ms() + PATTERN_BUDGET_MS;

	for (size_t i = 0; i < self->must_not.len; i++) {
		const struct text_pattern *pattern = &rows_of(&self->must_not)[i];

		if (search(self, pattern, searcher, text, give_up_ms, sink)) {
			report_spans(pattern, &searcher->spans, 0, sink);
		}
	}
	for (size_t i = 0; i < self->must.len; i++) {
		if (search(self, &rows_of(&self->must)[i], searcher, text, give_up_ms, sink)) {
			count_must(matching, i, &searcher->spans, sink);
		}
	}
}

/** Must all files together have something? */
static bool has_total(const struct text_match *self)
{
	for (size_t i = 0; i < self->must.len; i++) {
		if (!rows_of(&self->must)[i].in_each) {
			return true;
		}
	}
	return false;
}

static void add_regex(struct str *settings, const char *name, const char *regex)
{
	if (regex) {
		str_printf(settings, "%s %zu %s\n", name, strlen(regex), regex);
	}
}

/** Of what decides whether one text has a match: what must be there is a matter of all of them. */
static void digest_patterns(const struct text_match *self, unsigned char out[SHA256_BYTES])
{
	AUTO(auto_str) struct str settings = {0};

	str_printf(&settings, "%s\nignore_comments %d\n", pattern_library(), self->ignore_comments);
	for (size_t i = 0; i < self->comments.len; i++) {
		add_regex(&settings, "comment", self->comments.at[i]);
	}
	for (size_t i = 0; i < self->must_not.len; i++) {
		const struct text_pattern *pattern = &rows_of(&self->must_not)[i];

		add_regex(&settings, "regex", pattern->regex_text);
		add_regex(&settings, "from", pattern->between.from_text);
		add_regex(&settings, "to", pattern->between.to_text);
		for (size_t k = 0; k < pattern->allow.len; k++) {
			add_regex(&settings, "allow", pattern->allow.at[k]);
		}
		add_regex(&settings, "lines_with", pattern->lines_with_text);
		add_regex(&settings, "unless", pattern->unless_text);
	}
	scan_cache_digest("text_match", str_view(&settings), out);
}

static void begin(struct check *check)
{
	static const char *const none[] = {NULL};
	const struct text_match *self = check->settings;
	struct matching *matching = arena_alloc(check->context->arena, sizeof(*matching));

	matching->self = self;
	matching->found =
		arena_alloc(check->context->arena, (self->must.len + 1) * sizeof(*matching->found));
	for (size_t i = 0; i < self->must_not.len; i++) {
		text_pattern_prepare(&rows_of(&self->must_not)[i]);
	}
	for (size_t i = 0; i < self->must.len; i++) {
		text_pattern_prepare(&rows_of(&self->must)[i]);
	}
	matching->search.is_total = has_total(self);
	matching->search.rule.judge = judge_text;
	matching->search.rule.open_state = open_searcher;
	matching->search.rule.close_state = close_searcher;
	matching->search.rule.cookie = matching;
	matching->search.rule.paths = &self->scope.paths;
	matching->search.rule.wants_scripts = self->scripts;
	/* What is in a blob does not say how comments start where the name does. */
	if (self->must.len == 0 && !self->knows_comments) {
		digest_patterns(self, matching->search.digest);
		matching->search.rule.digest = matching->search.digest;
	}
	text_kind_begin(check, &matching->search, &self->scope, none);
}

static const struct text_pattern *pattern_named(const struct rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->len; i++) {
		if (same_string(rows_of(rows)[i].name, name)) {
			return &rows_of(rows)[i];
		}
	}
	return NULL;
}

/** What a finding says. A secret is named by its pattern alone. */
static const char *hit_message(struct check *check, const struct text_pattern *pattern,
			       const struct scan_finding *found)
{
	const struct text_match *self = check->settings;

	if (found->line == 0 && pattern->min == 1) {
		return check_text(check, "%s is missing here", pattern->name);
	}
	if (found->line == 0) {
		return check_text(check, "%s stands here fewer than %lld times", pattern->name,
				  (long long)pattern->min);
	}
	if (self->secret) {
		return check_text(check, "%s (the text is not shown)", pattern->name);
	}
	return check_text(check, "%s: '%s'", pattern->name, found->text);
}

static void add_hit(struct check *check, const struct scan_finding *found)
{
	const struct text_match *self = check->settings;
	bool is_missing = found->line == 0;
	const struct text_pattern *pattern =
		pattern_named(is_missing ? &self->must : &self->must_not, found->detail);
	struct finding *finding = NULL;

	if (!pattern) {
		pattern = pattern_named(&self->must, found->detail);
	}
	finding = check_add(check, VERDICT_FAIL,
			    is_missing ? REASON_TEXT_MISSING : REASON_TEXT_FORBIDDEN,
			    text_kind_subject(check, found->path), text_kind_place(check, found),
			    "%s", hit_message(check, pattern, found));
	finding->detail = pattern->name;
	finding->hint = pattern->hint;
}

static bool has_unknown(const struct check *check)
{
	const struct findings *findings = &check->result->findings;

	for (size_t i = 0; i < findings->len; i++) {
		if (findings->at[i].verdict == VERDICT_UNKNOWN) {
			return true;
		}
	}
	return false;
}

/** What all files together must have. */
static void judge_total(struct check *check, const struct text_pattern *pattern, size_t count)
{
	bool is_few = count < (size_t)pattern->min;
	bool is_many = pattern->max > 0 && count > (size_t)pattern->max;
	struct finding *finding = NULL;

	if (pattern->in_each || (!is_few && !is_many)) {
		return;
	}
	/* What was not searched may hold what is missing. */
	finding = check_add(check, is_few && has_unknown(check) ? VERDICT_UNKNOWN : VERDICT_FAIL,
			    is_few ? REASON_TEXT_MISSING : REASON_TEXT_FORBIDDEN,
			    check_text(check, "pattern:%s", pattern->name), pattern->node->where,
			    "it stands %zu times in the files, expected at %s %lld", count,
			    is_few ? "least" : "most",
			    (long long)(is_few ? pattern->min : pattern->max));
	/* Once more, or once less, is another finding. */
	finding->detail = check_text(check, "%s %zu", pattern->name, count);
	finding->hint = pattern->hint;
}

static void judge(struct check *check)
{
	struct matching *matching = check->state;
	const struct text_match *self = matching->self;

	text_kind_judge(check, &matching->search, self->secret, add_hit);
	for (size_t i = 0; i < self->must.len && check->result->checked > 0; i++) {
		judge_total(check, &rows_of(&self->must)[i], matching->found[i]);
	}
}

const struct kind kind_text_match = {
	.name = "text_match",
	.doc = "Searches tracked files for patterns. Passes when those that must not stand there do not, and "
	       "those that must do, as often as said",
	.fields = fields,
	.settings_size = sizeof(struct text_match),
	.mode = MODE_STATIC,
	.needs = NEEDS_GIT_LIST,
	.is_text = true,
	.check_settings = check_settings,
	.release_settings = release_settings,
	.begin = begin,
	.is_ready = text_kind_is_ready,
	.judge = judge,
};
