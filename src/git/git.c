#include "git/git.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "git/locate.h"

/** Longest one git command may take. */
#define GIT_DEADLINE_MS 30000

/** Ceiling of answers that are a few object ids. */
#define SHORT_ANSWER_BYTES ((size_t)1024 * 1024)

/* ---- running git */

/**
 * Before every command: nothing that runs other programs, nothing interactive, and objects as they
 * are (a replace ref would let a commit show another tree than the one it names).
 */
static const char *const common_args[] = {
	"--no-pager", "--no-replace-objects",     "-c", "core.fsmonitor=false",
	"-c",         "core.hooksPath=/dev/null", NULL,
};

const char *const git_environment[] = {
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_NO_LAZY_FETCH=1",
	"GIT_ALLOW_PROTOCOL=none",
	NULL,
};

void git_words(const char *root, const char *const *args, struct git_words *out)
{
	*VEC_ADD(out) = "git";
	*VEC_ADD(out) = "-C";
	*VEC_ADD(out) = root;
	for (size_t i = 0; common_args[i]; i++) {
		*VEC_ADD(out) = common_args[i];
	}
	for (size_t i = 0; args[i]; i++) {
		*VEC_ADD(out) = args[i];
	}
	*VEC_ADD(out) = NULL;
}

/** What git said first, without its "fatal: ". */
static struct text first_complaint(const struct child_result *result)
{
	struct text rest = str_view(&result->errors);
	struct text line = {0};

	(void)text_split(&rest, '\n', &line);
	if (text_starts(line, "fatal: ")) {
		line.at += strlen("fatal: ");
		line.len -= strlen("fatal: ");
	}
	return line;
}

/** Why there is no answer. */
static int explain(const struct child_result *result, const char *command, size_t max,
		   struct err *err)
{
	struct text line = {0};

	switch (result->end) {
	case CHILD_EXITED:
		line = first_complaint(result);
		if (line.len == 0) {
			return err_set(err, ERR_PEER, "git %s: exit status %d", command,
				       result->status);
		}
		return err_set(err, ERR_PEER, "git %s: %.*s", command, (int)line.len, line.at);
	case CHILD_SIGNALLED:
		return err_set(err, ERR_PEER, "git %s: killed by signal %d", command,
			       result->status);
	case CHILD_TIMEOUT:
		return err_set(err, ERR_TIMEOUT, "git %s: no answer within %d s", command,
			       GIT_DEADLINE_MS / 1000);
	case CHILD_FLOOD:
		return err_set(err, ERR_LIMIT, "git %s: more than %zu bytes of answer", command,
			       max);
	case CHILD_NO_START:
		return err_set(err, result->error.code, "git could not be started: %s",
			       result->error.text);
	}
	return err_set(err, ERR_INTERNAL, "git %s: no result", command);
}

void git_ask(const char *root, const char *index_file, const char *const *args, size_t max,
	     struct git_question *out)
{
	AUTO(auto_str) struct str index = {0};
	struct child_spec spec = {
		.max_output_bytes = max,
		.deadline_ms = clock_monotonic_ms() + GIT_DEADLINE_MS,
	};
	struct git_words argv = {0};
	struct git_words env = {0};

	git_words(root, args, &argv);
	for (size_t i = 0; git_environment[i]; i++) {
		*VEC_ADD(&env) = git_environment[i];
	}
	if (index_file) {
		str_printf(&index, "GIT_INDEX_FILE=%s", index_file);
		*VEC_ADD(&env) = index.at;
	}
	*VEC_ADD(&env) = NULL;
	spec.argv = argv.at;
	spec.env = env.at;
	out->command = args[0];
	out->max = max;
	child_begin(&spec, &out->child);
	VEC_RELEASE(&argv);
	VEC_RELEASE(&env);
}

int git_answer(struct git_question *question, struct str *out, struct err *err)
{
	AUTO(auto_child_result) struct child_result result = {0};
	const char *command = question->command;

	child_end(&question->child, &result);
	question->command = NULL;
	if (result.end != CHILD_EXITED || result.status != 0) {
		return explain(&result, command, question->max, err);
	}
	str_add_text(out, str_view(&result.output));
	if (out->overflow) {
		return err_set(err, ERR_LIMIT, "git %s: more than %zu bytes of answer", command,
			       out->max ? out->max : STR_MAX_BYTES);
	}
	return 0;
}

void git_question_release(struct git_question *question)
{
	child_ahead_release(&question->child);
	question->command = NULL;
}

int git_run_on(const char *root, const char *index_file, const char *const *args, size_t max,
	       struct str *out, struct err *err)
{
	struct git_question question = {0};

	git_ask(root, index_file, args, max, &question);
	return git_answer(&question, out, err);
}

int git_run(const char *root, const char *const *args, size_t max, struct str *out, struct err *err)
{
	return git_run_on(root, NULL, args, max, out, err);
}

/* ---- who we are */

/** Take an object id over; -1 if the line is none. */
static int take_id(struct text line, char out[65])
{
	for (size_t i = 0; i < line.len; i++) {
		if (!strchr("0123456789abcdef", line.at[i]) || line.at[i] == '\0') {
			return -1;
		}
	}
	if (line.len != 40 && line.len != 64) {
		return -1;
	}
	memcpy(out, line.at, line.len);
	out[line.len] = '\0';
	return 0;
}

/** The branch of a full ref name; "" for a detached HEAD, which git calls "HEAD". */
static void take_branch(struct text ref, char out[256])
{
	size_t start = strlen("refs/heads/");

	out[0] = '\0';
	if (text_starts(ref, "refs/heads/") && ref.len - start < 256) {
		memcpy(out, ref.at + start, ref.len - start);
		out[ref.len - start] = '\0';
	}
}

/** HEAD's commit, tree and branch, and shallowness, in one call that an unborn HEAD does not fail.
 */
static int ask_head(const char *root, struct git_state *state, struct err *err)
{
	static const char *const args[] = {
		"rev-parse",   "--is-shallow-repository", "--revs-only", "HEAD",
		"HEAD^{tree}", "--symbolic-full-name",    "HEAD",        NULL,
	};
	AUTO(auto_str) struct str answer = {0};
	struct text rest = {0};
	struct text lines[4] = {0};

	if (git_run(root, args, SHORT_ANSWER_BYTES, &answer, err)) {
		return -1;
	}
	rest = str_view(&answer);
	for (size_t i = 0; i < 4 && text_split(&rest, '\n', &lines[i]); i++) {
	}
	state->is_shallow = text_is(lines[0], "true");
	if (lines[1].len == 0) {
		return 0;
	}
	if (take_id(lines[1], state->commit) || take_id(lines[2], state->tree)) {
		return err_set(err, ERR_PEER, "git rev-parse: unexpected '%.*s'", (int)lines[1].len,
			       lines[1].at);
	}
	take_branch(lines[3], state->branch);
	return 0;
}

/** The branch an unborn HEAD will be; not to know it is no failure. */
static void ask_unborn_branch(const char *root, struct git_state *state)
{
	static const char *const args[] = {"symbolic-ref", "-q", "HEAD", NULL};
	AUTO(auto_str) struct str answer = {0};
	struct err ignored = {0};
	struct text rest = {0};
	struct text line = {0};

	if (git_run(root, args, SHORT_ANSWER_BYTES, &answer, &ignored) == 0) {
		rest = str_view(&answer);
		(void)text_split(&rest, '\n', &line);
		take_branch(line, state->branch);
	}
}

/** All root commits; it takes the longer the more history there is. */
static void ask_roots(const char *root, struct git_question *out)
{
	static const char *const args[] = {"rev-list", "--max-parents=0", "HEAD", NULL};

	git_ask(root, NULL, args, SHORT_ANSWER_BYTES, out);
}

/** The smallest of them. */
static int take_root_commit(struct git_question *roots, struct git_state *state, struct err *err)
{
	AUTO(auto_str) struct str answer = {0};
	struct text rest = {0};
	struct text line = {0};
	char id[65] = "";

	if (git_answer(roots, &answer, err)) {
		return -1;
	}
	rest = str_view(&answer);
	while (text_split(&rest, '\n', &line)) {
		if (take_id(line, id) == 0 &&
		    (state->root_commit[0] == '\0' || strcmp(id, state->root_commit) < 0)) {
			memcpy(state->root_commit, id, sizeof(id));
		}
	}
	return 0;
}

int git_identity(const char *root, struct git_state *out, struct err *err)
{
	AUTO(auto_git_place) struct git_place place = {0};
	AUTO(auto_git_question) struct git_question roots = {0};
	struct git_state state = {0};

	if (git_place_find(root, &place, err)) {
		return -1;
	}
	state.has_git = place.git_dir != NULL;
	if (!state.has_git) {
		*out = state;
		return 0;
	}
	/* Both questions at once; where there are no roots to be had, nobody hears that answer. */
	ask_roots(root, &roots);
	if (ask_head(root, &state, err)) {
		return -1;
	}
	if (state.commit[0] == '\0') {
		ask_unborn_branch(root, &state);
	} else if (!state.is_shallow && take_root_commit(&roots, &state, err)) {
		return -1;
	}
	*out = state;
	return 0;
}
