#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/checkpoint.h"
#include "receipt/log_policy.h"
#include "receipts.h"

/** 2026-03-01T00:00:00Z */
#define NOW_MS 1772323200000
#define NOW (NOW_MS / 1000)

/** The log is of key 1, the witnesses w2 … w9 of the keys 2 … 9. */
#define ORIGIN "gaterun/ops.example/0123456789abcdef"

/** The verifier key of log or witness; "K" in a policy below is followed by its number. */
static void add_vkey(struct str *out, unsigned char first)
{
	AUTO(auto_key) struct key *key = sample_key(first);
	struct witness witness = {.key = key->public};

	if (first == 1) {
		vkey_write(ORIGIN, &key->public, out);
		return;
	}
	(void)snprintf(witness.name, sizeof(witness.name), "w%d.example", first);
	witness_write_vkey(&witness, out);
}

/** A policy as it is written in the tests: "K2" stands for the key of witness 2. */
static int read_policy(struct log_policy *policy, const char *format, struct problems *problems)
{
	AUTO(auto_str) struct str file = {0};

	for (const char *at = format; *at; at++) {
		if (at[0] == 'K' && at[1] >= '1' && at[1] <= '9') {
			add_vkey(&file, (unsigned char)(at[1] - '0'));
			at++;
		} else {
			str_add_char(&file, *at);
		}
	}
	return log_policy_read(policy, "receipts/trust/policy", str_view(&file), problems);
}

/** The one problem of a policy must be at this place and say this. */
static void expect_problem(const char *format, int line, int column, const char *text)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_log_policy) struct log_policy policy = {0};
	const struct problem *problem = NULL;

	assert_int_equal(read_policy(&policy, format, &problems), -1);
	assert_int_equal(problems.list.len, 1);
	problem = &problems.list.at[0];
	if (problem->where.line != line || problem->where.column != column ||
	    !strstr(problem->message, text)) {
		fail_msg("%d:%d: %s", problem->where.line, problem->where.column, problem->message);
	}
}

/** A checkpoint with the cosignatures of some witnesses: pairs of a key and an age in seconds. */
static void add_note(struct str *note, const int (*by)[2], size_t count)
{
	AUTO(auto_key) struct key *log = sample_key(1);
	struct checkpoint head = {.origin = ORIGIN, .size = 22};
	struct err err = {0};
	size_t text_len = 0;

	assert_int_equal(checkpoint_write(&head, SIGNING(log), note, &err), 0);
	text_len = (size_t)(strstr(note->at, "\n\n") - note->at) + 1;
	for (size_t i = 0; i < count; i++) {
		AUTO(auto_key) struct key *key = sample_key((unsigned char)by[i][0]);
		AUTO(auto_str) struct str line = {0};
		char name[20];

		(void)snprintf(name, sizeof(name), "w%d.example", by[i][0]);
		assert_int_equal(cosignature_write((struct text){note->at, text_len}, name,
						   SIGNING(key), by[i][1] < 0 ? 0 : NOW - by[i][1],
						   &line, &err),
				 0);
		str_add_text(note, str_view(&line));
	}
}

static struct witnessed judge(const char *format, const int (*by)[2], size_t count)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_log_policy) struct log_policy policy = {0};
	AUTO(auto_key) struct key *log = sample_key(1);
	AUTO(auto_str) struct str note = {0};
	struct witnessed out = {0};

	assert_int_equal(read_policy(&policy, format, &problems), 0);
	add_note(&note, by, count);
	log_policy_judge(&policy, str_view(&note), &log->public, NOW_MS, &out);
	assert_true(out.why[0] != '\0');
	return out;
}

#define JUDGE(format, ...)                             \
	judge((format), (const int[][2]){__VA_ARGS__}, \
	      sizeof((const int[][2]){__VA_ARGS__}) / sizeof(int[2]))

#define TWO_LEVELS                                                             \
	"# two organisations\n"                                                \
	"log K1 https://example.com/\n\n"                                      \
	"witness X1 K2\nwitness X2 K3 https://x2.example/\n\twitness X3 K4 \n" \
	"group X 2 X1 X2 X3\n"                                                 \
	"witness Y1 K5\nwitness Y2 K6\n"                                       \
	"group Y any Y1 Y2\n"                                                  \
	"group X-and-Y all X Y\n"                                              \
	"quorum X-and-Y\n"

static void a_policy_of_two_levels_is_read(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_log_policy) struct log_policy policy = {0};

	(void)state;
	assert_int_equal(read_policy(&policy, TWO_LEVELS, &problems), 0);
	assert_int_equal(policy.logs.len, 1);
	assert_string_equal(policy.logs.at[0].origin, ORIGIN);
	assert_int_equal(policy.voters.len, 8);
	assert_int_equal(policy.voters.at[3].needed, 2);
	assert_int_equal(policy.voters.at[6].needed, 1);
	assert_int_equal(policy.voters.at[7].needed, 2);
	assert_true(policy.needs_quorum);
	assert_int_equal(policy.quorum, 7);
}

static void what_the_format_forbids_has_its_place(void **state)
{
	(void)state;
	expect_problem("", 1, 1, "no quorum line");
	expect_problem("witness a K2\n", 2, 1, "no quorum line");
	expect_problem("quorum none\nquorum none\n", 2, 8, "one quorum line");
	expect_problem("quorum a\nwitness a K2\n", 1, 8, "no witness or group");
	expect_problem("quorum none more\n", 1, 13, "more than belongs");
	expect_problem("quorum\n", 1, 7, "no witness or group");
	expect_problem("mirror a K2\nquorum none\n", 1, 1, "expected log, witness");
	expect_problem("log K2\nquorum none\n", 1, 5, "not a log's");
	expect_problem("witness a K1\nquorum none\n", 1, 11, "not a witness's");
	expect_problem("log K1 url more\nquorum none\n", 1, 100, "more than belongs");
	expect_problem("log\nquorum none\n", 1, 4, "expected a verifier key");
	expect_problem("log K1\nlog K1\nquorum none\n", 2, 5, "line 1");
	expect_problem("witness a K2\nwitness b K2\nquorum none\n", 2, 11, "line 1");
	expect_problem("witness a K2\nwitness a K3\nquorum none\n", 2, 9, "line 1 already");
	expect_problem("witness none K2\nquorum none\n", 1, 9, "'none'");
	expect_problem("witness a K2\ngroup g any a a\nquorum a\n", 2, 15, "once");
	expect_problem("witness a K2\ngroup g any b\nquorum a\n", 2, 13, "no witness or group");
	expect_problem("witness a K2\ngroup g any\nquorum a\n", 2, 9, "without members");
	expect_problem("witness a K2\ngroup g 2 a\nquorum a\n", 2, 9, "from 1 to 1");
	expect_problem("witness a K2\ngroup g 0 a\nquorum a\n", 2, 9, "from 1 to 1");
	expect_problem("witness a K2\ngroup g 01 a\nquorum a\n", 2, 9, "from 1 to 1");
	expect_problem("witness a K2\ngroup a any a\nquorum a\n", 2, 7, "already");
	expect_problem("# x\r\nquorum none\n", 1, 4, "control character");
	expect_problem("quorum none\n# \x7f\n", 2, 3, "control character");
}

static void a_witness_of_two_groups_is_refused(void **state)
{
	(void)state;
	expect_problem("witness a K2\nwitness b K3\ngroup g any a\ngroup h any a b\nquorum b\n", 4,
		       13, "once");
}

static void a_key_of_a_log_cannot_be_a_witness(void **state)
{
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_log_policy) struct log_policy policy = {0};
	const struct witness witness = {.name = "w.example", .key = key->public};

	(void)state;
	str_add(&file, "witness a ");
	witness_write_vkey(&witness, &file);
	str_add(&file, "\nlog ");
	vkey_write(ORIGIN, &key->public, &file);
	str_add(&file, "\nquorum a\n");
	assert_int_equal(log_policy_read(&policy, "p", str_view(&file), &problems), -1);
	assert_int_equal(problems.list.len, 1);
	assert_int_equal(problems.list.at[0].where.line, 2);
	assert_non_null(strstr(problems.list.at[0].message, "that of the witness in line 1"));
}

static void a_policy_of_one_witness_wants_that_one(void **state)
{
	struct witnessed out = JUDGE("witness a K2\nquorum a\n", {2, 60});

	(void)state;
	assert_int_equal(out.reason, REASON_NONE);
	assert_int_equal(out.cosignatures, 1);
	assert_int_equal(out.not_after_utc_ms, NOW_MS - 60000 + 999);
	out = JUDGE("witness a K2\nquorum a\n", {3, 60});
	assert_int_equal(out.reason, REASON_WITNESS_QUORUM);
	assert_int_equal(out.cosignatures, 0);
	assert_int_equal(out.not_after_utc_ms, 0);
}

static void without_a_quorum_nothing_is_proven_about_the_time(void **state)
{
	struct witnessed out = JUDGE("witness a K2\nquorum none\n", {2, 60});

	(void)state;
	assert_int_equal(out.reason, REASON_NONE);
	assert_int_equal(out.cosignatures, 1);
	assert_int_equal(out.not_after_utc_ms, 0);
}

static void the_quorum_was_complete_when_the_last_needed_one_cosigned(void **state)
{
	struct witnessed out = JUDGE(TWO_LEVELS, {2, 500}, {3, 300}, {4, 100}, {5, 400}, {6, 50});

	(void)state;
	assert_int_equal(out.reason, REASON_NONE);
	assert_int_equal(out.cosignatures, 5);
	assert_int_equal(out.not_after_utc_ms, NOW_MS - 300000 + 999); /* X2 was the second of X */
	out = JUDGE(TWO_LEVELS, {2, 500}, {3, 300}, {6, 50});
	assert_int_equal(out.not_after_utc_ms, NOW_MS - 50000 + 999); /* Y came last */
}

static void a_quorum_that_is_not_reached_is_told(void **state)
{
	struct witnessed out = JUDGE(TWO_LEVELS, {2, 5}, {5, 5}, {6, 5});

	(void)state;
	assert_int_equal(out.reason, REASON_WITNESS_QUORUM);
	assert_int_equal(out.cosignatures, 3);
	assert_non_null(strstr(out.why, "3 witnesses of the policy"));
	assert_non_null(strstr(out.why, "'X-and-Y'"));
}

static void one_key_counts_once_however_often_it_signs(void **state)
{
	struct witnessed out = JUDGE(TWO_LEVELS, {2, 50}, {2, 40}, {2, 30}, {5, 5});

	(void)state;
	assert_int_equal(out.reason, REASON_WITNESS_QUORUM);
	assert_int_equal(out.cosignatures, 2);
}

static void witnesses_whom_nobody_knows_are_passed_over(void **state)
{
	struct witnessed out = JUDGE("witness a K2\nquorum a\n", {2, 60}, {7, 5}, {8, -1});

	(void)state;
	assert_int_equal(out.reason, REASON_NONE);
	assert_int_equal(out.cosignatures, 1);
}

static void a_bad_cosignature_spoils_a_head_that_others_signed(void **state)
{
	static const char any[] = "witness a K2\nwitness b K3\ngroup g any a b\nquorum g\n";
	struct witnessed out = JUDGE(any, {2, 60}, {3, -1});

	(void)state;
	assert_int_equal(out.reason, REASON_WITNESS_TIMELESS);
	assert_int_equal(out.not_after_utc_ms, 0);
	out = JUDGE(any, {2, 60}, {3, -7}); /* -7: also 0 */
	assert_int_equal(out.reason, REASON_WITNESS_TIMELESS);
}

static void a_log_that_is_not_listed_does_not_count(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_log_policy) struct log_policy policy = {0};
	AUTO(auto_key) struct key *other = sample_key(9);
	AUTO(auto_str) struct str note = {0};
	struct witnessed out = {0};

	(void)state;
	assert_int_equal(read_policy(&policy, "log K1\nquorum none\n", &problems), 0);
	add_note(&note, NULL, 0);
	log_policy_judge(&policy, str_view(&note), &other->public, NOW_MS, &out);
	assert_int_equal(out.reason, REASON_WITNESS_LOG_UNLISTED);
	assert_non_null(strstr(out.why, ORIGIN));
	out = JUDGE("log K1\nquorum none\n", {2, 5});
	assert_int_equal(out.reason, REASON_NONE);
}

static void a_witness_with_the_key_of_the_log_is_refused(void **state)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_log_policy) struct log_policy policy = {0};
	AUTO(auto_key) struct key *two = sample_key(2);
	AUTO(auto_str) struct str note = {0};
	struct witnessed out = {0};

	(void)state;
	assert_int_equal(read_policy(&policy, "witness a K2\nquorum a\n", &problems), 0);
	add_note(&note, (const int[][2]){{2, 5}}, 1);
	log_policy_judge(&policy, str_view(&note), &two->public, NOW_MS, &out);
	assert_int_equal(out.reason, REASON_WITNESS_OWN_KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_of_two_levels_is_read),
		cmocka_unit_test(what_the_format_forbids_has_its_place),
		cmocka_unit_test(a_witness_of_two_groups_is_refused),
		cmocka_unit_test(a_key_of_a_log_cannot_be_a_witness),
		cmocka_unit_test(a_policy_of_one_witness_wants_that_one),
		cmocka_unit_test(without_a_quorum_nothing_is_proven_about_the_time),
		cmocka_unit_test(the_quorum_was_complete_when_the_last_needed_one_cosigned),
		cmocka_unit_test(a_quorum_that_is_not_reached_is_told),
		cmocka_unit_test(one_key_counts_once_however_often_it_signs),
		cmocka_unit_test(witnesses_whom_nobody_knows_are_passed_over),
		cmocka_unit_test(a_bad_cosignature_spoils_a_head_that_others_signed),
		cmocka_unit_test(a_log_that_is_not_listed_does_not_count),
		cmocka_unit_test(a_witness_with_the_key_of_the_log_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
