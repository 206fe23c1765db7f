/*
 * freshness: what the repo says of the world was looked at not long ago. How old something is can
 * be told by a time in it, by the file's own time, or by the last commit that touched it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "check/files/git_asked.h"
#include "check/rows/members.h"

/** How far a time may be ahead of our clock. */
#define AHEAD_MS ((int64_t)5 * 60 * 1000)

/** Seconds since 1970 beyond this are milliseconds: 2286-11-20. */
#define SECONDS_MAX 9999999999

enum told_by {
	BY_FIELD,
	BY_MTIME,
	BY_COMMIT,
};

struct freshness {
	struct member_choice choice;
	int by; /**< enum told_by */
	const char *at_text;
	struct yaml_path at;
	int64_t max_age_ms;
	bool is_newest;
};

static const struct choice tellers[] = {
	{"field", BY_FIELD, "the time that stands at `at`"},
	{"mtime", BY_MTIME, "when the file was written; of the work tree only"},
	{"commit", BY_COMMIT, "the newest commit that touched any of the files"},
	{0},
};

static const struct field fields[] = {
	MEMBER_CHOICE_FIELDS(freshness, choice),
	{"by", FIELD_CHOICE, offsetof(struct freshness, by), .choices = tellers,
	 .fallback = "field", .doc = "what says how old it is"},
	{"at", FIELD_TEXT, offsetof(struct freshness, at_text),
	 .doc = "path to a time: RFC 3339, a date (its first moment in UTC), or seconds since 1970"},
	{"max_age", FIELD_DURATION, offsetof(struct freshness, max_age_ms), .required = true,
	 .min = 1, .doc = "how old it may be"},
	{"newest", FIELD_BOOL, offsetof(struct freshness, is_newest),
	 .doc = "true: only the newest of all counts"},
	{0},
};

/** With BY_COMMIT: what git was asked. */
struct state {
	struct git_asked log;
	struct git_asked shallow;
};

/** The newest time so far. */
struct newest {
	bool is_there;
	int64_t utc_ms;
	const char *subject;
	struct place where;
};

struct judging {
	struct check *check;
	const struct freshness *self;
	struct newest newest;
};

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	struct freshness *self = settings;
	const struct node *at = node_get(gate->with, "at");

	member_choice_check(decode, &self->choice, gate->with, "a freshness gate",
			    node_place(gate->node, "with"));
	if (self->by == BY_FIELD && !at) {
		problems_add(decode->problems, PROBLEM_MISSING, node_place(gate->node, "with"),
			     decode->source, "or say 'by: mtime' or 'by: commit'",
			     "a freshness gate needs 'at'");
	}
	if (self->by != BY_FIELD && (at || self->choice.each_text[0])) {
		decode_problem(decode, PROBLEM_VALUE, at ? at : node_get(gate->with, "each"), NULL,
			       "'%s' is not looked at with 'by: %s'", at ? "at" : "each",
			       choice_word(tellers, self->by));
	}
	if (at) {
		yaml_path_decode(decode, at, self->at_text, &self->at);
	}
}

/** "3d 4h", "26h 10m", "40s": the two largest parts. */
static const char *say_age(struct check *check, int64_t ms)
{
	int64_t seconds = ms / 1000;
	int64_t minutes = seconds / 60;
	int64_t hours = minutes / 60;

	if (hours >= 72) {
		return check_text(check, "%lldd %lldh", (long long)(hours / 24),
				  (long long)(hours % 24));
	}
	if (minutes >= 90) {
		return check_text(check, "%lldh %lldm", (long long)hours,
				  (long long)(minutes % 60));
	}
	return check_text(check, "%lldm %llds", (long long)minutes, (long long)(seconds % 60));
}

static void judge_time(struct judging *judging, int64_t utc_ms, const char *subject,
		       struct place where)
{
	struct check *check = judging->check;
	int64_t age_ms = clock_utc_ms() - utc_ms;
	char told[CLOCK_RFC3339_BYTES];
	struct finding *finding = NULL;

	clock_format_rfc3339(utc_ms, told);
	if (age_ms < -AHEAD_MS) {
		finding = check_add(check, VERDICT_FAIL, REASON_FRESH_FUTURE, subject, where,
				    "it is of %s, which is in the future", told);
	} else if (age_ms > judging->self->max_age_ms) {
		finding = check_add(check, VERDICT_FAIL, REASON_FRESH_STALE, subject, where,
				    "it is of %s, %s ago; at most %s are allowed", told,
				    say_age(check, age_ms),
				    say_age(check, judging->self->max_age_ms));
	}
	if (finding) {
		/* The same trouble tomorrow, although it is a day older then. */
		finding->detail = judging->self->at_text ? judging->self->at_text : "";
	}
}

/** A time was found: judge it now, or once the newest is known. */
static void add_time(struct judging *judging, int64_t utc_ms, const char *subject,
		     struct place where)
{
	struct newest *newest = &judging->newest;

	judging->check->result->checked++;
	if (!judging->self->is_newest) {
		judge_time(judging, utc_ms, subject, where);
	} else if (!newest->is_there || utc_ms > newest->utc_ms) {
		*newest = (struct newest){true, utc_ms, subject, where};
	}
}

/** RFC 3339, a date, or seconds (or milliseconds) since 1970. */
static bool read_time(struct text text, int64_t *utc_ms)
{
	struct err err = {0};

	if (clock_parse_any_rfc3339(text, utc_ms, &err) == 0 ||
	    clock_parse_date(text, utc_ms, &err) == 0) {
		return true;
	}
	if (parse_int(text, 0, SECONDS_MAX * 1000, utc_ms, &err)) {
		return false;
	}
	if (*utc_ms <= SECONDS_MAX) {
		*utc_ms *= 1000;
	}
	return true;
}

static void judge_field(struct judging *judging, const char *subject, struct yaml_found found)
{
	int64_t utc_ms = 0;
	bool is_absent = node_is_null(found.node);
	struct finding *finding = NULL;

	if (!is_absent && found.node->kind == NODE_SCALAR && read_time(found.node->text, &utc_ms)) {
		add_time(judging, utc_ms, subject, found.where);
		return;
	}
	judging->check->result->checked++;
	finding = check_add(judging->check, VERDICT_FAIL,
			    is_absent ? REASON_ASSERT_MISSING : REASON_ASSERT_VALUE, subject,
			    found.where, "'%s' is %s%.60s%s, expected a time",
			    judging->self->at_text, is_absent ? "not there" : "'",
			    is_absent                         ? ""
			    : found.node->kind == NODE_SCALAR ? found.node->text.at
							      : node_sort(found.node),
			    is_absent ? "" : "'");
	finding->detail = judging->self->at_text;
	finding->hint = is_absent ? NULL : "write it as 2026-03-01T14:00:00Z, or with an offset";
}

static void judge_document(const struct node *document, void *cookie)
{
	struct judging *judging = cookie;
	struct members members = {0};
	struct yaml_founds founds = {0};

	members_choose(judging->check, &judging->self->choice, document, &members);
	for (size_t i = 0; i < members.len; i++) {
		founds.len = 0;
		yaml_path_find(&judging->self->at, members.at[i].node, &founds);
		for (size_t j = 0; j < founds.len; j++) {
			judge_field(judging, members.at[i].subject, founds.at[j]);
		}
	}
	VEC_RELEASE(&founds);
	VEC_RELEASE(&members);
}

static void judge_mtime(struct judging *judging, const char *path)
{
	struct check *check = judging->check;
	const char *file = check_text(check, "%s", path);
	const char *subject = check_text(check, "file:%s", path);
	struct place where = {file, 0, 0};
	struct tree_stat stat = {0};
	struct err err = {0};
	enum tree_answer answer = tree_stat(check->context->repo->tree, path, &stat, &err);

	if (answer == TREE_ABSENT) {
		(void)check_add(check, VERDICT_FAIL, REASON_FILE_ABSENT, subject, where, "%s",
				err.text);
	} else if (answer != TREE_OK) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_FILE_UNREADABLE, subject, where,
				"%s", err.text);
	} else if (!stat.is_on_disk) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_FRESH_NO_TIME, subject, where,
				"when '%s' was written is known in the work tree only", file);
	} else {
		add_time(judging, stat.mtime_utc_ms, subject, where);
	}
}

static void judge_mtimes(struct judging *judging)
{
	const struct document_source *source = &judging->self->choice.source;
	struct check *check = judging->check;
	struct tree_list list = {0};
	struct err err = {0};

	if (source->file) {
		judge_mtime(judging, source->file);
		return;
	}
	if (tree_list(check->context->repo->tree, &list, &err)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_NONE,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"%s", err.text);
		return;
	}
	for (size_t i = 0; i < list.len; i++) {
		if (globs_match(&source->files, list.at[i].path) &&
		    !globs_match(&source->except, list.at[i].path)) {
			judge_mtime(judging, list.at[i].path);
		}
	}
}

/** Our globs as git's pathspecs: one without a slash matches at any depth, one that ends with a
 * slash everything below. */
static const char *pathspec(struct check *check, const char *glob, bool is_excluded)
{
	bool is_rooted = strchr(glob, '/') != NULL;
	bool is_folder = glob[0] != '\0' && glob[strlen(glob) - 1] == '/';

	return check_text(check, ":(glob%s)%s%s%s", is_excluded ? ",exclude" : "",
			  is_rooted ? "" : "**/", glob[0] == '/' ? glob + 1 : glob,
			  is_folder ? "**" : "");
}

static void begin(struct check *check)
{
	const struct freshness *self = check->settings;
	const struct document_source *source = &self->choice.source;
	static const char *const shallow[] = {"rev-parse", "--is-shallow-repository", NULL};
	struct state *state = NULL;
	struct VEC(const char *) args = {0};

	if (self->by != BY_COMMIT) {
		return;
	}
	state = mem_alloc(sizeof(*state));
	check->state = state;
	if (!tree_has_git(check->context->repo->tree)) {
		return;
	}
	*VEC_ADD(&args) = "log";
	*VEC_ADD(&args) = "--max-count=1";
	*VEC_ADD(&args) = "--no-show-signature";
	*VEC_ADD(&args) = "--format=%ct %P";
	*VEC_ADD(&args) = "HEAD";
	*VEC_ADD(&args) = "--";
	if (source->file) {
		*VEC_ADD(&args) = check_text(check, ":(literal)%s", source->file);
	}
	for (size_t i = 0; i < source->files.len; i++) {
		*VEC_ADD(&args) = pathspec(check, source->files.at[i], false);
	}
	for (size_t i = 0; i < source->except.len; i++) {
		*VEC_ADD(&args) = pathspec(check, source->except.at[i], true);
	}
	*VEC_ADD(&args) = NULL;
	git_asked_begin(check, args.at, &state->log);
	git_asked_begin(check, shallow, &state->shallow);
	VEC_RELEASE(&args);
}

static bool is_ready(const struct check *check)
{
	const struct state *state = check->state;

	return !state || (git_asked_is_done(&state->log) && git_asked_is_done(&state->shallow));
}

/** "SECONDS PARENT…\n". A commit without parents is the first one, or where a shallow clone ends:
 * there git cannot say which commit it was. */
static void judge_commit(struct judging *judging, const struct state *state)
{
	struct check *check = judging->check;
	const char *subject = check_text(check, "gate:%s", check->gate->id);
	struct place where =
		node_place(check->gate->with, judging->self->choice.source.file ? "file" : "files");
	struct text rest = {0};
	struct text shallow = {0};
	struct text seconds = {0};
	struct err err = {0};
	int64_t utc_s = 0;

	if (!state->log.command) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_NONE, subject, (struct place){0},
				"there is no git here");
		return;
	}
	if (git_asked_answer(&state->log, 0, &rest) < 0 ||
	    git_asked_answer(&state->shallow, 0, &shallow) < 0) {
		return;
	}
	if (text_trim(rest).len == 0) {
		check->result->checked++;
		(void)check_add(check, VERDICT_FAIL, REASON_FRESH_NO_TIME, subject, where,
				"no commit has touched such a file");
		return;
	}
	if (!text_split(&rest, ' ', &seconds) || parse_int(seconds, 0, SECONDS_MAX, &utc_s, &err)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_FAILED, subject, where,
				"git log says something else than a time");
		return;
	}
	if (text_trim(rest).len == 0 && !text_is(text_trim(shallow), "false")) {
		(void)check_add(
			check, VERDICT_UNKNOWN, REASON_FRESH_NO_TIME, subject, where,
			"the history ends before the commit that touched it: this clone is shallow");
		return;
	}
	add_time(judging, utc_s * 1000, subject, where);
}

static void release(struct state *state)
{
	git_asked_release(&state->log);
	git_asked_release(&state->shallow);
	free(state);
}

static void judge(struct check *check)
{
	struct judging judging = {.check = check, .self = check->settings};
	const struct document_visit visit = {.document = judge_document, .cookie = &judging};
	struct arena arena = {0};

	switch ((enum told_by)judging.self->by) {
	case BY_FIELD:
		documents_visit(check, &judging.self->choice.source, check->gate->with, &arena,
				&visit);
		break;
	case BY_MTIME:
		judge_mtimes(&judging);
		break;
	case BY_COMMIT:
		judge_commit(&judging, check->state);
		release(check->state);
		break;
	}
	if (judging.newest.is_there) {
		judge_time(&judging, judging.newest.utc_ms, judging.newest.subject,
			   judging.newest.where);
	}
	arena_release(&arena);
}

const struct kind kind_freshness = {
	.name = "freshness",
	.doc = "Looks at how old something is: by a time that stands in a file, by the file's own time, or by the "
	       "last commit that touched it. Passes when it is not older than the gate allows, nor in the future",
	.fields = fields,
	.settings_size = sizeof(struct freshness),
	.mode = MODE_STATIC,
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
