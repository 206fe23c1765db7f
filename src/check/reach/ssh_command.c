/*
 * ssh_command: a command on each target, over the run's one session to it, and what it must say.
 *
 * The command is a list of words, never text for a shell. How it is run and proven to have ended is
 * net/ssh_command.h's, what that means command_judge.c's.
 */
#include "check/reach/ssh_command.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "check/reach/jump.h"
#include "check/reach/no_session.h"
#include "check/reach/reach.h"

/** Largest exit status. */
#define STATUS_MAX 255

static const struct field output_fields[] = {
	{"match", FIELD_TEXT, offsetof(struct wanted_output, match),
	 .doc = "a regular expression (PCRE2) that must match somewhere; ^ and $ are of each line"},
	{"equals", FIELD_TEXT, offsetof(struct wanted_output, equals),
	 .doc = "the whole text, without the end of its last line"},
	{"empty", FIELD_BOOL, offsetof(struct wanted_output, empty),
	 .doc = "true: the command must say nothing"},
	{0},
};

static const struct field fields[] = {
	{"argv", FIELD_TEXTS, offsetof(struct command_gate, argv), .required = true,
	 .doc = "the program and its arguments, each as it is: no shell expands them"},
	{"exit", FIELD_TEXTS, offsetof(struct command_gate, exit_words),
	 .doc = "exit status that is expected, or a list of them; without it, 0"},
	{"stdout", FIELD_STRUCT, offsetof(struct command_gate, output), .fields = output_fields,
	 .doc = "what the command must say"},
	{"timeout", FIELD_DURATION, offsetof(struct command_gate, timeout_ms), .fallback = "10s",
	 .max = 600000, .doc = "how long the command may run on one target"},
	{0},
};

static void check_exits(struct decode *decode, struct command_gate *self)
{
	const struct texts *words = &self->exit_words;
	struct err err = {0};
	int64_t value = 0;

	for (size_t i = 0; i < words->len && i <= STATUS_MAX; i++) {
		if (parse_int(text_of(words->at[i]), 0, STATUS_MAX, &value, &err)) {
			decode_problem(decode, PROBLEM_VALUE, words->nodes[i], NULL,
				       "'%s' is not an exit status from 0 to 255", words->at[i]);
		} else {
			self->exits[self->exit_count++] = (int)value;
		}
	}
	self->exit_count += words->len == 0;
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	struct command_gate *self = settings;
	const struct node *output = node_get(gate->with, "stdout");
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};

	check_exits(decode, self);
	if (self->argv.nodes &&
	    remote_command_write(self->argv.at, self->argv.len, "", &line, &err)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(gate->with, "argv"), NULL, "%s",
			       err.text);
	}
	if (self->output.match) {
		self->output.pattern =
			pattern_decode(decode, node_get(output, "match"), PATTERN_SEARCH);
	}
	if (self->output.empty && (self->output.match || self->output.equals)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(output, "empty"), NULL,
			       "what is empty matches and equals nothing");
	}
}

static void release_settings(void *settings)
{
	pattern_free(((struct command_gate *)settings)->output.pattern);
}

/* ---- one target */

/** The command on one target. */
struct errand {
	struct check *check;
	const struct target *target;
	const struct reached *reached; /**< how it was reached, or why not; NULL: not known yet */
	struct ssh_command *command;   /**< NULL unless under way */
	bool has_run;
	bool is_done;
	enum verdict verdict;
	struct command_opinion why; /**< `said` is not valid any more */
	const char *said;           /**< printable, in the arena; NULL: nothing */
};

struct state {
	struct errand *errands;
	size_t count;
	size_t left;
	struct matcher *matcher;
};

static void finish(struct errand *errand)
{
	struct state *state = errand->check->state;

	errand->is_done = true;
	state->left--;
	task_wake(&errand->check->task);
}

/** The start of what a machine said, in one line. */
static const char *excerpt(struct check *check, struct text said)
{
	AUTO(auto_str) struct str clean = {.max = COMMAND_SAID_BYTES};

	said = text_trim(said);
	for (size_t i = 0; i < said.len && !clean.overflow; i++) {
		struct text one = {said.at[i] == '\n' ? " " : said.at + i, 1};

		str_add_text(&clean, one);
	}
	return clean.len == 0
		       ? NULL
		       : check_text(check, "%s%s", str_text(&clean), clean.overflow ? " …" : "");
}

/** What the command said; before it has begun, somebody else speaks. */
static void note_outputs(const struct errand *errand, const struct ssh_command_facts *facts)
{
	const char *subject = errand->target->row.subject;

	if (!facts->has_begun) {
		return;
	}
	check_heard(errand->check, subject, "stdout", facts->out, facts->out_bytes);
	if (facts->err_bytes > 0) {
		check_heard(errand->check, subject, "stderr", facts->err, facts->err_bytes);
	}
}

static void on_ended(const struct ssh_command_facts *facts, void *cookie)
{
	struct errand *errand = cookie;
	struct check *check = errand->check;
	struct state *state = check->state;

	errand->command = NULL;
	errand->has_run = true;
	note_outputs(errand, facts);
	errand->verdict = judge_command(check->settings, facts, state->matcher, &errand->why);
	errand->said = excerpt(check, errand->why.said);
	reach_leave(check->context->reach, errand->target);
	finish(errand);
}

static void on_session(const struct reached *reached, struct ssh_session *session, void *cookie)
{
	struct errand *errand = cookie;
	const struct command_gate *self = errand->check->settings;
	struct ssh_command_spec spec = {
		.words = self->argv.at,
		.count = self->argv.len,
		.timeout_ms = self->timeout_ms,
		.deadline_ms = errand->check->deadline_ms,
	};
	struct err err = {0};

	errand->reached = reached;
	if (session) {
		errand->command = ssh_command_start(session, &spec, on_ended, errand, &err);
	}
	if (!errand->command) {
		finish(errand);
	}
}

/* ---- all of them */

static void begin(struct check *check)
{
	const struct targets *targets = &check->context->repo->targets;
	struct reach *reach = check->context->reach;
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	state->matcher = matcher_new();
	state->errands = mem_alloc((targets->len + 1) * sizeof(*state->errands));
	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];

		if (!check_selects(check, target)) {
			continue;
		}
		if (check_is_decided(check, target)) {
			reach_forgo(reach, target);
			continue;
		}
		state->errands[state->count++] = (struct errand){.check = check, .target = target};
	}
	state->left = state->count;
	for (size_t i = 0; i < state->count; i++) {
		reach_session(reach, state->errands[i].target, on_session, &state->errands[i]);
	}
}

static bool is_ready(const struct check *check)
{
	return ((const struct state *)check->state)->left == 0;
}

static void report_command(struct check *check, const struct errand *errand)
{
	const struct reached *reached = errand->reached;
	struct finding *finding = NULL;

	check->result->checked +=
		errand->verdict == VERDICT_PASS || errand->verdict == VERDICT_FAIL;
	if (errand->verdict == VERDICT_PASS) {
		return;
	}
	finding = check_add(check, errand->verdict, errand->why.reason, errand->target->row.subject,
			    node_place(errand->target->row.node, "host"), "%s: %s",
			    ((const struct command_gate *)check->settings)->argv.at[0],
			    errand->why.message);
	finding->hint = errand->why.hint;
	finding->said = errand->said;
	finding->path = reached->route->path;
	if (errand->why.reason == REASON_SSH_LOST) {
		finding->caused_by = lost_cause(check, reached);
	}
}

static void report(struct check *check, struct errand *errand)
{
	if (!errand->is_done) {
		(void)check_add(check, VERDICT_UNKNOWN, check->expired, errand->target->row.subject,
				node_place(errand->target->row.node, "host"),
				"no result before the deadline");
	} else if (errand->has_run) {
		report_command(check, errand);
	} else {
		report_no_session(check, errand->reached, "not run");
	}
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		struct errand *errand = &state->errands[i];

		if (errand->command) {
			ssh_command_cancel(errand->command);
			reach_leave(check->context->reach, errand->target);
		} else if (!errand->is_done) {
			reach_withdraw(check->context->reach, errand->target, errand);
		}
		report(check, errand);
	}
	matcher_free(state->matcher);
	free(state->errands);
	free(state);
	check->state = NULL;
}

const struct kind kind_ssh_command = {
	.name = "ssh_command",
	.doc = "Runs a command on each target, over the run's one connection to it and as the user it "
	       "logs in as. Passes when the command has provably ended, with an expected exit status, and "
	       "said what is demanded. The command must only read: nothing here can tell",
	.fields = fields,
	.settings_size = sizeof(struct command_gate),
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS | NEEDS_KNOWN_HOSTS,
	.is_per_target = true,
	.uses_sessions = true,
	.check_settings = check_settings,
	.release_settings = release_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
