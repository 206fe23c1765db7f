/* What the facts of a command mean for a gate of kind ssh_command; no I/O. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/reach/ssh_command.h"

/** A shell gives 128 + n for what signal n ended. */
#define SIGNAL_STATUS 128

/* ---- text that asks */

static bool has(struct text text, const char *words)
{
	size_t len = strlen(words);

	for (size_t i = 0; i + len <= text.len; i++) {
		if (strncasecmp(text.at + i, words, len) == 0) {
			return true;
		}
	}
	return false;
}

bool text_asks_human(struct text text)
{
	static const char *const words[] = {
		"password:",
		"password for ",
		"passphrase for ",
		"passphrase:",
		"a password is required",
		"a terminal is required to", /* sudo 1.9 */
		"no tty present and no askpass",
		"you must have a tty to run sudo",
		"interactive authentication required", /* polkit */
		"authentication is required to",
		"verification code:",
		"one-time password",
		"to authenticate, visit",
		"(yes/no",
		"[y/n]",
		"(y/n)",
		"login:",
		"press any key",
		"press enter",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (has(text, words[i])) {
			return true;
		}
	}
	return false;
}

bool text_asks_tailscale(struct text text)
{
	return has(text, "login.tailscale.com") ||
	       (has(text, "tailscale") && has(text, "to authenticate, visit"));
}

/* ---- the parts of a verdict */

static enum verdict conclude(struct command_opinion *why, enum verdict verdict, enum reason reason,
			     const char *message, const char *hint)
{
	why->reason = reason;
	why->hint = hint;
	(void)snprintf(why->message, sizeof(why->message), "%s", message);
	return verdict;
}

/** What says most: what it complained about, or what it said. */
static struct text worth_showing(const struct ssh_command_facts *facts)
{
	return text_trim(facts->err).len > 0 ? facts->err : facts->out;
}

/** Somebody asks for something that only a human has: then the rest means nothing. */
static bool asks(const struct ssh_command_facts *facts, struct command_opinion *why)
{
	const struct text texts[] = {facts->err, facts->out};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (text_asks_tailscale(texts[i])) {
			why->said = texts[i];
			(void)conclude(why, VERDICT_UNKNOWN, REASON_AUTH_BLOCKED_TAILSCALE_CHECK,
				       "wants a human to approve in a browser",
				       "use `action: accept` for the automation identity in the "
				       "tailnet policy");
			return true;
		}
		if (text_asks_human(texts[i])) {
			why->said = texts[i];
			(void)conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_ASKS,
				       "asks a human for something",
				       "let it run without: for sudo a rule with NOPASSWD");
			return true;
		}
	}
	return false;
}

/** "0", "0 or 2". */
static void add_expected(struct str *out, const struct command_gate *wanted)
{
	for (size_t i = 0; i < wanted->exit_count; i++) {
		str_printf(out, "%s%d",
			   i == 0                       ? ""
			   : i + 1 < wanted->exit_count ? ", "
							: " or ",
			   wanted->exits[i]);
	}
}

static bool is_expected(const struct command_gate *wanted, int status)
{
	for (size_t i = 0; i < wanted->exit_count; i++) {
		if (wanted->exits[i] == status) {
			return true;
		}
	}
	return false;
}

static enum verdict judge_exit(const struct command_gate *wanted,
			       const struct ssh_command_facts *facts, struct command_opinion *why)
{
	AUTO(auto_str) struct str message = {.max = sizeof(why->message) - 1};
	const char *hint = NULL;

	str_printf(&message, "ended with %d", facts->status);
	if (facts->status > SIGNAL_STATUS) {
		str_printf(&message, " (a shell says so of signal %d)",
			   facts->status - SIGNAL_STATUS);
	}
	str_add(&message, "; expected ");
	add_expected(&message, wanted);
	if (facts->status == 127) {
		hint = "is the program installed there, and in the PATH of a login without a "
		       "terminal?";
	} else if (facts->status == 126) {
		hint = "may this user run the program?";
	}
	why->said = worth_showing(facts);
	return conclude(why, VERDICT_FAIL, REASON_COMMAND_EXIT, str_text(&message), hint);
}

/** What it said, as `equals` means it: without the end of its last line. */
static struct text without_line_end(struct text text)
{
	text.len -= text.len > 0 && text.at[text.len - 1] == '\n';
	return text;
}

static enum verdict judge_match(const struct command_gate *wanted,
				const struct ssh_command_facts *facts, struct matcher *matcher,
				struct command_opinion *why)
{
	struct pattern *pattern = wanted->output.pattern;
	struct span span = {0};
	bool is_cut = facts->out_bytes > facts->out.len;

	switch (is_cut ? pattern_find_in_start(pattern, matcher, facts->out, &span)
		       : pattern_find(pattern, matcher, facts->out, 0, 0, &span)) {
	case PATTERN_YES:
		return VERDICT_PASS;
	case PATTERN_LIMIT:
		return conclude(why, VERDICT_UNKNOWN, REASON_TEXT_LIMIT,
				"what it said is too expensive for the pattern", NULL);
	case PATTERN_NO:
		break;
	}
	if (is_cut) {
		return conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_FLOOD,
				"the pattern is not in the first 64 KB of what it said, or the "
				"rest decides; that was not looked at",
				"let the command say less");
	}
	return conclude(why, VERDICT_FAIL, REASON_COMMAND_OUTPUT,
			"what it said does not match the pattern", NULL);
}

static enum verdict judge_output(const struct command_gate *wanted,
				 const struct ssh_command_facts *facts, struct matcher *matcher,
				 struct command_opinion *why)
{
	const struct wanted_output *output = &wanted->output;

	why->said = facts->out;
	if (output->empty && facts->out_bytes > 0) {
		return conclude(why, VERDICT_FAIL, REASON_COMMAND_OUTPUT,
				"said something; expected nothing", NULL);
	}
	if (output->equals && (facts->out_bytes > facts->out.len ||
			       !text_is(without_line_end(facts->out), output->equals))) {
		return conclude(why, VERDICT_FAIL, REASON_COMMAND_OUTPUT,
				"said something else than expected", NULL);
	}
	return output->pattern ? judge_match(wanted, facts, matcher, why) : VERDICT_PASS;
}

static enum verdict judge_ended(const struct command_gate *wanted,
				const struct ssh_command_facts *facts, struct matcher *matcher,
				struct command_opinion *why)
{
	if (is_expected(wanted, facts->status)) {
		return judge_output(wanted, facts, matcher, why);
	}
	return asks(facts, why) ? VERDICT_UNKNOWN : judge_exit(wanted, facts, why);
}

/** It ran, and there is no proof how it ended. */
static enum verdict judge_unended(const struct ssh_command_facts *facts,
				  struct command_opinion *why)
{
	if (asks(facts, why)) {
		return VERDICT_UNKNOWN;
	}
	why->said = worth_showing(facts);
	switch (facts->outcome) {
	case COMMAND_SIGNALLED:
		return conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_SIGNAL,
				"a signal ended the shell that ran it", NULL);
	case COMMAND_TIMEOUT:
		return conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_TIMEOUT,
				"had not ended in time, and was ended", NULL);
	case COMMAND_FLOOD:
		return conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_FLOOD,
				"said more than 4 MB, and was ended", "let the command say less");
	case COMMAND_UNPROVEN:
	case COMMAND_NOT_RUN:
	case COMMAND_ENDED:
	case COMMAND_UNANSWERED:
	case COMMAND_REFUSED:
	case COMMAND_LOST:
		break;
	}
	return conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_UNPROVEN,
			facts->has_begun ? "the machine does not say how it ended"
					 : "something else ran in its place, or nothing",
			"does the account have a forced command, or a login shell that is "
			"restricted or runs nothing?");
}

enum verdict judge_command(const struct command_gate *wanted, const struct ssh_command_facts *facts,
			   struct matcher *matcher, struct command_opinion *why)
{
	*why = (struct command_opinion){0};
	switch (facts->outcome) {
	case COMMAND_ENDED:
		return judge_ended(wanted, facts, matcher, why);
	case COMMAND_SIGNALLED:
	case COMMAND_UNPROVEN:
	case COMMAND_TIMEOUT:
	case COMMAND_FLOOD:
		return judge_unended(facts, why);
	case COMMAND_UNANSWERED:
		return conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_TIMEOUT,
				"the server did not begin it in time", NULL);
	case COMMAND_REFUSED:
		return conclude(why, VERDICT_UNKNOWN, REASON_COMMAND_REFUSED,
				"the server runs no commands for this user", NULL);
	case COMMAND_LOST:
		return conclude(why, VERDICT_UNKNOWN, REASON_SSH_LOST,
				"the connection was lost before it had ended", NULL);
	case COMMAND_NOT_RUN:
		break;
	}
	return conclude(why, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, "was not run in time", NULL);
}
