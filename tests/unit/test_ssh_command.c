#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "check/reach/ssh_command.h"
#include "fixture.h"

/** A command that ended with a status and said something. */
static struct ssh_command_facts ended(int status, const char *out, const char *err)
{
	return (struct ssh_command_facts){
		.outcome = COMMAND_ENDED,
		.status = status,
		.has_begun = true,
		.out = text_of(out),
		.out_bytes = strlen(out),
		.err = text_of(err),
		.err_bytes = strlen(err),
	};
}

static enum verdict judge(const struct command_gate *wanted, const struct ssh_command_facts *facts,
			  struct command_opinion *why)
{
	AUTO(auto_matcher) struct matcher *matcher = matcher_new();

	return judge_command(wanted, facts, matcher, why);
}

/** One verdict and its reason; the same words must not be there for a pass. */
static void expect(const struct command_gate *wanted, struct ssh_command_facts facts,
		   enum verdict verdict, enum reason reason)
{
	struct command_opinion why = {0};

	assert_int_equal(judge(wanted, &facts, &why), verdict);
	assert_int_equal(why.reason, reason);
	assert_true((why.message[0] == '\0') == (verdict == VERDICT_PASS));
}

static const struct command_gate zero = {.exits = {0}, .exit_count = 1};

static void the_expected_status_passes_and_every_other_one_fails(void **state)
{
	const struct command_gate some = {.exits = {0, 2}, .exit_count = 2};
	const struct command_gate three = {.exits = {3}, .exit_count = 1};

	(void)state;
	expect(&zero, ended(0, "", ""), VERDICT_PASS, REASON_NONE);
	expect(&zero, ended(1, "", ""), VERDICT_FAIL, REASON_COMMAND_EXIT);
	expect(&some, ended(2, "", ""), VERDICT_PASS, REASON_NONE);
	expect(&some, ended(1, "", ""), VERDICT_FAIL, REASON_COMMAND_EXIT);
	expect(&three, ended(3, "", ""), VERDICT_PASS, REASON_NONE);
	expect(&three, ended(0, "", ""), VERDICT_FAIL, REASON_COMMAND_EXIT);
}

static void the_message_says_what_was_expected(void **state)
{
	const struct command_gate some = {.exits = {0, 2, 4}, .exit_count = 3};
	struct ssh_command_facts facts = ended(143, "", "");
	struct command_opinion why = {0};

	(void)state;
	(void)judge(&some, &facts, &why);
	assert_string_equal(why.message, "ended with 143 (a shell says so of signal 15); expected "
					 "0, 2 or 4");
}

static void only_a_proven_end_can_pass(void **state)
{
	static const struct {
		enum ssh_command_outcome outcome;
		enum reason reason;
	} rows[] = {
		{COMMAND_NOT_RUN, REASON_RUN_TIMEOUT},
		{COMMAND_SIGNALLED, REASON_COMMAND_SIGNAL},
		{COMMAND_UNPROVEN, REASON_COMMAND_UNPROVEN},
		{COMMAND_TIMEOUT, REASON_COMMAND_TIMEOUT},
		{COMMAND_FLOOD, REASON_COMMAND_FLOOD},
		{COMMAND_UNANSWERED, REASON_COMMAND_TIMEOUT},
		{COMMAND_REFUSED, REASON_COMMAND_REFUSED},
		{COMMAND_LOST, REASON_SSH_LOST},
	};

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), COMMAND_LOST);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_command_facts facts = ended(0, "", "");

		facts.outcome = rows[i].outcome;
		expect(&zero, facts, VERDICT_UNKNOWN, rows[i].reason);
	}
}

static void facts_that_are_zero_are_no_pass(void **state)
{
	(void)state;
	expect(&zero, (struct ssh_command_facts){0}, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT);
}

static void silence_passes_where_it_is_expected(void **state)
{
	struct command_gate wanted = zero;

	(void)state;
	wanted.output.empty = true;
	expect(&wanted, ended(0, "", "noise on stderr is no output"), VERDICT_PASS, REASON_NONE);
	expect(&wanted, ended(0, "x", ""), VERDICT_FAIL, REASON_COMMAND_OUTPUT);
	expect(&wanted, ended(0, "\n", ""), VERDICT_FAIL, REASON_COMMAND_OUTPUT);
}

static void the_whole_text_is_compared_without_its_last_line_end(void **state)
{
	struct command_gate wanted = zero;
	struct ssh_command_facts cut = ended(0, "active", "");

	(void)state;
	wanted.output.equals = "active";
	expect(&wanted, ended(0, "active", ""), VERDICT_PASS, REASON_NONE);
	expect(&wanted, ended(0, "active\n", ""), VERDICT_PASS, REASON_NONE);
	expect(&wanted, ended(0, "active\n\n", ""), VERDICT_FAIL, REASON_COMMAND_OUTPUT);
	expect(&wanted, ended(0, "inactive\n", ""), VERDICT_FAIL, REASON_COMMAND_OUTPUT);
	expect(&wanted, ended(0, "", ""), VERDICT_FAIL, REASON_COMMAND_OUTPUT);
	cut.out_bytes = 100000;
	expect(&wanted, cut, VERDICT_FAIL, REASON_COMMAND_OUTPUT);
}

static void a_pattern_is_looked_for_in_every_line(void **state)
{
	struct command_gate wanted = zero;
	struct ssh_command_facts cut = ended(0, "one\n", "");
	struct err err = {0};
	size_t offset = 0;

	(void)state;
	wanted.output.pattern = pattern_compile(text_of("^two$"), PATTERN_SEARCH, &offset, &err);
	assert_non_null(wanted.output.pattern);
	expect(&wanted, ended(0, "one\ntwo\n", ""), VERDICT_PASS, REASON_NONE);
	expect(&wanted, ended(0, "one\n", "two\n"), VERDICT_FAIL, REASON_COMMAND_OUTPUT);
	cut.out_bytes = 100000;
	expect(&wanted, cut, VERDICT_UNKNOWN, REASON_COMMAND_FLOOD);
	pattern_free(wanted.output.pattern);
}

static void a_pattern_that_looks_at_the_end_of_a_cut_text_finds_nothing(void **state)
{
	static const char *const undecided[] = {"\\Athe(?s)(?!.*ERROR)", "fine$", "fine\\Z",
						"fine\\b", "(?s)one.*fine"};
	struct ssh_command_facts cut = ended(0, "the one\nall fine", "");
	struct command_gate wanted = zero;
	struct err err = {0};
	size_t offset = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(undecided) / sizeof(undecided[0]); i++) {
		wanted.output.pattern =
			pattern_compile(text_of(undecided[i]), PATTERN_SEARCH, &offset, &err);
		assert_non_null(wanted.output.pattern);
		cut.out_bytes = cut.out.len;
		expect(&wanted, cut, VERDICT_PASS, REASON_NONE);
		cut.out_bytes = cut.out.len + 1;
		expect(&wanted, cut, VERDICT_UNKNOWN, REASON_COMMAND_FLOOD);
		pattern_free(wanted.output.pattern);
	}
	wanted.output.pattern = pattern_compile(text_of("one$"), PATTERN_SEARCH, &offset, &err);
	expect(&wanted, cut, VERDICT_PASS, REASON_NONE);
	pattern_free(wanted.output.pattern);
}

static void a_status_comes_before_what_was_said(void **state)
{
	struct command_gate wanted = zero;

	(void)state;
	wanted.output.equals = "active";
	expect(&wanted, ended(3, "active", ""), VERDICT_FAIL, REASON_COMMAND_EXIT);
}

/* ---- text that asks */

static void what_asks_for_a_human_is_known(void **state)
{
	static const char *const texts[] = {
		"sudo: a password is required\n",
		"sudo: a terminal is required to read the password; either use the -S option\n",
		"sudo: no tty present and no askpass program specified\n",
		"sudo: sorry, you must have a tty to run sudo\n",
		"[sudo] password for ops: ",
		"Password:",
		"Enter passphrase for key '/home/ops/.ssh/id_ed25519': ",
		"Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
		"Failed to restart x.service: Interactive authentication required.\n",
		"To authenticate, visit:\n\n\thttps://login.example.com/a/1\n",
		"Do you want to continue? [Y/n] ",
		"nas login: ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ssh_command_facts stuck = ended(0, texts[i], "");

		assert_true(text_asks_human(text_of(texts[i])));
		expect(&zero, ended(1, "", texts[i]), VERDICT_UNKNOWN, REASON_COMMAND_ASKS);
		stuck.outcome = COMMAND_TIMEOUT;
		expect(&zero, stuck, VERDICT_UNKNOWN, REASON_COMMAND_ASKS);
	}
}

static void what_asks_for_nothing_is_not_taken_for_it(void **state)
{
	static const char *const texts[] = {
		"",
		"active\n",
		"PasswordAuthentication no\n",
		"the password file is in order\n",
		"last logins: none\n",
		"sshd: no hostkeys available -- exiting.\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(text_asks_human(text_of(texts[i])));
		assert_false(text_asks_tailscale(text_of(texts[i])));
		expect(&zero, ended(1, "", texts[i]), VERDICT_FAIL, REASON_COMMAND_EXIT);
	}
}

static void a_command_that_passes_may_speak_of_passwords(void **state)
{
	(void)state;
	expect(&zero, ended(0, "Password: changed 3 days ago\n", ""), VERDICT_PASS, REASON_NONE);
}

static void a_login_page_of_tailscale_has_its_own_reason(void **state)
{
	static const char text[] = "# Tailscale SSH requires an additional check.\n"
				   "# To authenticate, visit: https://login.tailscale.com/a/123\n";
	struct ssh_command_facts facts = ended(0, text, "");

	(void)state;
	facts.outcome = COMMAND_UNPROVEN;
	expect(&zero, facts, VERDICT_UNKNOWN, REASON_AUTH_BLOCKED_TAILSCALE_CHECK);
	facts.outcome = COMMAND_ENDED;
	expect(&zero, facts, VERDICT_PASS, REASON_NONE);
}

/* ---- settings */

/** So many problems has a gate with these settings. */
static void expect_problems(const char *with, size_t count)
{
	struct fixture *f = fixture_new();
	AUTO(auto_str) struct str more = {0};

	str_printf(&more, "with: %s\n", with);
	fixture_file(f, "bindings/ssh.targets.yaml", "ssh:\n  targets: []\n");
	fixture_gate(f, "X001", "ssh_command", str_text(&more));
	fixture_load_badly(f, count);
	fixture_free(f);
}

static void settings_are_checked(void **state)
{
	(void)state;
	expect_problems("{argv: [uptime]}", 0);
	expect_problems("{argv: uptime, exit: 3, timeout: 1m}", 0);
	expect_problems("{argv: [uptime], exit: [0, 255], stdout: {match: 'load', equals: x}}", 0);
	expect_problems("{}", 1);
	expect_problems("{argv: []}", 1);
	expect_problems("{argv: ['', x]}", 1);
	expect_problems("{argv: [uptime], exit: 256}", 1);
	expect_problems("{argv: [uptime], exit: [0, -1, x]}", 2);
	expect_problems("{argv: [uptime], stdout: {match: '('}}", 1);
	expect_problems("{argv: [uptime], stdout: {empty: true, equals: x}}", 1);
	expect_problems("{argv: [uptime], timeout: 11m}", 1);
	expect_problems("{argv: [uptime], shell: true}", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_expected_status_passes_and_every_other_one_fails),
		cmocka_unit_test(the_message_says_what_was_expected),
		cmocka_unit_test(only_a_proven_end_can_pass),
		cmocka_unit_test(facts_that_are_zero_are_no_pass),
		cmocka_unit_test(silence_passes_where_it_is_expected),
		cmocka_unit_test(the_whole_text_is_compared_without_its_last_line_end),
		cmocka_unit_test(a_pattern_is_looked_for_in_every_line),
		cmocka_unit_test(a_pattern_that_looks_at_the_end_of_a_cut_text_finds_nothing),
		cmocka_unit_test(a_status_comes_before_what_was_said),
		cmocka_unit_test(what_asks_for_a_human_is_known),
		cmocka_unit_test(what_asks_for_nothing_is_not_taken_for_it),
		cmocka_unit_test(a_command_that_passes_may_speak_of_passwords),
		cmocka_unit_test(a_login_page_of_tailscale_has_its_own_reason),
		cmocka_unit_test(settings_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
