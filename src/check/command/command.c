/*
 * command: a check of the user's own, in whatever language: a program of the repo that is run
 * without a shell, may change nothing, and says by its exit status what it found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "check/command/command_answer.h"
#include "check/command/rooms.h"
#include "loop/child.h"
#include "loop/confine.h"

/** Default ceiling of what a command may print, on each of its outputs. */
#define OUTPUT_BYTES "1048576"

struct command {
	struct texts argv;
	int form; /**< enum answer_form */
	bool has_network;
	struct entries env; /**< struct texts, one each */
	int64_t max_output_bytes;
};

static const struct field fields[] = {
	{"argv", FIELD_TEXTS, offsetof(struct command, argv), .required = true,
	 .doc = "the program and its arguments, without a shell; run in the root of the repo, from which a path with a slash is taken"},
	{"result", FIELD_CHOICE, offsetof(struct command, form), .choices = answer_forms,
	 .fallback = "words", .doc = "how it says what it found"},
	{"network", FIELD_BOOL, offsetof(struct command, has_network),
	 .doc = "true: it may use the network, which needs mode active; else it gets no socket"},
	{"env", FIELD_MAP, offsetof(struct command, env),
	 .doc = "variables of its environment, which has else little more than PATH and HOME"},
	{"max_output", FIELD_INT, offsetof(struct command, max_output_bytes), .min = 1,
	 .max = (int64_t)64 * 1024 * 1024, .fallback = OUTPUT_BYTES,
	 .doc = "bytes that it may print on each of its outputs; more end it"},
	{0},
};

/** A command under way. */
struct state {
	struct child *child; /**< NULL: it has ended, or could not be started */
	struct child_result result;
	bool is_done;
	bool is_on_disk;  /**< there is a work tree to run it in */
	char scratch[64]; /**< its folder; "": none could be made */
	struct err err;   /**< why it could not be started */
};

static bool is_variable(const char *name)
{
	return name[0] != '\0' && !strpbrk(name, "= \t\n") && strcmp(name, "LD_PRELOAD") != 0 &&
	       strncmp(name, "GATERUN_", strlen("GATERUN_")) != 0;
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct command *self = settings;
	const struct texts *values = self->env.at;

	(void)gate;
	if (self->argv.len > 0 && self->argv.at[0][0] == '\0') {
		decode_problem(decode, PROBLEM_VALUE, self->argv.nodes[0], NULL,
			       "the name of the program is empty");
	}
	for (size_t i = 0; i < self->env.len; i++) {
		if (!is_variable(self->env.keys[i])) {
			decode_problem(decode, PROBLEM_VALUE, self->env.nodes[i], NULL,
				       "'%s' is no variable that can be set here",
				       self->env.keys[i]);
		} else if (values[i].len != 1) {
			decode_problem(decode, PROBLEM_VALUE, self->env.nodes[i], NULL,
				       "'%s' has %zu values, expected one", self->env.keys[i],
				       values[i].len);
		}
	}
}

static enum mode mode_of(const void *settings)
{
	return ((const struct command *)settings)->has_network ? MODE_ACTIVE : MODE_STATIC;
}

static void done(struct child_result *result, void *cookie)
{
	struct check *check = cookie;
	struct state *state = check->state;

	(void)result;
	state->child = NULL;
	state->is_done = true;
	task_wake(&check->task);
}

/** A folder of its own: TMPDIR, and the only place it may write to. */
static int make_scratch(struct state *state)
{
	(void)snprintf(state->scratch, sizeof(state->scratch), "/tmp/gaterun-command.XXXXXX");
	if (!mkdtemp(state->scratch)) {
		(void)err_errno(&state->err, "make a folder in /tmp");
		state->scratch[0] = '\0';
		return -1;
	}
	return 0;
}

static void start(struct check *check, struct state *state)
{
	const struct command *self = check->settings;
	const struct texts *values = self->env.at;
	const char *scratch = state->scratch;
	struct VEC(const char *) argv = {0};
	struct VEC(const char *) env = {0};
	struct confine_words confined = {0};
	struct child_spec spec = {
		.directory = tree_root(check->context->repo->tree),
		.max_output_bytes = (size_t)self->max_output_bytes,
		.deadline_ms = check->deadline_ms,
		.is_launcher = confine_program() != NULL,
	};

	for (size_t i = 0; i < self->argv.len; i++) {
		*VEC_ADD(&argv) = self->argv.at[i];
	}
	*VEC_ADD(&argv) = NULL;
	for (size_t i = 0; i < self->env.len; i++) {
		*VEC_ADD(&env) = check_text(check, "%s=%s", self->env.keys[i], values[i].at[0]);
	}
	*VEC_ADD(&env) = check_text(check, "TMPDIR=%s", scratch);
	*VEC_ADD(&env) = check_text(check, "XDG_CACHE_HOME=%s", scratch);
	*VEC_ADD(&env) = check_text(check, "GATERUN_GATE=%s", check->gate->id);
	*VEC_ADD(&env) = check_text(check, "GATERUN_ROOT=%s", spec.directory);
	*VEC_ADD(&env) = "GIT_OPTIONAL_LOCKS=0";
	*VEC_ADD(&env) = "PYTHONDONTWRITEBYTECODE=1";
	*VEC_ADD(&env) = NULL;
	confine_argv(confine_program(), scratch, self->has_network, argv.at, &confined);
	spec.argv = confined.at;
	spec.env = env.at;
	state->child = child_start(check->context->loop, &spec, &state->result, done, check);
	VEC_RELEASE(&argv);
	VEC_RELEASE(&env);
	VEC_RELEASE(&confined);
}

static bool has_room(struct check *check)
{
	return rooms_take(check->context->rooms, check);
}

static void begin(struct check *check)
{
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	state->is_on_disk = tree_is_on_disk(check->context->repo->tree);
	if (!state->is_on_disk || make_scratch(state)) {
		state->is_done = true;
		return;
	}
	start(check, state);
}

static bool is_ready(const struct check *check)
{
	return ((const struct state *)check->state)->is_done;
}

/** A finding about the command as a whole. */
static void say(struct check *check, enum verdict verdict, enum reason reason, const char *sentence)
{
	struct finding *finding =
		check_add(check, verdict, reason, check_text(check, "gate:%s", check->gate->id),
			  node_place(check->gate->with, "argv"), "%s", sentence);

	finding->detail = reason_code(reason);
}

static void take_answer(struct check *check, const struct child_result *result)
{
	const struct command *self = check->settings;
	const struct command_end end = {result->status, str_view(&result->output),
					str_view(&result->errors)};
	struct command_answer answer = {0};

	command_answer_read(check->context->arena, (enum answer_form)self->form, &end, &answer);
	check->result->checked = answer.checked;
	for (size_t i = 0; i < answer.findings.len; i++) {
		const struct answer_finding *from = &answer.findings.at[i];
		struct finding *finding = check_add(
			check, from->verdict, from->reason,
			from->subject ? from->subject
				      : check_text(check, "gate:%s", check->gate->id),
			from->where.file ? from->where : node_place(check->gate->with, "argv"),
			"%s", from->message);

		finding->said = from->said;
		finding->detail = from->said ? from->said : from->message;
		finding->hint = from->hint;
	}
	command_answer_release(&answer);
}

static void judge_exit(struct check *check, const struct child_result *result)
{
	struct text words = text_trim(str_view(&result->errors));

	if (confine_program() &&
	    (result->status == CONFINE_NOT_FOUND || result->status == CONFINE_NOT_STARTED)) {
		words.len = words.len < 300 ? words.len : 300;
		say(check, VERDICT_UNKNOWN, REASON_COMMAND_NOT_STARTED,
		    check_text(check, "it could not be run (exit status %d): %.*s", result->status,
			       (int)words.len, words.at ? words.at : ""));
		return;
	}
	take_answer(check, result);
}

static void judge_end(struct check *check, const struct state *state)
{
	const struct command *self = check->settings;
	const struct child_result *result = &state->result;

	if (!state->is_done || result->end == CHILD_TIMEOUT) {
		say(check, VERDICT_UNKNOWN,
		    check->expired == REASON_NONE || check->expired == REASON_RUN_TIMEOUT
			    ? REASON_COMMAND_TIMEOUT
			    : check->expired,
		    "it did not end in time, and was killed");
		return;
	}
	switch (result->end) {
	case CHILD_EXITED:
		judge_exit(check, result);
		break;
	case CHILD_SIGNALLED:
		say(check, VERDICT_UNKNOWN, REASON_COMMAND_SIGNAL,
		    check_text(check, "signal %d ended it", result->status));
		break;
	case CHILD_FLOOD:
		say(check, VERDICT_UNKNOWN, REASON_COMMAND_FLOOD,
		    check_text(check, "it printed more than %lld bytes, and was killed",
			       (long long)self->max_output_bytes));
		break;
	case CHILD_NO_START:
		say(check, VERDICT_UNKNOWN, REASON_COMMAND_NOT_STARTED, result->error.text);
		break;
	case CHILD_TIMEOUT:
		break;
	}
}

/** What nothing kept the command from doing, where the system cannot. */
static void tell_abilities(struct check *check)
{
	const struct command *self = check->settings;
	const struct confine_abilities abilities = confine_abilities();

	if (!abilities.files) {
		say(check, VERDICT_PASS, REASON_COMMAND_UNCONFINED,
		    "this system does not keep a command from writing");
	}
	if (!abilities.network && !self->has_network) {
		say(check, VERDICT_PASS, REASON_COMMAND_UNCONFINED,
		    "this system does not keep a command from the network");
	}
}

static void release(struct check *check, struct state *state)
{
	struct err ignored = {0};

	if (state->child) {
		child_cancel(state->child);
	}
	if (state->scratch[0]) {
		(void)file_remove_tree(state->scratch, &ignored);
	}
	rooms_give(check->context->rooms, check);
	child_result_release(&state->result);
	free(state);
}

static void judge(struct check *check)
{
	struct state *state = check->state;
	const char *subject = check_text(check, "gate:%s", check->gate->id);
	const struct child_result *result = &state->result;

	if (!state->is_on_disk) {
		say(check, VERDICT_UNKNOWN, REASON_COMMAND_NO_WORK_TREE,
		    "a command can be run in the work tree only, and this run looks at something else");
	} else if (state->err.text[0]) {
		say(check, VERDICT_UNKNOWN, REASON_COMMAND_NOT_STARTED, state->err.text);
	} else {
		judge_end(check, state);
		tell_abilities(check);
		check_heard(check, subject, "stdout", str_view(&result->output),
			    result->output.len);
		check_heard(check, subject, "stderr", str_view(&result->errors),
			    result->errors.len);
	}
	release(check, state);
}

const struct kind kind_command = {
	.name = "command",
	.doc = "Runs a program of the user's, without a shell, a terminal, anything to read or a place to write to. "
	       "Passes when it ends with exit status 0 and does not say otherwise",
	.fields = fields,
	.settings_size = sizeof(struct command),
	.mode = MODE_STATIC,
	.mode_of = mode_of,
	.check_settings = check_settings,
	.has_room = has_room,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
