#include "check/files/git_asked.h"

#include "base/cleanup.h"
#include "git/git.h"

static void done(struct child_result *result, void *cookie)
{
	struct git_asked *asked = cookie;

	(void)result;
	asked->is_done = true;
	asked->child = NULL;
	task_wake(&asked->check->task);
}

void git_asked_begin(struct check *check, const char *const *args, struct git_asked *out)
{
	struct git_words argv = {0};
	struct child_spec spec = {
		.env = git_environment,
		.max_output_bytes = GIT_ASKED_BYTES,
		.deadline_ms = check->deadline_ms,
	};

	git_words(tree_root(check->context->repo->tree), args, &argv);
	spec.argv = argv.at;
	out->check = check;
	out->command = args[0];
	out->child = child_start(check->context->loop, &spec, &out->result, done, out);
	VEC_RELEASE(&argv);
}

bool git_asked_is_done(const struct git_asked *asked)
{
	return !asked->command || asked->is_done;
}

int git_asked_answer(const struct git_asked *asked, int ok, struct text *out)
{
	const struct child_result *result = &asked->result;
	struct check *check = asked->check;
	AUTO(auto_str) struct str why = {0};
	bool is_late = !asked->is_done || result->end == CHILD_TIMEOUT;

	if (asked->is_done && result->end == CHILD_EXITED && result->status <= ok) {
		*out = str_view(&result->output);
		return result->status;
	}
	if (asked->is_done) {
		child_describe(result, &why);
	}
	(void)check_add(check, VERDICT_UNKNOWN, is_late ? REASON_RUN_TIMEOUT : REASON_VCS_FAILED,
			check_text(check, "gate:%s", check->gate->id), (struct place){0},
			"git %s gives no answer: %s", asked->command,
			is_late ? "it took too long" : str_text(&why));
	return -1;
}

void git_asked_release(struct git_asked *asked)
{
	if (asked->child) {
		child_cancel(asked->child);
		asked->child = NULL;
	}
	child_result_release(&asked->result);
}
