/*
 * git_state: what git says of the repo: nothing is left uncommitted, the branch is the right one,
 * it is where the upstream is as far as that was last seen, commits carry what they must. Asks git
 * alone; nothing is fetched.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "check/files/git_asked.h"

/** Most commits whose trailers are judged. */
#define TRAILER_COMMITS 10000

/** Behind each commit of a log: its trailers, then this. */
#define RECORD_END '\x1e'

enum cleanliness {
	CLEAN_ANY,
	CLEAN_TRACKED,
	CLEAN_ALL,
};

struct git_state_settings {
	int clean; /**< enum cleanliness */
	struct texts branches;
	const char *upstream;
	int64_t max_ahead;
	int64_t max_behind;
	const char *trailer;
	const char *since;
};

static const struct choice cleanlinesses[] = {
	{"any", CLEAN_ANY, "it may be dirty"},
	{"tracked", CLEAN_TRACKED, "no tracked file is changed"},
	{"all", CLEAN_ALL, "and there is none that is neither tracked nor ignored"},
	{0},
};

static const struct field fields[] = {
	{"clean", FIELD_CHOICE, offsetof(struct git_state_settings, clean),
	 .choices = cleanlinesses, .fallback = "any", .doc = "what the work tree must be"},
	{"branch", FIELD_TEXTS, offsetof(struct git_state_settings, branches),
	 .doc = "HEAD is on one of these branches"},
	{"upstream", FIELD_TEXT, offsetof(struct git_state_settings, upstream),
	 .doc = "a ref with which HEAD is compared, as last fetched: origin/main"},
	{"max_ahead", FIELD_INT, offsetof(struct git_state_settings, max_ahead), .min = -1,
	 .max = INT32_MAX, .fallback = "0",
	 .doc = "commits of HEAD that `upstream` may lack; -1: any number"},
	{"max_behind", FIELD_INT, offsetof(struct git_state_settings, max_behind), .min = -1,
	 .max = INT32_MAX, .fallback = "0",
	 .doc = "commits of `upstream` that HEAD may lack; -1: any number"},
	{"trailer", FIELD_TEXT, offsetof(struct git_state_settings, trailer),
	 .doc = "a trailer that commits carry: Signed-off-by"},
	{"since", FIELD_TEXT, offsetof(struct git_state_settings, since),
	 .doc = "with `trailer`: every commit behind this one, merges left out; without it, HEAD alone"},
	{0},
};

/** What was asked; each only if the gate is about it. */
struct state {
	struct git_asked changed;
	struct git_asked others;
	struct git_asked branch;
	struct git_asked counts;
	struct git_asked trailers;
};

/** Would git take the word for an option, or for something else than one revision? */
static bool is_revision_word(const char *word)
{
	return word[0] != '\0' && word[0] != '-' && !strpbrk(word, " \t\n:^~?*[\\") &&
	       !strstr(word, "..");
}

static void check_revision(struct decode *decode, const struct gate *gate, const char *name,
			   const char *word)
{
	if (word && !is_revision_word(word)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(gate->with, name),
			       "write a branch, a tag or a commit: origin/main",
			       "'%s' is not the name of one revision", word);
	}
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct git_state_settings *self = settings;

	if (self->clean == CLEAN_ANY && self->branches.len == 0 && !self->upstream &&
	    !self->trailer) {
		problems_add(decode->problems, PROBLEM_MISSING, node_place(gate->node, "with"),
			     decode->source, NULL,
			     "a git_state gate needs 'clean', 'branch', 'upstream' or 'trailer'");
	}
	if (self->since && !self->trailer) {
		decode_problem(decode, PROBLEM_MISSING, node_get(gate->with, "since"), NULL,
			       "'since' says nothing without 'trailer'");
	}
	check_revision(decode, gate, "upstream", self->upstream);
	check_revision(decode, gate, "since", self->since);
	if (self->trailer && (strpbrk(self->trailer, ",:() \t") || self->trailer[0] == '\0')) {
		decode_problem(decode, PROBLEM_VALUE, node_get(gate->with, "trailer"),
			       "write what stands before the colon: Signed-off-by",
			       "'%s' is not the name of a trailer", self->trailer);
	}
}

static void ask_trailers(struct check *check, const struct git_state_settings *self,
			 struct state *state)
{
	const char *format = check_text(
		check, "--format=%%H%%x00%%(trailers:key=%s,valueonly,separator=%%x2c)%%x1e",
		self->trailer);
	const char *range = self->since ? check_text(check, "%s..HEAD", self->since) : "HEAD";
	const char *most = check_text(check, "--max-count=%d", self->since ? TRAILER_COMMITS : 1);
	const char *const args[] = {"log",
				    format,
				    most,
				    "--no-color",
				    "--no-show-signature",
				    self->since ? "--no-merges" : "--no-walk",
				    range,
				    "--",
				    NULL};

	git_asked_begin(check, args, &state->trailers);
}

static void begin(struct check *check)
{
	static const char *const changed[] = {"diff",
					      "--name-only",
					      "-z",
					      "--relative",
					      "--no-ext-diff",
					      "--no-textconv",
					      "--no-renames",
					      "--ignore-submodules=none",
					      "HEAD",
					      "--",
					      ".",
					      NULL};
	static const char *const others[] = {"ls-files", "--others",    "--exclude-standard",
					     "-z",       "--directory", "--no-empty-directory",
					     NULL};
	const struct git_state_settings *self = check->settings;
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	if (!tree_has_git(check->context->repo->tree)) {
		return;
	}
	if (self->clean != CLEAN_ANY) {
		git_asked_begin(check, changed, &state->changed);
	}
	if (self->clean == CLEAN_ALL) {
		git_asked_begin(check, others, &state->others);
	}
	if (self->branches.len > 0) {
		const char *const args[] = {"symbolic-ref", "-q", "--short", "HEAD", NULL};

		git_asked_begin(check, args, &state->branch);
	}
	if (self->upstream) {
		const char *const args[] = {
			"rev-list", "--left-right",
			"--count",  check_text(check, "HEAD...%s", self->upstream),
			"--",       NULL};

		git_asked_begin(check, args, &state->counts);
	}
	if (self->trailer) {
		ask_trailers(check, self, state);
	}
}

static bool is_ready(const struct check *check)
{
	const struct state *state = check->state;

	return git_asked_is_done(&state->changed) && git_asked_is_done(&state->others) &&
	       git_asked_is_done(&state->branch) && git_asked_is_done(&state->counts) &&
	       git_asked_is_done(&state->trailers);
}

/** Paths below the root, each with a NUL behind it. */
static void judge_paths(struct check *check, const struct git_asked *asked, enum reason reason,
			const char *what)
{
	struct text answer = {0};
	struct text record = {0};

	if (!asked->command || git_asked_answer(asked, 0, &answer) < 0) {
		return;
	}
	check->result->checked++;
	while (text_split(&answer, '\0', &record)) {
		const char *path = check_text(check, "%.*s", (int)record.len, record.at);
		struct finding *finding = NULL;

		if (record.len > 0) {
			finding = check_add(check, VERDICT_FAIL, reason,
					    check_text(check, "file:%s", path),
					    (struct place){path, 0, 0}, "'%s' %s", path, what);
			finding->detail = path;
		}
	}
}

/** A finding about the repo as a whole. */
static void say(struct check *check, enum reason reason, const char *sentence)
{
	struct finding *finding = check_add(check, VERDICT_FAIL, reason, "repo:HEAD",
					    node_place(check->gate->node, "with"), "%s", sentence);

	finding->detail = sentence;
}

static void judge_branch(struct check *check, const struct git_state_settings *self,
			 const struct git_asked *asked)
{
	struct text answer = {0};
	const char *branch = NULL;
	int status = 0;

	if (!asked->command) {
		return;
	}
	status = git_asked_answer(asked, 1, &answer);
	if (status < 0) {
		return;
	}
	check->result->checked++;
	answer = text_trim(answer);
	branch = check_text(check, "%.*s", (int)answer.len, answer.at);
	if (status == 1) {
		say(check, REASON_VCS_BRANCH, "HEAD is on no branch");
	} else if (!texts_hold(&self->branches, branch)) {
		say(check, REASON_VCS_BRANCH,
		    check_text(check, "HEAD is on branch '%s', expected '%s'%s", branch,
			       self->branches.at[0], self->branches.len > 1 ? " or another" : ""));
	}
}

/** "AHEAD\tBEHIND\n". */
static void judge_counts(struct check *check, const struct git_state_settings *self,
			 const struct git_asked *asked)
{
	struct text rest = {0};
	struct text ahead_text = {0};
	struct err err = {0};
	int64_t ahead = 0;
	int64_t behind = 0;

	if (!asked->command || git_asked_answer(asked, 0, &rest) < 0) {
		return;
	}
	rest = text_trim(rest);
	check->result->checked++;
	if (!text_split(&rest, '\t', &ahead_text) ||
	    parse_int(ahead_text, 0, INT64_MAX, &ahead, &err) ||
	    parse_int(rest, 0, INT64_MAX, &behind, &err)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_FAILED, "repo:HEAD",
				(struct place){0}, "git rev-list --count says something else");
		return;
	}
	if (self->max_ahead >= 0 && ahead > self->max_ahead) {
		say(check, REASON_VCS_AHEAD,
		    check_text(check, "HEAD has %lld commits that '%s' lacks", (long long)ahead,
			       self->upstream));
	}
	if (self->max_behind >= 0 && behind > self->max_behind) {
		say(check, REASON_VCS_BEHIND,
		    check_text(check, "'%s' has %lld commits that HEAD lacks", self->upstream,
			       (long long)behind));
	}
}

/** "COMMIT\0VALUES\x1e\n" for each. */
static void judge_trailers(struct check *check, const struct git_state_settings *self,
			   const struct git_asked *asked)
{
	struct text answer = {0};
	struct text record = {0};
	size_t count = 0;

	if (!asked->command || git_asked_answer(asked, 0, &answer) < 0) {
		return;
	}
	check->result->checked += answer.len == 0; /* no commit at all: nothing lacks it */
	while (text_split(&answer, RECORD_END, &record)) {
		struct text commit = {0};

		record = text_trim(record);
		if (record.len == 0 || !text_split(&record, '\0', &commit)) {
			continue;
		}
		check->result->checked++;
		count++;
		if (text_trim(record).len == 0) {
			const char *id = check_text(check, "%.*s", (int)commit.len, commit.at);

			check_add(check, VERDICT_FAIL, REASON_VCS_TRAILER,
				  check_text(check, "commit:%s", id),
				  node_place(check->gate->with, "trailer"),
				  "commit %.12s has no trailer '%s'", id, self->trailer)
				->detail = id;
		}
	}
	if (count >= TRAILER_COMMITS) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_TEXT_LIMIT, "repo:HEAD",
				node_place(check->gate->with, "since"),
				"only the newest %d commits were looked at", TRAILER_COMMITS);
	}
}

static void judge(struct check *check)
{
	const struct git_state_settings *self = check->settings;
	struct state *state = check->state;

	if (!tree_has_git(check->context->repo->tree)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_NONE,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"there is no git here");
	}
	judge_paths(check, &state->changed, REASON_VCS_DIRTY, "differs from what is committed");
	judge_paths(check, &state->others, REASON_FILE_UNTRACKED, "is neither tracked nor ignored");
	judge_branch(check, self, &state->branch);
	judge_counts(check, self, &state->counts);
	judge_trailers(check, self, &state->trailers);
	git_asked_release(&state->changed);
	git_asked_release(&state->others);
	git_asked_release(&state->branch);
	git_asked_release(&state->counts);
	git_asked_release(&state->trailers);
	free(state);
}

const struct kind kind_git_state = {
	.name = "git_state",
	.doc = "Asks git, and no network. Passes when the work tree is as clean as demanded, HEAD is on the right "
	       "branch and not too far from its upstream as last fetched, and commits carry their trailer",
	.fields = fields,
	.settings_size = sizeof(struct git_state_settings),
	.mode = MODE_STATIC,
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
